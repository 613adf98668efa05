"""The same hours in other libraries, as far as they can tell them."""

from datetime import datetime, time, timedelta
from typing import Any

import business_duration
import businesstimedelta
import pytz

from tests.bench.workers.loop import Work, cycle, serve


def prepare(setup: Any) -> dict[str, Work]:
    """businesstimedelta knows several periods a day; business-duration one, without zones."""
    zone = pytz.timezone("Europe/Madrid")
    days = [datetime.fromisoformat(one) for one in setup["holidays"]]
    holidays = {one.date(): "closed" for one in days}
    closed = businesstimedelta.HolidayRule(holidays)
    rules = businesstimedelta.Rules(
        [
            *(
                businesstimedelta.WorkDayRule(
                    start_time=time(start),
                    end_time=time(end),
                    working_days=[0, 1, 2, 3, 4],
                    tz=zone,
                )
                for start, end in ((9, 14), (16, 19))
            ),
            closed,
        ]
    )
    works: dict[str, Work] = {}
    for name, pairs in setup["between"].items():
        read = [tuple(map(datetime.fromisoformat, pair)) for pair in pairs]
        plain = [tuple(one.replace(tzinfo=None) for one in pair) for pair in read]
        works[f"businesstimedelta between {name}"] = cycle(
            read, lambda pair: rules.difference(pair[0], pair[1])
        )
        works[f"business-duration between {name}"] = cycle(
            plain,
            lambda pair: business_duration.businessDuration(
                pair[0], pair[1], time(9), time(17), holidaylist=holidays, unit="sec"
            ),
        )
    starts = [datetime.fromisoformat(one) for one in setup["starts"]]
    eight = businesstimedelta.BusinessTimeDelta(rules, timedelta=timedelta(hours=8))
    works["businesstimedelta add"] = cycle(starts, lambda at: at + eight)
    works["businesstimedelta next_close"] = cycle(starts, lambda at: rules.next(at)[1])
    return works


if __name__ == "__main__":
    serve(prepare)
