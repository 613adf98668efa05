"""Recorded tickets of a desk that never was, for demonstrations and measurements:

    python -m infra.local.recorded --tickets 10000 > file.ndjson

Customers write at all hours, agents answer in theirs, some never; what the rules and time make of
it is decided by the desk itself. The same seed gives the same file.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from guardia import reading
from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk
from guardia.domain.model import Comment, Contact, Identity, RefusedError, Ticket
from guardia.planning import Request
from guardia.ports import Lookup
from guardia.rehearsal.records import Record, recorded, write
from guardia.service import Guardia

EXAMPLE: Final = Path(__file__).parents[1] / "desk"
BEGIN: Final = datetime(2026, 9, 1, tzinfo=UTC)
DAYS: Final = 60
"""Days over which tickets come in."""

AFTER: Final = timedelta(days=45)
"""How long time goes on after a ticket's last event: reminders, deadlines, closing."""

_CODES: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PEOPLE: Final = 400
_FIRST: Final = (
    "Ana",
    "Bea",
    "Carlos",
    "Diego",
    "Elena",
    "Fran",
    "Gloria",
    "Hugo",
    "Inés",
    "Jorge",
)
_LAST: Final = ("Ruiz", "López", "Vega", "Soler", "Prieto", "Marín", "Iglesias", "Calvo", "Mora")
_SUBJECTS: Final = {
    "es": ("No conecta la VPN", "Factura de octubre", "Pedido sin entregar", "Contraseña olvidada",
           "Presupuesto", "La impresora no imprime", "Devolución", "Alta de un usuario"),
    "en": ("The VPN does not connect", "Invoice for October", "Order not delivered",
           "Lost password", "A quote, please", "The printer is silent", "Refund", "A new user"),
}  # fmt: skip
_ASKS: Final = {
    "es": ("Desde esta mañana no funciona.", "¿Pueden mirarlo, por favor?", "Es urgente.",
           "Adjunto la factura.", "Sigue igual que ayer.", "Quiero un reembolso."),
    "en": ("It has not worked since this morning.", "Could you have a look, please?",
           "It is urgent.", "The invoice is attached.", "Still the same.", "I want a refund."),
}  # fmt: skip
_ANSWERS: Final = {
    "es": ("Reinicie el router, por favor.", "Lo estamos mirando.", "Ya está resuelto.",
           "¿Nos dice el número de pedido?"),
    "en": ("Please restart the router.", "We are looking at it.", "It is solved.",
           "Which order is it about?"),
}  # fmt: skip
_MOST_ROUNDS: Final = 5
_MONDAY_TO_FRIDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Mail:
    """A customer's mail on its way in; `ticket` is the one it answers."""

    arrival: Arrival
    ticket: str | None = None
    raw: bytes | None = None

    @property
    def files(self) -> Mapping[str, tuple[bytes, str]]:
        """Nobody attaches anything."""
        return {}

    @property
    def lookup(self) -> Lookup:
        """Its sender, their company and the ticket it answers."""
        sender = self.arrival.sender or ""
        return Lookup(
            identities=(("email", sender),),
            domain=sender.rpartition("@")[2],
            tickets=(self.ticket,) if self.ticket else (),
        )

    def arrive(self, _desk: Desk) -> Arrival:
        """It says the same to every desk."""
        return self.arrival


class OneDesk:
    """The only version of the desk there ever was."""

    def __init__(self, desk: Desk) -> None:
        """Take it."""
        self._desk = desk

    def __call__(self, _number: int, /) -> Desk:
        """Return it."""
        return self._desk

    def since(self, _number: int, /) -> datetime:
        """Tell that it was live before anything happened."""
        return BEGIN - timedelta(days=365)


def _happens(chance: Random, share: float) -> bool:
    return chance.random() < share


class Maker:
    """Makes tickets one by one, each in a table of its own."""

    def __init__(self, desk: Desk, seed: int) -> None:
        """Take the desk and the seed of all that is left to chance."""
        self._desk, self._chance = desk, Random(seed)  # noqa: S311 - a made-up world
        self._zone = ZoneInfo(desk.timezone)
        self._agents = [one.email for one in desk.agents.values() if one.role != "light"]
        self._addresses = [
            *desk.addresses, *(a for one in desk.departments.values() for a in one.addresses)
        ] or ["support@desk.example"]  # fmt: skip
        self._people = [self._person(number) for number in range(_PEOPLE)]

    def tickets(self, number: int) -> Iterator[Record]:
        """Make so many tickets, in the order in which they came in."""
        arrivals = sorted(self._arrives() for _ in range(number))
        for at in arrivals:
            yield self._ticket(at)

    def _person(self, number: int) -> Contact:
        chance = self._chance
        name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        known = sorted(self._desk.domains)
        domain = chance.choice(known) if known and _happens(chance, 0.2) else "mail.example"
        address = f"{name.split(maxsplit=1)[0].lower()}.{number}@{domain}".replace("é", "e")
        return Contact(
            id=f"P{number:04}",
            version=1,
            name=name,
            identities=(Identity(kind="email", value=address, verified=True, primary=True),),
            organization=self._desk.domains.get(domain),
            language="en" if _happens(chance, 0.2) else "es",
            created_at=BEGIN,
            updated_at=BEGIN,
        )

    def _arrives(self) -> datetime:
        """Most write on working days between eight and eight, some at night and at weekends."""
        while True:
            day = BEGIN + timedelta(days=self._chance.randrange(DAYS))
            hour = min(23.98, max(0.0, self._chance.gauss(13, 4)))
            local = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            at = (local + timedelta(seconds=round(hour * 3600))).astimezone(UTC)
            if day.weekday() < _MONDAY_TO_FRIDAY or _happens(self._chance, 0.2):
                return at

    def _at_work(self, at: datetime) -> datetime:
        """The instant, or where nobody works then the next morning, some minutes after nine."""
        local = at.astimezone(self._zone)
        if local.weekday() < _MONDAY_TO_FRIDAY and 9 <= local.hour < 19:  # noqa: PLR2004 - o'clock
            return at
        days = 1 if local.hour >= 9 else 0  # noqa: PLR2004 - o'clock
        while (local + timedelta(days=days)).weekday() >= _MONDAY_TO_FRIDAY:
            days += 1
        day = local + timedelta(days=days)
        minute = self._chance.randrange(75)
        opened = datetime(day.year, day.month, day.day, 9, tzinfo=self._zone)
        return (opened + timedelta(minutes=minute)).astimezone(UTC)

    def _later(self, at: datetime, hours: float) -> datetime:
        """An instant some time later; half of them come before so many hours."""
        return at + timedelta(seconds=round(3600 * hours * self._chance.lognormvariate(0, 1.1)))

    def _ticket(self, at: datetime) -> Record:
        person = self._chance.choice(self._people)
        story = _Story(self._desk, person, self._chance)
        language = person.language or "es"
        story.writes(
            at, self._chance.choice(_SUBJECTS[language]), self._chance.choice(self._addresses)
        )
        agent = self._chance.choice(self._agents) if self._agents else None
        for _ in range(self._chance.randrange(_MOST_ROUNDS)):
            if agent is None:
                break
            at = self._at_work(self._later(at, 0.7))
            if _happens(self._chance, 0.15):
                story.asks(at, by=agent, text="Mirar con el equipo.", public=False)
                at += timedelta(minutes=5)
            status = self._chance.choices(("pending", "solved", "open", "hold"), (55, 25, 14, 6))[0]
            more = {"priority": "high"} if _happens(self._chance, 0.08) else {}
            text = self._chance.choice(_ANSWERS[language])
            story.asks(at, by=agent, text=text, changes={"status": status} | more)
            if _happens(self._chance, 0.4):
                break
            at = self._later(at, 6)
            story.writes(at, "", "")
        return story.record(at + AFTER)


class _Story:
    """One ticket, from its first mail on."""

    def __init__(self, desk: Desk, person: Contact, chance: Random) -> None:
        self._person, self._chance = person, chance
        self._store = MemoryStore()
        self._store.contacts[person.id] = person
        for one in person.identities:
            self._store.identities[one.kind, one.value] = person.id
        self._guardia = Guardia(
            store=self._store,
            blobs=MemoryBlobs(),
            desks=OneDesk(desk),
            new_id=lambda: "".join(chance.choices(_CODES, k=8)),
            pause=lambda _attempt: False,
        )
        self._id: str | None = None
        self._events = 0

    @property
    def _ticket(self) -> Ticket | None:
        return self._store.heads.get(self._id or "")

    def writes(self, at: datetime, subject: str, to: str) -> None:
        """The customer writes: the first mail opens the ticket, later ones answer it."""
        self._wait(at)
        self._events += 1
        language = self._person.language or "es"
        number = self._chance.getrandbits(40)
        mail = Mail(
            Arrival(
                id=f"mail:{number:010x}",
                at=at,
                channel="email",
                sender=self._person.email,
                sender_name=self._person.name,
                subject=subject,
                comment=Comment(
                    text=self._chance.choice(_ASKS[language]),
                    subject=subject or None,
                    message_id=f"<{number:010x}@mail.example>",
                ),
                received_by=to or None,
                candidates=(self._id,) if self._id else (),
                proved_ticket=self._id,
                verified=True,
                language=language,
            ),
            self._id,
        )
        try:
            outcome = self._guardia.receive(mail)
        except RefusedError:
            return
        # An answer to a closed ticket opens another one: that is another story.
        self._id = self._id or outcome.ticket

    def asks(
        self,
        at: datetime,
        *,
        by: str,
        text: str,
        public: bool = True,
        changes: Mapping[str, str] | None = None,
    ) -> None:
        """An agent writes."""
        self._wait(at)
        self._events += 1
        try:
            self._guardia.request(
                Request(
                    id=f"request:{self._chance.getrandbits(40):010x}",
                    at=at,
                    by=by,
                    ticket=self._id,
                    text=text,
                    public=public,
                    changes=changes or {},
                )
            )
        except RefusedError:
            return

    def _wait(self, until: datetime) -> None:
        """What is due before an instant happens in time."""
        while (one := self._ticket) and one.due_at is not None and one.due_at < until:
            self._guardia.wake(one.id, until=one.due_at)

    def record(self, until: datetime) -> Record:
        """The ticket's record, after time has gone on for a while."""
        self._wait(until)
        ticket, contact = reading.ticket(self._store, self._id or "")
        return recorded(ticket, reading.history(self._store, ticket.id), contact, None)


def main(arguments: list[str]) -> int:
    """Write as many recorded tickets as are asked for; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.recorded", description="Recorded tickets, one a line."
    )
    parser.add_argument("--tickets", type=int, default=1_000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other tickets (1)")
    parser.add_argument("--desk", type=Path, default=EXAMPLE, help="the desk they came to")
    asked = parser.parse_args(arguments)
    desk = compile_desk(load_document(asked.desk), version="1")
    for one in Maker(desk, asked.seed).tickets(asked.tickets):
        print(write(one))  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
