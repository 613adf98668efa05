"""JSONPath (RFC 9535), as far as a mapping needs it: names, indexes and wildcards.

A path leads to values and computes nothing: filters, slices, `..` and functions are refused by
name, so that a path costs no more than the body it reads.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MAX_LENGTH: Final = 500
"""Characters of a path."""

MAX_STEPS: Final = 20
MAX_FOUND: Final = 1000
"""Values that a path may lead to; those after them are left out."""

_FIRST: Final = r"A-Za-z_\u0080-\uD7FF\uE000-\U0010FFFF"
_NAME: Final = re.compile(f"[{_FIRST}][0-9{_FIRST}]*")
_INDEX: Final = re.compile(r"0|-?[1-9][0-9]{0,14}")
_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.S)
_BLANK: Final = re.compile(r"[ \t\n\r]*")
_REFUSED: Final = (
    ("..", "`..` is not read here; write every step"),
    ("[?", "filters are not read here"),
)


class PathError(ValueError):
    """The text is no path of this kind. `at` is the character where it stops being one."""

    def __init__(self, message: str, at: int) -> None:
        """Keep the place."""
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Every:
    """`[*]` or `.*`: each item of a list, each value of an object."""


Step = str | int | Every


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was read: its text, and a name, an index or `Every` for each step."""

    text: str
    steps: tuple[Step, ...]

    def find(self, body: Any) -> list[Any]:
        """Return the values it leads to, in order; none where the body has nothing there."""
        found = [body]
        for step in self.steps:
            found = [one for held in found for one in _inside(held, step)][:MAX_FOUND]
        return found


def read(text: str) -> Path:
    """Read a path like `$.customer.email`, `$['first name']`, `$.items[0].sku`, `$.lines[*].text`.

    Raises:
        PathError: it is none, or longer than any sensible one.
    """
    if not text.startswith("$"):
        raise PathError("a path begins with `$`, like `$.customer.email`", 0)
    if len(text) > MAX_LENGTH:
        raise PathError(f"a path has at most {MAX_LENGTH} characters", MAX_LENGTH)
    steps: list[Step] = []
    place = 1
    while place < len(text):
        step, place = _step(text, place)
        steps.append(step)
        if len(steps) > MAX_STEPS:
            raise PathError(f"a path has at most {MAX_STEPS} steps", place)
    return Path(text, tuple(steps))


def _inside(held: Any, step: Step) -> Iterator[Any]:
    if isinstance(step, Every):
        yield from held if isinstance(held, list) else ()
        yield from held.values() if isinstance(held, dict) else ()
    elif isinstance(step, int):
        if isinstance(held, list) and -len(held) <= step < len(held):
            yield held[step]
    elif isinstance(held, dict) and step in held:
        yield held[step]


def _step(text: str, place: int) -> tuple[Step, int]:
    for start, message in _REFUSED:
        if text.startswith(start, place):
            raise PathError(message, place)
    if text[place] == ".":
        return _dotted(text, place + 1)
    if text[place] == "[":
        return _bracketed(text, place)
    raise _refused(text, place)


def _dotted(text: str, place: int) -> tuple[Step, int]:
    if text.startswith("*", place):
        return Every(), place + 1
    found = _NAME.match(text, place)
    if found is None:
        raise _refused(text, place)
    return found.group(), found.end()


def _bracketed(text: str, start: int) -> tuple[Step, int]:
    place = _past_blank(text, start + 1)
    step: Step
    if text.startswith("*", place):
        step, place = Every(), place + 1
    elif quoted := _QUOTED.match(text, place):
        step, place = _unquoted(quoted.group(), place), quoted.end()
    elif index := _INDEX.match(text, place):
        step, place = int(index.group()), index.end()
    else:
        raise _refused(text, place)
    place = _past_blank(text, place)
    if text.startswith((",", ":"), place):
        message = "lists of steps and slices are not read here; use `[*]` or one index"
        raise PathError(message, place)
    if not text.startswith("]", place):
        raise _refused(text, place)
    return step, place + 1


def _past_blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _unquoted(quoted: str, place: int) -> str:
    inside = quoted[1:-1]
    if quoted[0] == "'":
        inside = inside.replace("\\'", "'").replace('"', '\\"')
    try:
        name: str = json.loads(f'"{inside}"')
        name.encode()
    except (ValueError, UnicodeEncodeError):
        raise PathError("a name in quotes is not written as JSON writes it", place) from None
    return name


def _refused(text: str, place: int) -> PathError:
    if place >= len(text):
        return PathError("the path ends in the middle of a step", place)
    message = f"`{text[place]}` does not go on a path; a name with signs in it goes in ['quotes']"
    return PathError(message, place)
