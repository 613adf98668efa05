"""Random desks and histories: a life under the same desk is the recorded one, and no difference."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardia.config.problem import DocumentError
from guardia.rehearsal.backtest import Backtest, Tally, compiled
from guardia.rehearsal.records import Record, RecordError, read, write
from guardia.rehearsal.replay import replay
from guardia.rehearsal.world import World
from tests.unit.rehearsal.recording import BEGIN, DESK, document, lived, records_of

STATUSES = ("open", "pending", "hold", "solved")
PRIORITIES = ("low", "normal", "high", "urgent")
MINUTES = ("3m", "20m", "1h", "5h", "2d")

STATES = st.one_of(
    st.sampled_from(STATUSES).map(lambda one: {"field": "status", "is": one}),
    st.sampled_from(PRIORITIES).map(lambda one: {"field": "priority", "at_least": one}),
    st.sampled_from(("vip", "a", "b")).map(lambda one: {"field": "tags", "includes": [one]}),
)
FACTS = st.one_of(
    STATES,
    st.sampled_from(STATUSES).map(lambda one: {"field": "status", "changed_to": one}),
    st.sampled_from(("create", "change")).map(lambda one: {"field": "update", "is": one}),
    st.sampled_from(("refund", "broke")).map(lambda one: {"field": "comment", "includes_words": one}),
    st.just({"field": "actor", "is": "end_user"}),
)  # fmt: skip
TIMES = st.builds(
    lambda since, long: {"field": f"hours_since.{since}", "at_least": long},
    st.sampled_from(("created", "updated", "pending", "solved", "unanswered")),
    st.sampled_from(MINUTES),
)
ACTIONS = st.one_of(
    st.sampled_from(STATUSES).map(lambda one: {"set": {"status": one}}),
    st.sampled_from(PRIORITIES).map(lambda one: {"set": {"priority": one}}),
    st.sampled_from(("a", "b", "c")).map(lambda one: {"add_tags": [one]}),
    st.sampled_from(("a", "b")).map(lambda one: {"remove_tags": [one]}),
    st.just({"email": {"to": "requester", "template": "ack"}}),
    st.just({"comment": {"text": "seen", "public": False}}),
    st.just({"assign": {"group": "tech"}}),
)


def _rules(word: str, facts: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    one = st.tuples(
        st.lists(facts, min_size=1, max_size=2), st.lists(ACTIONS, min_size=1, max_size=2)
    )
    return st.lists(one, max_size=most).map(
        lambda rules: [
            {"id": f"{word}-{n}", "when": {"all": list(when)}, "do": do}
            for n, (when, do) in enumerate(rules)
        ]
    )


TARGETS = st.lists(
    st.builds(
        lambda metric, within: {"metric": metric, "within": within},
        st.sampled_from(("first_reply_time", "next_reply_time", "requester_wait_time",
                         "total_resolution_time", "periodic_update_time")),
        st.sampled_from(MINUTES),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one["metric"],
)  # fmt: skip
POLICIES = st.lists(
    st.builds(
        lambda targets, escalate: {
            "id": "gold",
            "targets": targets,
            "escalate": [
                {"metric": targets[0]["metric"], "after": "0m", "do": [{"add_tags": ["late"]}]}
            ]
            if escalate
            else [],
        },
        TARGETS,
        st.booleans(),
    ),
    max_size=1,
)


def _stored(triggers: Any, automations: Any, policies: Any) -> Any:
    """The desk's document, None where it makes no sense (a rule can never hold)."""
    try:
        return document(triggers=triggers, automations=automations, sla_policies=policies)
    except DocumentError:
        return None


DESKS = st.builds(
    _stored,
    _rules("t", FACTS, 4),
    st.builds(
        lambda rules, times: [
            {**one, "when": {"all": [*one["when"]["all"], time]}}
            for one, time in zip(rules, times, strict=True)
        ],
        _rules("a", STATES, 2).filter(lambda rules: len(rules) == 2),
        st.tuples(TIMES, TIMES),
    ),
    POLICIES,
).filter(lambda one: one is not None)
AGENT = {"by": DESK["agents"][0]["email"]}
LATER = st.one_of(
    st.sampled_from(STATUSES).map(lambda one: {"reply": {**AGENT, "text": "Well", "set": {"status": one}}}),
    st.sampled_from(PRIORITIES).map(lambda one: {"update": {**AGENT, "set": {"priority": one}}}),
    st.sampled_from(("a", "b")).map(lambda one: {"update": {**AGENT, "add_tags": [one]}}),
    st.just({"note": {**AGENT, "text": "Hm"}}),
    st.sampled_from(("a refund", "broke again")).map(
        lambda one: {"email": {"from": "ana@globex.example", "ticket": 1, "text": one}}
    ),
)  # fmt: skip
FIRST = {"email": {"from": "Ana <ana@globex.example>", "subject": "Hi", "text": "It broke"}}
HISTORIES = st.lists(st.tuples(st.sampled_from(("1m", "3m", "2h", "30h")), LATER), max_size=5).map(
    lambda later: [FIRST, *({"after": after, **step} for after, step in later)]
)


def story(desk: Any, steps: Any) -> tuple[World, Record]:
    world = lived(desk, steps, BEGIN + timedelta(days=12))
    return world, next(one for one in records_of(world) if len(one.entries) > 0)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DESKS, HISTORIES)
def test_a_record_lived_again_under_its_own_desk_is_the_recorded_life(
    desk: Any, steps: Any
) -> None:
    world, record = story(desk, steps)

    life = replay(world.desk, read(write(record)))

    assert life.refused == []
    assert life.ticket == world.store.heads[record.ticket]
    assert life.entries == world.store.histories[record.ticket]
    sent = [one for one in world.outbox if one.ticket == record.ticket]
    assert life.outbox == sent


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DESKS, DESKS, HISTORIES)
def test_only_another_desk_makes_a_difference_and_never_without_a_reason(
    desk: Any, other: Any, steps: Any
) -> None:
    world, record = story(desk, steps)
    after = lived(other, []).desk

    same = Backtest(world.desk, lived(desk, []).desk).tally([record]).answer()
    tried = Backtest(world.desk, after).tally([record]).answer()

    assert same["differing"] == 0
    assert all(one["before"] == one["after"] for one in same["rules"])
    for one in tried["differences"]:
        assert one["because"] or one["refused"]
    if any(one["before"] != one["after"] for one in tried["rules"]):
        assert desk != other


JUNK: tuple[Any, ...] = (None, 7, -1, 1e400, "", "x", [], {}, [[]], ["a"], {"a": 1}, True, {"@": 5},
    {"@": "9999-12-31T23:59:59+00:00"}, {"@": "0001-01-01T00:00:00+00:00"})  # fmt: skip


@cache
def written_once() -> str:
    """A record of a desk with deadlines and automations, as a line."""
    times = {"id": "s", "when": {"all": [{"field": "hours_since.pending", "at_least": "1h"}]}, "do": [{"set": {"status": "solved"}}]}  # fmt: skip
    policy = {"id": "p", "targets": [{"metric": "first_reply_time", "within": "3m"}]}
    desk = document(automations=[times], sla_policies=[policy])
    return write(records_of(lived(desk, until=BEGIN + timedelta(days=2)))[0])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value, with each key or position in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(inside):
        yield value, key
        if isinstance(one, dict | list):
            yield from places(one)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(JUNK))
def test_whatever_a_line_holds_it_is_decided_or_refused(place: int, junk: Any) -> None:
    data = json.loads(written_once())
    found = list(places(data))
    container, key = found[place % len(found)]
    container[key] = junk
    tally = Tally()

    with suppress(RecordError):
        compiled(document(), document(triggers=[])).take(read(json.dumps(data)), tally)

    json.dumps(tally.answer())
