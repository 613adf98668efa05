"""Our business hours: Madrid, Monday to Friday 9 to 14 and 16 to 19, twelve holidays a year."""

from datetime import date, datetime
from typing import Any

from guardia.domain.hours import Hours
from guardia.domain.timetable import Timetable
from tests.bench.workers.loop import Work, cycle, serve


def prepare(setup: Any) -> dict[str, Work]:
    """Lay the hours out once, as a container does."""
    open_day = ((540, 840), (960, 1140))
    hours = Hours(
        Timetable(
            timezone="Europe/Madrid",
            weekly=(open_day,) * 5 + ((), ()),
            holidays=frozenset(map(date.fromisoformat, setup["holidays"])),
        )
    )
    works: dict[str, Work] = {}
    for name, pairs in setup["between"].items():
        read = [tuple(map(datetime.fromisoformat, pair)) for pair in pairs]
        works[f"between {name}"] = cycle(read, lambda pair: hours.between(pair[0], pair[1]))
    starts = [datetime.fromisoformat(one) for one in setup["starts"]]
    works["add"] = cycle(starts, lambda at: hours.add(at, 28_800))
    works["next_close"] = cycle(starts, hours.next_close)
    for work in works.values():
        work(len(starts))  # lays out what will be asked about
    return works


if __name__ == "__main__":
    serve(prepare)
