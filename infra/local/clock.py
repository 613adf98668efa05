"""The desk's clock: the machine's, moved by an offset that survives a restart."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

_PARTS: Final = re.compile(r"(\d+)([smhdw])")
_WHOLE: Final = re.compile(r"(?:\d+[smhdw])+")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class ClockError(ValueError):
    """The clock is asked for an instant that it does not understand. `path` names the member."""

    def __init__(self, path: str, message: str) -> None:
        """Keep where the mistake is and what to do about it."""
        super().__init__(message)
        self.path = path


class Clock:
    """Runs on in real time from where it was put; stands still while it is held."""

    def __init__(self, file: Path) -> None:
        """Take up the offset that `file` keeps; without the file, there is none."""
        self._file = file
        self._lock = threading.Lock()
        self._held: datetime | None = None
        self._offset = timedelta()
        if file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            self._offset = timedelta(seconds=float(kept["offset_seconds"]))

    def now(self) -> datetime:
        """Return the desk's instant, in UTC."""
        with self._lock:
            return self._held or datetime.now(UTC) + self._offset

    def hold(self, at: datetime) -> None:
        """Put the clock to an instant and let it stand there."""
        with self._lock:
            self._held = at

    def release(self, at: datetime) -> None:
        """Let the clock run on from an instant, and keep that for the next start."""
        with self._lock:
            self._offset = at - datetime.now(UTC)
            self._held = None
            text = json.dumps({"offset_seconds": self._offset.total_seconds()})
            draft = self._file.with_suffix(".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._file)


def target(body: Any, now: datetime) -> datetime:
    """Return the instant that `{"advance": "2h"}` or `{"to": instant}` asks for.

    Raises:
        ClockError: it asks for neither, for both, or for something that is no instant.
    """
    if not isinstance(body, dict) or len(body) != 1 or not set(body) <= {"advance", "to"}:
        raise ClockError("", 'the body is {"advance": "2h"} or {"to": "2026-03-06T17:30:00Z"}')
    given = next(iter(body))
    at = _added(now, duration(body[given])) if given == "advance" else instant(body[given])
    if not EARLIEST <= at <= LATEST:
        raise ClockError(given, "the clock goes from the year 2000 to 2200")
    return at


def duration(value: Any) -> timedelta:
    """Return a duration such as `90s`, `15m`, `1h30m`, `2d`.

    Raises:
        ClockError: it is none.
    """
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise ClockError("advance", "a duration is written like 90s, 15m, 1h30m or 2d")
    try:
        return sum(
            (timedelta(**{_UNITS[unit]: int(count)}) for count, unit in _PARTS.findall(value)),
            timedelta(),
        )
    except (OverflowError, ValueError) as error:
        raise ClockError("advance", "that is longer than the clock goes") from error


def instant(value: Any) -> datetime:
    """Return an ISO 8601 instant with its offset, in UTC.

    Raises:
        ClockError: it is none.
    """
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ClockError("to", "an instant has a date, a time and an offset: 2026-03-06T17:30:00Z")


def _added(now: datetime, by: timedelta) -> datetime:
    try:
        return now + by
    except OverflowError as error:
        raise ClockError("advance", "that is longer than the clock goes") from error


def written(at: datetime) -> str:
    """Write an instant as the API does: UTC, whole seconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
