"""Random desks and histories: a sweep every minute, every seven, or one at the end: one history.

Only the marks that say how late something was carried out may differ.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, reject, settings, strategies as st

from guardia import shapes
from guardia.config.load import load_document
from guardia.config.problem import DocumentError
from guardia.domain.model import Entry, RefusedError
from guardia.rehearsal.simulate import read_steps
from guardia.rehearsal.steps import Stage, take
from guardia.rehearsal.world import World

START = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BASE: Mapping[str, Any] = {
    "desk": {"timezone": "Europe/Madrid", "schedule": "office", "addresses": ["help@acme.example"]},
    "schedules": [
        {
            "id": "office",
            "timezone": "Europe/Madrid",
            "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "fri")},
        },
        {"id": "night", "hours": {"fri": [["20:00", "04:00"]], "sun": [["00:00", "24:00"]]}},
    ],
    "groups": [{"id": "tech", "schedule": "night"}, {"id": "bills"}],
    "agents": [
        {"email": "luis@acme.example", "role": "admin", "groups": ["tech"]},
        {"email": "eva@acme.example", "groups": ["tech", "bills"]},
    ],
}

# -- desks -----------------------------------------------------------------------------------------

FACTS: st.SearchStrategy[Mapping[str, Any]] = st.sampled_from(
    (
        {"field": "status", "is": "pending"},
        {"field": "status", "less_than": "solved"},
        {"field": "priority", "at_least": "high"},
        {"field": "tags", "includes": ["a"]},
        {"field": "tags", "not_includes": ["b"]},
        {"field": "in_business_hours", "is": True},
        {"field": "in_business_hours", "is": False},
        {"field": "sla.requester_wait_time.state", "is": "breached"},
    )
)
MINUTES = st.one_of(st.integers(1, 30), st.integers(1, 3000)).map(lambda one: f"{one}m")
SINCE = ("created", "updated", "opened", "pending", "assigned", "requester_update", "unanswered")


def _time(field: str, operator: str, value: str, hours: str) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = {"field": field, operator: value}
    return plain if field.endswith("remaining") else {**plain, "hours": hours}


TIMES = st.one_of(
    st.builds(
        _time,
        st.sampled_from([f"hours_since.{one}" for one in SINCE]),
        st.sampled_from(("at_least", "at_least", "greater_than", "less_than")),
        MINUTES,
        st.sampled_from(("calendar", "business")),
    ),
    st.builds(
        _time,
        st.sampled_from(("until.sla.first_reply_time", "sla.requester_wait_time.remaining")),
        st.sampled_from(("at_most", "less_than")),
        MINUTES,
        st.just("calendar"),
    ),
)
ACTIONS = st.sampled_from(
    (
        {"add_tags": ["a"]},
        {"add_tags": ["b"]},
        {"remove_tags": ["a"]},
        {"set": {"priority": "high"}},
        {"set": {"status": "pending"}},
        {"set": {"status": "open"}},
        {"set": {"status": "solved"}},
        {"set": {"group": "tech"}},
        {"set_schedule": "night"},
        {"notify": {"agent": "eva@acme.example", "text": "Look"}},
        {"comment": {"text": "We are on it", "public": True, "by": "eva@acme.example"}},
        {"email": {"to": "requester", "subject": "Hello", "body": "{{ticket.status}}"}},
    )
)
EVERY = st.builds(
    lambda hour, days: {"at": f"{hour:02}:30", "days": days},
    st.integers(0, 23),
    st.sampled_from((["mon-fri"], ["sat", "sun"])),
)


@st.composite
def automations(draw: st.DrawFn) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for number in range(draw(st.integers(0, 4))):
        one: dict[str, Any] = {"id": f"rule-{number}", "do": [draw(ACTIONS), draw(ACTIONS)]}
        if draw(st.integers(0, 4)) == 0:
            one["every"] = draw(EVERY)
        facts = draw(st.lists(st.one_of(FACTS, TIMES), max_size=2))
        one["when"] = {"all": [draw(TIMES), *facts]}
        found.append(one)
    return found


METRICS = ("first_reply_time", "next_reply_time", "requester_wait_time", "periodic_update_time")


@st.composite
def policies(draw: st.DrawFn) -> list[Mapping[str, Any]]:
    if draw(st.booleans()):
        return []
    targets = [
        {
            "metric": metric,
            "within": draw(MINUTES),
            "hours": draw(st.sampled_from(("calendar", "business"))),
        }
        for metric in METRICS
    ]
    gold = {
        "id": "gold",
        "when": {"field": "tags", "includes": ["a"]},
        "targets": [{"metric": "requester_wait_time", "within": "90m"}],
        "pause": [{"when": {"field": "tags", "includes": ["b"]}, "reason": "waiting"}],
        "escalate": [{"metric": "requester_wait_time", "after": "0m", "do": [draw(ACTIONS)]}],
    }
    escalate = [
        {"metric": draw(st.sampled_from(METRICS)), "after": draw(MINUTES), "do": [draw(ACTIONS)]}
        for _ in range(draw(st.integers(0, 2)))
    ]
    measure = draw(st.sampled_from(("segments", "last_schedule")))
    rest = {"id": "rest", "targets": targets, "escalate": escalate, "measure": measure}
    return [gold, rest] if draw(st.booleans()) else [rest]


TRIGGERS = st.lists(
    st.sampled_from(
        (
            {"id": "breach", "when": {"field": "update", "is": "sla_breach"}, "do": [{"set": {"priority": "urgent"}}]},
            {"id": "solved", "when": {"field": "status", "changed_to": "solved"}, "do": [{"add_tags": ["b"]}]},
            {"id": "urgent", "when": {"field": "priority", "changed_to": "urgent"}, "do": [{"notify": {"admins": True, "text": "!"}}]},
        )
    ),
    unique_by=lambda one: str(one["id"]),
)  # fmt: skip


@st.composite
def desks(draw: st.DrawFn) -> Mapping[str, Any]:
    settings_ = {**BASE["desk"], "close_after": draw(st.sampled_from(("1d", "28d", "never")))}
    return {
        **BASE,
        "desk": settings_,
        "triggers": draw(TRIGGERS),
        "sla_policies": draw(policies()),
        "automations": draw(automations()),
    }


# -- histories -------------------------------------------------------------------------------------

EVA = {"by": "eva@acme.example"}
ACTS: st.SearchStrategy[Mapping[str, Any]] = st.sampled_from(
    (
        {"email": {"from": "ana@globex.example", "subject": "One", "text": "Hi"}},
        {"email": {"from": "ana@globex.example", "ticket": 1, "text": "More"}},
        {"email": {"from": "ana@globex.example", "ticket": 1, "text": "Still"}},
        {"reply": {**EVA, "text": "Hello"}},
        {"reply": {**EVA, "text": "Try it", "set": {"status": "pending"}}},
        {"note": {**EVA, "text": "Hm"}},
        {"update": {**EVA, "set": {"status": "solved"}}},
        {"update": {**EVA, "set": {"status": "hold"}}},
        {"update": {**EVA, "set": {"priority": "high"}}},
        {"update": {**EVA, "set": {"group": "bills"}}},
        {"update": {**EVA, "add_tags": ["a"]}},
        {"update": {**EVA, "remove_tags": ["a", "b"]}},
    )
)


@dataclass(frozen=True)
class Story:
    desk: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A desk, perhaps a second version of it on the way, and what happens to a ticket or two."""
    seconds = st.one_of(st.integers(0, 30).map(lambda one: one * 60), st.integers(0, 90_000))
    first = {"after": "0m", "email": {"from": "ana@globex.example", "subject": "S", "text": "Hi"}}
    steps: list[Mapping[str, Any]] = [first]
    for act in draw(st.lists(ACTS, max_size=7)):
        steps.append({"after": f"{draw(seconds)}s", **act})
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(1, len(steps)))
        steps.insert(place, {"after": f"{draw(seconds)}s", "config": draw(desks())})
    steps.append({"after": f"{draw(seconds)}s", "wait": {}})
    return Story(draw(desks()), tuple(steps))


# -- the same story at any pace --------------------------------------------------------------------


class Paced(World):
    """A world in which time passes on tickets only where somebody sweeps."""

    def sweep(self, until: datetime) -> None:
        """Let everything that is due by an instant happen on each ticket."""
        for ticket in list(self.numbers):
            due_at = self.store.heads[ticket].due_at
            if due_at is not None and due_at <= until:
                self.wake(ticket, until)

    def wake(self, ticket: str, until: datetime) -> None:
        self._took(lambda: self._guardia.wake(ticket, until=until))

    def go_live(self, document: Mapping[str, Any], at: datetime, *, job: bool) -> None:
        """Publish a version; without its job tickets find out when they are next looked at."""
        numbers, self.numbers = self.numbers, self.numbers if job else {}
        self.publish(document, at)
        self.numbers = numbers


def lived(story: Story, pace: timedelta | None) -> Mapping[int, Any]:
    """The story with a sweep at each multiple of the pace; None: with one at the end alone, and
    nobody who takes open tickets over to a new version of the desk."""
    world = Paced()
    world.publish(load_document(story.desk), START)
    stage = Stage(world)
    steps = read_steps({"start": START, "steps": list(story.steps)})
    swept = START
    for step in steps:
        while pace is not None and swept + pace < step.at:
            swept += pace
            world.sweep(swept)
        if step.kind == "config":
            world.go_live(load_document(step.body), step.at, job=pace is not None)
            continue
        with suppress(RefusedError):
            take(step, stage)
    for ticket in list(world.numbers):
        world.wake(ticket, steps[-1].at)
    return {
        number: {
            "entries": [_timeless(one) for one in world.store.histories[id_]],
            "ticket": world.store.heads[id_],
            "outbox": [shapes.outbox_row(one.row) for one in world.store.outbox(id_)],
        }
        for id_, number in world.numbers.items()
    }


def _timeless(entry: Entry) -> Entry:
    """An entry without the marks that say how late its rules were."""
    return replace(entry, rules=tuple(replace(one, late=None) for one in entry.rules))


@given(stories())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_sweep_every_minute_every_seven_or_once_at_the_end_makes_one_history(
    story: Story,
) -> None:
    try:
        often = lived(story, MINUTE)
    except DocumentError:  # a rule that can never be true, or that sets itself off
        reject()
    assert lived(story, 7 * MINUTE) == often
    assert lived(story, None) == often
