"""A document as a tree of plain values that know their file, line and column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any, Final

Path = tuple[str | int, ...]
"""Keys and list positions that lead from the root to a value."""

MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000
"""Far above any desk; it stops documents that grow by aliases (`billion laughs`)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; `line` and `column` count from 1, 0 where there is no text."""

    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place.

    `value` is null, boolean, number, text, a list of nodes or a mapping from text to nodes; `keys`
    are the places of a mapping's keys. `size` counts the values it stands for once aliases are
    written out. `literal` texts keep their line breaks (`|`), so a place inside them can be told.
    """

    value: Any
    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)
    size: int = 1
    literal: bool = False

    def plain(self) -> Any:
        """Return the value without places: what `json.loads` would give."""
        if isinstance(self.value, dict):
            return {key: one.plain() for key, one in self.value.items()}
        if isinstance(self.value, list):
            return [one.plain() for one in self.value]
        return self.value

    def locate(self, path: Path, *, key: bool = False, offset: int = 0) -> Place:
        """Return the place of what the path leads to, or of the last thing on the way that exists.

        `key` asks for the place of the path's last key instead of its value.
        """
        at = self
        for index, step in enumerate(path):
            inside = at.value
            if isinstance(inside, dict) and step in inside:
                if key and index == len(path) - 1:
                    return at.keys.get(str(step), at.place)
                at = inside[step]
            elif isinstance(inside, list) and isinstance(step, int) and step < len(inside):
                at = inside[step]
            else:
                return at.place
        if at.literal and offset and isinstance(at.value, str):
            lines = at.value[:offset].count("\n") + 1
            return Place(at.place.file, at.place.line + lines, 1)
        return at.place


class ValueRefusedError(ValueError):
    """A document nests too deeply, has too many values or holds what JSON cannot."""


def from_plain(value: Any, file: str = "") -> Node:
    """Build a tree from values that came without text.

    Dates and times of other YAML readers become the text they were written as.

    Raises:
        ValueRefusedError: it nests too deeply, is too long, or holds something that is no value.
    """
    return _grown(value, Place(file), 0)


def _grown(value: Any, place: Place, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ValueRefusedError(f"the document nests more than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        inside = {_key(key): _grown(one, place, depth + 1) for key, one in value.items()}
        return Node(inside, place, size=bounded(1 + sum(one.size for one in inside.values())))
    if isinstance(value, list | tuple):
        items = [_grown(one, place, depth + 1) for one in value]
        return Node(items, place, size=bounded(1 + sum(one.size for one in items)))
    if isinstance(value, date | datetime):
        return Node(value.isoformat(), place)
    if isinstance(value, str):
        return Node(whole_text(value), place)
    if value is None or isinstance(value, bool | int):
        return Node(value, place)
    if isinstance(value, float) and isfinite(value):
        return Node(value, place)
    raise ValueRefusedError(f"a value of type {type(value).__name__} has no place in a document")


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else whole_text(str(key))


def bounded(size: int) -> int:
    """Return the size.

    Raises:
        ValueRefusedError: there are more values than any desk has.
    """
    if size > MAX_NODES:
        raise ValueRefusedError(f"the document has more than {MAX_NODES} values")
    return size


def whole_text(text: str) -> str:
    """Return the text with surrogate pairs joined.

    Raises:
        ValueRefusedError: half a pair stands alone, which no encoding can write.
    """
    if text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ValueRefusedError("a text holds half of a surrogate pair") from None
