"""The composition root: every part the functions work with, made once a container, when it is
first asked for.

Each part imports what it is made of, so that a function starts with its own parts alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import guardia as package
from guardia import environment
from guardia.environment import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from guardia.adapters.config import TableConfig
    from guardia.adapters.s3 import S3Blobs
    from guardia.adapters.secrets import SsmSecrets
    from guardia.adapters.store import TableStore
    from guardia.adapters.table import Table
    from guardia.delivery import Relay
    from guardia.domain.desk import Desk
    from guardia.service import Guardia

REPLY_SECRET: Final = "reply-token"  # noqa: S105 - a secret's name
CONFIG_FRESH: Final = 10.0
"""Seconds for which a container may go on with the desk it knows, where no event tells it."""

_CONNECT, _READ = 2, 5
_DESKS_KEPT: Final = 32
_PARTS: Final[dict[str, Any]] = {}
_T = TypeVar("_T")
_P = ParamSpec("_P")


def _part(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make a part once a container; `forget` undoes it."""
    made = cache(make)
    _PARTS[make.__name__] = made
    return made  # type: ignore[return-value]  # a cached function takes what the plain one takes


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
        retries={"total_max_attempts": 3, "mode": "standard"},
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

    return S3Blobs(client("s3"), settings().bucket)


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

    return SsmSecrets(client("ssm"), settings().secrets_prefix, environment.new_secret)


class Desks:
    """Compiled desks by version; they never change, so the latest few are kept."""

    def __init__(self, read: Callable[[int], Mapping[str, Any]]) -> None:
        """Take what reads a version's document."""
        self._read = read
        self._known: dict[int, Desk] = {}

    def __call__(self, number: int) -> Desk:
        """Return the desk of a version; 0 is the desk without a document."""
        from guardia.config.compile import compile_desk

        if number not in self._known:
            document = self._read(number) if number else {}
            if len(self._known) >= _DESKS_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[number] = compile_desk(
                document,
                version=str(number),
                code=package.__version__,
                tzdata=_tzdata(),
            )
        return self._known[number]


@cache
def _tzdata() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "system"


@_part
def desks() -> Desks:
    """Every desk version that was asked for."""
    return Desks(lambda number: config().read(number))


class LiveDesk:
    """The live desk for what no event brings along; looked at again after `CONFIG_FRESH`."""

    def __init__(self) -> None:
        """Nothing is read before it is asked for."""
        self._number = 0
        self._until = float("-inf")

    def __call__(self) -> Desk:
        """Return the live desk, at most ten seconds old."""
        if environment.steady() >= self._until:
            self._number = config().live()
            self._until = environment.steady() + CONFIG_FRESH
        return desks()(self._number)


@_part
def live_desk() -> LiveDesk:
    """The live desk, as this container knows it."""
    return LiveDesk()


def current_desk() -> Desk:
    """The live desk, at most ten seconds old."""
    return live_desk()()


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
        now=environment.now,
        lease=2 * own.function_timeout,
        secret=lambda: secrets().get(REPLY_SECRET),
        install_id=own.install_id,
        inbound_domain=own.inbound_domain,
        default_sender=own.support_address,
    )


def mail_secrets() -> tuple[bytes, ...]:
    """The keys that sign reply addresses, the newest first."""
    return (secrets().get(REPLY_SECRET),)


def offer(rows: list[str]) -> None:
    """Put rows of the outbox into the queue of the relay.

    Raises:
        RuntimeError: the queue did not take all of them.
    """
    for start in range(0, len(rows), 10):
        entries = [
            {"Id": str(place), "MessageBody": body}
            for place, body in enumerate(rows[start : start + 10])
        ]
        answer = client("sqs").send_message_batch(
            QueueUrl=settings().deliver_queue, Entries=entries
        )
        if answer.get("Failed"):
            raise RuntimeError(f"the queue refused {len(answer['Failed'])} rows")


def explained(desk: Guardia, ticket: str) -> list[dict[str, Any]]:
    """Tell why each rule did or did not fire, for every entry of a ticket.

    Raises:
        NotFoundError: there is no such ticket.
    """
    from guardia import reading
    from guardia.rehearsal import explain

    head, contact = reading.ticket(desk.store, ticket)
    entries = reading.history(desk.store, ticket)
    return explain.explain(head, entries, contact, lambda number: desks()(int(number or 0)))


def publish(document: Mapping[str, Any], *, author: str, message: str, at: datetime) -> int:
    """Make a checked, normalised document the live desk; return its version.

    Raises:
        StaleError: somebody else published at the same time.
    """
    return config().publish(document, author=author, message=message, at=at, parent=config().live())


def next_due(until: datetime) -> datetime | None:
    """The earliest instant, up to `until`, at which the sweep has something to do."""
    found = store().undelivered(until, 1)
    return found[0][3] if found else None


def forget(*, clients: bool = True) -> None:
    """Forget every part, so that another environment counts: for tests and the local runtime.

    Without `clients` those stay: to make them takes half a second.
    """
    settings.cache_clear()
    for name, one in _PARTS.items():
        if clients or name not in ("client", "table", "blobs", "_session"):
            one.cache_clear()
