"""Sending digests: which are due, the tickets they name, and the one commit that guards each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from guardia import reading
from guardia.domain import digests
from guardia.domain.desk import Desk
from guardia.domain.digests import Edition, Found
from guardia.domain.event import Needs, State
from guardia.domain.model import OutboxRow
from guardia.domain.moment import MissingError
from guardia.ports import AlreadyHandledError, Commit, Lookup, Store, TicketQuery

Groups = tuple[str | None, ...]
_PAGE: Final = 100
_MOST: Final = 5_000
"""How many tickets are looked at for one digest."""

_ROWS: Final = 80
"""How many messages go into one transaction."""

_KEEP: Final = timedelta(days=30)
_MAX_NEEDS: Final = 3


@dataclass(slots=True)
class Digests:
    """What sends the digests of a desk. `versions` gives the live desk and since when it has been
    live, then the one before it."""

    store: Store
    versions: Callable[[], Sequence[tuple[Desk, datetime]]]
    _sent: set[str] = field(default_factory=set)

    def send(self, until: datetime) -> tuple[OutboxRow, ...]:
        """Send what is due by an instant, each once; return the messages that were committed."""
        versions = self.versions()
        found: list[OutboxRow] = []
        for edition in _due(versions, until):
            if edition.name not in self._sent:
                # A group that the document dropped lately may still have tickets.
                groups = dict.fromkeys(one for desk, _ in versions for one in desk.groups)
                found += self._send(versions[0][0], edition, (*groups, None))
                self._sent.add(edition.name)
        return tuple(found)

    def _send(self, desk: Desk, edition: Edition, groups: Groups) -> tuple[OutboxRow, ...]:
        if self.store.find(Lookup(mark=edition.name)).mark is not None:
            return ()
        rows = digests.messages(desk, edition, list(self._named(desk, edition, groups)))
        for part, start in enumerate(range(_ROWS, len(rows), _ROWS), 1):
            self._commit(edition, f"{edition.name}:{part}", rows[start : start + _ROWS])
        # The first part comes last: as long as its mark is missing, the rest is made again.
        return rows if self._commit(edition, edition.name, rows[:_ROWS]) else ()

    def _commit(self, edition: Edition, mark: str, rows: tuple[OutboxRow, ...]) -> bool:
        until = edition.at + _KEEP
        try:
            self.store.commit(Commit(mark=mark, mark_expires_at=until, outbox=rows))
        except AlreadyHandledError:
            return False
        return True

    def _named(self, desk: Desk, edition: Edition, groups: Groups) -> Iterator[Found]:
        query = TicketQuery(filters={"group": groups}, limit=_PAGE, open_only=True)
        looked_at = 0
        while looked_at < _MOST:
            page, following = reading.tickets(self.store, query)
            looked_at += len(page)
            for ticket, requester in page:
                found = Found(ticket=ticket, requester=requester)
                if self._names(desk, edition, found):
                    yield found
            if following is None:
                return
            query = replace(query, cursor=following)

    def _names(self, desk: Desk, edition: Edition, found: Found) -> bool:
        for _ in range(_MAX_NEEDS):
            try:
                return digests.names(desk, edition, found)
            except MissingError as missing:
                state = State(requester=found.requester, organization=found.organization)
                needs = Needs(frozenset({missing.key}))
                more = reading.look_up(self.store, needs, found.ticket, state)
                found = Found(
                    ticket=found.ticket,
                    requester=more.requester,
                    organization=more.organization,
                )
        return False


def _due(versions: Sequence[tuple[Desk, datetime]], until: datetime) -> list[Edition]:
    """The digests that are due by the live desk, and those that came due just before it went live
    and that it has as well."""
    if not versions or not digests.are_wanted(versions[0][0]):
        return []
    desk, since = versions[0]
    rules = {one.id: one for one in desk.automations.rules}
    earlier = [
        Edition(rule=rules[one.rule.id], at=one.at)
        for old, began in versions[1:2]
        for one in digests.editions(old, max(began, until - digests.LATEST), min(until, since))
        if one.rule.id in rules and rules[one.rule.id].every == one.rule.every
    ]
    return [*earlier, *digests.editions(desk, since, until)]
