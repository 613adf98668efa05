"""Parts made of AWS: each once a container, when it is first asked for. The use cases are made of
them, in `wiring`.

Each part imports what it is made of, so that a function starts with its own parts alone.
"""

from __future__ import annotations

import gc
from functools import cache
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from guardia import environment
from guardia.environment import settings

if TYPE_CHECKING:
    from collections.abc import Callable

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
    from guardia.ports import Courier, Keeping

if environment.on_lambda():
    # What a starting container makes stays: the collector would look through all of it, again and
    # again, and find nothing. `prepare` lets it run again.
    gc.disable()

_CONNECT, _READ = 2, 5
_TRIES: Final = {"sesv2": 1}
"""Calls of a service that the client makes before it gives up, where it is not three: a mail whose
answer was lost may have been sent."""

_PARTS: Final[dict[str, Any]] = {}
_T = TypeVar("_T")
_P = ParamSpec("_P")


def part(make: Callable[_P, _T]) -> Callable[_P, _T]:
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
    for one in parts:
        one()
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


@part
def session() -> Any:
    """What every client is made by."""
    import botocore.session

    return botocore.session.get_session()


@part
def client(service: str) -> Any:
    """The one client of a service in this container."""
    import botocore.config

    config = botocore.config.Config(
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        retries={"total_max_attempts": _TRIES.get(service, 3), "mode": "standard"},
        s3={"addressing_style": "path"} if settings().endpoint else None,
    )
    return session().create_client(
        service,
        region_name=settings().region,
        endpoint_url=settings().endpoint,
        config=config,
    )


@part
def table() -> Table:
    """The table."""
    from guardia.adapters.table import Table

    return Table(settings().table, region=settings().region, host=settings().endpoint)


@part
def blobs() -> S3Blobs:
    """Raw mail, attachments, documents."""
    from guardia.adapters.s3 import S3Blobs

    return S3Blobs(_Later("s3"), settings().bucket)


@part
def inbox() -> S3Inbox:
    """Received mail that was not taken in yet."""
    from guardia.adapters.inbox import S3Inbox

    return S3Inbox(client("s3"), settings().bucket)


@part
def keeping() -> Keeping:
    """What commits own in the blob store."""
    from guardia.adapters.keeping import TableKeeping

    return TableKeeping(table(), blobs())


def queue(url: str) -> Courier:
    """The way to a queue, by its address."""
    from guardia.adapters.queue import QueueCourier

    return QueueCourier(client("sqs"), url)


@part
def mail_queue() -> Courier:
    """The way to the ingress of mail."""
    return queue(settings().mail_queue)


@part
def deliver_queue() -> Courier:
    """The way to the relay, for rows of the outbox that are offered again."""
    return queue(settings().deliver_queue)


@part
def due_queue() -> Courier:
    """The way back to the sweep, for tickets that are more than one run can do."""
    return queue(settings().due_queue)


@part
def jobs_queue() -> Courier:
    """The way to who works on jobs."""
    return queue(settings().jobs_queue)


@part
def results() -> Courier:
    """The way back for how calls went."""
    return queue(settings().results_queue)


@part
def store() -> TableStore:
    """Tickets, people, the outbox."""
    from guardia.adapters.store import TableStore

    return TableStore(table(), blobs())


@part
def config() -> TableConfig:
    """Versions of the desk document."""
    from guardia.adapters.config import TableConfig

    return TableConfig(table(), blobs())


@part
def secrets() -> SsmSecrets:
    """Named secrets."""
    from guardia.adapters.secrets import SsmSecrets

    prefix = settings().secrets_prefix
    return SsmSecrets(client("ssm"), prefix, environment.new_secret, environment.steady)


@part
def counters() -> TableCounters:
    """Numbers that end."""
    from guardia.adapters.counters import TableCounters

    return TableCounters(table())


@part
def hook_log() -> TableHookLog:
    """The latest deliveries of each source."""
    from guardia.adapters.hook_log import TableHookLog

    return TableHookLog(table())


@part
def api_keys() -> TableApiKeys:
    """The keys that programs call with."""
    from guardia.adapters.api_keys import TableApiKeys

    return TableApiKeys(table())


@part
def marks() -> TableMarks:
    """Guards of what must not be done twice and is no commit."""
    from guardia.adapters.marks import TableMarks

    return TableMarks(table())


@part
def jobs() -> TableJobs:
    """Jobs and how they stand."""
    from guardia.adapters.jobs import TableJobs

    return TableJobs(table())


@part
def budgets() -> TableBudgets:
    """What automatic mail was sent to whom, and how much may be."""
    from guardia.adapters.budgets import TableBudgets
    from guardia.domain.budgets import Limits

    domain, hour, day = settings().mail_limits
    limits = Limits(domain_per_day=domain, unverified_per_hour=hour, unverified_per_day=day)
    return TableBudgets(table(), limits)


@part
def webhooks() -> TableWebhooks:
    """How the endpoints of webhooks are doing."""
    from guardia.adapters.webhooks import TableWebhooks

    return TableWebhooks(table())


def forget(*, clients: bool = True) -> None:
    """Forget every part, so that another environment counts: for tests and the local runtime.

    Without `clients` those stay: to make them takes half a second.
    """
    settings.cache_clear()
    for name, one in _PARTS.items():
        if clients or name not in ("client", "table", "blobs", "session"):
            one.cache_clear()
