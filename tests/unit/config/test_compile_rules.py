"""Stored automations and SLA policies become what the domain follows."""

from typing import Any

import pytest

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain.desk import Condition, Digest, Recurrence, Tag, Target


def _policy(**more: Any) -> Any:
    target = {"metric": "first_reply_time", "within": "30m"}
    document = {"sla_policies": [{"id": "a", "targets": [target], **more}]}
    return compile_desk(load_document(document)).promises.policies[0]


def test_a_policy_is_compiled_with_all_that_it_promises() -> None:
    targets = [
        {"metric": "first_reply_time", "priority": ["high", "none"], "within": "30m"},
        {"metric": "first_reply_time", "within": "4h", "hours": "business"},
    ]
    found = _policy(
        when={"field": "tags", "includes": ["vip"]},
        targets=targets,
        warn=["5m", "15m", "5m"],
        pause=[{"when": {"field": "tags", "includes": ["wait"]}, "reason": "a release"}],
        measure="last_schedule",
    )

    assert found.targets == (
        Target(metric="first_reply_time", within=1800, priorities=frozenset({"high", None})),
        Target(metric="first_reply_time", within=14_400, hours="business"),
    )
    assert found.warn == (900, 300)
    assert [one.reason for one in found.pause] == ["a release"]
    assert (found.measure, found.dead) == ("last_schedule", ())


def test_an_escalation_without_a_metric_is_for_each_that_has_a_target() -> None:
    found = _policy(
        targets=[
            {"metric": "next_reply_time", "within": "1h"},
            {"metric": "agent_work_time", "within": "8h"},
        ],
        escalate=[
            {"do": [{"add_tags": ["late"]}]},
            {"metric": "agent_work_time", "after": "2h", "do": [{"add_tags": ["later"]}]},
        ],
    )

    assert [(one.metric, one.after) for one in found.escalate] == [
        ("next_reply_time", 0),
        ("agent_work_time", 0),
        ("agent_work_time", 7200),
    ]
    assert found.escalate[2].actions == (Tag(mode="add", tags=("later",)),)


def test_settings_are_read_by_our_names_and_by_zendesks() -> None:
    found = _policy(
        settings={
            "first_reply_time": {"agent_created": True, "fulfill_on_agent_internal_note": True},
            "next_reply_time": {"end_user_note": False},
        }
    )

    assert found.settings == {"first_reply_time": frozenset({"agent_created", "fulfil_on_note"})}


def _automation(**more: Any) -> Any:
    document = {
        "desk": {"timezone": "Europe/Madrid", "schedule": "s"},
        "schedules": [{"id": "s", "hours": {"mon": [["09:00", "14:00"]]}}],
        "views": [{"id": "v", "when": {"field": "status", "less_than": "solved"}}],
        "automations": [{"id": "a", "do": [{"add_tags": ["x"]}], **more}],
    }
    return compile_desk(load_document(document)).automations.rules[0]


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        (None, {0, 1, 2, 3, 4, 5, 6}),
        (["mon-fri"], {0, 1, 2, 3, 4}),
        ("sat", {5}),
        (["fri-mon", "wed"], {4, 5, 6, 0, 2}),
        (["sun-sun"], {6}),
    ],
)
def test_the_days_of_a_recurring_time_are_weekdays_or_ranges_of_them(
    days: Any, numbers: set[int]
) -> None:
    every = {"at": "09:30"} if days is None else {"at": "09:30", "days": days}

    assert _automation(every=every).every == Recurrence(
        minute=570, days=frozenset(numbers), timezone="Europe/Madrid"
    )


def test_a_recurring_time_has_a_zone_and_holidays_of_its_own() -> None:
    every = {"at": "00:00", "timezone": "Asia/Kathmandu", "skip_holidays": "s"}

    found = _automation(every=every, if_late="skip")

    assert (found.every.minute, found.every.timezone, found.every.skip) == (
        0,
        "Asia/Kathmandu",
        "s",
    )
    assert found.if_late == "skip"


def test_the_conditions_of_a_view_are_asked_with_the_automations_own() -> None:
    own = {"field": "hours_since.pending", "at_least": "3d"}

    both = _automation(view="v", when={"all": [own, {"field": "tags", "includes": "x"}]}).when
    only = _automation(view="v", every={"at": "09:00"}).when

    assert [one.field for one in both.items] == ["status", "hours_since.pending", "tags"]
    assert isinstance(only, Condition)
    assert only.field == "status"


def test_a_digest_keeps_whom_it_tells() -> None:
    found = compile_desk(
        load_document(
            {
                "groups": [{"id": "g"}],
                "templates": [{"id": "t", "body": "{{digest.tickets}}"}],
                "automations": [
                    {
                        "id": "a",
                        "every": {"at": "09:00"},
                        "do": [
                            {"digest": {"group": "g", "template": "t"}},
                            {"digest": {"admins": True}},
                        ],
                    }
                ],
            }
        )
    ).automations.rules[0]

    assert found.actions == (
        Digest(target="group", id="g", template="t"),
        Digest(target="admins"),
    )


@pytest.mark.parametrize(
    ("rule", "dead"),
    [
        ({"view": "x"}, "view x"),
        (
            {"every": {"at": "09:00", "days": [], "timezone": "UTC", "skip_holidays": "x"}},
            "schedule x",
        ),
        (
            {"when": {"field": "sla.agent_work_time.policy", "operator": "is", "value": "x"}},
            "SLA policy x",
        ),
        ({"do": [{"digest": {"group": "x"}}]}, "group x"),
    ],
)
def test_a_reference_that_leads_nowhere_makes_its_automation_dead(
    rule: dict[str, Any], dead: str
) -> None:
    stored = {"automations": [{"id": "a", "do": [], "if_late": "act", **rule}]}

    assert compile_desk(stored).automations.rules[0].dead == (dead,)


@pytest.mark.parametrize(
    "part",
    [
        {"when": {"field": "group", "operator": "is", "value": "x"}},
        {"pause": [{"when": {"field": "group", "operator": "is", "value": "x"}, "reason": "y"}]},
        {"escalate": [{"after": 0, "do": [{"notify": {"group": "x"}}]}]},
    ],
)
def test_a_reference_that_leads_nowhere_makes_its_policy_dead(part: dict[str, Any]) -> None:
    bare: dict[str, Any] = {
        "id": "a",
        "targets": [],
        "warn": [],
        "pause": [],
        "escalate": [],
        "measure": "segments",
        "settings": {},
    }

    assert compile_desk({"sla_policies": [bare | part]}).promises.policies[0].dead == ("group x",)
