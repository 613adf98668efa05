"""The virtual clock: what it understands, and that a restart keeps it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.clock import Clock, ClockError, target

NOW = datetime(2026, 3, 6, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"advance": "2h"}, NOW + timedelta(hours=2)),
        ({"advance": "1h30m"}, NOW + timedelta(hours=1, minutes=30)),
        ({"advance": "2d"}, NOW + timedelta(days=2)),
        ({"advance": "0s"}, NOW),
        ({"to": "2026-03-06T20:00:00+01:00"}, NOW),
        ({"to": "2026-03-06T19:00:00Z"}, NOW),
    ],
)
def test_a_body_names_an_instant(body: Any, expected: datetime) -> None:
    assert target(body, NOW) == expected


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"advance": "1h", "to": "2026-03-06T19:00:00Z"}, ""),
        ({"forward": "1h"}, ""),
        ({"advance": 5}, "advance"),
        ({"advance": "soon"}, "advance"),
        ({"advance": "-1h"}, "advance"),
        ({"advance": "99999999999999w"}, "advance"),
        ({"advance": "400000d"}, "advance"),
        ({"to": "2026-03-06T19:00:00"}, "to"),
        ({"to": "Friday"}, "to"),
        ({"to": None}, "to"),
        ({"to": "1999-01-01T00:00:00Z"}, "to"),
    ],
)
def test_a_body_that_names_none_says_where_it_is_wrong(body: Any, path: str) -> None:
    with pytest.raises(ClockError) as error:
        target(body, NOW)
    assert error.value.path == path


def test_a_moved_clock_runs_on_and_is_there_after_a_restart(tmp_path: Path) -> None:
    Clock(tmp_path / "clock.json").release(NOW)
    again = Clock(tmp_path / "clock.json")
    first = again.now()
    assert timedelta() <= first - NOW < timedelta(seconds=5)
    assert again.now() > first


def test_a_clock_that_is_held_stands_still(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json")
    clock.hold(NOW)
    assert [clock.now(), clock.now()] == [NOW, NOW]
