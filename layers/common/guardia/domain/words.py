"""How texts are compared: without regard to case and accents, by words or by strings."""

import re
import unicodedata
from typing import Final

_TOKEN: Final = re.compile(r"\w+")
_PHRASE: Final = re.compile(r'"([^"]+)"|(\S+)')


def fold(text: str) -> str:
    """Return the text as comparisons see it: case folded, accents taken off."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def spaced(folded: str) -> str:
    """Return the words of a folded text with one space around each."""
    return f" {' '.join(_TOKEN.findall(folded))} "


def phrases(value: object) -> tuple[str, ...]:
    """Return what a words condition looks for.

    A text gives each of its words, and each quoted phrase whole; a list gives each item whole.
    """
    if isinstance(value, list | tuple):
        items = [str(one) for one in value]
    else:
        items = [quoted or plain for quoted, plain in _PHRASE.findall(str(value))]
    found = (spaced(fold(item)) for item in items)
    return tuple(one for one in found if one.strip())
