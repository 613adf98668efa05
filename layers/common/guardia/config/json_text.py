"""JSON text to a tree with places: the standard library's pieces, plus line and column."""

import json
import re
from bisect import bisect_right
from typing import Any, Final

from guardia.config.node import MAX_DEPTH, Node, Place, ValueRefusedError, bounded, whole_text
from guardia.config.problem import DocumentError, problem_at

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(
    r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?(?![0-9.eE])"
)
_DECODER: Final = json.JSONDecoder()
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}


def parse_json(text: str, file: str) -> Node:
    """Read one JSON document.

    Raises:
        DocumentError: it is no JSON, a key is given twice, or it is out of all proportion.
    """
    reader = _Reader(text, file)
    node, end = reader.value(reader.space(0), 0)
    end = reader.space(end)
    if end != len(text):
        raise reader.wrong(end, "invalid JSON: something follows the document")
    return node


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = [0, *(one.end() for one in re.finditer("\n", text))]

    def place(self, at: int) -> Place:
        line = bisect_right(self._lines, at)
        return Place(self._file, line, at - self._lines[line - 1] + 1)

    def wrong(self, at: int, message: str) -> DocumentError:
        return DocumentError([problem_at(self.place(at), message)])

    def space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise self.wrong(at, f"the document nests more than {MAX_DEPTH} levels")
        first = self._text[at : at + 1]
        try:
            if first == "{":
                return self._mapping(at, depth)
            if first == "[":
                return self._list(at, depth)
            if first == '"':
                text, end = self._string(at)
                return Node(text, self.place(at)), end
        except ValueRefusedError as error:
            raise self.wrong(at, str(error)) from None
        return self._scalar(at)

    def _scalar(self, at: int) -> tuple[Node, int]:
        for word, value in _WORDS.items():
            if self._text.startswith(word, at):
                return Node(value, self.place(at)), at + len(word)
        number = _NUMBER.match(self._text, at)
        if number is None:
            raise self.wrong(at, "invalid JSON: a value is expected here")
        return Node(json.loads(number.group()), self.place(at)), number.end()

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = _DECODER.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            raise self.wrong(error.pos, f"invalid JSON: {error.msg}") from None
        return whole_text(text), end

    def _list(self, at: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        end = self.space(at + 1)
        while not self._text.startswith("]", end):
            if items:
                end = self._expect(",", end)
            node, end = self.value(end, depth + 1)
            items.append(node)
            end = self.space(end)
        size = bounded(1 + sum(one.size for one in items))
        return Node(items, self.place(at), size=size), end + 1

    def _mapping(self, at: int, depth: int) -> tuple[Node, int]:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        end = self.space(at + 1)
        while not self._text.startswith("}", end):
            if values:
                end = self._expect(",", end)
            if not self._text.startswith('"', end):
                raise self.wrong(end, "invalid JSON: a key in double quotes is expected here")
            start = end
            key, end = self._string(end)
            if key in values:
                first = keys[key].line
                raise self.wrong(
                    start, f"the key `{key}` is given twice; it stands in line {first} too"
                )
            keys[key] = self.place(start)
            values[key], end = self.value(self._expect(":", self.space(end)), depth + 1)
            end = self.space(end)
        size = bounded(1 + sum(one.size for one in values.values()))
        return Node(values, self.place(at), keys, size), end + 1

    def _expect(self, sign: str, at: int) -> int:
        if not self._text.startswith(sign, at):
            raise self.wrong(at, f"invalid JSON: `{sign}` is expected here")
        return self.space(at + 1)
