"""The parts of a mail as a tree of decoded leaves, read by the fast parser or the patient one.

Only structure: which part is the text and which a file is judged in `parse`. The top-level header
never reaches either parser but for its structural fields, so that a hostile field costs nothing.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from itertools import islice
from typing import Any, Final

from guardia.mail.charsets import decode
from guardia.mail.headers import Header, base64_bytes, parameters

MAX_PARTS: Final = 500
MAX_DEPTH: Final = 50
_MAX_BOUNDARIES: Final = 250
_MAX_ENCODED_WORDS: Final = 2000
_STRUCTURE: Final = ("content-type", "content-transfer-encoding", "content-disposition")
_BOUNDARY: Final = re.compile(rb"boundary[ \t]*=[ \t]*\"?([^\"\s;]{1,200})", re.IGNORECASE)
_NOTABLE: Final = re.compile(rb"=(?:\?|\Z|(?<=(?i:boundary)=)|(?<=[yY \t][ \t]=)(?![\r\n]))")
"""Whatever may be a boundary or an encoded word: a sign of equality that begins the one, or stands
where the other has it. It begins with a literal, so that base64 is passed over quickly."""

_WINDOW: Final = 4096
_UU_BEGIN: Final = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?$", re.MULTILINE)


class TooComplexError(Exception):
    """The mail has more parts, or deeper ones, than we take apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A node of a mail. `content` are a leaf's decoded bytes, empty for a container.

    A message inside the mail is a leaf: `content` is that message as it came. `params` are those
    of the Content-Type; `disposition` is `attachment`, `inline` or None.
    """

    type: str
    params: Mapping[str, str] = field(default_factory=dict)
    disposition: str | None = None
    name: str | None = None
    content_id: str | None = None
    content: bytes = b""
    children: "tuple[Part, ...]" = ()


def tree(header: Header, raw: bytes) -> tuple[Part, str, tuple[str, ...]]:
    """Return the parts of a raw mail, the tier that read them and what was broken.

    Raises:
        TooComplexError: there are more than 500 parts, or they nest deeper than 50.
    """
    boundaries = {one.group(1) for one in _BOUNDARY.finditer(header.raw("content-type") or b"")}
    hostile = header.bare_cr
    room = max(0, _MAX_BOUNDARIES - len(boundaries))
    if next(islice(_notable(raw, header.body), room, None), None):
        boundaries.update(one.group(1) for one in _BOUNDARY.finditer(raw, header.body))
        hostile = hostile or raw.count(b"=?", header.body) > _MAX_ENCODED_WORDS
    if len(boundaries) > _MAX_BOUNDARIES:
        raise TooComplexError
    # A view, so that a large body is copied once.
    payload = b"".join((_structural(header), memoryview(raw)[header.body :]))
    defects: tuple[str, ...] = ()
    if not hostile:
        try:
            return _measured(_fast(payload)), "full", ()
        except ImportError:
            pass
        except _FastError as error:
            defects = (error.defect,)
    try:
        return (
            _measured(_compat(message_from_bytes(payload, policy=policy.compat32))),
            "compat",
            (defects),
        )
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, KeyError) as error:
        raise TooComplexError from error


def _notable(raw: bytes, start: int) -> "Iterator[re.Match[bytes]]":
    """Find at least as much as there are boundaries and encoded words from `start` on.

    A window is looked at only where it holds a sign of equality; an encoded word that its end
    cuts counts too.
    """
    while (start := raw.find(b"=", start)) >= 0:
        yield from _NOTABLE.finditer(raw, start, start + _WINDOW)
        start += _WINDOW


def _structural(header: Header) -> bytes:
    lines = []
    for name in _STRUCTURE:
        value = header.raw(name)
        if value is not None:
            lines.append(name.encode() + b": " + value.replace(b"\r", b" ").replace(b"\n", b" "))
    return b"\r\n".join((*lines, b"", b""))


def _measured(root: Part) -> Part:
    level, count = [root], 1
    for depth in range(MAX_DEPTH + 1):
        level = [child for one in level for child in one.children]
        count += len(level)
        if count > MAX_PARTS or (depth == MAX_DEPTH and level):
            raise TooComplexError
        if not level:
            break
    return root


class _FastError(Exception):
    """The fast parser gives up, or gives less than there is."""

    def __init__(self, defect: str) -> None:
        super().__init__(defect)
        self.defect = defect


def _fast(payload: bytes) -> Part:
    from fast_mail_parser import ParseError, parse_email_tree  # noqa: PLC0415 - one function has it

    try:
        root = parse_email_tree(payload)
    except ParseError as error:
        broken = "base64" in str(error).lower()
        raise _FastError("broken_base64" if broken else "broken_structure") from error
    return _from_fast(root, MAX_DEPTH + 2)


def _from_fast(node: Any, depth: int) -> Part:
    if depth == 0:
        raise TooComplexError
    fields = {name.lower(): values[0] for name, values in node.headers.items() if values}
    children: tuple[Part, ...] = ()
    if not node.is_message and node.content is None:
        if not node.children:
            raise _FastError("broken_structure")
        children = tuple(_from_fast(one, depth - 1) for one in node.children)
    content = node.content or b""
    if "uu" in fields.get("content-transfer-encoding", "").lower():
        content = uu_bytes(content)
    return _part(fields, content, children, default=node.content_type)


def _compat(node: "Message[str, str]") -> Part:
    """Read what the standard library made of it; its depth is bounded by the boundaries."""
    fields = {
        name.lower(): _readable(str(value))
        for name, value in reversed(list(node.raw_items()))
        if name.lower() in (*_STRUCTURE, "content-id")
    }
    payload = node.get_payload()
    if isinstance(payload, list):
        if node.get_content_maintype() == "message":
            content = b"\n".join(one.as_bytes() for one in payload if isinstance(one, Message))
            return _part(fields, content, (), default=node.get_content_type())
        children = tuple(_compat(one) for one in payload if isinstance(one, Message))
        return _part(fields, b"", children, default=node.get_content_type())
    # Without its encoding a leaf's payload is given as the bytes that stand in the mail.
    del node["Content-Transfer-Encoding"]
    raw = node.get_payload(decode=True)
    content = _decoded(
        raw if isinstance(raw, bytes) else b"", fields.get("content-transfer-encoding", "")
    )
    return _part(fields, content, (), default=node.get_content_type())


def _readable(value: str) -> str:
    return decode(value.encode("utf-8", "surrogateescape"))[0].replace("\r", "").replace("\n", "")


def _decoded(data: bytes, encoding: str) -> bytes:
    word = encoding.strip().lower().partition(" ")[0].strip("\"';")
    if word == "base64":
        return base64_bytes(data)
    if word == "quoted-printable":
        return binascii.a2b_qp(data)
    if "uu" in word:
        return uu_bytes(data)
    return data


def _part(
    fields: Mapping[str, str], content: bytes, children: tuple[Part, ...], *, default: str
) -> Part:
    kind, params = parameters(fields.get("content-type", default))
    shown, extra = parameters(fields.get("content-disposition", ""))
    if kind.count("/") != 1 or " " in kind:
        kind = default if default.count("/") == 1 else "text/plain"
    if not children and kind.startswith("multipart/"):
        kind = "text/plain"
    name = extra.get("filename") or params.get("name")
    return Part(
        type=kind,
        params=params,
        disposition=shown if shown in {"attachment", "inline"} else "attachment" if shown else None,
        name=name,
        content_id=(fields.get("content-id") or "").strip().strip("<>") or None,
        content=content,
        children=children,
    )


def uu_bytes(data: bytes) -> bytes:
    """Decode a uuencoded body; without a `begin` line the bytes stay as they are."""
    found = _UU_BEGIN.search(data)
    return _uu_lines(data, found.end())[0] if found else data


def uu_files(data: bytes) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Take uuencoded files out of a text: what is left, and (name, bytes) of each."""
    if b"begin " not in data:
        return data, ()
    kept, files, last = [], [], 0
    for found in _UU_BEGIN.finditer(data):
        if found.start() < last:
            continue
        content, end = _uu_lines(data, found.end())
        if content:
            files.append((decode(found.group(1).strip())[0], content))
            kept.append(data[last : found.start()])
            last = end
    return b"".join((*kept, data[last:])), tuple(files)


def _uu_lines(data: bytes, start: int) -> tuple[bytes, int]:
    out, position = bytearray(), start
    for line, after in _lines_from(data, start):
        position = after
        if line in (b"end", b""):
            if line:
                break
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            try:
                # Some encoders forget trailing spaces: the length byte tells how many count.
                wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
                out += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                position = after - len(line)
                break
    return bytes(out), min(position, len(data))


def _lines_from(data: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    while start < len(data):
        end = data.find(b"\n", start)
        after = len(data) if end < 0 else end + 1
        yield data[start:after].rstrip(b"\r\n"), after
        start = after
