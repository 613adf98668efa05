"""Guards taken away, one at a time, and what must notice.

A mutant is a piece of the source that is replaced, exactly once, and the run that must fail then:
a scenario spoiled in one way, a scenario as it is, or a pair of handlers.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.faults import runs
from tests.faults.faults import BY_NAME, NONE
from tests.faults.pairs import PAIRS, anomalies
from tests.faults.scenario import API, JOBS, MAIL, RELAY, SWEEP
from tests.faults.scenarios import named
from tests.faults.world import World

Run = Callable[[], list[str]]
Killer = Callable[[World], Run]
"""Looks at the code as it is, and gives the run that must fail with the mutant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`old` in `module` becomes `new`; `part` (a class's method, a function, or the function of the
    stack whose handler it is) is then taken from what that gives."""

    name: str
    module: str
    part: str
    old: str
    new: str
    killer: Killer


@contextmanager
def living(world: World, mutant: Mutant) -> Iterator[None]:
    """Let the world run with the mutant.

    Raises:
        AssertionError: what is to be replaced does not stand there exactly once.
    """
    module = import_module(mutant.module)
    changed = _changed(module, mutant)
    with pytest.MonkeyPatch.context() as patch:
        owner, _, name = mutant.part.partition(".")
        if name:
            patch.setattr(getattr(module, owner), name, vars(getattr(changed, owner))[name])
        elif hasattr(module, owner):
            patch.setattr(module, owner, getattr(changed, owner))
        else:
            patch.setitem(world.handlers, mutant.part, changed.handler)
        world.new_container()
        yield
    world.new_container()


def _changed(module: ModuleType, mutant: Mutant) -> ModuleType:
    path = Path(str(module.__file__))
    source = path.read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, f"{mutant.name}: the source has changed"
    made = ModuleType(module.__name__)
    made.__file__ = str(path)
    known = sys.modules[module.__name__]
    try:
        sys.modules[module.__name__] = made  # dataclasses look their module up
        exec(compile(source.replace(mutant.old, mutant.new), str(path), "exec"), vars(made))  # noqa: S102 - our own source, one guard less
    finally:
        sys.modules[module.__name__] = known
    return made


# -- what must notice ------------------------------------------------------------------------------


def spoiled(function: str, name: str, fault: str, call: str) -> Killer:
    """A scenario, spoiled at its first call of that name."""

    def look(world: World) -> Run:
        scenario = named(function, name)
        calls, expected = runs.calls_of(world, scenario), runs.outcomes(world, scenario)
        plan = {next(one.n for one in calls if one.name == call): BY_NAME[fault]}
        assert runs.run(world, scenario, plan, expected) == []
        return lambda: runs.run(world, scenario, plan, expected)

    return look


def plain(function: str, name: str) -> Killer:
    """A scenario in which nothing goes wrong, but everything comes again."""

    def look(world: World) -> Run:
        scenario = named(function, name)
        expected = runs.outcomes(world, scenario)
        assert runs.run(world, scenario, {1: NONE}, expected) == []
        return lambda: runs.run(world, scenario, {1: NONE}, expected)

    return look


def pair(name: str) -> Killer:
    """A pair of handlers, in one order after the other until something does not hold. That all of
    them hold with the code as it is, `test_interleavings` proves."""

    def look(world: World) -> Run:
        chosen = next(one for one in PAIRS if one.name == name)
        return lambda: anomalies(world, chosen, enough=1)[1]

    return look


STORE: Final = "guardia.adapters.store"
TRANSACTION: Final = "guardia.adapters.transaction"
SERVICE: Final = "guardia.service"

MUTANTS: Final = (
    Mutant(
        name="a mail leaves no mark",
        module=TRANSACTION,
        part="Transaction.add",
        old="if commit.mark is not None:",
        new="if False:",
        killer=plain(MAIL, "a new ticket"),
    ),
    Mutant(
        name="a mark is written over",
        module=TRANSACTION,
        part="Transaction._create",
        old="self.puts.append((item, type(item).pk.does_not_exist()))",
        new="self.puts.append((item, None))",
        killer=pair("one notice twice, of somebody known"),
    ),
    Mutant(
        name="a head is written whatever its version, an entry whatever stands there",
        module=TRANSACTION,
        part="Transaction._add_ticket",
        old="""            items.TicketItem.version == commit.expected,
        )
        laid = [self._bodies.lay_out(ticket.id, entry) for entry in commit.entries]
        rows = [self._bodies.lay_out_row(row) for row in commit.outbox]
        for item in (*laid, *rows):
            self._create(item)
""",
        new="""            items.TicketItem.pk.exists(),
        )
        laid = [self._bodies.lay_out(ticket.id, entry) for entry in commit.entries]
        rows = [self._bodies.lay_out_row(row) for row in commit.outbox]
        for item in (*laid, *rows):
            self.puts.append((item, None))
""",
        killer=pair("a follow-up and a change"),
    ),
    Mutant(
        name="an address is taken from whoever has it",
        module=TRANSACTION,
        part="Transaction._add_contact",
        old="free = items.IdentityItem.pk.does_not_exist() | (",
        new="free = items.IdentityItem.pk.does_not_exist() | items.IdentityItem.pk.exists() | (",
        killer=pair("two mails of somebody new"),
    ),
    Mutant(
        name="messages are not written with what caused them",
        module=TRANSACTION,
        part="Transaction._add_ticket",
        old="for row in commit.outbox]",
        new="for row in ()]",
        killer=plain(MAIL, "a new ticket"),
    ),
    Mutant(
        name="nobody notes what a commit owns",
        module=TRANSACTION,
        part="Transaction._add_ticket",
        old="if owned:",
        new="if owned is None:",
        killer=spoiled(MAIL, "a long body", "crash after", "dynamodb.TransactWriteItems"),
    ),
    Mutant(
        name="a row is leased whoever holds it",
        module=STORE,
        part="TableStore.lease",
        old="condition=may_take,",
        new="condition=None,",
        killer=pair("one row from stream and queue"),
    ),
    Mutant(
        name="the provider's id leads nowhere",
        module=STORE,
        part="TableStore.settle",
        old="if reference:",
        new="if False:",
        killer=plain(RELAY, "from the stream"),
    ),
    Mutant(
        name="a settled row stays due",
        module=STORE,
        part="_standing",
        old="items.shard_of(delivery.row.ticket) if delivery.wake_at else None",
        new="items.shard_of(delivery.row.ticket)",
        killer=plain(RELAY, "from the stream"),
    ),
    Mutant(
        name="rules quote notes",
        module=STORE,
        part="TableStore.latest_comment",
        old="if entry and entry.comment and entry.comment.public:",
        new="if entry and entry.comment:",
        killer=plain(API, "a rule quotes the latest comment"),
    ),
    Mutant(
        name="a lease ends at once",
        module="guardia.delivery",
        part="Relay.deliver",
        old="until=now + self.lease + SENT_EVENT",
        new="until=now",
        killer=pair("one row from stream and queue"),
    ),
    Mutant(
        name="the provider's own word is not waited for",
        module="guardia.delivery",
        part="Relay.deliver",
        old="until=now + self.lease + SENT_EVENT",
        new="until=now + self.lease",
        killer=spoiled(RELAY, "from the stream", "crash after", "sesv2.SendEmail"),
    ),
    Mutant(
        name="raw mail is deleted before it is copied",
        module="guardia.adapters.s3",
        part="S3Blobs.move",
        old="            self._client.copy_object(",
        new="            self.delete(source)\n            self._client.copy_object(",
        killer=plain(MAIL, "a new ticket"),
    ),
    Mutant(
        name="files are written nowhere",
        module=SERVICE,
        part="Guardia.receive",
        old="self.blobs.put(key, body, content_type=media, pending=True)",
        new="pass",
        killer=plain(MAIL, "with two files"),
    ),
    Mutant(
        name="nothing is decided again",
        module=SERVICE,
        part="Guardia._settle",
        old="tries += 1\n                continue\n            except AlreadyHandledError",
        new="raise\n            except AlreadyHandledError",
        killer=pair("two comments"),
    ),
    Mutant(
        name="If-Match is not looked at",
        module="guardia.planning",
        part="request",
        old="ticket.version not in asked.if_versions",
        new="False",
        killer=pair("two changes of one version"),
    ),
    Mutant(
        name="a key is made as often as it is asked for",
        module="functions.http_api.once",
        part="once",
        old="if not found.ours:",
        new="if False:",
        killer=plain(API, "make a key, with a key"),
    ),
    Mutant(
        name="a mail that fails counts as done",
        module="functions.email_ingress.app",
        part=MAIL,
        old="return one_by_one(take_in, log)",
        new="return lambda event, context: {**one_by_one(take_in, log)(event, context),"
        " 'batchItemFailures': []}",
        killer=spoiled(MAIL, "a new ticket", "access denied", "dynamodb.TransactWriteItems"),
    ),
    Mutant(
        name="what is due is not offered",
        module="functions.sweep.app",
        part=SWEEP,
        old="queue().hand_all(parcels)",
        new="queue()",
        killer=plain(SWEEP, "what the stream lost"),
    ),
    Mutant(
        name="a ticket that fails is forgotten by the job",
        module="guardia.recomputing",
        part="Recomputing.__call__",
        old="missed += done.count(False)",
        new="missed += 0",
        killer=spoiled(JOBS, "a new version", "access denied", "dynamodb.TransactWriteItems"),
    ),
)
"""Every guard that is taken away."""
