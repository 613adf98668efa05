"""Targets, pauses and hours that come to nothing."""

from typing import Any

import pytest

from tests.unit.config.rule_documents import LUIS, OPEN, TARGET, a_policy, a_rule, all_of, warned


@pytest.mark.parametrize(
    ("targets", "path", "words"),
    [
        (
            [TARGET, {**TARGET, "priority": "high"}],
            "sla_policies[0].targets[1]",
            "no priority reaches this target of `first_reply_time`",
        ),
        (
            [{**TARGET, "priority": ["high", "urgent"]}, {**TARGET, "priority": ["urgent", "low"]}],
            "sla_policies[0].targets[1]",
            "a target of `first_reply_time` before this one takes `urgent` already",
        ),
        (
            [
                {**TARGET, "priority": ["low", "normal", "high", "urgent", "none"]},
                {"metric": "first_reply_time", "within": "1h"},
            ],
            "sla_policies[0].targets[1]",
            "no priority reaches",
        ),
    ],
)
def test_a_target_that_no_priority_reaches_is_told(
    targets: list[Any], path: str, words: str
) -> None:
    found = warned({"sla_policies": [a_policy("a") | {"targets": targets}]})

    assert [(one.path, words in one.message) for one in found] == [(path, True)]


LOW = {"field": "priority", "is": "low"}
HIGH = {"field": "priority", "at_least": "high"}


@pytest.mark.parametrize(
    ("when", "targets", "place", "words"),
    [
        (LOW, [{**TARGET, "priority": "urgent"}], 0, "conditions leave none that it names"),
        (
            all_of(OPEN, {"none": [{"field": "priority", "present": True}]}),
            [TARGET, {"metric": "agent_work_time", "within": "8h", "priority": ["low", "high"]}],
            1,
            "no priority reaches this target of `agent_work_time`: the policy's conditions",
        ),
        (
            {"any": [LOW, all_of(OPEN, LOW)]},
            [{**TARGET, "priority": ["low", "high", "none"]}],
            0,
            "the policy's conditions leave no ticket of the priority `high`, `none`",
        ),
        (
            HIGH,
            [{**TARGET, "priority": "high"}, {**TARGET, "priority": "urgent"}, TARGET],
            2,
            "no priority reaches this target of `first_reply_time`: the ones before take all",
        ),
    ],
)
def test_a_target_for_priorities_that_the_policy_is_not_for_is_told(
    when: Any, targets: list[Any], place: int, words: str
) -> None:
    (found,) = warned({"sla_policies": [a_policy("a", when) | {"targets": targets}]})

    assert (found.path, words in found.message) == (f"sla_policies[0].targets[{place}]", True)


@pytest.mark.parametrize("when", [HIGH, {"any": [OPEN, LOW]}, None])
def test_a_target_that_some_priority_of_the_policy_reaches_is_left_alone(when: Any) -> None:
    targets = [{**TARGET, "priority": ["high", "urgent"]}]

    assert warned({"sla_policies": [a_policy("a", when) | {"targets": targets}]}) == ()


def test_the_last_target_may_be_for_all_other_priorities() -> None:
    targets = [
        {**TARGET, "priority": "urgent"},
        TARGET,
        {"metric": "agent_work_time", "within": "8h"},
    ]

    assert warned({"sla_policies": [a_policy("a") | {"targets": targets}]}) == ()


def test_a_warning_longer_than_one_of_the_targets_names_it() -> None:
    targets = [TARGET, {"metric": "agent_work_time", "within": "8h"}]

    (found,) = warned({"sla_policies": [a_policy("a", warn=["1h"]) | {"targets": targets}]})

    assert found.path == "sla_policies[0].warn[0]"
    assert "target of `first_reply_time`" in found.message


def test_a_pause_that_contradicts_itself_never_pauses() -> None:
    pause = {"when": all_of(OPEN, {"field": "status", "is": "new"}), "reason": "x"}

    (found,) = warned({"sla_policies": [a_policy("a", pause=[pause])]})

    assert (found.path, "never pauses" in found.message) == ("sla_policies[0].pause[0].when", True)


def test_business_hours_of_a_schedule_that_never_opens_are_never_over() -> None:
    found = warned(
        {
            "desk": {"schedule": "s"},
            "schedules": [{"id": "s"}],
            "automations": [
                a_rule("a", {"field": "hours_since.created", "at_least": "1h", "schedule": "s"})
            ],
            "sla_policies": [a_policy("p") | {"targets": [{**TARGET, "hours": "business"}]}],
        }
    )

    assert [(one.path, one.message) for one in found] == [
        ("schedules[0]", "this schedule never opens: it has neither hours nor shifts"),
        (
            "sla_policies[0].targets[0]",
            "never missed by tickets that go by `s`, which never opens",
        ),
        ("automations[0].when", "`hours_since.created` stands still: `s` never opens"),
    ]


def test_an_automation_that_counts_the_hours_of_tickets_that_are_never_open_is_told() -> None:
    waits = {"field": "hours_since.created", "at_least": "1h", "hours": "business"}
    found = warned(
        {
            "groups": [{"id": "g", "schedule": "s"}],
            "agents": [LUIS | {"groups": ["g"]}],
            "schedules": [{"id": "s"}],
            "automations": [a_rule("a", waits)],
        }
    )

    assert [(one.path, one.message) for one in found[1:]] == [
        (
            "automations[0].when",
            "`hours_since.created` stands still on tickets that go by `s`, which never opens",
        )
    ]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            {"shifts": {"2026-12-24": [["09:00", "12:00"]], "2026-12-31": []}},
            "never opens after 2026-12-24: it has shifts, but no weekly hours",
        ),
        (
            {
                "hours": {"mon": [["09:00", "14:00"]]},
                "holidays": [{"from": "2027-01-01", "to": "2027-12-31"}],
                "calendars": ["c"],
            },
            "never opens from 2027-01-01 to 2028-01-06",
        ),
    ],
)
def test_a_schedule_that_is_closed_for_years_is_told(schedule: dict[str, Any], words: str) -> None:
    (found,) = warned(
        {
            "desk": {"schedule": "s"},
            "schedules": [{"id": "s", **schedule}, {"id": "t", "hours": schedule.get("hours")}],
            "calendars": [{"id": "c", "dates": [{"from": "2028-01-01", "to": "2028-01-06"}]}],
            "groups": [{"id": "g", "schedule": "t"}],
            "agents": [LUIS | {"groups": ["g"]}],
        }
        if "calendars" in schedule
        else {"desk": {"schedule": "s"}, "schedules": [{"id": "s", **schedule}]}
    )

    assert (found.path, words in found.message) == ("schedules[0]", True)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"field": "sla.next_reply_time.state", "is": "breached"}, "no policy has a target of"),
        ({"field": "until.sla.next_reply_time", "at_most": "1h"}, "no policy has a target of"),
        ({"field": "update", "is": ["create", "sla_warning"]}, "there is no `sla_warning`"),
    ],
)
def test_what_no_policy_promises_is_told(when: Any, words: str) -> None:
    found = warned({"sla_policies": [a_policy("p")], "triggers": [a_rule("a", when)]})

    assert [(one.path, words in one.message) for one in found] == [("triggers[0].when", True)]


def test_without_policies_there_is_no_breach() -> None:
    (found,) = warned({"triggers": [a_rule("a", {"field": "update", "is": "sla_breach"})]})

    assert "there is no `sla_breach`" in found.message
