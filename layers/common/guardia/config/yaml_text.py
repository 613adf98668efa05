"""YAML 1.2 text to a tree with places: `on`, `no` and `14:00` are words, a key stands once.

Built on the parser's events, so that no value is guessed by a loader: dates and times stay the
text they were written as, and nesting and aliases are bounded while reading.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from guardia.config.node import MAX_DEPTH, Node, Place, ValueRefusedError, bounded, whole_text
from guardia.config.problem import DocumentError, problem_at

_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_OCTAL: Final = re.compile(r"0o[0-7]{1,20}")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{1,15}")
_FLOAT: Final = re.compile(
    r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?"
)


def parse_yaml(text: str, file: str) -> Node:
    """Read one YAML document. An empty text is null.

    Raises:
        DocumentError: it is no YAML 1.2, a key is given twice, or it is out of all proportion.
    """
    try:
        return _Builder(YAML(typ="safe", pure=True).parse(text), file).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f" {error.context}" if error.context else ""
        raise _wrong(Place(file, line, column), f"invalid YAML{context}: {error.problem}") from None
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = "invalid YAML: a control character that YAML does not allow"
        raise _wrong(Place(file, line, 1), message) from None
    except YAMLError as error:
        raise _wrong(Place(file, 1, 1), f"invalid YAML: {error}") from None


def _wrong(place: Place, message: str) -> DocumentError:
    return DocumentError([problem_at(place, message)])


class _Builder:
    """Turns events into nodes; it holds the anchors of one document."""

    def __init__(self, events: Iterator[Event], file: str) -> None:
        self._events = events
        self._file = file
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node:
        found: Node | None = None
        for event in self._events:
            if isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            if isinstance(event, DocumentStartEvent):
                if found is not None:
                    raise _wrong(
                        self._place(event), "a file holds one document; `---` starts a second"
                    )
                continue
            found = self._node(event, 0)
        return found or Node(None, Place(self._file, 1, 1))

    def _place(self, event: Event) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Event, depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise _wrong(place, f"the document nests more than {MAX_DEPTH} levels")
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise _wrong(place, f"the alias `*{event.anchor}` has no anchor before it")
            return self._anchors[event.anchor]
        try:
            node = self._value(event, place, depth)
        except ValueRefusedError as error:
            raise _wrong(place, str(error)) from None
        if isinstance(event, NodeEvent) and event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _value(self, event: Event, place: Place, depth: int) -> Node:
        if not isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            raise _wrong(place, "invalid YAML: a value is expected here")
        if event.tag not in (None, "!", _TEXT_TAG):
            raise _wrong(place, f"the tag `{event.tag}` has no meaning here; write the plain value")
        if isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.tag is None
            value = resolved(event.value) if plain else whole_text(event.value)
            return Node(value, place, literal=event.style == "|")
        if isinstance(event, SequenceStartEvent):
            items = self._items(depth)
            return Node(items, place, size=bounded(1 + sum(one.size for one in items)))
        values, keys = self._pairs(depth)
        size = bounded(1 + sum(one.size for one in values.values()))
        return Node(values, place, keys, size)

    def _items(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _pairs(self, depth: int) -> tuple[dict[str, Node], dict[str, Place]]:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = self._place(event)
            if not isinstance(event, ScalarEvent):
                raise _wrong(place, "a key must be a word")
            key = whole_text(event.value)
            if key in values:
                first = keys[key].line
                raise _wrong(
                    place, f"the key `{key}` is given twice; it stands in line {first} too"
                )
            keys[key] = place
            inside = self._node(next(self._events), depth + 1)
            # The parser puts what is not there behind the next line break; it belongs to its key.
            values[key] = Node(None, place) if inside.value is None else inside
        return values, keys


def resolved(word: str) -> Any:
    """Give a plain scalar its YAML 1.2 core meaning: null, boolean, number, else text."""
    if word in _NULL:
        return None
    if word in _BOOLEAN:
        return _BOOLEAN[word]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _OCTAL.fullmatch(word):
        return int(word[2:], 8)
    if _HEXADECIMAL.fullmatch(word):
        return int(word[2:], 16)
    if _FLOAT.fullmatch(word):
        return float(word)
    return whole_text(word)
