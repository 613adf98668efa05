"""The closed placeholder language: what it accepts, and what it writes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardia.domain import phrases
from guardia.domain.placeholders import (
    NOT_BUILT_PATHS,
    PATHS,
    PlaceholderError,
    holds_strangers_words,
    parse,
)

MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def written(text: str, language: str = "es", zone: str = "Europe/Madrid", **values: Any) -> str:
    found = {name.replace("__", "."): value for name, value in values.items()}
    return parse(text, fields={"plan"}).render(found.get, language=language, zone=zone)


@pytest.mark.parametrize(
    ("text", "language", "zone", "expected"),
    [
        (
            "{{ticket.created_at | datetime}}",
            "es",
            "Europe/Madrid",
            "lunes, 9 de marzo de 2026, 09:00",
        ),
        ("{{ticket.created_at | datetime}}", "en", "UTC", "Monday, 9 March 2026, 08:00"),
        ("{{ticket.created_at}}", "en", "Asia/Kathmandu", "Monday, 9 March 2026, 13:45"),
        ("{{ticket.created_at | date}}", "en", "UTC", "Monday, 9 March 2026"),
        ("{{ticket.created_at|time}}", "pt", "America/New_York", "04:00"),
        (
            "{{ticket.created_at | datetime | upper}}",
            "es",
            "UTC",
            "LUNES, 9 DE MARZO DE 2026, 08:00",
        ),
    ],
)
def test_instants_are_written_in_the_readers_language_and_zone(
    text: str, language: str, zone: str, expected: str
) -> None:
    assert written(text, language, zone, ticket__created_at=MONDAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{requester.first_name | default:"amigo"}}', "amigo"),
        ("[{{ticket.priority}}]", "[]"),
        ("{{ticket.subject | truncate:4}}", "VPN…"),
        ("{{ticket.subject | lower}}", "vpn caída"),
        ("{{ticket.tags}}", "a, b"),
        ('{{fields.plan | default:"none" | upper}}', "NONE"),
        ("no placeholder } at { all", "no placeholder } at { all"),
    ],
)
def test_filters_apply_in_order(text: str, expected: str) -> None:
    assert written(text, ticket__subject="VPN caída", ticket__tags=("a", "b")) == expected


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("Hi {{ticket.idd}}", "did you mean `ticket.id`", 3),
        ("{{ticket.id", "not closed", 0),
        ("{{ticket.id | shout}}", "unknown filter `shout`", 0),
        ("{{ticket.id | truncate}}", "needs a value", 0),
        ('{{ticket.id | truncate:"x"}}', "needs a number", 0),
        ('{{ticket.id | upper:"x"}}', "takes no value", 0),
        ("{{fields.nope}}", "no field `nope`", 0),
        ("{{}}", "no placeholder", 0),
        ("{{7*7}}", "no placeholder", 0),
        ("{{expected_reply_at}}", "not built", 0),
        ("x" * 65_537, "longer than", 0),
    ],
)
def test_what_does_not_exist_is_refused_with_its_place(
    text: str, message: str, offset: int
) -> None:
    with pytest.raises(PlaceholderError, match=message) as refusal:
        parse(text)

    assert refusal.value.offset == offset


@given(st.text())
def test_any_text_is_a_template_or_a_clear_refusal(text: str) -> None:
    offset, written = 0, text
    try:
        written = parse(text).render(lambda _: "", language="en", zone="UTC")
    except PlaceholderError as refusal:
        offset = refusal.offset

    assert 0 <= offset <= len(text)
    assert written == text or "{{" in text


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_either_ours_or_a_strangers(path: str) -> None:
    stranger = path.split(".", maxsplit=1)[0] in ("comment", "latest_comment", "requester")
    expected = (stranger and path != "requester.language") or path == "ticket.subject"

    assert holds_strangers_words(path) is expected
    assert not path.startswith(NOT_BUILT_PATHS)


@pytest.mark.parametrize(
    ("week", "language", "expected"),
    [
        (None, "en", "all day, every day"),
        ([[]] * 7, "es", "cerrado"),
        ([[(540, 1440)]] * 7, "en", "Monday to Sunday 09:00-24:00"),
        (
            [[(540, 840), (960, 1140)]] * 4 + [[(540, 900)], [], []],
            "es",
            "lunes a jueves 09:00-14:00 y 16:00-19:00; viernes 09:00-15:00",
        ),
        ([[(1320, 1800)]] * 2 + [[]] * 5, "en", "Monday and Tuesday 22:00-06:00"),
    ],
)
def test_weekly_hours_are_told_by_runs_of_equal_days(
    week: Any, language: str, expected: str
) -> None:
    assert phrases.weekly_hours(week, language) == expected
