"""What an expectation may name: a misspelt member would make a row that cannot fail."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from guardia import shapes
from guardia.config.compile import compile_desk
from guardia.domain.clock import Clock
from guardia.domain.model import Contact, OutboxRow, Ticket
from guardia.domain.phrases import nearest
from guardia.domain.vocabulary import SLA_METRICS
from guardia.rehearsal.steps import SimulationError

_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DESK: Final = compile_desk({})
_CLOCK: Final = Clock(metric=SLA_METRICS[0], instance=1, started_at=_AT, target=1)
_TICKET: Final = shapes.ticket(
    Ticket(id="", clocks=(_CLOCK,)), None, lambda _version: _DESK, _AT, number=1
)
_ROW: Final = shapes.outbox_row(
    OutboxRow(ticket="", seq=1, n=0, at=_AT, kind="email", channel="email", to=("",), subject="",
              text="", sender="", sender_name="", language="en")
)  # fmt: skip
TICKET: Final = frozenset((*_TICKET, "entries", "ticket", "at"))
CLOCK: Final = frozenset(_TICKET["sla"][0])
ROW: Final = frozenset((*_ROW, "outbox"))
CONTACT: Final = frozenset((*shapes.contact(Contact(id="")), "contact"))
PERSON: Final = frozenset(shapes.requester(None, "") or ())
KINDS: Final = ("email", "message", "webhook", "notify")


def check_ticket(row: Mapping[str, Any]) -> None:
    """Check what a row asks of a ticket.

    Raises:
        SimulationError: it names a member that no ticket has.
    """
    for name, value in row.items():
        head, *rest = str(name).split(".")
        _check(head, TICKET, name)
        if head == "sla":
            _check_clock(name, rest, value)
        elif head == "requester" and rest and rest[0] != "fields":
            _check(rest[0], PERSON, name)


def _check_clock(name: str, rest: Sequence[str], value: Any) -> None:
    if rest and not rest[0].isdigit():
        _check(rest[0], SLA_METRICS, name)
    if len(rest) > 1:
        _check(rest[1], CLOCK, name)
    for one in value if isinstance(value, list | tuple) else (value,):
        asked = one.get("includes", one) if isinstance(one, Mapping) else None
        for each in asked if isinstance(asked, list | tuple) else (asked,):
            if isinstance(each, Mapping) and len(rest) < _CLOCKS_OWN and "any" not in each:
                for member in each:
                    _check(str(member).partition(".")[0], CLOCK, f"{name}: {member}")


_CLOCKS_OWN: Final = 2
"""Below `sla.<metric>` stand a clock's own members; what they hold is not looked at."""


def check_row(row: Mapping[str, Any]) -> None:
    """Check what a row asks of the outbox.

    Raises:
        SimulationError: it names a member, or a kind, that no row of the outbox has.
    """
    for name in row:
        _check(str(name).partition(".")[0], ROW, name)
    kind = row.get("kind")
    if isinstance(kind, str):
        _check(kind, KINDS, f"kind: {kind}")


def check_contact(row: Mapping[str, Any]) -> None:
    """Check what a row asks of a contact.

    Raises:
        SimulationError: it names a member that no contact has.
    """
    for name in row:
        _check(str(name).partition(".")[0], CONTACT, name)


def check_count(row: Mapping[str, Any]) -> None:
    """Check that a row that counts asks for nothing besides.

    Raises:
        SimulationError: it does.
    """
    if len(row) > 1:
        (kind, other) = list(row)[:2]
        raise SimulationError(f"expect: `{kind}` stands alone, `{other}` is not looked at there")


def _check(word: str, among: Collection[str], shown: Any) -> None:
    if word not in among:
        near = nearest(word, among)
        hint = f"; did you mean `{near}`?" if near else ""
        raise SimulationError(f"expect: there is no `{shown}`{hint}")
