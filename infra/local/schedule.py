"""EventBridge's schedule expressions: `cron(minutes hours day month weekday year)` and `rate(…)`.

The meaning is that of the EventBridge user's guide: UTC, minutes as the finest grain, one of day
of month and day of week is `?`, weekdays count from 1 (Sunday) or are SUN to SAT.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from infra.local.intrinsics import TemplateError

MINUTE: Final = timedelta(minutes=1)
_FIELDS: Final = ("minutes", "hours", "day", "month", "weekday", "year")
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_MONTHS: Final = {calendar.month_abbr[at].upper(): at for at in range(1, 13)}
_WEEKDAYS: Final = {
    name: at for at, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_HORIZON_DAYS: Final = 1500
"""A 29th of February is never further away."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a rule fires. `fields` are the allowed values of a cron expression, `every` is the
    distance of a rate."""

    fields: tuple[frozenset[int], ...] | None = None
    every: timedelta | None = None

    @property
    def each_minute(self) -> bool:
        """Whether it fires at every minute."""
        if self.every is not None:
            return self.every == MINUTE
        return self.fields == tuple(frozenset(range(low, high + 1)) for low, high in _RANGES)

    def after(self, at: datetime) -> datetime | None:
        """Return the first instant after `at` (UTC) at which it fires; None where there is none.

        A rate fires at the multiples of its distance, so that it does not matter who asks when.
        """
        if self.every is not None:
            return at + self.every - (at - _EPOCH) % self.every
        fields = self.fields or ()
        minutes, hours, _, _, _, _ = fields
        moment = at.replace(second=0, microsecond=0) + MINUTE
        day = moment.date()
        for _ in range(_HORIZON_DAYS):
            if self._on(datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)):
                for hour in sorted(hours):
                    for minute in sorted(minutes):
                        found = datetime(
                            day.year, day.month, day.day, hour, minute, tzinfo=at.tzinfo
                        )
                        if found >= moment:
                            return found
            day += timedelta(days=1)
        return None

    def _on(self, day: datetime) -> bool:
        _, _, days, months, weekdays, years = self.fields or ()
        return (
            day.day in days
            and day.month in months
            and day.isoweekday() % 7 + 1 in weekdays
            and day.year in years
        )


def parse(where: str, expression: str) -> Schedule:
    """Read a schedule expression. `where` names the resource in an error.

    Raises:
        TemplateError: it is none, or uses `L`, `W` or `#`.
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate and int(rate[1]) > 0:
        return Schedule(every=timedelta(**{f"{rate[2]}s": int(rate[1])}))
    cron = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    if cron is None:
        raise TemplateError(f"{where}: {expression!r} is no cron(…) or rate(…) expression")
    parts = cron.groups()
    if (parts[2] == "?") == (parts[4] == "?"):
        raise TemplateError(f"{where}: exactly one of day and weekday is ? in {expression!r}")
    names: tuple[Mapping[str, int], ...] = ({}, {}, {}, _MONTHS, _WEEKDAYS, {})
    return Schedule(
        fields=tuple(
            _values(f"{where}: {field} of {expression!r}", part, *limits, known)
            for field, part, limits, known in zip(_FIELDS, parts, _RANGES, names, strict=True)
        )
    )


def _values(where: str, text: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _number(where, start, names)
            last = _number(where, end, names) if end else (high if step else first)
        distance = _number(where, step, {}) if step else 1
        if not low <= first <= last <= high or distance < 1:
            raise TemplateError(f"{where}: {part!r} lies outside {low} to {high}")
        found.update(range(first, last + 1, distance))
    return frozenset(found)


def _number(where: str, text: str, names: Mapping[str, int]) -> int:
    if text.upper() in names:
        return names[text.upper()]
    if not text.isdigit():
        raise TemplateError(f"{where}: {text!r} is not understood")
    return int(text)
