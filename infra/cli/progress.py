"""How far a long command is, on standard error: how many, how fast, how long still."""

import time
from types import TracebackType
from typing import Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_EVERY: Final = 5.0
"""Seconds between two lines, where nobody looks at a terminal."""


class Far:
    """Tells how far something is: a bar on a terminal, elsewhere a line now and then.

    `total` is how much there is to do, in whatever `at` counts (bytes, tickets); None where nobody
    knows. Nothing is written where it is over in less than a few seconds.
    """

    def __init__(self, noun: str, total: float | None) -> None:
        """Take what is counted (`tickets`), and how much there is to do."""
        self._noun, self._total = noun, total
        self._begun = self._told = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        """Begin."""
        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[said]}"),
                BarColumn(),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=self._total, said="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and leave nothing behind on a terminal."""
        if self._bar is not None:
            self._bar.stop()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun

    def rate(self, number: int) -> float:
        """How many a second."""
        return number / max(self.seconds, 1e-6)

    def tell(self, number: int, at: float) -> None:
        """Say that `number` are done, `at` of the total."""
        said = f"{number:,} {self._noun}, {self.rate(number):,.0f} a second"
        if self._bar is not None:
            self._bar.update(self._task, completed=at, said=said)
        elif time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            typer.echo(said + self._left(at), err=True)

    def _left(self, at: float) -> str:
        if not self._total or not at:
            return ""
        seconds = round(self.seconds * max(self._total - at, 0) / at)
        return f", {seconds // 60}:{seconds % 60:02} left"
