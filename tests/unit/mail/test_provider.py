"""What SES tells of mail: the documented shapes, and everything that is none."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardia.mail.provider import ProviderError, read_event

EVENTS = Path(__file__).parents[3] / "events"


def message(name: str) -> dict[str, Any]:
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = json.loads(json.loads(event["Records"][0]["body"])["Message"])
    return found


def test_a_bounce_names_its_row_and_each_address_with_what_was_said() -> None:
    event = read_event(message("mail_bounced"))
    assert (event.ticket, event.seq, event.n) == ("K7Q2M9XD", 1, 0)
    assert (event.kind, event.lasting) == ("bounce", True)
    assert event.recipients == {"ana@globex.example": "5.1.1 smtp; 550 5.1.1 user unknown"}
    assert event.at == datetime(2026, 3, 6, 17, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind", "recipients"),
    [
        ("mail_sent", "send", {}),
        ("mail_delivered", "delivery", {"ana@globex.example": ""}),
        ("mail_delayed", "delay", {"ana@globex.example": "4.4.1 connection timed out"}),
        ("mail_complained", "complaint", {"ana@globex.example": ""}),
        ("mail_rejected", "reject", {"ana@globex.example": "Bad content"}),
    ],
)
def test_every_kind_of_event_is_read(name: str, kind: str, recipients: dict[str, str]) -> None:
    event = read_event(message(name))
    assert (event.kind, dict(event.recipients)) == (kind, recipients)


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_is_not_lasting(kind: str) -> None:
    event = message("mail_bounced")
    event["bounce"]["bounceType"] = kind
    assert not read_event(event).lasting


def test_an_address_with_a_name_is_read_as_the_address() -> None:
    event = message("mail_complained")
    event["complaint"]["complainedRecipients"][0]["emailAddress"] = "Ana <Ana@Globex.Example>"
    assert list(read_event(event).recipients) == ["ana@globex.example"]


@pytest.mark.parametrize("path", ["eventType", "mail", "bounce"])
@pytest.mark.parametrize("value", [None, [], {}, "x", 7])
def test_a_damaged_event_is_told_as_such(path: str, value: object) -> None:
    with pytest.raises(ProviderError):
        read_event({**message("mail_bounced"), path: value})


@pytest.mark.parametrize(
    "tags",
    [{}, {"guardia_row": []}, {"guardia_row": ["x"]}, {"guardia_row": ["A-1-2-3"]},
     {"guardia_row": ["A-99999999999-0"]}, {"other": ["A-1-2"]}],
)  # fmt: skip
def test_mail_of_somebody_else_under_our_configuration_set_is_none_of_ours(
    tags: dict[str, list[str]],
) -> None:
    event = message("mail_bounced")
    event["mail"]["tags"] = tags
    with pytest.raises(ProviderError):
        read_event(event)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["mail", "tags", "guardia_row", "eventType", "bounce", "timestamp"]), inner), max_leaves=20))  # fmt: skip
def test_any_json_is_an_event_or_a_provider_error(anything: object) -> None:
    with pytest.raises(ProviderError):
        read_event(anything)
