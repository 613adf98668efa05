"""What a list of tickets is asked for, each value one that a ticket can have."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final, Protocol

from guardia.domain.desk import Desk
from guardia.domain.model import InvalidError
from guardia.domain.vocabulary import CHANNELS, NONE, STATUSES

_LONGEST: Final = 320
_ALWAYS: Final = ("status", "channel")
"""What every ticket has: `none` makes no sense of it."""


class LiveDesk(Protocol):
    """Gives the live desk."""

    def __call__(self, *, fresh: bool = False) -> Desk:
        """Return it, some seconds old; with `fresh` the one of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters as they were sent: values by comma, `none` for empty, None where there is none."""

    status: str | None = None
    group: str | None = None
    assignee: str | None = None
    requester: str | None = None
    organization: str | None = None
    tag: str | None = None
    channel: str | None = None

    def read(self, live: LiveDesk) -> dict[str, tuple[str | None, ...]]:
        """Return the values to look for by name, the empty one as None.

        Raises:
            InvalidError: no ticket can have a value.
        """
        found: dict[str, tuple[str | None, ...]] = {}
        for one in fields(self):
            sent = getattr(self, one.name)
            if sent is not None:
                words = [word.strip() for word in sent.split(",") if word.strip()]
                _check(one.name, words, live)
                found[one.name] = tuple(_value(one.name, word) for word in words)
        return found


def _value(name: str, word: str) -> str | None:
    if word == NONE:
        return None
    return word.lower() if name in ("assignee", "tag") else word


def _check(name: str, words: list[str], live: LiveDesk) -> None:
    if not words:
        raise InvalidError("empty", "needs a value, or `none`", name)
    if any(len(one) > _LONGEST for one in words):
        raise InvalidError("too_long", f"a value has at most {_LONGEST} characters", name)
    if name in _ALWAYS and NONE in words:
        raise InvalidError("required", "is never empty", name)
    asked = {one for one in words if one != NONE}
    if name == "assignee" and not all("@" in one for one in asked):
        raise InvalidError("unknown_value", "must be the email of an agent, or `none`", name)
    if asked - _known(name, asked, live()) and asked - _known(name, asked, live(fresh=True)):
        allowed = ", ".join(sorted(_known(name, set(), live()))) or "(none)"
        raise InvalidError("unknown_value", f"must be one of {allowed}", name)


def _known(name: str, asked: set[str], desk: Desk) -> set[str]:
    """The values that are known; of what may be anything, those asked for."""
    if name == "status":
        return set(STATUSES)
    if name == "channel":
        return set(CHANNELS)
    if name == "group":
        return set(desk.groups)
    return asked


def instant(text: str | None, path: str) -> datetime | None:
    """Read an instant with its offset, in UTC.

    Raises:
        InvalidError: it is none; `path` names the parameter.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "must be an instant with its offset, like 2026-03-06T17:30:00Z"
    raise InvalidError("unknown_value", message, path)
