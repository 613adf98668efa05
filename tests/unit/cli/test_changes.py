"""A plan is read by people: what differs stands one below the other."""

from typing import Any

import pytest

from infra.cli import changes


def told(
    capsys: pytest.CaptureFixture[str], *keys: tuple[str, Any, Any], **about: Any
) -> list[str]:
    """The lines about one object, without its section and name."""
    one = {"section": "sla_policies", "id": "gold", "change": "changed"} | about
    changes.tell([one | {"keys": [{"key": key, "old": old, "new": new} for key, old, new in keys]}])
    return capsys.readouterr().out.splitlines()[2:]


def test_short_values_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, ("name", "Acme", "Beta"), ("warn", ["15m"], ["15m", "1h"])) == [
        "      name: Acme -> Beta",
        "      warn: [15m] -> [15m, 1h]",
    ]


def test_longer_ones_stand_one_below_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    old = {"metric": "first_reply_time", "priority": ["urgent"], "within": "2h"}
    assert told(capsys, ("targets[1]", old, old | {"within": "4h"})) == [
        "      targets[1]: {metric: first_reply_time, priority: [urgent], within: 2h}",
        "               -> {metric: first_reply_time, priority: [urgent], within: 4h}",
    ]


def test_what_came_and_what_went_take_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    long = {"metric": "total_resolution_time", "priority": ["urgent"], "within": "2h"}
    assert told(capsys, ("targets[1]", None, long), ("targets[2]", long, None)) == [
        "      targets[1]: (none) -> {metric: total_resolution_time, priority: [urgent], within: 2h}",
        "      targets[2]: {metric: total_resolution_time, priority: [urgent], within: 2h} -> (none)",
    ]


def test_of_a_very_long_text_the_part_that_differs_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = "We thank you for your mail and answer soon. " * 20

    old, new = told(capsys, ("body.en", f"{said}Yours, Ana", f"{said}Yours, Eva"))

    assert old.strip().startswith("body.en: …")
    assert old.endswith("Yours, Ana")
    assert new.endswith("Yours, Eva")


def test_a_text_that_only_grew_shows_what_it_grew_by(capsys: pytest.CaptureFixture[str]) -> None:
    said = "We thank you for your mail and answer soon. " * 20

    old, new = told(capsys, ("body.en", said, f"{said}Yours, Ana"))

    assert old.endswith("answer soon. ")
    assert new.endswith("answer soon. Yours, Ana")


def test_a_new_object_tells_its_rules_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    targets = [{"metric": "first_reply_time", "within": "2h"}]
    found = told(
        capsys, ("id", None, "gold"), ("targets", None, targets), ("warn", None, ["1h"]), change="added"
    )  # fmt: skip
    assert found == [
        "      targets:",
        "        - {metric: first_reply_time, within: 2h}",
        "      warn: [1h]",
    ]


def test_an_object_that_goes_is_told_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, ("warn", ["1h"], None), change="removed") == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["14:00"], '["14:00"]'),
        (["15"], '["15"]'),
        ([15, True, None], "[15, true, null]"),
        (["true", "null"], '["true", "null"]'),
        (["Fin de año", "luis@acme.example"], "[Fin de año, luis@acme.example]"),
        (["a, b"], '["a, b"]'),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", " [31mred"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_value_reads_as_in_a_document_and_commands_no_terminal(
    capsys: pytest.CaptureFixture[str], value: Any, shown: str
) -> None:
    assert told(capsys, ("key", None, value)) == [f"      key: (none) -> {shown}"]
