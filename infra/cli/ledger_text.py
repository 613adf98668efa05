"""What entries did to a ticket's SLA clocks, in words: targets, deadlines, pauses, ends."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from guardia.rehearsal import plain

Line = Mapping[str, Any]
"""A line of an entry's ledger, in the shape of the outside."""


class Clocks:
    """The clocks of a ticket while its history is told, entry by entry, in order."""

    def __init__(self, promised: Iterable[Mapping[str, Any]], when: Callable[[str], str]) -> None:
        """Take the clocks that have or had a target, of others nothing is told; and what writes an
        instant for people."""
        self._promised = {_key(one) for one in promised}
        self._when = when
        self._targets: dict[tuple[str, int], int | None] = {}
        self._due: dict[tuple[str, int], str | None] = {}
        self._missed: set[tuple[str, int]] = set()

    def told(self, ledger: Iterable[Line]) -> Iterator[str]:
        """Say what an entry did to the clocks; its warnings, breaches and escalations, which are
        events of their own, are not said again."""
        for line in ledger:
            key = _key(line)
            said = self._said(key, line) if key in self._promised else None
            if said is not None:
                name = line["metric"] if line["instance"] == 1 else f"{key[0]} {key[1]}"
                yield f"clock {name}: {said}"

    def _said(self, key: tuple[str, int], line: Line) -> str | None:
        kind = line["type"]
        if kind == "apply_sla":
            return self._target(key, line)
        if kind == "breach":
            self._missed.add(key)
        elif kind == "pause":
            return f"stands still: {line.get('reason') or 'paused'}"
        elif kind == "fulfill":
            return "ends, too late" if key in self._missed else "kept"
        elif kind == "resume" or (kind == "activate" and key in self._targets):
            return f"goes on{self._until(key, line)}"
        elif line.get("due_at") and line["due_at"] != self._due.get(key):
            return f"due {self._dated(key, line)}"
        return None

    def _target(self, key: tuple[str, int], line: Line) -> str | None:
        """What is promised from now on, and what was before where it is another time."""
        target, was = line["target_seconds"], self._targets.get(key)
        self._targets[key] = target
        if target is None:
            self._due[key] = None
            return None if was is None else f"promised no more, it was {plain.span(was)}"
        before = f"{plain.span(was)} → " if was not in (None, target) else ""
        due = f", due {self._dated(key, line)}" if line.get("due_at") else ""
        return f"{before}{plain.span(target)} {line['hours']} ({line['policy']}){due}"

    def _dated(self, key: tuple[str, int], line: Line) -> str:
        self._due[key] = line["due_at"]
        return self._when(line["due_at"])

    def _until(self, key: tuple[str, int], line: Line) -> str:
        if key in self._missed:
            return ", too late already"
        return f", due {self._dated(key, line)}" if line.get("due_at") else ""


def _key(one: Mapping[str, Any]) -> tuple[str, int]:
    return one["metric"], one["instance"]
