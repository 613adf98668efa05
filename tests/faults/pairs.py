"""Pairs of handlers that meet on one ticket, one row or one person."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tests.faults import acts
from tests.faults.baton import Baton, Schedule, schedules
from tests.faults.invariants import Scene, violations
from tests.faults.scenario import MAIL, RELAY, SWEEP
from tests.faults.time_scenarios import LATE, kept, promised
from tests.faults.world import World
from tests.integration.stage import golden, written

Act = Callable[[World], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two things that happen at the same time, and what must come of them."""

    name: str
    prepare: Act
    acts: tuple[Act, Act]
    check: Callable[[World], list[str]]


def held(world: World, pair: Pair, schedule: Schedule) -> tuple[list[int], list[str]]:
    """Run a pair by a schedule; return how often each could be interrupted, and what does not
    hold."""
    name = f"pair {pair.name}"
    if not world.restore(name):
        world.restore("desk")
        world.inject.arm("nobody", {})
        pair.prepare(world)
        world.between.answers.clear()
        world.keep(name)
        world.restore(name)
    world.inject.arm("nobody", {})
    baton = Baton(world, schedule)
    baton.run(pair.acts)
    world.between.unrecorded.clear()  # nothing was lost: each mail goes out once
    try:
        world.quiet()
    except AssertionError as error:
        return baton.counts, [str(error)]
    dead = [f"{one.queue} got something" for one in world.between.dead]
    return baton.counts, violations(world) + pair.check(world) + dead


def anomalies(world: World, pair: Pair, *, enough: int = 10) -> tuple[int, list[str]]:
    """Run every schedule of a pair, until `enough` does not hold; return how many were run, and
    what does not hold in which."""
    calls = [held(world, pair, Schedule(first=first))[0] for first in (0, 1)]
    most = [max(one[n] for one in calls) for n in (0, 1)]
    found, run = [], 0
    for schedule in schedules(most):
        run += 1
        found += [f"{schedule}: {one}" for one in held(world, pair, schedule)[1]]
        if len(found) >= enough:
            break
    return run, found


# -- what happens ----------------------------------------------------------------------------------


def _nothing(_: World) -> None:
    return None


def _mail(key: str, **words: str) -> Act:
    """One container takes one mail in; where it fails the mail comes again."""

    def act(world: World) -> None:
        made = written(**words)
        world.between.mails.setdefault(key, f"{made['Message-ID']} {made['To']}")
        acts._lay(world, f"in/{key}", made.as_bytes())
        body = world.stage.notice(f"in/{key}", made)["body"]
        answer = world.invoke(MAIL, {"Records": [{"messageId": key, "body": body}]})
        if answer is None or answer["batchItemFailures"]:
            assert world.stack.receipt is not None
            world.put(world.stack.topics[world.stack.receipt.topic][0].queue, body)

    return act


def _patch(body: dict[str, Any], **headers: str) -> Act:
    def act(world: World) -> None:
        ticket = sorted(acts.ids(world))[0]
        acts.api(world, acts.about(world, "ticket_changed", ticket, body, **headers))

    return act


def _comment(text: str) -> Act:
    return lambda world: acts.comment(world, sorted(acts.ids(world))[0], text)


def _waiting(world: World) -> None:
    """A row that nobody sent yet."""
    acts.opened(world)
    acts.comment(world, acts.only_ticket(world), "Estamos en ello.")
    world.collect()


def _stream(world: World) -> None:
    line = world.between.batches["OutboxRelayFunction"]
    batch = line.popleft()
    answer = world.invoke(RELAY, {"Records": batch})
    if answer is None or answer["batchItemFailures"]:
        line.appendleft(batch)


def _queue(world: World) -> None:
    row = [one for one in world.items() if one["sk"]["S"].startswith("O#")][-1]
    body = {"ticket": row["ticket"]["S"], "seq": int(row["seq"]["N"]), "n": int(row["n"]["N"])}
    answer = world.invoke(RELAY, {"Records": [{"messageId": "q", "body": json.dumps(body)}]})
    assert answer == {"batchItemFailures": []}


def _late(world: World) -> None:
    _waiting(world)
    world.clock.hold(world.clock.now() + timedelta(minutes=3))


def _overdue(world: World) -> None:
    """A ticket on which everything that time does is hours late."""
    promised(world)
    world.clock.hold(world.clock.now() + LATE)


def _carried_out(world: World) -> None:
    """The sweep does what was handed over to it."""
    (head,) = [one for one in world.items() if one["pk"]["S"][:2] + one["sk"]["S"] == "T#HEAD"]
    at = world.clock.now().isoformat()  # when it was due is told for the logs alone
    due = {
        "ticket": head["pk"]["S"][2:],
        "wake_at": at,
        "due_at": at,
        "requester": head["requester"]["S"],
        "organization": None,
        "failures": 0,
    }
    body = {"until": at, "tickets": [due]}
    answer = world.invoke(SWEEP, {"Records": [{"messageId": "d", "body": json.dumps(body)}]})
    assert answer == {"batchItemFailures": []}


# -- what must come of it --------------------------------------------------------------------------


def _texts(*wanted: str) -> Callable[[World], list[str]]:
    """Each text stands in the desk once."""

    def check(world: World) -> list[str]:
        scene = Scene(world)
        told = [
            one.comment.text.strip()
            for line in scene.entries.values()
            for one in line
            if one.comment
        ]
        return [
            f"{one!r} stands there {told.count(one)} times"
            for one in wanted
            if told.count(one) != 1
        ]

    return check


def _statuses(*wanted: int) -> Callable[[World], list[str]]:
    def check(world: World) -> list[str]:
        told = sorted(status for status, _ in world.between.answers)
        return [] if told == sorted(wanted) else [f"the answers were {told}"]

    return check


def _counts(tickets: int, contacts: int) -> Callable[[World], list[str]]:
    def check(world: World) -> list[str]:
        scene = Scene(world)
        told = (len(scene.heads), len(scene.contacts))
        return [] if told == (tickets, contacts) else [f"{told[0]} tickets, {told[1]} contacts"]

    return check


def _all(*checks: Callable[[World], list[str]]) -> Callable[[World], list[str]]:
    return lambda world: [one for check in checks for one in check(world)]


REFERS: Final = "<primera@mail.example>"

PAIRS: Final = (
    Pair(
        name="two follow-ups",
        prepare=acts.opened,
        acts=(
            _mail("a", text="uno", id="a", refers=REFERS),
            _mail("b", text="dos", id="b", refers=REFERS),
        ),
        check=_all(_texts("uno", "dos"), _counts(1, 1)),
    ),
    Pair(
        name="a follow-up and a change",
        prepare=acts.opened,
        acts=(_mail("a", text="uno", id="a", refers=REFERS), _patch({"priority": "high"})),
        check=_all(_texts("uno"), _statuses(200), _counts(1, 1)),
    ),
    Pair(
        name="a follow-up and a closing",
        prepare=acts.opened,
        acts=(_mail("a", text="uno", id="a", refers=REFERS), _patch({"status": "closed"})),
        check=_all(_texts("uno"), _statuses(200)),
    ),
    Pair(
        name="two comments",
        prepare=acts.opened,
        acts=(_comment("uno"), _comment("dos")),
        check=_all(_texts("uno", "dos"), _statuses(201, 201)),
    ),
    Pair(
        name="two changes of one version",
        prepare=acts.opened,
        acts=(
            _patch({"priority": "high"}, **{"if-match": '"2"'}),
            _patch({"priority": "low"}, **{"if-match": '"2"'}),
        ),
        check=_statuses(200, 412),
    ),
    Pair(
        name="one mail twice",
        prepare=_nothing,
        acts=(_mail("a", text="uno", id="a"), _mail("b", text="uno", id="a")),
        check=_all(_texts("uno"), _counts(1, 1)),
    ),
    Pair(
        name="one notice twice, of somebody known",
        prepare=acts.opened,
        acts=(_mail("a", text="uno", id="a"), _mail("a", text="uno", id="a")),
        check=_all(_texts("uno"), _counts(2, 1)),
    ),
    Pair(
        name="two mails of somebody new",
        prepare=_nothing,
        acts=(_mail("a", text="uno", id="a"), _mail("b", text="dos", id="b", subject="Impresora")),
        check=_all(_texts("uno", "dos"), _counts(2, 1)),
    ),
    Pair(
        name="a form and a mail of somebody new",
        prepare=_nothing,
        acts=(acts.form, _mail("b", text="dos", id="b", subject="Impresora")),
        check=_all(_texts("dos"), _counts(2, 1), _statuses(201)),
    ),
    Pair(
        name="a mail and a program, of somebody new",
        prepare=_nothing,
        acts=(
            _mail("a", text="uno", id="a"),
            lambda world: acts.api(world, golden("ticket_created")),
        ),
        check=_all(_texts("uno"), _counts(2, 1), _statuses(201)),
    ),
    Pair(
        name="one row from stream and queue",
        prepare=_waiting,
        acts=(_stream, _queue),
        check=_counts(1, 1),
    ),
    Pair(
        name="a row is sent while it is offered again",
        prepare=_late,
        acts=(_stream, lambda world: world.tick()),
        check=_counts(1, 1),
    ),
    Pair(
        name="two sweeps",
        prepare=_overdue,
        acts=(_carried_out, _carried_out),
        check=kept(1),
    ),
    Pair(
        name="a sweep and an answer",
        prepare=_overdue,
        acts=(_carried_out, _comment("uno")),
        check=_all(kept(1), _texts("uno"), _statuses(201)),
    ),
)
