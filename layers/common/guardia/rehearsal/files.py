"""Files of recorded tickets, taken through two desks on as many processes as there are."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final

from guardia.rehearsal.backtest import KEEP, Backtest, Tally, compiled
from guardia.rehearsal.records import RecordError, read
from guardia.rehearsal.spread import spread

CHUNK: Final = 50
"""Tickets that a process is handed at once."""

Lines = tuple[int, list[bytes]]
"""Some lines of a file, and the number of the first."""


def backtest(
    lines: Iterable[bytes],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    until: datetime | None = None,
    keep: int = KEEP,
    jobs: int = 1,
    told: Callable[[Tally], None] = lambda _tally: None,
) -> Tally:
    """Take recorded tickets, one a line, through two stored documents, on so many processes.

    `told` is called with the tally from time to time. Empty lines are passed over.

    Raises:
        RecordError: a line is no recorded ticket, or cannot be decided again; `line` says which.
    """
    found = Tally(keep=keep)
    options = (json.dumps(before), json.dumps(after), until, keep)
    for each in spread(_work, _chunks(lines), jobs=jobs, start=_start, told=options):
        if isinstance(each, RecordError):
            raise each
        found.add(each)
        told(found)
    return found


def _chunks(lines: Iterable[bytes]) -> Iterator[Lines]:
    numbers, chunk, first = count(1), list[bytes](), 1
    for number, line in zip(numbers, lines, strict=False):
        if not chunk:
            first = number
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield first, chunk
            chunk = []
    if chunk:
        yield first, chunk


_at_work: list[Backtest] = []
"""The backtest of this process, made once."""


def _start(before: str, after: str, until: datetime | None, keep: int) -> None:
    _at_work[:] = [compiled(json.loads(before), json.loads(after), until=until, keep=keep)]


def _work(lines: Lines) -> Tally | RecordError:
    (test,) = _at_work
    found = Tally(keep=test.keep)
    first, chunk = lines
    for number, line in enumerate(chunk, first):
        if not line.strip():
            continue
        try:
            test.take(read(line, number), found)
        except RecordError as error:
            return RecordError(error.reason, number)
    return found
