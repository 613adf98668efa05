"""Rules that would act for ever, alone or in pairs."""

from typing import Any

import pytest

from guardia.config.validate import validate
from tests.unit.config.rule_documents import IDLE, LUIS, OPEN, URGENT, VIP, a_rule, all_of, warned


@pytest.mark.parametrize(
    "do",
    [
        pytest.param([{"comment": {"text": "a"}}], id="a comment of nobody"),
        pytest.param([{"comment": {"text": "a", "by": "luis@acme.example"}}], id="a note"),
        pytest.param([{"set": {"status": "pending"}}], id="the status changes"),
        pytest.param(
            [
                {"comment": {"text": "a", "public": True, "by": "luis@acme.example"}},
                {"set": {"status": "solved"}},
            ],
            id="and it is solved",
        ),
        pytest.param(
            [
                {"comment": {"text": "a", "public": True, "by": "luis@acme.example"}},
                {"add_tags": ["told"]},
            ],
            id="and it is tagged",
        ),
    ],
)
def test_an_automation_that_ends_its_own_conditions_is_left_alone(do: list[Any]) -> None:
    when = all_of(
        OPEN,
        {"field": "tags", "not_includes": ["told"]},
        {"field": "hours_since.agent_update", "at_least": "1h"},
    )

    assert warned({"agents": [LUIS], "automations": [a_rule("a", when, do)]}) == ()


@pytest.mark.parametrize(
    "when",
    [
        all_of(OPEN, IDLE),
        all_of(
            {"field": "hours_since.agent_update", "at_least": "1h"},
            {"field": "hours_since.created", "less_than": "1d"},
        ),
        all_of(
            {"field": "awaiting", "is": "agent"},
            {"field": "hours_since.unanswered", "at_least": "1h"},
        ),
        all_of(OPEN, {"field": "hours_since.agent_update", "at_least": "1h"}, URGENT),
    ],
)
def test_an_automation_that_time_or_its_answer_ends_is_left_alone(when: Any) -> None:
    answer = [
        {"comment": {"text": "a", "public": True, "by": "luis@acme.example"}},
        {"set": {"priority": "high"}},
    ]

    assert warned({"agents": [LUIS], "automations": [a_rule("a", when, answer)]}) == ()


def test_a_trigger_that_may_stop_a_loop_makes_it_a_warning() -> None:
    answer = [{"comment": {"text": "a", "public": True, "by": "luis@acme.example"}}]
    automation = a_rule(
        "a", all_of(OPEN, {"field": "hours_since.agent_update", "at_least": "1h"}), answer
    )
    trigger = a_rule(
        "t", {"field": "comment_public", "is": "true"}, [{"set": {"status": "pending"}}]
    )

    (found,) = warned({"agents": [LUIS], "automations": [automation], "triggers": [trigger]})

    assert (found.path, "only the trigger `t` may stop it" in found.message) == (
        "automations[0]",
        True,
    )


def test_two_triggers_that_undo_each_other_are_told_at_the_later_one() -> None:
    found = warned(
        {
            "triggers": [
                a_rule("up", {"field": "priority", "is": "low"}, [{"set": {"priority": "high"}}]),
                a_rule("down", {"field": "priority", "is": "high"}, [{"set": {"priority": "low"}}]),
            ]
        }
    )

    assert [(one.path, one.message) for one in found] == [
        (
            "triggers[1]",
            "undoes what `up` does: `priority` goes to and fro between the two",
        )
    ]


def test_an_automation_and_a_trigger_that_undo_each_other_are_told() -> None:
    pending = {"field": "status", "is": "pending"}
    back = all_of({"field": "status", "changed_to": "open"}, VIP)
    document = {
        "triggers": [a_rule("t", back, [{"set": {"status": "pending"}}])],
        "automations": [
            a_rule(
                "a",
                all_of(pending, VIP, {"field": "hours_since.pending", "at_least": "1d"}),
                [{"set": {"status": "open"}}],
            )
        ],
    }

    assert [one.path for one in warned(document)] == ["automations[0]"]


@pytest.mark.parametrize(
    "also", [{"field": "actor", "is": "agent"}, {"field": "update", "is": "create"}]
)
def test_a_trigger_that_an_automation_does_not_set_off_cannot_undo_it(also: Any) -> None:
    document = {
        "triggers": [
            a_rule(
                "t",
                all_of({"field": "status", "is": "open"}, also),
                [{"set": {"status": "pending"}}],
            )
        ],
        "automations": [
            a_rule(
                "a",
                all_of(
                    {"field": "status", "is": "pending"},
                    {"field": "hours_since.pending", "at_least": "1d"},
                ),
                [{"set": {"status": "open"}}],
            )
        ],
    }

    assert warned(document) == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (all_of(OPEN, VIP), all_of({"field": "status", "is": "pending"}, {"none": [VIP]})),
        (
            all_of(OPEN, {"field": "actor", "is": "agent"}),
            all_of({"field": "status", "is": "pending"}, {"field": "actor", "is": "end_user"}),
        ),
        (OPEN, None),
    ],
)
def test_rules_for_different_tickets_or_events_do_not_undo_each_other(
    first: Any, second: Any
) -> None:
    document = {
        "triggers": [
            a_rule("a", first, [{"set": {"status": "pending"}}]),
            a_rule("b", second, [{"set": {"status": "open"}}]),
        ]
    }

    assert warned(document) == ()


def test_two_automations_that_undo_each_other_after_a_while_are_told_and_pass() -> None:
    def after(status: str, other: str, stamp: str) -> dict[str, Any]:
        waits = {"field": f"hours_since.{stamp}", "at_least": "1d"}
        when = all_of({"field": "status", "is": status}, waits)
        return a_rule(f"from-{status}", when, [{"set": {"status": other}}])

    found = warned(
        {"automations": [after("open", "hold", "opened"), after("hold", "open", "on_hold")]}
    )

    assert [(one.path, "to and fro" in one.message) for one in found] == [("automations[1]", True)]


LATER = {"field": "hours_since.created", "at_least": "1h"}
X = {"field": "tags", "includes": ["x"]}
Y = {"field": "tags", "includes": ["y"]}
X_TO_Y = [{"remove_tags": ["x"]}, {"add_tags": ["y"]}]
Y_TO_X = [{"remove_tags": ["y"]}, {"add_tags": ["x"]}]
AT_NINE = {"every": {"at": "09:00"}}


@pytest.mark.parametrize(
    ("first", "second"),
    [(AT_NINE, AT_NINE), (AT_NINE, {}), ({}, AT_NINE), ({}, {"every": {"at": "21:00"}})],
)
def test_an_automation_that_recurs_acts_no_more_than_once_at_its_time(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    document = {
        "automations": [
            a_rule("a", all_of(X, LATER), X_TO_Y, **first),
            a_rule("b", all_of(Y, LATER), Y_TO_X, **second),
        ]
    }

    (found,) = warned(document)

    assert found.path == "automations[1]"
    assert found.message == "undoes what `a` does: `tag y` goes to and fro between the two"


@pytest.mark.parametrize("touched", [{"set_tags": ["z"]}, {"remove_tags": ["y"]}])
def test_a_trigger_that_may_come_between_two_makes_it_a_warning(touched: dict[str, Any]) -> None:
    trigger = a_rule("t", {"field": "update", "is": "change"}, [touched])
    document = {
        "triggers": [trigger],
        "automations": [
            a_rule("a", all_of(X, LATER), X_TO_Y),
            a_rule("b", all_of(Y, LATER), Y_TO_X),
        ],
    }

    assert "automations[1]" in [one.path for one in warned(document)]


@pytest.mark.parametrize(
    ("first", "does", "second", "undoes"),
    [
        pytest.param(all_of(X, VIP), X_TO_Y, all_of(Y, {"none": [VIP]}), Y_TO_X, id="of others"),
        pytest.param(X, X_TO_Y, Y, [{"remove_tags": ["y"]}, {"add_tags": ["z"]}], id="a chain"),
        pytest.param(X, X_TO_Y, Y, [{"set_tags": ["z"]}], id="a chain that ends with one tag"),
        pytest.param(
            X,
            [{"set_tags": ["y"]}, {"set": {"status": "pending"}}],
            all_of(Y, OPEN),
            Y_TO_X,
            id="the second waits for something else",
        ),
        pytest.param(
            all_of({"field": "tags", "not_includes": ["done"]}, OPEN),
            [{"add_tags": ["done"]}, {"set": {"priority": "urgent"}}],
            all_of(URGENT, OPEN),
            [{"set": {"priority": "high"}}],
            id="the first acts once",
        ),
        pytest.param(
            {"field": "priority", "is": "none"},
            [{"set": {"priority": "high"}}],
            {"field": "priority", "is": "high"},
            [{"set": {"priority": "none"}}],
            id="a priority that is never taken away",
        ),
        pytest.param(
            {"field": "status", "is": "new"},
            [{"set": {"status": "open"}}],
            OPEN,
            [{"set": {"status": "new"}}],
            id="a status that is left for good",
        ),
        pytest.param(
            {"field": "fields.tools", "includes": ["a"]},
            [{"set": {"fields.tools": ["b", "c"]}}],
            {"field": "fields.tools", "includes": ["b"]},
            [{"set": {"fields.tools": ["c"]}}],
            id="a field of several",
        ),
    ],
)
def test_what_comes_to_rest_is_left_alone(
    first: Any, does: list[Any], second: Any, undoes: list[Any]
) -> None:
    document = {
        "fields": [{"id": "tools", "type": "multiselect", "options": ["a", "b", "c"]}],
        "automations": [
            a_rule("a", all_of(first, LATER), does),
            a_rule("b", all_of(second, LATER), undoes),
        ],
    }

    assert warned(document) == ()


def test_tags_that_are_replaced_set_an_automation_off_again() -> None:
    when = all_of({"field": "tags", "not_includes": ["done"]}, LATER)
    answers = [
        {"comment": {"text": "a", "public": True, "by": "luis@acme.example"}},
        {"set_tags": ["told"]},
    ]
    waits = {"field": "hours_since.agent_update", "at_least": "1h"}

    report = validate(
        {"agents": [LUIS], "automations": [a_rule("a", all_of(when, waits), answers)]}
    )

    assert [one.path for one in report.errors] == ["automations[0]"]


def test_two_automations_on_idle_tickets_set_each_other_off() -> None:
    document = {
        "automations": [a_rule("a", IDLE), a_rule("b", all_of(IDLE, VIP), [{"add_tags": ["y"]}])]
    }

    (found,) = warned(document)

    assert (found.path, "sets `a` off again" in found.message) == ("automations[1]", True)
