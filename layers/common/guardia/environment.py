"""What the process is told and what it draws: the only reader of the environment, the clock and
randomness."""

import os
import secrets as randomness
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no letter that could be read as another."""

TICKET_LENGTH: Final = 8
_PATIENCE: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the stack tells its functions; `template.yaml` sets every name."""

    table: str
    bucket: str
    region: str
    endpoint: str | None
    mail_queue: str
    deliver_queue: str
    due_queue: str
    jobs_queue: str
    webhook_queue: str
    results_queue: str
    mail_limits: tuple[int, ...]
    allowed_hosts: frozenset[str]
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
        mail_queue=env("MAIL_QUEUE_URL", ""),
        deliver_queue=env("DELIVER_QUEUE_URL", ""),
        due_queue=env("DUE_QUEUE_URL", ""),
        jobs_queue=env("JOBS_QUEUE_URL", ""),
        webhook_queue=env("WEBHOOK_QUEUE_URL", ""),
        results_queue=env("RESULTS_QUEUE_URL", ""),
        mail_limits=tuple(int(one) for one in env("MAIL_LIMITS", "200,60,500").split(",")),
        allowed_hosts=frozenset(env("GUARDIA_ALLOW_HOSTS", "").replace(" ", "").split(",")) - {""},
        configuration_set=env("CONFIGURATION_SET") or None,
        inbound_domain=env("INBOUND_DOMAIN", ""),
        support_address=env("SUPPORT_ADDRESS", ""),
        secrets_prefix=env("SECRETS_PREFIX", "/guardia/secrets/"),
        api_key_hash=env("API_KEY_HASH", ""),
        install_id=env("INSTALL_ID", "guardia"),
        function_timeout=timedelta(seconds=int(env("FUNCTION_TIMEOUT", "60"))),
    )


def on_lambda() -> bool:
    """Whether this process is a container of a function, which starts before its first event."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


# -- clock and randomness --------------------------------------------------------------------------

_clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole


def set_clock(clock: Callable[[], datetime]) -> None:
    """Let time come from elsewhere: the local runtime's virtual clock."""
    global _clock  # noqa: PLW0603 - a container has one clock
    _clock = clock


def now() -> datetime:
    """The current instant, in UTC."""
    return _clock()


def machine_now() -> datetime:
    """The machine's instant, in UTC, wherever the desk's clock was put: for signatures, whose other
    side has no other clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A short random code, readable aloud."""
    return "".join(randomness.choice(CROCKFORD) for _ in range(TICKET_LENGTH))


def pause(attempt: int) -> bool:
    """Wait a moment, longer each time and never the same; False when patience is at its end."""
    if attempt > 8:  # noqa: PLR2004 - the waits until then add up to about three seconds
        return False
    time.sleep(min(0.05 * 2**attempt, _PATIENCE / 4) * randomness.SystemRandom().random())
    return True


def new_secret() -> bytes:
    """Thirty-two bytes that nobody can guess."""
    return randomness.token_bytes(32)


def steady() -> float:
    """Seconds of a clock that only goes forward, for what is kept for a while."""
    return time.monotonic()
