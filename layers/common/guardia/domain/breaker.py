"""When an endpoint that keeps failing is left alone for a while: the circuit breaker of a webhook.

Closed, every call goes. Once most calls of five minutes fail it opens: nothing is sent, and what
waits keeps its turn. After five minutes one call goes as a probe; its outcome closes it or opens it
again. An endpoint that says it is gone for good (410) is disabled until somebody enables it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=5)
REST: Final = timedelta(minutes=5)
SHARE: Final = 0.7
FEWEST: Final = 10
"""Calls in the window below which a share means nothing."""

MOST_ERRORS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a webhook's endpoint is doing.

    `since` begins the window in which `good` and `bad` calls were counted; `open_until` is set
    while it rests, `probed_at` when the one call of a probe went; `disabled` says why it is off.
    """

    since: datetime | None = None
    good: int = 0
    bad: int = 0
    open_until: datetime | None = None
    probed_at: datetime | None = None
    disabled: str | None = None


def turn(breaker: Breaker, at: datetime) -> tuple[Breaker, datetime | None]:
    """Ask for a call at an instant: the breaker from now on, and when to ask again (None: go).

    Raises:
        DisabledError: the endpoint was disabled.
    """
    if breaker.disabled is not None:
        raise DisabledError(breaker.disabled)
    if breaker.open_until is None:
        return breaker, None
    if at < breaker.open_until:
        return breaker, breaker.open_until
    if breaker.probed_at is not None and at < breaker.probed_at + REST:
        return breaker, breaker.probed_at + REST
    return replace(breaker, probed_at=at), None


def heard(breaker: Breaker, at: datetime, *, good: bool) -> Breaker:
    """The breaker after a call's outcome."""
    if breaker.open_until is not None:
        if breaker.probed_at is None:
            return breaker  # the outcome of a call from before it opened
        if good:
            return Breaker(since=at, good=1)
        return replace(breaker, open_until=at + REST, probed_at=None)
    fresh = breaker.since is None or at >= breaker.since + WINDOW
    now = Breaker(since=at) if fresh else breaker
    now = replace(now, good=now.good + good, bad=now.bad + (not good))
    calls = now.good + now.bad
    failing = calls >= FEWEST and now.bad >= SHARE * calls
    if failing or now.bad > MOST_ERRORS:
        return replace(now, open_until=at + REST)
    return now


class DisabledError(Exception):
    """The endpoint said that it is gone; somebody must enable it again."""
