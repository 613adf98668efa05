"""Moving the clock: everything due on the way happens at its own instant, in order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from infra.local.clock import Clock
from infra.local.engine import Engine, Timer
from infra.local.invoke import say

NextDue = Callable[[datetime], datetime | None]
_TRIES: Final = 3
"""How often what is due at one instant is tried before time goes on without it."""
_ON: Final = timedelta(minutes=1)


def travel(engine: Engine, clock: Clock, next_due: NextDue, target: datetime) -> None:
    """Put the clock to `target`, and return when all that is due by then is done.

    Backward the clock just moves: nothing is undone.
    """
    with engine.travelling:
        start = clock.now()
        if target >= start:
            engine.drain()
            _forward(engine, clock, next_due, start, target)
        clock.release(target)
        engine.moved(target)
        engine.drain()


def _forward(
    engine: Engine, clock: Clock, next_due: NextDue, start: datetime, target: datetime
) -> None:
    sweeps = [timer for timer in engine.timers if timer.schedule.each_minute]
    others = [timer for timer in engine.timers if not timer.schedule.each_minute]
    calendar = [timer for timer in others if timer.schedule.every is None]
    # A rate says how often, not when: once at the end stands for all of it.
    rates = [timer for timer in others if timer.schedule.every is not None]
    now, tries = start, 0
    while True:
        due = next_due(target)
        firing = _earliest(calendar, now, target)
        if due is None and firing is None:
            break
        at = max(now, min(one for one in (due, firing and firing[0]) if one is not None))
        tries = tries + 1 if at == now else 0
        if tries > _TRIES:
            say(f"what is due at {at} is still due after {_TRIES} tries; going on")
            at, tries = now + _ON, 0
            if at > target:
                break
        now = at
        clock.hold(at)
        if due is not None and due <= at:
            for sweep in sweeps:
                engine.fire(sweep, at)
        if firing is not None and firing[0] <= at:
            engine.fire(firing[1], at)
        engine.drain()
    for timer in rates:
        if (timer.schedule.after(start) or target) < target:
            clock.hold(target)
            engine.fire(timer, target)
            engine.drain()


def _earliest(
    timers: list[Timer], after: datetime, until: datetime
) -> tuple[datetime, Timer] | None:
    found = [(timer.schedule.after(after), timer) for timer in timers]
    due = [(at, timer) for at, timer in found if at is not None and at <= until]
    return min(due, key=lambda one: one[0]) if due else None
