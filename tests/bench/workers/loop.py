"""The frame of a worker: a process of its own that is asked to repeat a piece of work.

It is told its set-up as one line of JSON, answers with the names of the work it knows, and from then
on, for every `{"work": name, "count": n}`, with the seconds that n repetitions took.
"""

import gc
import json
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[int], None]


def serve(prepare: Callable[[Any], dict[str, Work]]) -> None:
    """Answer until the input ends."""
    works = prepare(json.loads(sys.stdin.readline()))
    gc.collect()
    gc.freeze()
    answer({"works": sorted(works)})
    for line in sys.stdin:
        asked = json.loads(line)
        work = works[asked["work"]]
        start = time.perf_counter()
        work(asked["count"])
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "peak_mb": peak_mb()})


def peak_mb() -> float:
    """The most memory this process ever held, in MB.

    Of a process that another one started `getrusage` would tell the other's, too.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024


def answer(value: Any) -> None:
    """Say one line of JSON; whatever a library prints goes elsewhere."""
    sys.__stdout__.write(json.dumps(value) + "\n")  # type: ignore[union-attr]  # we have one
    sys.__stdout__.flush()  # type: ignore[union-attr]  # we have one


def cycle(items: list[Any], do: Callable[[Any], Any]) -> Work:
    """Work that takes the items in turn and goes on where it stopped."""
    place = 0

    def work(count: int) -> None:
        nonlocal place
        for _ in range(count):
            do(items[place])
            place = (place + 1) % len(items)

    return work
