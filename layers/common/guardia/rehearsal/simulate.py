"""A simulation document: a desk, steps on a virtual clock, and what is expected of them."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from guardia import shapes
from guardia.domain.forms import FormError
from guardia.domain.model import RefusedError
from guardia.hooks.payload import PayloadError
from guardia.planning import Outcome
from guardia.ports import NotFoundError
from guardia.rehearsal import expect
from guardia.rehearsal.steps import KINDS, NOT_BUILT, SimulationError, Stage, Step, take
from guardia.rehearsal.world import Happening, World

_KEYS: Final = frozenset(("desk", "start", "steps", "expect", "id", "name", "description"))
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

Load = Callable[[Any], Mapping[str, Any]]
"""Turns a path or an inline document into a stored desk document."""


def simulate(
    document: Any, load: Load, *, go_on: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Run a simulation and return what it came to, in the shapes of the outside.

    `load` reads desk documents; `go_on` is asked before each step, and raises where time is up.
    What the two raise passes through.

    Raises:
        SimulationError: the document makes no sense.
    """
    plain = _mapping(document, "the simulation")
    for name in plain:
        if name not in _KEYS:
            raise SimulationError(f"unknown key `{name}`; there are {', '.join(sorted(_KEYS))}")
    world = World()
    steps = read_steps(plain)
    end = max((step.at for step in steps), default=_start(plain))
    if plain.get("desk") is not None:
        world.publish(load(plain["desk"]), min((_start(plain), *(step.at for step in steps))))
    stage = Stage(world)
    timeline: list[dict[str, Any]] = []
    for step in sorted(steps, key=lambda one: one.at):
        timeline += _passed(world, step.at, through=False, go_on=go_on)
        go_on()
        timeline += _taken(step, stage, load)
    timeline += _passed(world, end, through=True, go_on=go_on)
    rows = world.sent(end)
    answer: dict[str, Any] = {
        "tickets": _tickets(world, end),
        "outbox": [shapes.outbox_row(one, ticket=world.numbers.get(one.ticket)) for one in rows],
        "timeline": timeline,
        "alerts": [],
        "contacts": [shapes.contact(one) for one in world.people()],
    }
    asked = plain.get("expect") or []
    if not isinstance(asked, list | tuple):
        raise SimulationError("expect: must be a list")
    return answer | {"expect": [expect.judge(row, answer, world) for row in asked]}


def read_steps(plain: Mapping[str, Any]) -> list[Step]:
    """Read the steps in the order they are written.

    Raises:
        SimulationError: a step is not one.
    """
    steps: list[Step] = []
    listed = plain.get("steps") or []
    if not isinstance(listed, list | tuple):
        raise SimulationError("steps: must be a list")
    before = _start(plain)
    for place, raw in enumerate(listed, 1):
        one = dict(_mapping(raw, f"steps[{place}]"))
        before = _when(one, before, place)
        kinds = [name for name in one if name in KINDS]
        foreign = [name for name in one if name not in KINDS]
        if any(name in NOT_BUILT for name in foreign):
            raise SimulationError(f"steps[{place}]: `{foreign[0]}` is not built in this version")
        if len(kinds) != 1 or foreign:
            wrong = foreign[0] if foreign else "nothing"
            raise SimulationError(f"steps[{place}]: must be one of {', '.join(KINDS)}, not {wrong}")
        body = one[kinds[0]]
        if kinds[0] != "config":
            body = _mapping(body if body is not None else {}, f"steps[{place}].{kinds[0]}")
        steps.append(Step(place=place, at=before, kind=kinds[0], body=body))
    return steps


def _start(plain: Mapping[str, Any]) -> datetime:
    start = plain.get("start")
    if start is not None:
        return instant(start, "start")
    first = next(iter(plain.get("steps") or []), None)
    if isinstance(first, Mapping) and "at" in first:
        return instant(first["at"], "steps[1].at")
    raise SimulationError("start: says when the simulation begins, like 2026-03-06T18:30:00+01:00")


def _when(one: dict[str, Any], before: datetime, place: int) -> datetime:
    at, after = one.pop("at", None), one.pop("after", None)
    if at is not None and after is not None:
        raise SimulationError(f"steps[{place}]: has both `at` and `after`")
    if at is not None:
        return instant(at, f"steps[{place}].at")
    wait = duration(after, f"steps[{place}].after") if after is not None else timedelta()
    try:
        return before + wait
    except OverflowError:
        raise SimulationError(f"steps[{place}].after: is too long to be counted") from None


def instant(value: Any, place: str) -> datetime:
    """Read an instant with its offset, in UTC.

    Raises:
        SimulationError: it is none, or has no offset.
    """
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise SimulationError(f"{place}: is no instant like 2026-03-06T18:30:00+01:00") from None
    if found.tzinfo is None:
        raise SimulationError(f"{place}: needs its offset, like 2026-03-06T18:30:00+01:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise SimulationError(f"{place}: lies outside the years that can be counted") from None


def duration(value: Any, place: str) -> timedelta:
    """Read a duration like `15m`, `1h30m` or `2d` (24 hours each).

    Raises:
        SimulationError: it is none.
    """
    found = _DURATION.fullmatch(str(value).strip())
    if found is None or not any(found.groups()):
        raise SimulationError(f"{place}: must be a duration like 15m, 1h30m or 2d")
    days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise SimulationError(f"{place}: is too long to be counted") from None


def _passed(
    world: World, until: datetime, *, through: bool, go_on: Callable[[], None]
) -> Iterator[dict[str, Any]]:
    """What time alone brings until an instant, as lines of the timeline."""
    for one in world.advance(until, through=through):
        go_on()
        yield line_of(one, world)


def line_of(one: Happening, world: World) -> dict[str, Any]:
    """What time alone brought about, as a line of the timeline."""
    return {
        "at": shapes.instant(one.at),
        "clock": one.what,
        "ticket": world.numbers[one.ticket],
        "entry": one.seq,
        "refused": None,
    }


def _taken(step: Step, stage: Stage, load: Load) -> list[dict[str, Any]]:
    if step.kind != "config":
        return [_done(step, stage)]
    line = {"at": shapes.instant(step.at), "step": step.place, "kind": step.kind}
    moved = stage.world.publish(load(step.body), step.at)
    nothing = {"ticket": None, "entry": None, "refused": None}
    return [line | nothing, *(line_of(one, stage.world) for one in moved)]


def _done(step: Step, stage: Stage) -> dict[str, Any]:
    line: dict[str, Any] = {"at": shapes.instant(step.at), "step": step.place, "kind": step.kind}
    try:
        outcome = take(step, stage)
    except (FormError, PayloadError) as refusal:
        wrong = "; ".join(f"{name} {message}" for name, message in refusal.errors)
        return line | {"ticket": None, "entry": None, "refused": f"{refusal.reason}: {wrong}"}
    except RefusedError as refusal:
        said = f"{refusal.reason}: {refusal.message}"
        return line | {"ticket": None, "entry": None, "refused": said}
    except NotFoundError as missing:
        return line | {"ticket": None, "entry": None, "refused": f"not_found: {missing}"}
    return line | _came_of(outcome, stage.world)


def _came_of(outcome: Outcome | None, world: World) -> dict[str, Any]:
    if outcome is None:
        return {"ticket": None, "entry": None, "refused": None}
    number = world.numbers[outcome.ticket] if outcome.ticket else None
    if outcome.duplicate:
        return {"ticket": number, "entry": None, "refused": "duplicate"}
    if outcome.suspended:
        return {"ticket": None, "entry": None, "refused": f"suspended: {outcome.suspended}"}
    return {"ticket": number, "entry": outcome.decided.entries[-1].seq, "refused": None}


def _tickets(world: World, end: datetime) -> list[dict[str, Any]]:
    found = []
    for id_, number in world.numbers.items():
        ticket = world.store.heads[id_]
        contact = world.store.contacts.get(ticket.requester or "")
        entries = [shapes.entry(one) for one in world.store.histories[id_]]
        shape = shapes.ticket(ticket, contact, world.desk_at, end, number=number)
        found.append(shape | {"entries": entries})
    return found


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SimulationError(f"{place}: must be a mapping")
    return value
