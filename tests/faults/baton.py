"""Two handlers at the same time: threads of which one runs, handing over only at calls of AWS."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tests.faults.faults import Call
from tests.faults.world import World

_UNCHANGING: Final = ("s3.GetObject", "ssm.GetParameter")
"""Calls that read what nobody changes: to be interrupted before one is as to be before the next."""

PATIENCE: Final = 20.0
"""Seconds after which a thread that is not handed the baton gives up: the harness is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who begins, and before which of its calls it is interrupted, then the other. 0 is never."""

    first: int
    interrupted: int = 0
    other_interrupted: int = 0

    def __str__(self) -> str:
        return f"{self.first}:{self.interrupted}:{self.other_interrupted}"


def schedules(calls: Sequence[int]) -> Iterator[Schedule]:
    """Every schedule of two handlers with so many calls in which nobody is interrupted more than
    once: two preemptions at most."""
    for first in (0, 1):
        yield Schedule(first=first)
        for mine in range(1, calls[first] + 1):
            for other in range(calls[1 - first] + 1):
                yield Schedule(first=first, interrupted=mine, other_interrupted=other)


class Baton:
    """Runs two things by a schedule. `counts` tells afterwards how often each could be
    interrupted."""

    def __init__(self, world: World, schedule: Schedule) -> None:
        """Take the world whose calls hand over."""
        self._world = world
        self._breaks = {
            schedule.first: schedule.interrupted,
            1 - schedule.first: schedule.other_interrupted,
        }
        self._holder, self._turned = schedule.first, threading.Condition()
        self._done = [False, False]
        self._me = threading.local()
        self.counts = [0, 0]
        self.errors: list[BaseException] = []

    def run(self, acts: Sequence[Callable[[World], Any]]) -> None:
        """Run both to their ends.

        Raises:
            AssertionError: one of them raised.
        """
        self._world.inject.turn = self._turn
        threads = [threading.Thread(target=self._act, args=pair) for pair in enumerate(acts)]
        try:
            for one in threads:
                one.start()
            for one in threads:
                one.join(PATIENCE)
        finally:
            self._world.inject.turn = lambda _: None
        assert not self.errors, self.errors

    def _act(self, number: int, act: Callable[[World], Any]) -> None:
        self._me.number = number
        try:
            self._wait(number)
            act(self._world)
        except BaseException as error:  # noqa: BLE001 - told in the thread that started this one
            self.errors.append(error)
        finally:
            with self._turned:
                self._done[number] = True
                self._holder = 1 - number
                self._turned.notify_all()

    def _turn(self, call: Call) -> None:
        number = getattr(self._me, "number", None)
        if number is None or call.name in _UNCHANGING:
            return
        self.counts[number] += 1
        if self.counts[number] != self._breaks[number] or self._done[1 - number]:
            return
        held = {name: vars(BaseRouter).get(name) for name in ("current_event", "lambda_context")}
        with self._turned:
            self._holder = 1 - number
            self._turned.notify_all()
        self._wait(number)
        for name, value in held.items():  # powertools keeps the event in a place of the process
            setattr(BaseRouter, name, value)

    def _wait(self, number: int) -> None:
        with self._turned:
            given = self._turned.wait_for(lambda: self._holder == number, PATIENCE)
        if not given:
            raise TimeoutError("the baton was never handed over")
