"""Patterns of the desk document, compiled by RE2: no text makes them run for ever."""

import unicodedata
from collections.abc import Callable
from typing import Any

import re2


def _options(*, case_sensitive: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    return options


def anywhere(pattern: str) -> Callable[[str], bool]:
    """A search without regard to case in texts that are folded already.

    Letters of the pattern lose their accents as those of the text did.
    """
    compiled = re2.compile(_unaccented(pattern), _options(case_sensitive=False))
    return lambda text: compiled.search(text) is not None


def whole(pattern: str) -> Callable[[str], bool]:
    """Whether the pattern is the whole of a text."""
    compiled = re2.compile(pattern, _options(case_sensitive=True))
    return lambda text: compiled.fullmatch(text) is not None


def _unaccented(pattern: str) -> str:
    return pattern if pattern.isascii() else "".join(_plain_letter(one) for one in pattern)


def _plain_letter(letter: str) -> str:
    """A letter as folding leaves it; signs stay, they could mean something to RE2."""
    if letter.isascii() or not letter.isalnum():
        return letter
    apart = unicodedata.normalize("NFKD", letter.casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return plain if plain.isalnum() else letter
