"""The use cases: load, decide, commit; read and decide again when somebody else was faster.

It holds no rule: who a message is from, where it belongs and what it comes to is the domain's.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from guardia import planning, reading
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.model import Decision, Needs
from guardia.planning import Outcome, Plan, Request
from guardia.ports import (
    AlreadyHandledError,
    Blobs,
    Commit,
    ConflictError,
    Found,
    Incoming,
    Lookup,
    StaleError,
    Store,
)

MAX_DECISIONS: Final = 6
"""The first decision, and five more where somebody else was faster."""

_MAX_NEEDS: Final = 4


class Guardia:
    """The help desk. `desks` gives the compiled desk of a live version, `new_id` a short random
    code, `pause` waits a moment and says whether there is time to try again."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: Blobs,
        desks: Callable[[int], Desk],
        new_id: Callable[[], str],
        pause: Callable[[int], bool],
    ) -> None:
        """Take the outside as parts."""
        self.store, self.blobs = store, blobs
        self._desks, self._new_id, self._pause = desks, new_id, pause

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

    def _settle(self, lookup: Lookup, plan: Callable[[Desk, Found], Plan | Commit]) -> Outcome:
        for _ in range(MAX_DECISIONS):
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
                decision = self._decide(desk, planned)
                self._commit(planning.commit_of(planned, decision, lookup))
            except StaleError:
                continue
            except AlreadyHandledError as handled:
                return planning.repeated(handled.answer)
            requester = planned.contact or planned.state.requester
            return Outcome(ticket=decision.ticket.id, decision=decision, requester=requester)
        raise StaleError

    def _decide(self, desk: Desk, plan: Plan) -> Decision:
        state = plan.state
        for _ in range(_MAX_NEEDS):
            decision = decide(desk, state, plan.event)
            if not isinstance(decision, Needs):
                return decision
            state = reading.look_up(self.store, decision, plan.event.ticket, state)
        raise RuntimeError("a decision asks again for what it was given")

    def _commit(self, commit: Commit) -> None:
        attempt = 0
        while True:
            try:
                return self.store.commit(commit)
            except ConflictError:
                attempt += 1
                if not self._pause(attempt):
                    raise StaleError from None
