"""Deciding with promises about time: 500 triggers, 100 automations and 20 SLA policies.

The peer of the next due instant is what others do: judge every automation, minute by minute, until
one holds.
"""

import random  # noqa: TID251 - seeded: each run measures the same desk
import timeit
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain import agenda
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.event import Decision, Event, State
from guardia.domain.model import SYSTEM
from guardia.domain.moment import Moment
from tests.bench import desk_rules
from tests.bench.row import Row

TRIGGERS, AUTOMATIONS, POLICIES = 500, 100, 20
_SINCE: Final = ("created", "unanswered", "updated", "assigned", "agent_update", "pending")
_METRICS: Final = (
    "first_reply_time",
    "next_reply_time",
    "requester_wait_time",
    "total_resolution_time",
)
_DAY: Final = [["09:00", "14:00"], ["16:00", "19:00"]]
_WEEK: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _DAY)
_AHEAD: Final = 60
"""Minutes that the peer looks ahead; the automations' own instants lie up to four days away."""


def measure() -> list[Row]:
    """Time a whole decision with and without promises, and the search for the next instant."""
    with_all, without = _desk(AUTOMATIONS, POLICIES), _desk(0, 0)
    cases = desk_rules.cases(100)
    decision = _micro(lambda: [decide(with_all, one.state, one.event) for one in cases], len(cases))
    plain = _micro(lambda: [decide(without, one.state, one.event) for one in cases], len(cases))
    case = cases[0]
    decided = decide(with_all, case.state, case.event)
    assert isinstance(decided, Decision)
    state = replace(case.state, ticket=decided.ticket)
    at = decided.entries[-1].at
    ours = _micro(lambda: agenda.upcoming(_moment(with_all, state, at), at), 1)
    look = _micro(lambda: _look_ahead(with_all, state, at), 1)
    return [
        Row(
            name=f"promises: an event under {TRIGGERS} triggers, {AUTOMATIONS} automations, "
            f"{POLICIES} policies",
            ours=decision,
            peer=plain,
            peer_name="the triggers alone",
            unit="us",
        ),
        Row(
            name=f"promises: the next instant of a ticket under {AUTOMATIONS} automations",
            ours=ours,
            peer=look,
            peer_name=f"a look at each, minute by minute, {_AHEAD} minutes ahead",
            unit="us",
        ),
    ]


def _micro(run: Callable[[], object], times: int) -> float:
    run()
    return 1e6 * min(timeit.repeat(run, number=3, repeat=5)) / 3 / times


def _desk(automations: int, policies: int) -> Desk:
    chance = random.Random(3)  # noqa: S311 - no secret
    document = desk_rules.document(desk_rules.rules(TRIGGERS), {"add_tags": ["seen"]})
    document["schedules"] = [{"id": "office", "timezone": "Europe/Madrid", "hours": _WEEK}]
    document["desk"] = {**document.get("desk", {}), "schedule": "office"}
    document["automations"] = [_automation(chance, place) for place in range(automations)]
    document["sla_policies"] = [_policy(place, policies) for place in range(policies)]
    return compile_desk(load_document(document))


def _automation(chance: random.Random, place: int) -> dict[str, Any]:
    asked = [
        {"field": "status", "is": chance.choice(["open", "pending", "hold", "new"])},
        {"field": "priority", "is": chance.choice(["low", "normal", "high", "urgent", "none"])},
        {
            "field": f"hours_since.{chance.choice(_SINCE)}",
            "at_least": f"{chance.randint(1, 90)}h",
            "hours": chance.choice(["calendar", "business"]),
        },
    ]
    return {"id": f"a{place}", "when": {"all": asked}, "do": [{"add_tags": [f"x{place}"]}]}


def _policy(place: int, count: int) -> dict[str, Any]:
    """A policy that asks for a tag of its own; the last one is everybody's."""
    targets = [{"metric": one, "within": "4h", "hours": "business"} for one in _METRICS]
    policy = {"id": f"p{place}", "targets": targets, "warn": ["15m"]}
    mine = {"all": [{"field": "tags", "includes": [f"gold{place}"]}]}
    return policy if place == count - 1 else {**policy, "when": mine}


def _moment(desk: Desk, state: State, at: datetime) -> Moment:
    assert state.ticket is not None
    event = Event(id="tick", at=at, kind="tick", actor=SYSTEM, channel="email", ticket=state.ticket)
    return Moment(
        desk=desk, state=state, event=event, before=state.ticket, ticket=state.ticket, at=at
    )


def _look_ahead(desk: Desk, state: State, at: datetime) -> int:
    found = 0
    for minute in range(_AHEAD):
        moment = _moment(desk, state, at + timedelta(minutes=minute))
        for place in range(len(desk.automations.rules)):
            found += desk.automations.judge(place).holds(moment)
    return found
