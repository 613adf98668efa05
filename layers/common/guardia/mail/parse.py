"""Any bytes to a parsed mail. Three tiers: the fast parser, the patient one, the raw text.

It never raises: a mail that cannot be taken apart is still a mail somebody sent. Whoever calls it
keeps the raw bytes as the truth.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Final

from guardia.mail.charsets import decode, is_known, tidy, tidy_line
from guardia.mail.headers import (
    MAX_FIELD_BYTES,
    Header,
    addresses,
    field_text,
    instant,
    message_ids,
    split,
)
from guardia.mail.html import to_text
from guardia.mail.message import Address, MailFile, ParsedMail
from guardia.mail.mime import Part, TooComplexError, tree, uu_files
from guardia.mail.reply import new_part, new_part_of_html

MAX_FILES: Final = 100
MAX_TEXT: Final = 1_000_000
"""Characters of text that are kept; the rest stays in the raw mail."""

_RAW_TEXT: Final = 100_000
_LONGEST_NAME: Final = 150
_ENDINGS: Final = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/ms-tnef": ".dat",
}
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f]')
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(slots=True)
class _Found:
    """What the walk has gathered. A section is (plain text, markup); one of them may be None."""

    sections: list[tuple[str | None, str | None]] = field(default_factory=list)
    files: list[MailFile] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def parse(raw: bytes) -> ParsedMail:
    """Return what the mail says. Any bytes give an answer.

    Limits come before structure: a header of at most 256 kB and 1000 fields, 500 parts, a depth
    of 50; beyond them the tier is `unparsable` and `text` is the beginning of the raw body.
    """
    header = split(raw)
    mail = _from_header(header)
    if not raw or raw.isspace():
        return replace(mail, defects=("empty",))
    if not header.whole:
        return _unparsable(mail, raw, header.body, ())
    try:
        root, tier, defects = tree(header, raw)
    except TooComplexError:
        return _unparsable(mail, raw, header.body, ("too_complex",))
    found = _Found(defects=[*mail.defects, *defects])
    _gather(root, found)
    return _complete(mail, found, tier)


def _unparsable(mail: ParsedMail, raw: bytes, body: int, defects: tuple[str, ...]) -> ParsedMail:
    text = tidy(decode(raw[body : body + _RAW_TEXT])[0])
    return replace(
        mail, text=text, reply=text, defects=(*mail.defects, *defects), tier="unparsable"
    )


def _from_header(header: Header) -> ParsedMail:
    in_reply_to = message_ids(header.raw("In-Reply-To"))
    own = message_ids(header.raw("Message-ID"))
    defects = list(header.defects)
    if any(len(value) > MAX_FIELD_BYTES for _, value in header.fields):
        defects.append("long_field")
    headers = tuple((name, field_text(value)) for name, value in header.fields)
    texts = {name.lower(): value for name, value in reversed(headers)}
    date = instant(texts.get("date"))
    if texts.get("date") and date is None:
        defects.append("bad_date")
    language = _LANGUAGE.match(texts.get("content-language", ""))
    return ParsedMail(
        headers=headers,
        message_id=own[0] if own else None,
        in_reply_to=in_reply_to[0] if in_reply_to else None,
        references=message_ids(header.raw("References")),
        date=date,
        sender=_first(addresses(header.raw("From"))),
        reply_to=_first(addresses(header.raw("Reply-To"))),
        on_behalf=_first(addresses(header.raw("Sender"))),
        to=_all(header, "to"),
        cc=_all(header, "cc"),
        subject=texts.get("subject", ""),
        language=language.group() if language else None,
        defects=tuple(defects),
    )


def _first(found: Sequence[Address]) -> Address | None:
    return found[0] if found else None


def _all(header: Header, name: str) -> tuple[Address, ...]:
    return tuple(
        one
        for field_name, value in header.fields
        if field_name.lower() == name
        for one in addresses(value)
    )


def _gather(part: Part, found: _Found) -> None:
    """Sort the parts into texts and files; depth was bounded when the tree was built."""
    if part.type == "multipart/encrypted":
        found.remarks.append("encrypted")
    if part.type == "multipart/alternative" and part.children:
        _gather_alternative(part.children, found)
    elif part.children:
        related = part.type == "multipart/related"
        for one in part.children:
            if one.children:
                _gather(one, found)
            else:
                _gather_leaf(one, found, related=related)
    elif not part.type.startswith("multipart/"):
        _gather_leaf(part, found, related=False)


def _gather_alternative(children: Iterable[Part], found: _Found) -> None:
    """Of renderings of one text take the first plain one and the last markup (RFC 2046 §5.1.4)."""
    inner = _Found()
    for one in children:
        _gather(one, inner)
    plain = [text for text, _ in inner.sections if text and text.strip()]
    markup = [html for _, html in inner.sections if html and html.strip()]
    if plain or markup:
        found.sections.append((plain[0] if plain else None, markup[-1] if markup else None))
    found.files.extend(inner.files)
    found.remarks.extend(inner.remarks)
    found.defects.extend(inner.defects)


def _gather_leaf(part: Part, found: _Found, *, related: bool) -> None:
    _remark(part, found)
    is_text = part.type in {"text/plain", "text/html"} and part.disposition != "attachment"
    if not is_text or part.name:
        _add_file(part.name, part.type, part.content, found, part=part, related=related)
        return
    charset = part.params.get("charset")
    content = part.content
    if part.type == "text/plain":
        content, hidden = uu_files(content)
        for name, data in hidden:
            _add_file(name, "application/octet-stream", data, found)
    text, whole = decode(content[: 4 * MAX_TEXT], charset)
    if not is_known(charset):
        found.defects.append("unknown_charset")
    elif not whole:
        found.defects.append("broken_charset")
    if len(text) > MAX_TEXT:
        found.defects.append("long_text")
    text = tidy(text[:MAX_TEXT])
    found.sections.append((text, None) if part.type == "text/plain" else (None, text))


def _remark(part: Part, found: _Found) -> None:
    if part.type == "text/calendar" and part.params.get("method", "").upper() == "REPLY":
        found.remarks.append("calendar_reply")
    elif part.type == "message/disposition-notification":
        found.remarks.append("read_receipt")
    elif part.type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        found.remarks.append("encrypted")


def _add_file(
    name: str | None,
    kind: str,
    content: bytes,
    found: _Found,
    *,
    part: Part | None = None,
    related: bool = False,
) -> None:
    if len(found.files) >= MAX_FILES:
        found.defects.append("many_attachments")
        return
    content_id = tidy_line(part.content_id or "") or None if part else None
    disposition = part.disposition if part else "attachment"
    if not name and kind == "message/rfc822":
        name = (split(content).text("Subject") or "message")[:100] + ".eml"
    found.files.append(
        MailFile(
            name=file_name(name, kind, len(found.files) + 1),
            type=tidy_line(kind)[:100],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            inline=disposition == "inline"
            or (disposition is None and related and content_id is not None),
            content_id=content_id,
        )
    )


def file_name(name: str | None, kind: str, number: int) -> str:
    """Return a name that is safe to store and to save under: no path, no control or bidirectional
    characters, none that Windows reserves, at most 150 characters with its ending kept."""
    base = tidy_line(name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    base = _FORBIDDEN.sub("_", base).strip(" .")
    if not base:
        return f"attachment-{number}{_ENDINGS.get(kind, '.bin')}"
    if _RESERVED.match(base):
        base = f"_{base}"
    stem, dot, ending = base.rpartition(".")
    if len(base) > _LONGEST_NAME:
        short = dot and len(ending) <= 10  # noqa: PLR2004 - a longer one is no ending
        base = f"{stem[: _LONGEST_NAME - 11]}.{ending}" if short else base[:_LONGEST_NAME]
    return base


def _complete(mail: ParsedMail, found: _Found, tier: str) -> ParsedMail:
    texts: list[str] = []
    for plain, markup in found.sections:
        text = plain if plain and plain.strip() else to_text(markup) if markup else ""
        if text.strip():
            texts.append(text.strip("\n"))
    has_html = any(markup for _, markup in found.sections)
    text = "\n\n".join(texts)[:MAX_TEXT]
    only_html = len(texts) == 1 and has_html and not any(one for one, _ in found.sections)
    html = None
    if has_html:
        html = "\n".join(
            markup or f"<pre>{escape(plain or '', quote=False)}</pre>"
            for plain, markup in found.sections
        )[:MAX_TEXT]
    return replace(
        mail,
        text=text,
        html=html,
        reply=new_part_of_html(html) if only_html and html else new_part(text),
        files=tuple(found.files),
        remarks=tuple(dict.fromkeys(found.remarks)),
        defects=tuple(dict.fromkeys(found.defects)),
        tier=tier,
    )
