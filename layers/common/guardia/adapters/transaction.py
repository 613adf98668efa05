"""The one transaction: mark, contact, head, entries, outbox, references, or nothing of it."""

import hashlib

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from guardia.adapters import codec, items, refusals
from guardia.adapters.bodies import Bodies
from guardia.adapters.items import Item
from guardia.adapters.table import Table
from guardia.domain.model import Contact, Ticket
from guardia.ports import Commit


class Transaction:
    """All that one commit writes. DynamoDB names refusals in this order: deletes, puts, updates."""

    def __init__(self, bodies: Bodies, months: set[str]) -> None:
        """Take what lays entries out, and the months that are known to be listed."""
        self._bodies, self._months = bodies, months
        self.deletes: list[tuple[Item, Condition]] = []
        self.puts: list[tuple[Item, Condition | None]] = []
        self.updates: list[tuple[Item, Condition | None]] = []

    def add(self, commit: Commit) -> None:
        """Gather the writes of a commit, the mark first."""
        if commit.mark is not None:
            self._create(
                items.MarkItem.of(commit.mark, codec.dumps(commit.answer), commit.mark_expires_at)
            )
        if commit.suspended is not None:
            self._create(items.SuspendedItem.of(commit.suspended))
        if commit.recovered is not None:
            gone = items.SuspendedItem(*items.suspended_key(commit.recovered))
            self.deletes.append((gone, items.SuspendedItem.pk.exists()))
        if commit.flow is not None:
            self.updates.append((items.FlowItem.of(commit.flow), None))
        if commit.ticket is not None:
            self._add_ticket(commit, commit.ticket)
        else:
            for row in commit.outbox:
                self._create(self._bodies.lay_out_row(row))
        if commit.contact is not None:
            self._add_contact(commit.contact, commit.contact_expected)

    def _create(self, item: Item) -> None:
        self.puts.append((item, type(item).pk.does_not_exist()))

    def _write(self, item: Item, expected: int, held: Condition) -> None:
        if expected == 0:
            self._create(item)
        else:
            self.updates.append((item, held))

    def _add_ticket(self, commit: Commit, ticket: Ticket) -> None:
        self._write(
            items.TicketItem.of(ticket),
            commit.expected,
            items.TicketItem.version == commit.expected,
        )
        laid = [self._bodies.lay_out(ticket.id, entry) for entry in commit.entries]
        rows = [self._bodies.lay_out_row(row) for row in commit.outbox]
        for item in (*laid, *rows):
            self._create(item)
        owned = self._bodies.owned(ticket.id, commit.entries, (*laid, *rows))
        if owned:
            first = commit.entries[0]
            self._create(items.KeepItem.of(ticket.id, first.seq, first.at, owned))
        for reference in commit.references:
            self._create(items.ReferenceItem.of(reference, ticket.id, ticket.requester))
        month = str(items.month_of(ticket.updated_at))
        if month not in self._months:
            self.puts.append((items.MonthItem(items.MONTHS, month), None))

    def _add_contact(self, contact: Contact, expected: int) -> None:
        self._write(items.ContactItem.of(contact), expected, items.ContactItem.version == expected)
        for one in contact.identities:
            free = items.IdentityItem.pk.does_not_exist() | (
                items.IdentityItem.contact == contact.id
            )
            self.updates.append((items.IdentityItem.of(one, contact), free))

    def commit(self, table: Table, commit: Commit) -> None:
        """Write all of it, or nothing; a repeat of the very same commit counts as one.

        Raises:
            AlreadyHandledError, StaleError, ConflictError: see `Store.commit`.
        """
        token = hashlib.sha256(repr((table.name, commit)).encode()).hexdigest()[:36]
        try:
            with TransactWrite(connection=table.connection, client_request_token=token) as batch:
                for item, there in self.deletes:
                    batch.delete(item, condition=there)
                for item, condition in self.puts:
                    batch.save(item, condition=condition)
                for item, held in self.updates:
                    batch.update(item, actions=item.actions(), condition=held)
        except TransactWriteError as error:
            refusals.raise_for(error, table, commit.mark, place=len(self.deletes))
        for item, _ in self.puts:
            if isinstance(item, items.EntryItem | items.OutboxItem):
                self._bodies.keep(item)
        self._months.update(item.sk for item, _ in self.puts if isinstance(item, items.MonthItem))
