"""How texts are compared: without regard to case and accents, by words or by strings."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

_TOKEN: Final = re.compile(r"\w+")
_PHRASE: Final = re.compile(r'"([^"]+)"|(\S+)')
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def fold(text: str) -> str:
    """Return the text as comparisons see it: case folded, accents taken off."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def compared(text: str) -> str:
    """Return a value as equality sees it: folded, without space around it."""
    return fold(text).strip()


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


class Worked(dict[_Key, _Value]):
    """What a function made of each value it was asked about: each is worked out once."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[_Key], _Value]) -> None:
        """Take the function."""
        self._make = make

    def __missing__(self, key: _Key) -> _Value:
        """Work the value out and keep it."""
        self[key] = found = self._make(key)
        return found
