"""What keeps the desk moving: a thread a source, the schedules, and knowing when all is quiet."""

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.clock import Clock, written
from infra.local.invoke import InvocationError, Invoker, say
from infra.local.pumps import Pump
from infra.local.schedule import Schedule, parse
from infra.local.stack import ACCOUNT, REGION, ScheduleSource, Stack

IDLE_POLL: Final = 1.0
"""Seconds between looks at a source nobody announced anything for. What this process itself does
is announced, so that it is taken at once."""
LONGEST_NAP: Final = 5.0
"""Seconds after which the schedule looks at the clock again, which may have been moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A schedule and the function it wakes."""

    function: str
    source: ScheduleSource
    schedule: Schedule


def timers_of(stack: Stack) -> tuple[Timer, ...]:
    """Return every schedule of the stack.

    Raises:
        TemplateError: an expression is not understood.
    """
    return tuple(
        Timer(
            function=function.id,
            source=source,
            schedule=parse(function.id, source.expression),
        )
        for function in stack.functions
        for source in function.sources
        if isinstance(source, ScheduleSource)
    )


class Engine:
    """Runs pumps and schedules until it is stopped."""

    def __init__(
        self, pumps: Sequence[Pump], timers: Sequence[Timer], invoke: Invoker, clock: Clock
    ) -> None:
        """Prepare; nothing moves before `start`."""
        self._pumps = tuple((pump, threading.Lock()) for pump in pumps)
        self.timers = tuple(timers)
        self._invoke, self._clock = invoke, clock
        self._stopping = threading.Event()
        self._wakers = [threading.Event() for _ in self._pumps]
        self._done = 0
        self._counting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._looked = clock.now()
        self.travelling = threading.RLock()
        """Held while the clock is moved, so that no minute passes by itself meanwhile."""

    def start(self) -> None:
        """Let everything run."""
        for (pump, lock), waker in zip(self._pumps, self._wakers, strict=True):
            self._spawn(pump.name, self._pump, pump, lock, waker)
        self._spawn("schedule", self._keep_time)

    def _spawn(self, name: str, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def wake(self) -> None:
        """Say that something may have come in."""
        for waker in self._wakers:
            waker.set()

    def stop(self) -> None:
        """Finish what is being done, then what is waiting, and rest."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join()
        self.drain()

    def drain(self) -> None:
        """Return once no source has anything that could be done now.

        What failed waits for its next attempt, as on AWS, and is not waited for.
        """
        while True:
            before = self._count(0)
            taken = sum(self._take(pump, lock) for pump, lock in self._pumps)
            if not taken and before == self._count(0):
                return

    def fire(self, timer: Timer, at: datetime) -> None:
        """Wake a scheduled function with EventBridge's event for an instant."""
        event = timer.source.input or {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": _stamp(at),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{timer.source.name}"],
            "detail": {},
        }
        try:
            self._invoke(timer.function, event)
        except InvocationError as error:
            say(f"{error} at {written(at)}; the next minute tries again")
        self.wake()

    def _count(self, more: int) -> int:
        with self._counting:
            self._done += more
            return self._done

    def _take(self, pump: Pump, lock: threading.Lock) -> int:
        try:
            with lock:
                taken = pump.once()
                # Counted while nobody else can look: `drain` must not miss what this set off.
                self._count(taken)
        except (BotoCoreError, ClientError) as error:
            if not self._stopping.is_set():
                say(f"{pump.name}: {error}")
            return 0
        if taken:
            self.wake()
        return taken

    def _pump(self, pump: Pump, lock: threading.Lock, waker: threading.Event) -> None:
        while not self._stopping.is_set():
            waker.clear()
            try:
                taken = self._take(pump, lock)
            except Exception:  # noqa: BLE001 - one batch that breaks us must not end the desk
                say(traceback.format_exc())
                taken = 0
            if not taken:
                waker.wait(IDLE_POLL)

    def moved(self, to: datetime) -> None:
        """Hear that the clock was moved and that what was due on the way is done."""
        self._looked = to

    def _keep_time(self) -> None:
        """Fire each schedule at its minutes, as long as nobody moves the clock."""
        while not self._stopping.is_set():
            with self.travelling:
                now = self._clock.now()
                for timer in self.timers:
                    due = timer.schedule.after(min(self._looked, now))
                    each = timer.schedule.each_minute
                    if due is not None and due <= now:
                        self.fire(timer, now.replace(microsecond=0) if each else due)
                self._looked = now
            self._stopping.wait(self._nap(now))

    def _nap(self, now: datetime) -> float:
        nearest = [timer.schedule.after(now) for timer in self.timers]
        naps = [(due - self._clock.now()).total_seconds() for due in nearest if due is not None]
        return max(0.05, min([LONGEST_NAP, *naps]))


def _stamp(at: datetime) -> str:
    """Write an instant; EventBridge knows whole seconds, a moved clock stops between them too."""
    return written(at) if not at.microsecond else at.isoformat().replace("+00:00", "Z")
