"""Settings and composition: the only reader of the environment, the clock and randomness.

Everything is made once a container, when it is first needed; nothing is made at import.
"""

import os
import secrets as randomness
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import botocore.config
import botocore.session

import guardia as package
from guardia import reading
from guardia.adapters.config import TableConfig
from guardia.adapters.s3 import S3Blobs
from guardia.adapters.secrets import SsmSecrets
from guardia.adapters.ses import SesOutbound
from guardia.adapters.store import TableStore
from guardia.adapters.table import Table
from guardia.config.compile import compile_desk
from guardia.delivery import Relay
from guardia.domain.desk import Desk
from guardia.rehearsal import explain
from guardia.service import Guardia

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no letter that could be read as another."""

TICKET_LENGTH: Final = 8
REPLY_SECRET: Final = "reply-token"  # noqa: S105 - a secret's name
CONFIG_FRESH: Final = 10.0
"""Seconds for which a container may go on with the desk it knows, where no event tells it."""

_PATIENCE: Final = 3.0
_CONNECT, _READ = 2, 5
_DESKS_KEPT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the stack tells its functions; `template.yaml` sets every name."""

    table: str
    bucket: str
    region: str
    endpoint: str | None
    deliver_queue: str
    configuration_set: str | None
    inbound_domain: str
    support_address: str
    secrets_prefix: str
    api_key_hash: str
    install_id: str
    function_timeout: timedelta


@cache
def settings() -> Settings:
    """Read the environment, once."""
    env = os.environ.get
    return Settings(
        table=env("TABLE_NAME", "guardia"),
        bucket=env("BUCKET_NAME", "guardia"),
        region=env("AWS_REGION") or env("AWS_DEFAULT_REGION") or "eu-west-1",
        endpoint=env("AWS_ENDPOINT_URL") or None,
        deliver_queue=env("DELIVER_QUEUE_URL", ""),
        configuration_set=env("CONFIGURATION_SET") or None,
        inbound_domain=env("INBOUND_DOMAIN", ""),
        support_address=env("SUPPORT_ADDRESS", ""),
        secrets_prefix=env("SECRETS_PREFIX", "/guardia/secrets/"),
        api_key_hash=env("API_KEY_HASH", ""),
        install_id=env("INSTALL_ID", "guardia"),
        function_timeout=timedelta(seconds=int(env("FUNCTION_TIMEOUT", "60"))),
    )


# -- clock and randomness --------------------------------------------------------------------------

_clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole


def set_clock(clock: Callable[[], datetime]) -> None:
    """Let time come from elsewhere: the local runtime's virtual clock."""
    global _clock  # noqa: PLW0603 - a container has one clock
    _clock = clock


def now() -> datetime:
    """The current instant, in UTC."""
    return _clock()


def new_id() -> str:
    """A short random code, readable aloud."""
    return "".join(randomness.choice(CROCKFORD) for _ in range(TICKET_LENGTH))


def _pause(attempt: int) -> bool:
    """Wait a moment, longer each time and never the same; False when patience is at its end."""
    if attempt > 8:  # noqa: PLR2004 - the waits until then add up to about three seconds
        return False
    time.sleep(min(0.05 * 2**attempt, _PATIENCE / 4) * randomness.SystemRandom().random())
    return True


# -- the parts -------------------------------------------------------------------------------------


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """The one client of a service in this container."""
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


@cache
def table() -> Table:
    """The table."""
    return Table(settings().table, region=settings().region, host=settings().endpoint)


@cache
def blobs() -> S3Blobs:
    """Raw mail, attachments, documents."""
    return S3Blobs(client("s3"), settings().bucket)


@cache
def store() -> TableStore:
    """Tickets, people, the outbox."""
    return TableStore(table(), blobs())


@cache
def config() -> TableConfig:
    """Versions of the desk document."""
    return TableConfig(table(), blobs())


@cache
def secrets() -> SsmSecrets:
    """Named secrets."""
    return SsmSecrets(client("ssm"), settings().secrets_prefix, lambda: randomness.token_bytes(32))


class Desks:
    """Compiled desks by version; they never change, so the latest few are kept."""

    def __init__(self, read: Callable[[int], Mapping[str, Any]]) -> None:
        """Take what reads a version's document."""
        self._read = read
        self._known: dict[int, Desk] = {}

    def __call__(self, number: int) -> Desk:
        """Return the desk of a version; 0 is the desk without a document."""
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
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "system"


@cache
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
        if time.monotonic() >= self._until:
            self._number = config().live()
            self._until = time.monotonic() + CONFIG_FRESH
        return desks()(self._number)


@cache
def live_desk() -> LiveDesk:
    """The live desk, as this container knows it."""
    return LiveDesk()


def current_desk() -> Desk:
    """The live desk, at most ten seconds old."""
    return live_desk()()


@cache
def guardia() -> Guardia:
    """The help desk."""
    return Guardia(store=store(), blobs=blobs(), desks=desks(), new_id=new_id, pause=_pause)


@cache
def relay() -> Relay:
    """What delivers the outbox."""
    own = settings()
    return Relay(
        store=store(),
        blobs=blobs(),
        outbound=SesOutbound(
            client("sesv2"), configuration_set=own.configuration_set, region=own.region
        ),
        now=now,
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


def forget() -> None:
    """Forget every part, so that another environment counts: for tests and the local runtime."""
    for one in (settings, client, table, blobs, store, config, secrets, desks, live_desk, guardia,
                relay, _session):  # fmt: skip
        one.cache_clear()
