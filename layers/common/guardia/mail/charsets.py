"""Bytes to text, whatever the sender declared: never raises, never gives an unprintable header.

Order: what was declared, UTF-8, Windows-1252. The declared name is taken the way browsers take it
(WHATWG Encoding): `iso-8859-1` and `us-ascii` are Windows-1252, `gb2312` is GB 18030.
"""

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import Final

_ALIASES: Final = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "utf8mb4": "utf-8",
}
_UNKNOWN: Final = {"", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "8bit", "x-unknown"}
"""Names that say nothing about bytes above 127."""

_NOT_FOR_MAIL: Final = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
"""Codecs that are text to Python and would interpret a stranger's escapes."""

_STATEFUL: Final = ("iso-2022", "utf-7", "utf7", "utf-16", "utf16", "utf-32", "hz", "cp037")
_LONGEST_NAME: Final = 40

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_UNCLEAN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_HEADER_SPACE: Final = re.compile("[\\s\u2028\u2029]+")
_HEADER_CONTROLS: Final = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff{_BIDI}]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_BREAKS: Final = re.compile("\r\n|\r|\u2028|\u2029|\x85")
_REPLACED: Final = "\ufffd"


def decode(data: bytes, declared: str | None = None) -> tuple[str, bool]:
    """Return the text and whether it is whole (nothing had to be replaced or guessed).

    A broken text in the declared charset is kept, with replacement characters, while most of what
    is not ASCII makes sense; otherwise it is taken for Windows-1252.
    """
    if not _is_stateful(declared) and data.isascii():
        return data.decode("ascii"), True
    codec = _codec(declared)
    for name in (codec, "utf-8"):
        if name is not None:
            try:
                return data.decode(name), name == codec or codec is None
            except (UnicodeError, ValueError, LookupError):
                continue
    patient = data.decode(codec if codec and codec != "cp1252" else "utf-8", errors="replace")
    lost = patient.count(_REPLACED)
    if sum(1 for one in patient if one > "\x7f") > 2 * lost:
        return patient, False
    return data.decode("cp1252", errors="replace").replace(_REPLACED, ""), codec == "cp1252"


def _is_stateful(declared: str | None) -> bool:
    """Whether ASCII bytes may mean something else (ISO 2022, UTF-7, UTF-16, HZ)."""
    return declared is not None and declared.strip(" \t\"'").lower().startswith(_STATEFUL)


@lru_cache(maxsize=64)
def _codec(declared: str | None) -> str | None:
    name = (declared or "").strip(" \t\"'").lower()
    if name in _UNKNOWN or len(name) > _LONGEST_NAME or not name.isascii():
        return None
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    textual = getattr(found, "_is_text_encoding", True)
    return None if not textual or found.name in _NOT_FOR_MAIL else found.name


def is_known(declared: str | None) -> bool:
    """Whether the declared charset says how to read the bytes."""
    return declared is None or declared.strip().lower() in _UNKNOWN or _codec(declared) is not None


def tidy(text: str) -> str:
    """Return body text in NFC: line feeds as the only breaks, no control characters."""
    clean = text.replace("\r\n", "\n")
    if _UNCLEAN.search(clean):
        clean = _SURROGATES.sub(_REPLACED, _CONTROLS.sub("", _BREAKS.sub("\n", text)))
    return unicodedata.normalize("NFC", clean)


def tidy_line(text: str) -> str:
    """Return a header's text on one line, without control and bidirectional characters, in NFC.

    Encoded words can carry CR, LF and NUL; whoever writes the value into a header again must not
    be able to begin another one.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _HEADER_CONTROLS.sub("", _HEADER_SPACE.sub(" ", text)).strip()
    return unicodedata.normalize("NFC", _SURROGATES.sub(_REPLACED, text))
