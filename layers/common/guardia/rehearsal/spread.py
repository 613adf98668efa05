"""Work spread over processes: in order, with little under way at once."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

_AHEAD: Final = 3
"""Pieces of work that wait for each process."""


def spread(
    work: Callable[[_T], _R],
    pieces: Iterable[_T],
    *,
    jobs: int,
    start: Callable[..., None],
    told: tuple[Any, ...] = (),
) -> Iterator[_R]:
    """Yield what `work` makes of each piece, in the order of the pieces.

    `start` is called with `told` once in each process, before its first piece. With one job, or
    where there is but one piece, all of it happens in this process. Pieces are taken as they are
    needed, so an endless row of them takes no memory.
    """
    waiting = iter(pieces)
    first = list(islice(waiting, 2))
    if jobs <= 1 or len(first) <= 1:
        start(*told)
        for piece in chain(first, waiting):
            yield work(piece)
        return
    # Fresh processes: a copy of this one would share what its threads hold.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_begin, initargs=(start, *told)
    )
    try:
        under_way: deque[Future[_R]] = deque()
        for piece in chain(first, waiting):
            under_way.append(pool.submit(work, piece))
            if len(under_way) > jobs * _AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(start: Callable[..., None], *told: Any) -> None:
    """Begin in a process of its own: who ends the work with Ctrl-C speaks to the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start(*told)
