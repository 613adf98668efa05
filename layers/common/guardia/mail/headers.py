"""The header of a mail: fields, encoded words, addresses, parameters. Linear in its input.

The standard library's parsers are not used: what they make of broken fields differs between
Python versions, and some take seconds or recurse for a few kilobytes of a hostile field.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Final

from guardia.mail.charsets import decode, tidy_line
from guardia.mail.message import Address

MAX_HEADER_BYTES: Final = 256 * 1024
MAX_FIELDS: Final = 1000
MAX_FIELD_BYTES: Final = 16 * 1024
"""What is longer is cut, and said so: nobody writes such a subject."""

_LINE_BREAK: Final = re.compile(rb"\r\n|\n|\r")
_BARE_CR: Final = re.compile(rb"\r(?!\n)")
_NAME: Final = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_PRIVATE_USE: Final = 0xE000
_ASIDE: Final = re.compile("[\ue000-\uf8ff]")
"""Characters without a meaning; a 16 kB field has room for fewer encoded words than these."""

_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,900}>")
_Q_ESCAPE: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_SECTION: Final = re.compile(r"[0-9]{1,3}")
_PLAIN_MAILBOX: Final = re.compile(r'([^\\"()<>,;:]*)<([^\\"()<>,;:]*)>\s*')
_ADDRESS_PIECE: Final = re.compile(r'[^\\"()<>,;:]+|.', re.DOTALL)
_PIECE_MARK: Final = re.compile(r'[\\";]')
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, kw_only=True)
class Header:
    """The fields in their order, raw, and where the body begins.

    `whole` is false where the header is longer than we read.
    """

    # Without slots: the first fields by their names are kept once they have been looked up.

    fields: tuple[tuple[str, bytes], ...]
    body: int
    whole: bool = True
    bare_cr: bool = False
    defects: tuple[str, ...] = ()

    def raw(self, name: str) -> bytes | None:
        """Return the first field of that name, unfolded and not decoded."""
        return self._first.get(name.lower())

    @cached_property
    def _first(self) -> Mapping[str, bytes]:
        return {name.lower(): value for name, value in reversed(self.fields)}

    def text(self, name: str) -> str | None:
        """Return the first field of that name as clean text."""
        value = self.raw(name)
        return None if value is None else field_text(value)


def split(raw: bytes) -> Header:
    """Split a mail's header into fields. CR LF, LF and a bare CR end a line.

    A line that is neither a field nor a continuation is skipped; where the very first line is
    one, there is no header and everything is body.
    """
    fields: list[tuple[str, bytes]] = []
    defects: list[str] = []
    block = raw[: MAX_HEADER_BYTES + 2]
    body, whole = len(raw), len(raw) <= MAX_HEADER_BYTES
    lines: list[bytes] = []
    for start, end, after in _lines(block):
        line = block[start:end]
        if not line:
            body, whole = after, True
            break
        if line[:1] in b" \t" and lines:
            lines.append(line)
            continue
        found = _NAME.match(line)
        if found:
            _close(fields, lines)
            lines = [line]
        elif fields or lines:
            defects.append("malformed_header")
        elif not line.startswith((b"From ", b">From ")):
            return Header(fields=(), body=0, defects=("no_header",))
        if len(fields) > MAX_FIELDS:
            return Header(fields=tuple(fields), body=body, whole=False, defects=("many_headers",))
    _close(fields, lines)
    if not whole:
        defects.append("long_header")
    elif len(fields) > MAX_FIELDS:
        whole = False
        defects.append("many_headers")
    return Header(
        fields=tuple(fields),
        body=body,
        whole=whole,
        bare_cr=_BARE_CR.search(block[:body]) is not None,
        defects=tuple(dict.fromkeys(defects)),
    )


def _lines(block: bytes) -> Iterator[tuple[int, int, int]]:
    start = 0
    for found in _LINE_BREAK.finditer(block):
        yield start, found.start(), found.end()
        start = found.end()
    if start < len(block):
        yield start, len(block), len(block)


def _close(fields: list[tuple[str, bytes]], lines: list[bytes]) -> None:
    if lines:
        name, _, rest = lines[0].partition(b":")
        value = b"".join((rest, *lines[1:])).strip()
        fields.append((name.decode("ascii").strip(), value))


def field_text(value: bytes) -> str:
    """Return an unstructured field as clean text: encoded words decoded, cut at 16 kB."""
    return tidy_line(words(_characters(value)))


def _characters(value: bytes) -> str:
    return decode(value[:MAX_FIELD_BYTES])[0]


def words(text: str) -> str:
    """Decode the encoded words (RFC 2047) of a text; what is broken stays as it is.

    Neighbours of one charset are joined before decoding: some senders split a character.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending, charset, last = bytearray(), "", 0
    for found in _ENCODED_WORD.finditer(text):
        between = text[last : found.start()]
        data = _word_bytes(found.group(2), found.group(3))
        name = found.group(1).lower()
        apart = bool(between.strip()) or not pending
        if pending and (apart or name != charset):
            out.append(decode(bytes(pending), charset)[0])
            pending.clear()
        if apart and (between.strip() or not out):
            out.append(between)
        pending += data
        charset, last = name, found.end()
    if pending:
        out.append(decode(bytes(pending), charset)[0])
    out.append(text[last:])
    return "".join(out)


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", errors="replace")
    if encoding in "qQ":
        return _Q_ESCAPE.sub(lambda one: bytes((int(one.group(1), 16),)), data.replace(b"_", b" "))
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Decode base64 as far as it goes: foreign characters are skipped, missing padding is added."""
    for padding in (b"", b"=", b"==", b"==="):
        try:
            return binascii.a2b_base64(data + padding)
        except binascii.Error:
            continue
    kept = bytes(one for one in data if one in _BASE64)
    return binascii.a2b_base64(kept[: len(kept) // 4 * 4])


_BASE64: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def addresses(value: bytes | None) -> tuple[Address, ...]:
    """Return the mailboxes of an address field (RFC 5322 §3.4), groups dissolved.

    Encoded words are set aside while the structure is read, so that a comma or colon in one
    separates nothing.
    """
    if not value:
        return ()
    found = []
    aside: list[str] = []

    def put_aside(one: re.Match[str]) -> str:
        aside.append(one.group())
        return chr(_PRIVATE_USE + len(aside) - 1)

    def bring_back(text: str) -> str:
        if not aside:
            return text
        return _ASIDE.sub(lambda one: aside[ord(one.group()) - _PRIVATE_USE], text)

    text = _ASIDE.sub("", _characters(value))
    if "=?" in text:
        text = _ENCODED_WORD.sub(put_aside, text)
    for name, address in _mailboxes(text):
        clean = "".join(tidy_line(bring_back(address)).split())
        label = tidy_line(words(bring_back(name))).strip("\"' ")
        if clean or label:
            found.append(Address(name=label, address=clean))
    return tuple(found)


def _mailboxes(text: str) -> Iterator[tuple[str, str]]:  # noqa: PLR0912 - one branch a mark
    """Walk an address field once. Yields (name, address); either may be empty.

    What holds no mark is walked in one piece, but for the first character behind a backslash.
    """
    if plain := _PLAIN_MAILBOX.fullmatch(text):
        yield plain[1].strip(), plain[2].strip()
        return
    name: list[str] = []
    comment: list[str] = []
    angle: list[str] | None = None
    quoted, depth, escaped = False, 0, False
    for found in _ADDRESS_PIECE.finditer(f"{text},"):
        char = found.group()
        target = comment if depth else angle if angle is not None and not quoted else name
        if escaped:
            target.append(char[0])
            escaped, char = False, char[1:]
            if not char:
                continue
        if char == "\\" and (quoted or depth):
            escaped = True
        elif depth:
            depth += (char == "(") - (char == ")")
            if depth:
                comment.append(char)
        elif char == '"':
            quoted = not quoted
            if angle is not None:
                angle.append(char)
        elif quoted:
            (angle if angle is not None else name).append(char)
        elif char == "(":
            depth = 1
        elif char == "<":
            angle = []
        elif char == ">" and angle is not None:
            name.append(" ")
            yield from _mailbox(name, comment, angle)
            name, comment, angle = [], [], None
        elif char in ",;":
            yield from _mailbox(name, comment, angle)
            name, comment, angle = [], [], None
        elif char == ":" and angle is None:
            name = []
        else:
            target.append(char)
    if quoted or depth or escaped:
        yield from _mailbox(name, comment, angle)


def _mailbox(
    name: list[str], comment: list[str], angle: list[str] | None
) -> Iterator[tuple[str, str]]:
    label, note = "".join(name).strip(), "".join(comment).strip()
    if angle is not None:
        yield label or note, "".join(angle).strip()
    elif "@" in label:
        words_of = label.split()
        at = next(one for one in reversed(words_of) if "@" in one)
        rest = " ".join(one for one in words_of if one is not at)
        yield rest or note, at.strip(".,:;'\"[]") if at.count("@") == 1 else at
    elif label or note:
        yield label or note, ""


def message_ids(value: bytes | None) -> tuple[str, ...]:
    """Return the Message-IDs of a field with their angle brackets, in order.

    Of a field longer than 16 kB the end is read: the newest ids stand there.
    """
    if not value:
        return ()
    text = tidy_line(decode(value[-MAX_FIELD_BYTES:])[0])
    found = _MESSAGE_ID.findall(text)
    if not found:
        found = [f"<{one.strip('<>')}>" for one in text.split() if "@" in one]
    return tuple(dict.fromkeys(found))


def instant(value: str | None) -> datetime | None:
    """Return a Date field as an instant in UTC; None where it makes no sense."""
    if not value:
        return None
    try:
        found = parsedate_to_datetime(value[:200])
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def parameters(text: str) -> tuple[str, Mapping[str, str]]:
    """Split a field with parameters (`text/plain; charset=utf-8`) into its value and them.

    Continuations and charsets of RFC 2231 are put together, encoded words in values decoded
    (RFC 2047 forbids them there; everybody sends them). Names are in lower case.
    """
    text = text[:MAX_FIELD_BYTES]
    if ";" not in text:
        return text.strip().lower(), {}
    pieces = _pieces(text)
    plain: dict[str, str] = {}
    parts: dict[str, dict[int, tuple[bool, str]]] = {}
    for piece in pieces[1:]:
        name, _, value = piece.partition("=")
        key, value = name.strip().lower(), _unquote(value.strip())
        base, star, rest = key.partition("*")
        if not star:
            plain.setdefault(key, value)
            continue
        number, encoded = rest.rstrip("*"), rest.endswith("*") or not rest
        if not number or _SECTION.fullmatch(number):
            parts.setdefault(base, {})[int(number or 0)] = (encoded, value)
    for base, numbered in parts.items():
        plain[base] = _extended(numbered)
    return pieces[0].strip().lower(), {key: words(value) for key, value in plain.items()}


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    start, quoted, escaped = 0, False, -1
    for found in _PIECE_MARK.finditer(text):
        index, char = found.start(), found.group()
        if index == escaped:
            continue
        if char == "\\" and quoted:
            escaped = index + 1
        elif char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            pieces.append(text[start:index])
            start = index + 1
    pieces.append(text[start:])
    return pieces


def _unquote(value: str) -> str:
    if value.startswith('"'):
        value = value[1:-1] if value.endswith('"') and len(value) > 1 else value[1:]
        # Windows senders leave the backslashes of a path alone: only quotes are unescaped.
        return value.replace('\\"', '"').replace("\\\\", "\\")
    return value


def _extended(numbered: Mapping[int, tuple[bool, str]]) -> str:
    charset, data = "utf-8", bytearray()
    for index, (_, (encoded, value)) in enumerate(sorted(numbered.items())):
        text = value
        if encoded and index == 0 and text.count("'") >= 2:  # noqa: PLR2004 - charset'language'text
            charset, _, text = text.split("'", 2)
        piece = text.encode("utf-8", errors="replace")
        if encoded:
            piece = _PERCENT.sub(lambda one: bytes((int(one.group(1), 16),)), piece)
        data += piece
    return decode(bytes(data), charset or "utf-8")[0]
