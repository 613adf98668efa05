"""What a plan says to people: what becomes of each object of the desk."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

_SIGNS: Final = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "changed": ("~", "yellow"),
    "reordered": ("~", "yellow"),
}
_LONGEST: Final = 300
"""Characters of a value that are shown."""
_BEFORE: Final = 40
"""Characters of a longer value that are shown before what differs in it."""
_SHORT: Final = 40
"""Characters up to which an old and a new value stand side by side."""
_NONE: Final = "(none)"
_BARE: Final = re.compile(r"(?=.*[^\W\d])[\w@./+-]+(?: [\w@./+-]+)*")
"""Words that read the same with and without quotes."""
_WORDS: Final = ("true", "false", "null")


def tell(changes: Iterable[Mapping[str, Any]]) -> None:
    """Write changes to standard output, in colour on a terminal."""
    console = Console(highlight=False, soft_wrap=True)
    section = None
    for one in changes:
        if one["section"] != section:
            section = one["section"]
            console.print(Text(section, style="bold"))
        for line in _lines(one):
            console.print(line)


def _lines(one: Mapping[str, Any]) -> Iterator[Text]:
    sign, colour = _SIGNS[one["change"]]
    name = one["id"] or ("the order" if one["change"] == "reordered" else one["section"])
    yield Text(f"  {sign} {name}", style=colour)
    for each in one["keys"]:
        if each["key"] in ("id", "email"):
            continue
        if one["change"] == "added":
            yield from _said(each["key"], each["new"])
        elif one["change"] != "removed":
            yield from _differs(each["key"], each["old"], each["new"])


def _said(key: str, value: Any) -> Iterator[Text]:
    """What a new object says under a key: an item a line where these are objects."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        yield Text(f"      {key}:")
        for one in value:
            yield Text(f"        - {_cut(_shown(one))}")
        return
    yield Text(f"      {key}: {_cut(_shown(value))}")


def _differs(key: str, old: Any, new: Any) -> Iterator[Text]:
    """An old and a new value: the longer ones one below the other, so that the eye finds what
    differs, and of very long ones the part in which they do."""
    texts = [_shown(one) for one in (old, new)]
    if max(map(len, texts)) <= _SHORT or None in (old, new):
        was, now = map(_cut, texts)
        yield Text(f"      {key}: {was} -> {now}")
        return
    start = 0
    if max(map(len, texts)) > _LONGEST:
        pairs = enumerate(zip(*texts, strict=False))
        same = next((at for at, (one, two) in pairs if one != two), min(map(len, texts)))
        start = max(0, same - _BEFORE)
    was, now = (_cut(one, start) for one in texts)
    yield Text(f"      {key}: {was}")
    yield Text(f"      {'->':>{len(key) + 1}} {now}")


def _cut(text: str, start: int = 0) -> str:
    end = start + _LONGEST
    return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")


def _shown(value: Any) -> str:
    """A value on one line, as it is written in a document: `{field: status, is: open}`. What people
    wrote may hold signs that command a terminal."""
    if value is None:
        return _NONE
    text = value if isinstance(value, str) else _flow(value)
    text = text.replace("\n", "\\n")
    return "".join(one if one.isprintable() else " " for one in text)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value) and value not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
