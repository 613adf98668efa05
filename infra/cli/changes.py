"""What a plan says to people: what becomes of each object of the desk."""

import json
from collections.abc import Iterable, Mapping
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


def _lines(one: Mapping[str, Any]) -> Iterable[Text]:
    sign, colour = _SIGNS[one["change"]]
    name = one["id"] or ("the order" if one["change"] == "reordered" else one["section"])
    yield Text(f"  {sign} {name}", style=colour)
    for each in one["keys"]:
        if each["key"] in ("id", "email"):
            continue
        old, new = _shown(each["old"]), _shown(each["new"])
        if one["change"] == "added":
            yield Text(f"      {each['key']}: {new}")
        elif one["change"] != "removed":
            yield Text(f"      {each['key']}: {old} -> {new}")


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.replace("\n", "\\n")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
