"""Logs that say what happened, and nothing of what people wrote or who they are.

Only fields on a list are written, and of their values only what is a word, a number or a code: an
address, a sentence or a token cannot get in by mistake. Of an error its kind and its place in the
code are written, never its message, which may quote what somebody sent.
"""

import re
import traceback
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Logger

FIELDS: Final = frozenset(
    {
        "again", "attempt", "calls", "channel", "digests", "error", "failed", "form", "found",
        "handed", "job", "jobs", "kept", "key", "kind", "late", "method", "n", "offered",
        "oldest", "outcome", "place", "ready", "reason", "route", "row", "seen", "seq", "size",
        "source", "state", "status", "suspended", "ticket", "took", "verdict", "webhook", "woken",
    }
)  # fmt: skip
"""Everything that a line of the log may say beside its message; anything else is left out."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:#/{}-]{0,100}")
_MOST_FRAMES: Final = 12
HIDDEN: Final = "(hidden)"

Handler = Callable[..., dict[str, Any]]


class Log:
    """The log of one function. `service` is its name."""

    def __init__(self, service: str) -> None:
        """Open the log."""
        self._logger = Logger(service=service)

    def info(self, message: str, **fields: Any) -> None:
        """Say that something happened; `message` is written in the code, never made of input."""
        self._logger.info(message, extra=_allowed(fields), stacklevel=3)

    def failure(self, message: str, error: BaseException, **fields: Any) -> None:
        """Say that something failed, with the kind of the error and where it came from."""
        told = {**fields, "error": type(error).__name__}
        extra = {**_allowed(told), "where": _where(error)}
        self._logger.error(message, extra=extra, stacklevel=3)

    def knows(self, handler: Handler) -> Handler:
        """Let every line of a handler name the invocation it was written in."""
        return self._logger.inject_lambda_context(handler)


def _allowed(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _plain(value)
        for name, value in fields.items()
        if name in FIELDS and value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else HIDDEN


def _where(error: BaseException) -> list[str]:
    """The calls that led to an error, the innermost last, and the kinds of its causes."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    found = [f"{_module(one.filename)}:{one.lineno} {one.name}" for one in frames]
    cause = error.__cause__ or error.__context__
    return [*found, *([f"after {type(cause).__name__}"] if cause else [])]


def _module(path: str) -> str:
    parts = path.replace("\\", "/").removesuffix(".py").split("/")
    for root in ("guardia", "functions", "site-packages", "python"):
        if root in parts[:-1]:
            place = parts.index(root)
            return ".".join(parts[place if root in ("guardia", "functions") else place + 1 :])
    return parts[-1]
