"""Business hours over a day, a quarter and three years, beside other libraries."""

import random  # noqa: TID251 - the same seed draws the same instants
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.bench.row import Row
from tests.bench.worker import PEERS, Worker, interleaved

_SPANS: Final = {"1 day": 1, "90 days": 90, "3 years": 1095}
_TARGET: Final = 1.5
_HOLIDAYS: Final = (
    "01-01", "01-06", "04-03", "05-01", "05-15", "08-15", "10-12", "11-01", "11-09", "12-06",
    "12-08", "12-25",
)  # fmt: skip
_COUNTS: Final = {
    **{f"between {span}": 20_000 for span in _SPANS},
    "add": 20_000,
    "next_close": 20_000,
    **{f"businesstimedelta between {span}": n for span, n in zip(_SPANS, (40, 4, 1), strict=True)},
    **{f"business-duration between {span}": n for span, n in zip(_SPANS, (40, 20, 4), strict=True)},
    "businesstimedelta add": 40,
    "businesstimedelta next_close": 100,
}


def measure() -> list[Row]:
    """Ask forty instants in turn."""
    draw = random.Random(5)  # noqa: S311 - nothing is kept secret with it
    first = datetime(2026, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(minutes=draw.randrange(364 * 1440)) for _ in range(40)]
    setup = {
        "holidays": [f"{year}-{day}" for year in range(2026, 2030) for day in _HOLIDAYS],
        "starts": [one.isoformat() for one in starts],
        "between": {
            name: [(one.isoformat(), (one + timedelta(days=days)).isoformat()) for one in starts]
            for name, days in _SPANS.items()
        },
    }
    with (
        Worker("hours_ours.py", setup) as ours,
        Worker("hours_peers.py", setup, python=PEERS) as peers,
    ):
        seconds = interleaved([ours, peers], _COUNTS)
    micro = {name: 1e6 * one for name, one in seconds.items()}
    rows = [
        Row(
            name=f"hours: {work}",
            ours=micro[work],
            peer=micro[f"{peer} {work}"],
            peer_name=peer,
            unit="us",
            target=_TARGET,
        )
        for work in (*(f"between {span}" for span in _SPANS), "add", "next_close")
        for peer in ("businesstimedelta", "business-duration")
        if f"{peer} {work}" in micro
    ]
    flat = Row(
        name="hours: between 3 years, beside 1 day",
        ours=micro["between 3 years"],
        peer=micro["between 1 day"],
        peer_name="our own 1 day",
        unit="us",
        target=1.2,
        of_peer=True,
    )
    return [*rows, flat]
