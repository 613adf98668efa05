"""What a simulation expects, compared with what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from guardia import shapes
from guardia.domain.clock import fold
from guardia.domain.model import Entry, undo
from guardia.domain.vocabulary import SLA_METRICS
from guardia.rehearsal import known
from guardia.rehearsal.steps import SimulationError
from guardia.rehearsal.world import World

_ROWS: Final = ("outbox", "no_outbox", "outbox_count", "tickets", "ticket", "contacts", "contact")
"""In this order: a row of the outbox has a member `ticket` too."""


def judge(row: Any, answer: Mapping[str, Any], world: World) -> dict[str, Any]:
    """Return `{"row", "ok", "got"}`; `got` shows what was there for every key that was asked.

    Raises:
        SimulationError: the row asks for nothing that there is.
    """
    if not isinstance(row, Mapping):
        raise SimulationError("expect: every row must be a mapping")
    kind = next((name for name in _ROWS if name in row), None)
    if kind is None:
        raise SimulationError(f"expect: a row names one of {', '.join(_ROWS)}")
    ok, got = _JUDGES[kind](row, answer, world)
    return {"row": shapes.plain(row), "ok": ok, "got": got}


def _count(name: str, members: str) -> Any:
    def judge_count(row: Mapping[str, Any], answer: Mapping[str, Any], _world: World) -> Any:
        known.check_count(row)
        found = len(answer[members])
        return same(row[name], found), found

    return judge_count


def _ticket(row: Mapping[str, Any], answer: Mapping[str, Any], world: World) -> Any:
    known.check_ticket(row)
    number = row["ticket"]
    found = next((one for one in answer["tickets"] if one["number"] == number), None)
    if found is not None and "at" in row:
        found = _as_it_was(found, row["at"], world)
    return _members(row, found, {"ticket", "at"})


def _as_it_was(found: Mapping[str, Any], at: Any, world: World) -> dict[str, Any] | None:
    """The ticket after everything that happened at an instant."""
    until = _moment(at)
    if until is None:
        raise SimulationError("expect: `at` must be an instant with its offset")
    id_ = str(found["id"])
    ticket: Any = world.store.heads[id_]
    kept: list[Entry] = list(world.store.histories[id_])
    while kept and kept[-1].at > until:
        ticket = undo(ticket, kept.pop())
    if ticket is None:
        return None
    contact = world.store.contacts.get(ticket.requester or "")
    entries = [shapes.entry(one) for one in kept]
    then = replace(ticket, clocks=fold(line for one in kept for line in one.ledger))
    shape = shapes.ticket(then, contact, world.desk_at, until, number=found["number"])
    return shape | {"entries": entries}


def _outbox(row: Mapping[str, Any], answer: Mapping[str, Any], _world: World) -> Any:
    known.check_row(row)
    place, rows = row["outbox"], answer["outbox"]
    if not isinstance(place, int):
        raise SimulationError("expect: `outbox` counts rows from 1")
    found = rows[place - 1] if 1 <= place <= len(rows) else None
    return _members(row, found, {"outbox"})


def _no_outbox(row: Mapping[str, Any], answer: Mapping[str, Any], _world: World) -> Any:
    asked = row["no_outbox"]
    if not isinstance(asked, Mapping):
        raise SimulationError("expect: `no_outbox` maps members of a row to values")
    known.check_row(asked)
    found = [one for one in answer["outbox"] if _members(asked, one, set())[0]]
    return not found, found


def _contact(row: Mapping[str, Any], answer: Mapping[str, Any], _world: World) -> Any:
    known.check_contact(row)
    wanted = row["contact"]
    found = next(
        (
            one
            for one in answer["contacts"]
            if any(each["value"] == wanted for each in one["identities"])
        ),
        None,
    )
    return _members(row, found, {"contact"})


_JUDGES: Final = {
    "tickets": _count("tickets", "tickets"),
    "ticket": _ticket,
    "outbox": _outbox,
    "no_outbox": _no_outbox,
    "outbox_count": _count("outbox_count", "outbox"),
    "contacts": _count("contacts", "contacts"),
    "contact": _contact,
}


def _members(row: Mapping[str, Any], found: Any, but: set[str]) -> tuple[bool, Any]:
    if found is None:
        return False, None
    got = {name: _inside(found, str(name)) for name in row if name not in but}
    return all(same(row[name], got[name]) for name in got), got


def _inside(found: Any, name: str) -> Any:
    """Reach inside by a dotted name; people are compared by their email."""
    value = found
    if name in found:
        value = found[name]
    else:
        for part in name.split("."):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif part in SLA_METRICS and isinstance(value, Sequence):
                value = _latest(value, part)
            elif isinstance(value, Sequence) and not isinstance(value, str) and part.isdigit():
                value = value[int(part)] if int(part) < len(value) else None
            else:
                return None
    if name in ("requester", "assignee") and isinstance(value, Mapping):
        return value.get("email")
    return value


def _latest(clocks: Sequence[Any], metric: str) -> Any:
    """A metric's latest clock, as `sla.first_reply_time` names it."""
    found = [one for one in clocks if one["metric"] == metric]
    return max(found, key=lambda one: int(one["instance"]), default=None)


def same(wanted: Any, got: Any) -> bool:
    """Whether what is there is what was expected.

    Numbers, words and null are equal, instants by moment; a list means exactly these in any order;
    `{includes: [...]}` at least these, `{includes: "text"}` a substring, `{any: true}` not null.
    """
    if isinstance(wanted, Mapping):
        if set(wanted) == {"any"}:
            return (got is not None) is bool(wanted["any"])
        if set(wanted) == {"includes"}:
            return _includes(wanted["includes"], got)
        return isinstance(got, Mapping) and all(same(wanted[one], got.get(one)) for one in wanted)
    if isinstance(wanted, list | tuple):
        return _exactly(wanted, got)
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return bool(wanted == got)
    if wanted is None or got is None:
        return wanted is None and got is None
    moments = _moment(wanted), _moment(got)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] == moments[1]
    return bool(_word(wanted) == _word(got))


def _word(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _includes(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, list | tuple):
        held = list(got) if isinstance(got, list | tuple) else [got]
        return all(any(same(one, each) for each in held) for one in wanted)
    if isinstance(got, list | tuple):
        return any(same(wanted, one) for one in got)
    return isinstance(got, str) and str(wanted) in got


def _exactly(wanted: Sequence[Any], got: Any) -> bool:
    if not isinstance(got, list | tuple) or len(got) != len(wanted):
        return False
    left = list(got)
    for one in wanted:
        match = next((each for each in left if same(one, each)), None)
        if match is None and not (one is None and None in left):
            return False
        left.remove(match)
    return True


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else None
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
