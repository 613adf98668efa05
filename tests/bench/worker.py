"""Processes that work for a benchmark: ours in the project's environment, peers in their own."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = Path(sys.executable)
PEERS: Final = ROOT / ".tools/bench/bin/python"
_WORKERS: Final = Path(__file__).parent / "workers"
_PATIENCE: Final = 60.0


class WorkerError(Exception):
    """A worker broke off or took longer than it may."""


class Worker:
    """One process; it ends with the block."""

    def __init__(self, script: str, setup: Any, *, python: Path = OURS) -> None:
        """Start the script of `workers/` and tell it its set-up."""
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [python, "-W", "ignore", _WORKERS / script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.works: list[str] = self._ask(setup, _PATIENCE)["works"]

    def __enter__(self) -> Self:
        """Nothing is left to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.communicate()

    def run(self, work: str, count: int = 1, *, patience: float = _PATIENCE) -> dict[str, float]:
        """Let it repeat a piece of work; return `seconds` of all and `peak_mb` of its memory.

        Raises:
            WorkerError: it took longer than `patience` seconds, or broke off.
        """
        found: dict[str, float] = self._ask({"work": work, "count": count}, patience)
        return found

    def _ask(self, question: Any, patience: float) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerError("the worker has no pipes")
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        if not select.select([stdout], [], [], patience)[0]:
            raise WorkerError(f"no answer within {patience:g} s")
        line = stdout.readline()
        if not line:
            raise WorkerError(f"broke off with status {self._process.wait()}")
        return json.loads(line)


def interleaved(
    workers: Iterable[Worker], counts: Mapping[str, int], rounds: int = 7
) -> dict[str, float]:
    """Let all workers do each work they know in turn, round by round: median seconds of each one.

    `counts` says how often a round repeats a work; what it does not name is left out.
    """
    taken: dict[str, list[float]] = {}
    known = [(one, work) for one in workers for work in one.works if work in counts]
    for _ in range(rounds):
        for worker, work in known:
            seconds = worker.run(work, counts[work])["seconds"]
            taken.setdefault(work, []).append(seconds / counts[work])
    return {work: median(found) for work, found in taken.items()}
