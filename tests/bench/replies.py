"""Trimming of quoted replies: a friendly one, and texts made to take long."""

from collections.abc import Callable
from typing import Final

from tests.bench.row import Row
from tests.bench.worker import PEERS, Worker, WorkerError, interleaved

FRIENDLY: Final = """Perfecto, ahora funciona. ¡Gracias!

Un saludo,
Ana

On Fri, Mar 6, 2026 at 6:30 PM Acme Support <help@acme.example> wrote:

> Hello Ana,
>
> please restart the router and tell us whether the light turns green.
>
> Luis
> Acme Support
"""
HOSTILE: Final[dict[str, Callable[[int], str]]] = {
    "attributions without end": lambda n: "On a " * (n // 5),
    "one long line": lambda n: "a" * n,
    "quotes in turn": lambda n: "> a\nb\n" * (n // 6),
    "dashes": lambda n: "-" * n + "\n",
    "empty lines": lambda n: "\n" * n,
    "headers without end": lambda n: "From: a\nSent: b\nTo: c\n" * (n // 23),
}
_PEERS: Final = ("mail-parser-reply", "email-reply-parser")
_LENGTH: Final = 8_000
_WHOLE: Final = 1_000_000
_LIMIT: Final = 1.0
"""Seconds for which a peer may be at one text."""
_QUICK: Final = 0.01
"""What a text of this length may take at most; a peer that is cut off at the shorter one already
is told as so many times that."""


def measure() -> list[Row]:
    """Time the friendly text in turns, the hostile ones each alone."""
    with (
        Worker("replies_ours.py", {"friendly": FRIENDLY}) as ours,
        Worker("replies_peers.py", {"friendly": FRIENDLY}, python=PEERS) as peers,
    ):
        counts = dict.fromkeys((*ours.works, *peers.works), 300)
        micro = {name: 1e6 * one for name, one in interleaved([ours, peers], counts).items()}
    rows = [
        Row(
            name="replies: a friendly one",
            ours=micro["ours friendly"],
            peer=micro[f"{name} friendly"],
            peer_name=name,
            unit="us",
            target=20.0,
        )
        for name in _PEERS
    ]
    return [*rows, *(row for family in HOSTILE for row in _hostile(family))]


def _hostile(family: str) -> list[Row]:
    """How time grows when the text doubles, and what a megabyte takes us."""
    texts = {size: HOSTILE[family](int(size)) for size in (str(_LENGTH), str(2 * _LENGTH))}
    texts[str(_WHOLE)] = HOSTILE[family](_WHOLE)
    with Worker("replies_ours.py", texts) as ours:
        times = {
            size: _best(ours, f"ours {size}", 1 if int(size) == _WHOLE else 20) for size in texts
        }
    least = {name: _growth(name, texts) for name in _PEERS}
    name = max(least, key=lambda one: least[one][0])
    growth, cut = least[name]
    return [
        Row(
            name=f"replies: twice the text, {family}",
            ours=times[str(2 * _LENGTH)] / times[str(_LENGTH)],
            peer=growth,
            peer_name=f"{name} (stopped after {_LIMIT:g} s)" if cut else name,
            unit="times as long",
            target=2.3,
        ),
        Row(
            name=f"replies: 1 MB of {family}",
            ours=1000 * times[str(_WHOLE)],
            peer=500.0,
            peer_name="the most we allow",
            unit="ms",
            target=500.0,
        ),
    ]


def _growth(name: str, texts: dict[str, str]) -> tuple[float, bool]:
    """How much longer a peer takes for twice the text, and whether it was cut off."""
    short, long = str(_LENGTH), str(2 * _LENGTH)
    told = {size: texts[size] for size in (short, long)}
    with Worker("replies_peers.py", told, python=PEERS) as peer:
        try:
            first = _best(peer, f"{name} {short}", 1, _LIMIT)
        except WorkerError:
            return _LIMIT / _QUICK, True
        try:
            return _best(peer, f"{name} {long}", 1, _LIMIT) / first, False
        except WorkerError:
            return _LIMIT / first, True


def _best(worker: Worker, work: str, count: int, patience: float = 60.0) -> float:
    """The best of three, in seconds: growth is a property of the code, not of the machine."""
    times = [worker.run(work, count, patience=patience)["seconds"] / count for _ in range(2)]
    return min(times)
