"""The composition root: every part the functions work with, made once a container, when it is
first asked for.

Each part imports what it is made of, so that a function starts with its own parts alone.
"""

from __future__ import annotations

import gc
from functools import cache
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import guardia as package
from guardia import environment
from guardia.environment import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from guardia.adapters.api_keys import TableApiKeys
    from guardia.adapters.budgets import TableBudgets
    from guardia.adapters.config import TableConfig
    from guardia.adapters.counters import TableCounters
    from guardia.adapters.hook_log import TableHookLog
    from guardia.adapters.inbox import S3Inbox
    from guardia.adapters.jobs import TableJobs
    from guardia.adapters.marks import TableMarks
    from guardia.adapters.s3 import S3Blobs
    from guardia.adapters.secrets import SsmSecrets
    from guardia.adapters.store import TableStore
    from guardia.adapters.table import Table
    from guardia.adapters.webhooks import TableWebhooks
    from guardia.calling import Sender
    from guardia.delivery import Relay
    from guardia.desks import Desks, LiveDesk
    from guardia.digests import Digests
    from guardia.domain.desk import Desk
    from guardia.domain.model import Contact, Ticket
    from guardia.jobs import Runner, Worker
    from guardia.outcomes import Outcomes
    from guardia.ports import Courier, Keeping
    from guardia.recomputing import Publications
    from guardia.service import Guardia
    from guardia.sweeping import Sweeping

if environment.on_lambda():
    # What a starting container makes stays: the collector would look through all of it, again and
    # again, and find nothing. `prepare` lets it run again.
    gc.disable()

REPLY_SECRET: Final = "reply-token"  # noqa: S105 - a secret's name

_CONNECT, _READ = 2, 5
_TRIES: Final = {"sesv2": 1}
"""Calls of a service that the client makes before it gives up, where it is not three: a mail whose
answer was lost may have been sent."""

_PARTS: Final[dict[str, Any]] = {}
_T = TypeVar("_T")
_P = ParamSpec("_P")


def _part(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make a part once a container; `forget` undoes it."""
    made = cache(make)
    _PARTS[make.__name__] = made
    return made  # type: ignore[return-value]  # a cached function takes what the plain one takes


def prepare(*parts: Callable[[], object], clients: tuple[str, ...] = ()) -> None:
    """Make a function's own parts and clients now, while its container starts.

    Then the first event does not wait for them. Outside of Lambda parts are made when they are
    first asked for.
    """
    if not environment.on_lambda():
        return
    for part in parts:
        part()
    for service in clients:
        client(service)
    if table.cache_info().currsize:  # type: ignore[attr-defined]  # a part is a cached function
        _ = table().connection.client
    gc.freeze()
    gc.enable()


class _Later:
    """A client that is made when something is first asked of it: most events need no S3."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(client(self._service), name)


@_part
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()


@_part
def client(service: str) -> Any:
    """The one client of a service in this container."""
    import botocore.config

    config = botocore.config.Config(
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        retries={"total_max_attempts": _TRIES.get(service, 3), "mode": "standard"},
        s3={"addressing_style": "path"} if settings().endpoint else None,
    )
    return _session().create_client(
        service,
        region_name=settings().region,
        endpoint_url=settings().endpoint,
        config=config,
    )


@_part
def table() -> Table:
    """The table."""
    from guardia.adapters.table import Table

    return Table(settings().table, region=settings().region, host=settings().endpoint)


@_part
def blobs() -> S3Blobs:
    """Raw mail, attachments, documents."""
    from guardia.adapters.s3 import S3Blobs

    return S3Blobs(_Later("s3"), settings().bucket)


@_part
def inbox() -> S3Inbox:
    """Received mail that was not taken in yet."""
    from guardia.adapters.inbox import S3Inbox

    return S3Inbox(client("s3"), settings().bucket)


@_part
def keeping() -> Keeping:
    """What commits own in the blob store."""
    from guardia.adapters.keeping import TableKeeping

    return TableKeeping(table(), blobs())


def _queue(url: str) -> Courier:
    from guardia.adapters.queue import QueueCourier

    return QueueCourier(client("sqs"), url)


@_part
def mail_queue() -> Courier:
    """The way to the ingress of mail."""
    return _queue(settings().mail_queue)


@_part
def deliver_queue() -> Courier:
    """The way to the relay, for rows of the outbox that are offered again."""
    return _queue(settings().deliver_queue)


@_part
def due_queue() -> Courier:
    """The way back to the sweep, for tickets that are more than one run can do."""
    return _queue(settings().due_queue)


@_part
def jobs_queue() -> Courier:
    """The way to who works on jobs."""
    return _queue(settings().jobs_queue)


@_part
def results() -> Courier:
    """The way back for how calls went."""
    return _queue(settings().results_queue)


@_part
def store() -> TableStore:
    """Tickets, people, the outbox."""
    from guardia.adapters.store import TableStore

    return TableStore(table(), blobs())


@_part
def config() -> TableConfig:
    """Versions of the desk document."""
    from guardia.adapters.config import TableConfig

    return TableConfig(table(), blobs())


@_part
def secrets() -> SsmSecrets:
    """Named secrets."""
    from guardia.adapters.secrets import SsmSecrets

    prefix = settings().secrets_prefix
    return SsmSecrets(client("ssm"), prefix, environment.new_secret, environment.steady)


@_part
def counters() -> TableCounters:
    """Numbers that end."""
    from guardia.adapters.counters import TableCounters

    return TableCounters(table())


@_part
def hook_log() -> TableHookLog:
    """The latest deliveries of each source."""
    from guardia.adapters.hook_log import TableHookLog

    return TableHookLog(table())


@_part
def api_keys() -> TableApiKeys:
    """The keys that programs call with."""
    from guardia.adapters.api_keys import TableApiKeys

    return TableApiKeys(table())


@_part
def marks() -> TableMarks:
    """Guards of what must not be done twice and is no commit."""
    from guardia.adapters.marks import TableMarks

    return TableMarks(table())


@_part
def desks() -> Desks:
    """Every desk version that was asked for."""
    from guardia.desks import Desks

    return Desks(lambda number: config().read(number), lambda number: config().version(number).at)


@_part
def live_desk() -> LiveDesk:
    """The live desk, as this container knows it."""
    from guardia.desks import LiveDesk

    return LiveDesk(lambda: config().live(), desks(), environment.steady)


def current_desk(*, fresh: bool = False) -> Desk:
    """The live desk, at most ten seconds old; with `fresh` the one of now."""
    return live_desk()(fresh=fresh)


@_part
def guardia() -> Guardia:
    """The help desk."""
    from guardia.service import Guardia

    return Guardia(
        store=store(),
        blobs=blobs(),
        desks=desks(),
        new_id=environment.new_id,
        pause=environment.pause,
    )


@_part
def sweeping() -> Sweeping:
    """The minute's work on tickets."""
    from guardia.sweeping import Sweeping

    return Sweeping(store(), guardia(), environment.now)


@_part
def jobs() -> TableJobs:
    """Jobs and how they stand."""
    from guardia.adapters.jobs import TableJobs

    return TableJobs(table())


@_part
def runner() -> Runner:
    """What starts jobs and works on them."""
    from guardia.jobs import Runner

    return Runner(jobs(), jobs_queue(), WORKERS, environment.now)


@_part
def digests() -> Digests:
    """What sends lists of tickets at times that come back."""
    from guardia.digests import Digests

    return Digests(store(), current_desk, lambda: desks().since(config().live()))


@_part
def publications() -> Publications:
    """What sees to it that each version of the desk is followed by its job."""
    from guardia.recomputing import Publications

    return Publications(config(), runner)


def _recomputing() -> Worker:
    from guardia.logs import Log
    from guardia.recomputing import Recomputing

    log = Log("recompute")
    return Recomputing(
        store(),
        config(),
        guardia(),
        lambda ticket, error: log.failure("not recomputed", error, ticket=ticket),
    )


def _backtesting() -> Worker:
    from guardia.rehearsal.job import Backtesting

    return Backtesting(store(), blobs(), lambda version: config().read(version))


WORKERS: Final[Mapping[str, Callable[[], Worker]]] = {
    "recompute": _recomputing,
    "backtest": _backtesting,
}
"""What does each kind of job."""


@_part
def budgets() -> TableBudgets:
    """What automatic mail was sent to whom, and how much may be."""
    from guardia.adapters.budgets import TableBudgets
    from guardia.domain.budgets import Limits

    domain, hour, day = settings().mail_limits
    limits = Limits(domain_per_day=domain, unverified_per_hour=hour, unverified_per_day=day)
    return TableBudgets(table(), limits)


@_part
def webhooks() -> TableWebhooks:
    """How the endpoints of webhooks are doing."""
    from guardia.adapters.webhooks import TableWebhooks

    return TableWebhooks(table())


@_part
def relay() -> Relay:
    """What delivers the outbox."""
    from guardia.adapters.ses import SesOutbound
    from guardia.delivery import Relay

    own = settings()
    return Relay(
        store=store(),
        blobs=blobs(),
        outbound=SesOutbound(
            client("sesv2"), configuration_set=own.configuration_set, region=own.region
        ),
        budgets=budgets(),
        webhooks=webhooks(),
        caller=_queue(own.webhook_queue),
        reporter=results(),
        now=environment.now,
        lease=2 * own.function_timeout,
        secret=lambda: secrets().get(REPLY_SECRET),
        install_id=own.install_id,
        inbound_domain=own.inbound_domain,
        default_sender=own.support_address,
    )


@_part
def outcomes() -> Outcomes:
    """What writes down how messages fared."""
    from guardia.adapters.ses import message_id
    from guardia.outcomes import Outcomes

    region = settings().region
    return Outcomes(
        store=store(),
        budgets=budgets(),
        webhooks=webhooks(),
        guardia=guardia(),
        desk=current_desk,
        now=environment.now,
        name=lambda id_: message_id(id_, region),
    )


@_part
def sender() -> Sender:
    """What makes the calls of webhooks."""
    from guardia.adapters import egress
    from guardia.adapters.caller import Caller
    from guardia.calling import Sender

    return Sender(
        endpoints=Caller(egress.resolve, allowed=settings().allowed_hosts),
        secrets=secrets(),
        now=environment.machine_now,
        at=environment.now,
        steady=environment.steady,
        agent=f"Guardia/{package.__version__}",
    )


def mail_secrets() -> tuple[bytes, ...]:
    """The keys that sign reply addresses, the newest first."""
    return (secrets().get(REPLY_SECRET),)


def shape_of(ticket: Ticket, contact: Contact | None) -> dict[str, Any]:
    """A ticket as it stands now, in the shape of the outside."""
    from guardia import shapes

    return shapes.ticket(
        ticket, contact, lambda version: desks()(int(version or 0)), environment.now()
    )


def explained(
    desk: Guardia,
    ticket: str,
    fitting: Callable[[Iterable[Any]], list[Any]],
    *,
    rule: str | None = None,
    at: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> dict[str, Any]:
    """Explain a ticket; see `explanation.explained`. `at` is an instant as `explanation.instant`
    reads it.

    Raises:
        InvalidError: there is no such rule, or no such instant.
        NotFoundError: there is no such ticket.
    """
    from guardia.rehearsal import case, explanation

    known = case.read(desk.store, desks(), desk.earlier, ticket, environment.now())
    then = explanation.instant(at, known.now, known.desk.timezone) if at is not None else None
    return explanation.explained(known, fitting, rule=rule, at=then, after=after, limit=limit)


def publish(
    document: Mapping[str, Any],
    *,
    author: str,
    message: str,
    at: datetime,
    source: Mapping[str, Any] | None = None,
) -> int:
    """Make a checked, normalised document the live desk; return its version. `source` is the form
    it was sent in; see `ConfigStore.source`.

    Raises:
        DriftError: somebody else published at the same time.
    """
    return config().publish(
        document, author=author, message=message, at=at, parent=config().live(), source=source
    )


def next_due(until: datetime) -> datetime | None:
    """The earliest instant, up to `until`, at which the sweep has something to do."""
    from guardia.domain import digests as digest

    found = [one.wake_at for one in store().due(until, 1)]
    follows = publications().due_at()
    if follows is not None and follows <= until:
        found.append(follows)
    edition = digest.next_at(current_desk(), environment.now())
    if edition is not None and edition <= until:
        found.append(edition)
    return min(found, default=None)


def forget(*, clients: bool = True) -> None:
    """Forget every part, so that another environment counts: for tests and the local runtime.

    Without `clients` those stay: to make them takes half a second.
    """
    settings.cache_clear()
    for name, one in _PARTS.items():
        if clients or name not in ("client", "table", "blobs", "_session"):
            one.cache_clear()
