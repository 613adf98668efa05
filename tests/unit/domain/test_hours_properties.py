"""Every question about hours, compared with a walk from minute to minute.

2,500 random timetables, each asked at four moments: ten thousand cases of thirteen questions.
Timetables have several intervals, past midnight and to 24:00, holidays, breaks and shifts, in zones
of every kind; most moments lie around a clock change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardia.domain.hours import Hours, NoAnswerError
from guardia.domain.timetable import Interval, Timetable
from tests.unit.domain.minute_walk import MinuteWalk

ANCHORS = {
    # zone -> dates in UTC around which to ask: clock changes of that zone, and plain days
    "Europe/Madrid": ("2025-03-30", "2025-10-26", "2026-03-29", "2024-02-29", "2025-12-31"),
    "America/New_York": ("2025-03-09", "2025-11-02", "2026-07-04"),
    "America/Sao_Paulo": ("2018-11-04", "2019-02-17", "2017-10-15", "2025-03-30"),
    "Australia/Lord_Howe": ("2025-10-04", "2025-04-05", "2026-04-04"),
    "Australia/Sydney": ("2025-10-04", "2025-04-05", "2025-01-01"),
    "Asia/Kathmandu": ("2025-06-15", "1985-12-31"),
    "Asia/Tehran": ("2022-03-21", "2022-09-21", "2025-03-21"),
}
PLACES = [(zone, date.fromisoformat(day)) for zone, days in ANCHORS.items() for day in days]
DAYS = 4
"""The window that is walked: so many days before the anchor and after it."""

Answer = Any


@dataclass(frozen=True)
class Moment:
    at: datetime
    end: datetime
    seconds: int
    count: int


@dataclass(frozen=True)
class Case:
    hours: Hours
    walk: MinuteWalk
    moments: tuple[Moment, ...]


def _intervals(cuts: list[int], wraps: bool) -> tuple[Interval, ...]:
    """Pairs of ascending cuts; a last odd one opens an interval that runs past midnight."""
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    if wraps and len(cuts) % 2 and cuts[-1] < 1440:
        pairs.append((cuts[-1], cuts[0] // 2))
    return tuple(pairs)


MINUTES = st.one_of(
    st.integers(0, 48).map(lambda half_hours: half_hours * 30),
    st.integers(0, 16).map(lambda quarters: quarters * 15),
    st.integers(0, 1440),
)
DAY = st.builds(_intervals, st.lists(MINUTES, max_size=5, unique=True).map(sorted), st.booleans())
ALL_DAY: tuple[Interval, ...] = ((0, 1440),)
NEAR = st.integers(-DAYS - 1, DAYS + 1)


SECONDS_AROUND = st.one_of(
    st.integers(-24, 24 * 2).map(lambda half_hours: half_hours * 1800),
    st.integers(-6 * 60, 30 * 60).map(lambda minutes: minutes * 60),
    st.integers(-2 * 86_400, 2 * 86_400),
)
DURATIONS = st.one_of(
    st.just(0),
    st.integers(0, 40).map(lambda half_hours: half_hours * 1800),
    st.integers(0, 2 * 86_400),
)
MOMENTS = st.lists(
    st.tuples(SECONDS_AROUND, SECONDS_AROUND, DURATIONS, st.integers(0, 5)), min_size=4, max_size=4
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, middle = draw(st.sampled_from(PLACES))
    usual = (draw(DAY), draw(DAY), ALL_DAY, ())
    pattern = draw(st.integers(0, 4**7 - 1))
    weekly = tuple(usual[pattern >> 2 * day & 3] for day in range(7))
    near = {n: middle + timedelta(days=n) for n in range(-DAYS - 1, DAYS + 2)}
    special = draw(st.lists(st.tuples(NEAR, st.sampled_from("hcbs"), DAY), max_size=4))
    timetable = Timetable(
        timezone=zone,
        weekly=weekly,
        holidays=frozenset(near[n] for n, kind, _ in special if kind == "h"),
        shared_holidays=frozenset(near[n] for n, kind, _ in special if kind in "cs"),
        breaks={near[n]: day for n, kind, day in special if kind == "b"},
        shifts={near[n]: day for n, kind, day in special if kind == "s"},
    )
    noon = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
    moments = tuple(
        Moment(noon + timedelta(seconds=at), noon + timedelta(seconds=end), seconds, count)
        for at, end, seconds, count in draw(MOMENTS)
    )
    return Case(Hours(timetable), MinuteWalk(timetable, middle, DAYS), moments)


def answer(question: Callable[[], Answer]) -> Answer:
    """What is answered, or None where there is no answer within ten years."""
    try:
        return question()
    except NoAnswerError:
        return None


def walked(walk: MinuteWalk, expected: Answer, got: Answer) -> Answer:
    """What the walk expects: where it met the end of its window, any answer from beyond it."""
    if expected is not None or got is None:
        return expected
    instants = [got] if isinstance(got, datetime) else [at for period in got for at in period]
    last = walk.first + walk.minutes
    outside = [at for at in instants if not walk.first < at.timestamp() / 60 < last]
    return got if outside else "an answer outside the window"


QUESTIONS: dict[str, Callable[[Any, Moment], Answer]] = {
    "is_open": lambda hours, of: hours.is_open(of.at),
    "on_holiday": lambda hours, of: hours.on_holiday(of.at),
    "on_break": lambda hours, of: hours.on_break(of.at),
    "between": lambda hours, of: hours.between(of.at, of.end),
    "add": lambda hours, of: hours.add(of.at, of.seconds),
    "subtract": lambda hours, of: hours.subtract(of.at, of.seconds),
    "next_open": lambda hours, of: hours.next_open(of.at),
    "previous_open": lambda hours, of: hours.previous_open(of.at),
    "next_close": lambda hours, of: hours.next_close(of.at),
    "previous_close": lambda hours, of: hours.previous_close(of.at),
    "periods": lambda hours, of: hours.periods(of.at, of.end),
    "periods_after": lambda hours, of: hours.periods_after(of.at, of.count),
    "periods_before": lambda hours, of: hours.periods_before(of.at, of.count),
}


@settings(
    max_examples=2_500,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(case=cases())
def test_every_question_is_answered_as_by_walking_from_minute_to_minute(case: Case) -> None:
    asked = [(name, moment) for moment in case.moments for name in QUESTIONS]

    got = [answer(partial(QUESTIONS[name], case.hours, moment)) for name, moment in asked]

    assert list(zip(asked, got, strict=True)) == [
        (one, walked(case.walk, QUESTIONS[one[0]](case.walk, one[1]), answered))
        for one, answered in zip(asked, got, strict=True)
    ]
