"""What a benchmark says: our figure beside a peer's."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    `ours` and `peer` are in `unit`; of a rate (`…/s`) more is better, of everything else less.
    `target` is the most (of a rate the least) we allow ourselves, in `unit` or, with
    `of_peer`, as a share of the peer's figure. `note` says what the figures cannot.
    """

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    target: float | None = None
    of_peer: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better ours is; below 1 the peer is. Two times nothing are the same."""
        better, worse = (self.peer, self.ours) if self.is_rate else (self.ours, self.peer)
        return worse / better if better else 1.0

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("/s")

    @property
    def limit(self) -> float | None:
        """The target in `unit`."""
        return self.target * self.peer if self.of_peer and self.target else self.target

    @property
    def missed_by(self) -> float:
        """By how much the target is missed, as a share of it; 0 where it is met or there is none."""
        if not self.limit:
            return 0.0
        share = self.limit / self.ours if self.is_rate else self.ours / self.limit
        return max(0.0, share - 1)

    def plain(self) -> dict[str, Any]:
        """The row as `results.json` keeps it."""
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "peer": _short(self.peer),
            "peer_name": self.peer_name,
            "ratio": _short(self.ratio),
            "unit": self.unit,
        }


def _short(number: float) -> float:
    """The number with three significant digits: no run repeats more of them."""
    return float(f"{number:.3g}")
