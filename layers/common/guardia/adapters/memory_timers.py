"""What is due, in memory: keys in the order of their instants."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

Key = tuple[str, int, int]
"""A ticket and the place of an outbox row; a ticket itself has the place (0, 0), a job `JOB`."""

JOB: Final = (-1, 0)


@dataclass
class Timers:
    """An instant for each key, found without a look at those that are not due."""

    at: dict[Key, datetime] = field(default_factory=dict)
    order: list[tuple[datetime, Key]] = field(default_factory=list)

    def put(self, key: Key, at: datetime | None) -> None:
        """Set a key's instant; None takes it away."""
        before = self.at.pop(key, None)
        if before is not None:
            del self.order[bisect_left(self.order, (before, key))]
        if at is not None:
            self.at[key] = at
            insort(self.order, (at, key))

    def until(self, until: datetime) -> Iterator[tuple[datetime, Key]]:
        """Yield what is due by an instant, oldest first."""
        for one in self.order:
            if one[0] > until:
                return
            yield one
