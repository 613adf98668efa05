"""Rules that nothing reaches, that undo each other, or that speak of what no policy promises."""

from typing import Any

import pytest

from guardia.config.problem import Problem
from guardia.config.validate import validate

STOP: list[Any] = [{"stop": True}]
TAG: list[Any] = [{"add_tags": ["x"]}]
LUIS = {"email": "luis@acme.example", "role": "admin"}
TARGET = {"metric": "first_reply_time", "within": "30m"}
IDLE = {"field": "hours_since.updated", "at_least": "1d"}


def _all(*items: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(items)}


def _rule(id_: str, when: Any = None, do: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id_, **({} if when is None else {"when": when}), "do": do or TAG, **more}


def _policy(id_: str, when: Any = None, **more: Any) -> dict[str, Any]:
    asked = {} if when is None else {"when": when}
    return {"id": id_, **asked, "targets": [TARGET], **more}


def _warned(document: dict[str, Any]) -> tuple[Problem, ...]:
    report = validate(document)
    assert report.ok, report.errors
    return report.warnings


OPEN = {"field": "status", "is": "open"}
VIP = {"field": "tags", "includes": ["vip"]}
URGENT = {"field": "priority", "is": "urgent"}


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        pytest.param(None, VIP, False, id="everything before something"),
        pytest.param(VIP, None, True, id="something before everything"),
        pytest.param(VIP, VIP, False, id="the same"),
        pytest.param(VIP, _all(OPEN, VIP), False, id="a narrower one"),
        pytest.param(_all(OPEN, VIP), VIP, True, id="a wider one"),
        pytest.param(
            {"field": "status", "less_than": "solved"}, OPEN, False, id="a status in an order"
        ),
        pytest.param(
            {"field": "priority", "at_least": "high"}, URGENT, False, id="a priority in an order"
        ),
        pytest.param(
            {"field": "status", "is": ["new", "open"]}, OPEN, False, id="one of several values"
        ),
        pytest.param(
            {"field": "tags", "includes": ["vip", "gold"]}, VIP, False, id="one of several tags"
        ),
        pytest.param({"any": [OPEN, VIP]}, VIP, False, id="one of two conditions"),
        pytest.param({"any": [OPEN, VIP]}, {"any": [VIP, OPEN]}, False, id="the same two"),
        pytest.param(
            {"none": [{"field": "status", "is": "closed"}]}, OPEN, False, id="all but one status"
        ),
        pytest.param(
            {"field": "subject", "includes_words": ["vpn", "red"]},
            {"field": "subject", "includes_words": ["vpn"]},
            False,
            id="one of several words",
        ),
        pytest.param(
            {"field": "subject", "includes_words": ["vpn red"]},
            {"field": "subject", "includes_words": "vpn red"},
            True,
            id="words in a row, or any of them",
        ),
        pytest.param(
            {"field": "replies", "greater_than": 1},
            {"field": "replies", "at_least": 3},
            False,
            id="a larger number",
        ),
        pytest.param(
            {"field": "status", "changed": True},
            {"field": "status", "changed_to": "open"},
            False,
            id="a certain change",
        ),
        pytest.param(
            {"field": "status", "changed_to": "open"},
            {"field": "status", "changed": True},
            True,
            id="any change",
        ),
        pytest.param(
            {"field": "actor", "is": ["agent", "system"]},
            {"field": "actor", "is": "agent"},
            False,
            id="one of several actors",
        ),
        pytest.param(
            {"field": "actor", "is": "agent"},
            {"field": "actor", "is": "luis@acme.example"},
            True,
            id="a person, who may be a customer",
        ),
        pytest.param(
            {"field": "comment_public", "is": "any"},
            {"field": "comment_public", "is": "true"},
            False,
            id="any comment",
        ),
        pytest.param(
            {"field": "hours_since.created", "at_least": "1h"},
            {"field": "hours_since.created", "at_least": "2h", "hours": "business"},
            True,
            id="another clock",
        ),
    ],
)
def test_a_trigger_is_reached_unless_one_that_stops_takes_all_before_it(
    first: Any, second: Any, reached: bool
) -> None:
    found = _warned({"triggers": [_rule("a", first, STOP), _rule("b", second)]})

    assert [one.path for one in found] == ([] if reached else ["triggers[1]"])
    assert all("never reached: `a` before it" in one.message for one in found)


def test_a_trigger_that_does_not_stop_leaves_the_others_alone() -> None:
    assert _warned({"triggers": [_rule("a", None), _rule("b", VIP)]}) == ()


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [(None, VIP, False), (VIP, _all(VIP, URGENT), False), (VIP, URGENT, True), (VIP, None, True)],
)
def test_a_policy_is_reached_unless_an_earlier_one_takes_all_its_tickets(
    first: Any, second: Any, reached: bool
) -> None:
    found = _warned({"sla_policies": [_policy("a", first), _policy("b", second)]})

    assert [one.path for one in found] == ([] if reached else ["sla_policies[1]"])
    assert all("`a` before it takes every ticket" in one.message for one in found)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (
            _all(OPEN, {"all": [{"field": "status", "is_not": "open"}]}),
            "cannot be `open` and `is_not open` at once",
        ),
        (
            _all({"field": "priority", "present": True}, {"field": "priority", "is": "none"}),
            "cannot be `present` and `none` at once",
        ),
        (
            _all({"field": "replies", "at_most": 2}, {"field": "replies", "greater_than": 2}),
            "cannot be `at_most 2` and `greater_than 2` at once",
        ),
        ({"field": "replies", "less_than": 0}, "`replies` cannot be `less_than 0`"),
        (
            _all(
                {"field": "fields.until", "less_than": "2026-12-24"},
                {"field": "fields.until", "at_least": "2026-12-24"},
            ),
            "cannot be `less_than 2026-12-24` and `at_least 2026-12-24` at once",
        ),
        (
            _all(
                {"field": "group", "is": "g"},
                {"any": [{"field": "group", "not_present": True}, {"field": "group", "is": "h"}]},
            ),
            "`group` cannot be",
        ),
        (
            _all({"field": "actor", "is": "agent"}, {"field": "actor", "is": "end_user"}),
            "cannot be `agent` and `end_user` at once",
        ),
        (
            _all(
                {"field": "status", "changed_to": "open"},
                {"field": "status", "changed_from": "open"},
            ),
            "`status` cannot be",
        ),
        (
            _all(
                {"field": "in_business_hours", "is": True},
                {"field": "in_business_hours", "is": False},
            ),
            "`in_business_hours` cannot be",
        ),
        ({"none": [{"any": [OPEN, {"field": "status", "is_not": "open"}]}]}, "`status` cannot be"),
    ],
)
def test_a_trigger_that_contradicts_itself_never_matches(when: Any, words: str) -> None:
    document = {
        "agents": [LUIS | {"groups": ["g", "h"]}],
        "groups": [{"id": "g"}, {"id": "h"}],
        "fields": [{"id": "until", "type": "date"}],
        "triggers": [_rule("a", when)],
    }

    (found,) = _warned(document)

    assert (found.path, found.message.partition(": ")[0]) == ("triggers[0].when", "never matches")
    assert words in found.message


@pytest.mark.parametrize(
    "when",
    [
        _all(
            VIP, {"field": "tags", "includes": ["gold"]}, {"field": "tags", "not_includes": ["x"]}
        ),
        _all(
            {"field": "requester", "is": "a@b.example"}, {"field": "requester", "is": "c@d.example"}
        ),
        _all({"field": "subject", "matches": "a"}, {"field": "subject", "not_includes": ["a"]}),
        _all({"field": "priority", "less_than": "low"}, {"field": "priority", "not_present": True}),
        _all({"field": "replies", "at_least": 2}, {"field": "replies", "at_most": 2}),
        _all(
            {"field": "assignee", "is": "current_user"},
            {"field": "assignee", "is": "luis@acme.example"},
        ),
        _all({"field": "actor", "is": "agent"}, {"field": "actor", "is": "luis@acme.example"}),
        _all(
            {"field": "hours_since.created", "at_least": "2h"},
            {"field": "hours_since.created", "at_most": "1h", "hours": "business"},
        ),
        _all({"field": "subject", "is": "café"}, {"field": "subject", "is": "CAFE"}),
        _all({"field": "status", "changed_from": "new"}, OPEN),
    ],
)
def test_what_can_be_so_is_not_called_a_contradiction(when: Any) -> None:
    assert _warned({"agents": [LUIS], "triggers": [_rule("a", when)]}) == ()


def test_an_automation_that_waits_for_nothing_and_one_for_closed_tickets_are_told() -> None:
    found = _warned(
        {
            "automations": [
                _rule("a", VIP),
                _rule("b", {"field": "hours_since.closed", "at_least": "1d"}),
                _rule("c", _all({"field": "status", "is": "closed"}, IDLE)),
            ]
        }
    )

    assert [(one.path, one.message.partition(":")[0]) for one in found] == [
        ("automations[0]", "asks nothing about time"),
        ("automations[1].when", "never acts"),
        ("automations[2].when", "never acts"),
    ]


@pytest.mark.parametrize(
    "automation",
    [
        _rule("a", _all(VIP, {"field": "until.due", "at_most": "1h"})),
        _rule("a", _all(VIP, {"field": "in_business_hours", "is": True})),
        _rule("a", VIP, every={"at": "09:00"}),
        _rule("a", VIP, view="v"),
    ],
)
def test_an_automation_waits_for_a_time_of_its_own_or_of_its_view(
    automation: dict[str, Any],
) -> None:
    document = {"views": [{"id": "v", "when": IDLE}], "automations": [automation]}

    assert _warned(document) == ()


def test_a_view_that_contradicts_itself_is_always_empty() -> None:
    when = _all(OPEN, {"field": "status", "is": "new"})

    (found,) = _warned({"views": [{"id": "v", "when": when}]})

    assert (found.path, "always empty" in found.message) == ("views[0].when", True)


# -- loops ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        pytest.param([{"comment": {"text": "a"}}], id="a comment of nobody"),
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
    when = _all(
        OPEN,
        {"field": "tags", "not_includes": ["told"]},
        {"field": "hours_since.agent_update", "at_least": "1h"},
    )

    assert _warned({"agents": [LUIS], "automations": [_rule("a", when, do)]}) == ()


@pytest.mark.parametrize(
    "when",
    [
        _all(OPEN, IDLE),
        _all(
            {"field": "hours_since.agent_update", "at_least": "1h"},
            {"field": "hours_since.created", "less_than": "1d"},
        ),
        _all(
            {"field": "awaiting", "is": "agent"},
            {"field": "hours_since.unanswered", "at_least": "1h"},
        ),
        _all(OPEN, {"field": "hours_since.agent_update", "at_least": "1h"}, URGENT),
    ],
)
def test_an_automation_that_time_or_its_answer_ends_is_left_alone(when: Any) -> None:
    answer = [
        {"comment": {"text": "a", "public": True, "by": "luis@acme.example"}},
        {"set": {"priority": "high"}},
    ]

    assert _warned({"agents": [LUIS], "automations": [_rule("a", when, answer)]}) == ()


def test_a_trigger_that_may_stop_a_loop_makes_it_a_warning() -> None:
    answer = [{"comment": {"text": "a", "public": True, "by": "luis@acme.example"}}]
    automation = _rule(
        "a", _all(OPEN, {"field": "hours_since.agent_update", "at_least": "1h"}), answer
    )
    trigger = _rule(
        "t", {"field": "comment_public", "is": "true"}, [{"set": {"status": "pending"}}]
    )

    (found,) = _warned({"agents": [LUIS], "automations": [automation], "triggers": [trigger]})

    assert (found.path, "only the trigger `t` may stop it" in found.message) == (
        "automations[0]",
        True,
    )


def test_two_triggers_that_undo_each_other_are_told_at_the_later_one() -> None:
    found = _warned(
        {
            "triggers": [
                _rule("up", {"field": "priority", "is": "low"}, [{"set": {"priority": "high"}}]),
                _rule("down", {"field": "priority", "is": "high"}, [{"set": {"priority": "low"}}]),
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
    back = _all({"field": "status", "changed_to": "open"}, VIP)
    document = {
        "triggers": [_rule("t", back, [{"set": {"status": "pending"}}])],
        "automations": [
            _rule(
                "a",
                _all(pending, VIP, {"field": "hours_since.pending", "at_least": "1d"}),
                [{"set": {"status": "open"}}],
            )
        ],
    }

    assert [one.path for one in _warned(document)] == ["automations[0]"]


@pytest.mark.parametrize(
    "also", [{"field": "actor", "is": "agent"}, {"field": "update", "is": "create"}]
)
def test_a_trigger_that_an_automation_does_not_set_off_cannot_undo_it(also: Any) -> None:
    document = {
        "triggers": [
            _rule(
                "t", _all({"field": "status", "is": "open"}, also), [{"set": {"status": "pending"}}]
            )
        ],
        "automations": [
            _rule(
                "a",
                _all(
                    {"field": "status", "is": "pending"},
                    {"field": "hours_since.pending", "at_least": "1d"},
                ),
                [{"set": {"status": "open"}}],
            )
        ],
    }

    assert _warned(document) == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (_all(OPEN, VIP), _all({"field": "status", "is": "pending"}, {"none": [VIP]})),
        (
            _all(OPEN, {"field": "actor", "is": "agent"}),
            _all({"field": "status", "is": "pending"}, {"field": "actor", "is": "end_user"}),
        ),
        (OPEN, None),
    ],
)
def test_rules_for_different_tickets_or_events_do_not_undo_each_other(
    first: Any, second: Any
) -> None:
    document = {
        "triggers": [
            _rule("a", first, [{"set": {"status": "pending"}}]),
            _rule("b", second, [{"set": {"status": "open"}}]),
        ]
    }

    assert _warned(document) == ()


def test_two_automations_that_undo_each_other_after_a_while_are_told_and_pass() -> None:
    def after(status: str, other: str, stamp: str) -> dict[str, Any]:
        waits = {"field": f"hours_since.{stamp}", "at_least": "1d"}
        when = _all({"field": "status", "is": status}, waits)
        return _rule(f"from-{status}", when, [{"set": {"status": other}}])

    found = _warned(
        {"automations": [after("open", "hold", "opened"), after("hold", "open", "on_hold")]}
    )

    assert [(one.path, "to and fro" in one.message) for one in found] == [("automations[1]", True)]


def test_two_automations_on_idle_tickets_set_each_other_off() -> None:
    document = {
        "automations": [_rule("a", IDLE), _rule("b", _all(IDLE, VIP), [{"add_tags": ["y"]}])]
    }

    (found,) = _warned(document)

    assert (found.path, "sets `a` off again" in found.message) == ("automations[1]", True)


# -- promises -------------------------------------------------------------------------------------


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
            "`urgent` has a target of `first_reply_time` before this one",
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
    found = _warned({"sla_policies": [_policy("a") | {"targets": targets}]})

    assert [(one.path, words in one.message) for one in found] == [(path, True)]


def test_the_last_target_may_be_for_all_other_priorities() -> None:
    targets = [
        {**TARGET, "priority": "urgent"},
        TARGET,
        {"metric": "agent_work_time", "within": "8h"},
    ]

    assert _warned({"sla_policies": [_policy("a") | {"targets": targets}]}) == ()


def test_a_warning_longer_than_one_of_the_targets_names_it() -> None:
    targets = [TARGET, {"metric": "agent_work_time", "within": "8h"}]

    (found,) = _warned({"sla_policies": [_policy("a", warn=["1h"]) | {"targets": targets}]})

    assert found.path == "sla_policies[0].warn[0]"
    assert "target of `first_reply_time`" in found.message


def test_a_pause_that_contradicts_itself_never_pauses() -> None:
    pause = {"when": _all(OPEN, {"field": "status", "is": "new"}), "reason": "x"}

    (found,) = _warned({"sla_policies": [_policy("a", pause=[pause])]})

    assert (found.path, "never pauses" in found.message) == ("sla_policies[0].pause[0].when", True)


def test_business_hours_of_a_schedule_that_never_opens_are_never_over() -> None:
    found = _warned(
        {
            "desk": {"schedule": "s"},
            "schedules": [{"id": "s"}],
            "automations": [
                _rule("a", {"field": "hours_since.created", "at_least": "1h", "schedule": "s"})
            ],
            "sla_policies": [_policy("p") | {"targets": [{**TARGET, "hours": "business"}]}],
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
    (found,) = _warned(
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
    found = _warned({"sla_policies": [_policy("p")], "triggers": [_rule("a", when)]})

    assert [(one.path, words in one.message) for one in found] == [("triggers[0].when", True)]


def test_without_policies_there_is_no_breach() -> None:
    (found,) = _warned({"triggers": [_rule("a", {"field": "update", "is": "sla_breach"})]})

    assert "there is no `sla_breach`" in found.message
