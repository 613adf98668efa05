"""The one transaction: mark, contact, head, entries, outbox, references, or nothing of it."""

import hashlib

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from guardia.adapters import codec, items
from guardia.adapters.bodies import Bodies
from guardia.adapters.items import Item
from guardia.adapters.table import Table
from guardia.domain.model import Contact, Ticket
from guardia.ports import AlreadyHandledError, Commit, ConflictError, StaleError

FAILED = "ConditionalCheckFailed"
BUSY = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


class Transaction:
    """Everything that one commit writes. DynamoDB names refusals in this order: puts, updates."""

    def __init__(self, bodies: Bodies, months: set[str]) -> None:
        """Take what lays entries out, and the months that are known to be listed."""
        self._bodies, self._months = bodies, months
        self.puts: list[tuple[Item, Condition | None]] = []
        self.updates: list[tuple[Item, Condition]] = []

    def add(self, commit: Commit) -> None:
        """Gather the writes of a commit, the mark first."""
        if commit.mark is not None:
            self._create(
                items.MarkItem.of(commit.mark, codec.dumps(commit.answer), commit.mark_expires_at)
            )
        if commit.suspended is not None:
            self._create(items.SuspendedItem.of(commit.suspended))
        if commit.ticket is not None:
            self._add_ticket(commit, commit.ticket)
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
        for entry in commit.entries:
            self._create(self._bodies.lay_out(ticket.id, entry))
        for row in commit.outbox:
            self._create(items.OutboxItem.of(row))
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
                for item, condition in self.puts:
                    batch.save(item, condition=condition)
                for item, held in self.updates:
                    batch.update(item, actions=item.actions(), condition=held)
        except TransactWriteError as error:
            _refuse(error, table, commit.mark)
        for item, _ in self.puts:
            if isinstance(item, items.EntryItem):
                self._bodies.keep(item)
        self._months.update(item.sk for item, _ in self.puts if isinstance(item, items.MonthItem))


def _refuse(error: TransactWriteError, table: Table, mark: str | None) -> None:
    reasons = [one.code if one else "" for one in error.cancellation_reasons]
    if mark is not None and reasons and reasons[0] == FAILED:
        key = items.mark_key(mark)
        kept = table.read([key]).get(key)
        answer = codec.plain_loads(kept.answer) if isinstance(kept, items.MarkItem) else {}
        raise AlreadyHandledError(answer) from error
    if FAILED in reasons:
        raise StaleError from error
    if any(one in BUSY for one in reasons) or error.cause_response_code in BUSY:
        raise ConflictError from error
    raise error
