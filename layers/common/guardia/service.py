"""The use cases: load, decide, commit; read and decide again when somebody else was faster.

A ticket that an older version of the desk decided last is brought up to date on the way: what was
due is decided by the desk that was live at its instant.

It holds no rule: who a message is from, where it belongs and what it comes to is the domain's.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from guardia import planning, reading
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.event import Decision, Needs
from guardia.domain.model import Ticket
from guardia.planning import Outcome, Plan, Request
from guardia.ports import (
    AlreadyHandledError,
    Blobs,
    Commit,
    ConflictError,
    Found,
    Incoming,
    Lookup,
    NotFoundError,
    StaleError,
    Store,
)

MAX_DECISIONS: Final = 6
"""The first decision, and five more where somebody else was faster."""

MAX_PARTS: Final = 200
"""How many commits one event may take where very much was due before it."""

_MAX_NEEDS: Final = 4
_MAX_VERSIONS: Final = 24
"""How many versions of the desk a ticket is taken through that slept through more."""


class Desks(Protocol):
    """Every version of the desk: compiled, and since when it has been live."""

    def __call__(self, number: int, /) -> Desk:
        """Return the compiled desk of a version; 0 is the desk without a document."""

    def since(self, number: int, /) -> datetime:
        """Return the instant at which a version above 0 went live."""


class Guardia:
    """The help desk. `desks` knows the versions of the desk, `new_id` gives a short random code,
    `pause` waits a moment and says whether there is time to try again, `now` is the clock by which
    what is due is late (left out: the events' own)."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: Blobs,
        desks: Desks,
        new_id: Callable[[], str],
        pause: Callable[[int], bool],
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Take the outside as parts."""
        self.store, self.blobs = store, blobs
        self._desks, self._new_id, self._pause = desks, new_id, pause
        self._now = now

    def receive(self, incoming: Incoming) -> Outcome:
        """Take in a message: find its ticket or open one, decide, commit.

        Raises:
            RefusedError: the desk does not take it.
            StaleError: others were faster too often; the message may be handed in again.
        """

        def plan(desk: Desk, found: Found) -> Plan | Commit:
            planned = planning.message(desk, found, incoming.arrive(desk), self._new_id)
            if isinstance(planned, Plan):
                for sha256, (body, media) in incoming.files.items():
                    key = f"t/{planned.event.ticket.id}/{sha256}"
                    self.blobs.put(key, body, content_type=media, pending=True)
            elif planned.suspended and incoming.raw is not None:
                kept = planned.suspended.key
                self.blobs.put(kept, incoming.raw, content_type="application/json", pending=False)
            return planned

        outcome = self._settle(incoming.lookup, plan)
        if not outcome.duplicate and outcome.ticket:
            for sha256 in incoming.files:
                self.blobs.keep(f"t/{outcome.ticket}/{sha256}")
        return outcome

    def request(self, request: Request) -> Outcome:
        """Do what an agent or a program asks: open a ticket, or change and comment one.

        Raises:
            NotFoundError: there is no such ticket.
            PreconditionError: it is not at the version the caller decided on.
            RefusedError: the desk forbids it, or a value makes no sense.
            StaleError: others were faster too often.
        """
        return self._settle(
            planning.lookup(request),
            lambda desk, found: planning.request(desk, found, request, self._new_id),
        )

    def wake(
        self,
        ticket: str,
        *,
        until: datetime,
        requester: str | None = None,
        organization: str | None = None,
    ) -> Outcome:
        """Let time pass on a ticket: everything that is due by an instant, the instant included,
        happens at its own.

        Who names the requester and the organisation saves a read. Nothing that happened already
        happens again.

        Raises:
            NotFoundError: there is no such ticket.
            StaleError: others were faster too often.
        """
        return self._wait(ticket, until, "tick", requester, organization)

    def recompute(
        self,
        ticket: str,
        *,
        at: datetime,
        requester: str | None = None,
        organization: str | None = None,
    ) -> Outcome:
        """Let the versions of the desk that have gone live by an instant apply to a ticket.

        Raises:
            NotFoundError: there is no such ticket.
            StaleError: others were faster too often.
        """
        return self._wait(ticket, at, "refresh", requester, organization)

    def _wait(
        self,
        ticket: str,
        until: datetime,
        kind: str,
        requester: str | None,
        organization: str | None,
    ) -> Outcome:
        lookup = Lookup(
            tickets=(ticket,),
            contacts=(requester,) if requester else (),
            organizations=(organization,) if organization else (),
        )
        tries, parts = 0, list[Decision]()
        while tries < MAX_DECISIONS and len(parts) < MAX_PARTS:
            found = self.store.find(lookup)
            head = found.tickets.get(ticket)
            if head is None:
                raise NotFoundError("ticket", ticket)
            plan = planning.passing(found, head, until, kind)
            decision = self._decide(self._desks(found.live), found.live, plan)
            try:
                self._pass(plan, decision)
            except StaleError:
                tries += 1
                continue
            parts.append(decision)
            if decision.whole:
                return Outcome(
                    ticket=ticket, decision=_joined(parts), requester=plan.state.requester
                )
        raise StaleError

    def _pass(self, plan: Plan, decision: Decision) -> None:
        """Write what time brought; where it brought nothing, when to look again."""
        before, after = plan.state.ticket, decision.ticket
        assert before is not None  # noqa: S101 - time passes on a ticket that is there
        if decision.entries:
            self._commit(planning.commit_of(plan, decision, Lookup()))
        elif after.due_at != before.due_at or after.config != before.config:
            self.store.reschedule(after.id, after.version, after.due_at, after.config)

    def _settle(self, lookup: Lookup, plan: Callable[[Desk, Found], Plan | Commit]) -> Outcome:
        tries, parts = 0, list[Decision]()
        while tries < MAX_DECISIONS and len(parts) < MAX_PARTS:
            found = self.store.find(lookup)
            if found.mark is not None:
                return planning.repeated(found.mark)
            desk = self._desks(found.live)
            planned = plan(desk, found)
            try:
                if isinstance(planned, Commit):
                    self._commit(replace(planned, mark=lookup.mark))
                    reason = planned.suspended.reason if planned.suspended else None
                    return Outcome(ticket=None, suspended=reason)
                decision = self._decide(desk, found.live, planned)
                if not decision.whole:
                    self._commit(planning.commit_of(planned, decision, Lookup(), early=True))
                    parts.append(decision)
                    continue
                self._commit(planning.commit_of(planned, decision, lookup))
            except StaleError:
                tries += 1
                continue
            except AlreadyHandledError as handled:
                return planning.repeated(handled.answer)
            requester = planned.contact or planned.state.requester
            whole = _joined([*parts, decision])
            return Outcome(ticket=decision.ticket.id, decision=whole, requester=requester)
        raise StaleError

    def _decide(self, desk: Desk, live: int, plan: Plan) -> Decision:
        earlier = self.earlier(plan.state.ticket, live)
        state = replace(plan.state, earlier=earlier) if earlier else plan.state
        event = replace(plan.event, ran_at=self._now()) if self._now else plan.event
        for _ in range(_MAX_NEEDS):
            decision = decide(desk, state, event)
            if not isinstance(decision, Needs):
                return decision
            state = reading.look_up(self.store, decision, plan.event.ticket, state)
        raise RuntimeError("a decision asks again for what it was given")

    def earlier(self, ticket: Ticket | None, live: int) -> tuple[tuple[Desk, datetime], ...]:
        """The desks that were live since the ticket was last decided, and until when; `live` is the
        live version."""
        if ticket is None or ticket.status == "closed":
            return ()
        numbers = range(min(int(ticket.config or 0), live), live)
        shortened = (*numbers[:1], *numbers[1:][-_MAX_VERSIONS:])
        return tuple((self._desks(one), self._desks.since(one + 1)) for one in shortened)

    def _commit(self, commit: Commit) -> None:
        attempt = 0
        while True:
            try:
                return self.store.commit(commit)
            except ConflictError:
                attempt += 1
                if not self._pause(attempt):
                    raise StaleError from None


def _joined(parts: list[Decision]) -> Decision:
    """What came of an event that took several commits, as one."""
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[-1],
        entries=tuple(one for each in parts for one in each.entries),
        outbox=tuple(one for each in parts for one in each.outbox),
    )
