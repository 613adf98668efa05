"""The new part of a reply: what the author wrote, without quotes, reply headers and signatures.

A scanner over lines: every line is looked at a bounded number of times and only its beginning is
matched, so the time grows with the length of the mail and with nothing else. It knows Gmail,
Outlook, Apple Mail and plain text quoting, in the languages below. When in doubt it keeps.
"""

import re
from collections.abc import Sequence
from typing import Final

from guardia.mail.html import OLDER, to_text

_LOOKED_AT: Final = 300
"""Characters of a line that are matched."""

_LINES_LOOKED_AT: Final = 10_000
"""Beyond it only quote marks are seen: nobody writes that much above a quote."""

_ATTRIBUTION_LINES: Final = 4
_HEADER_LINES: Final = 8
_SIGNATURE_LINES: Final = 10
_LONGEST_CLOSING: Final = 80
_UNDERSCORES: Final = 20
_MARKS: Final = frozenset(("-- ", "--", "—"))
_LONGEST_MARK: Final = 3
_RULED: Final = "-–—_*"
"""How a line begins that is ruled with dashes or the like."""


_QUOTED, _BLANK, _TEXT, _CUT = ">", " ", "t", "x"
_QUOTE: Final = re.compile(">(?:[> ]*>)?")
"""The kinds of a quote's lines, blank ones between them among them."""


_BEGINS: Final = re.compile(
    r"(?:on|el|le|am|em|il|op|a|en|no dia|vào)\b|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.IGNORECASE
)
_OPENINGS: Final = frozenset("oelainvOELAINV\u0130\u0131")
"""The letters that those words begin with; the last two are an i to `re.IGNORECASE`."""

_WROTE: Final = (
    "wrote:", "escribió:", "escribio:", "escreveu:", "a écrit:", "a écrit :", "schrieb:",
    "ha scritto:", "va escriure:", "wrote :", "schreef:", "ha escrito:",
)  # fmt: skip
_WHEN: Final = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|@")
_OLD_GMAIL: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}\b")
_ADDRESSED: Final = re.compile(r"<[^<>\s]{1,200}@[^<>\s]{1,99}>\s?:$")
"""The end of an attribution whose verb stands earlier, or that has none."""

_ORIGINAL: Final = (
    "original message", "mensaje original", "mensaje originario", "mensagem original",
    "message d'origine", "ursprüngliche nachricht", "messaggio originale", "missatge original",
    "reply message", "mensaje de respuesta",
)  # fmt: skip
_FORWARDED: Final = frozenset((
    "forwarded message", "mensaje reenviado", "begin forwarded message", "mensagem encaminhada",
    "message transféré", "weitergeleitete nachricht", "messaggio inoltrato", "missatge reenviat",
    "inicio del mensaje reenviado",
))  # fmt: skip
_LONGEST_FORWARDED: Final = max(map(len, _FORWARDED))
_DELIMITER: Final = re.compile(r"##-.{1,200}-##")
_FIELD: Final = re.compile(r"[*_]{0,2}([A-Za-zÀ-ÿ]{2,12})\s?:[*_]{0,2}(?:\s|$)")
_FIELDS: Final = {
    "from": {"from", "de", "von", "da"},
    "when": {"sent", "date", "enviado", "fecha", "gesendet", "datum", "envoyé", "data", "inviato",
             "enviada", "enviat"},
    "to": {"to", "para", "an", "à", "a", "per"},
    "copy": {"cc", "cco", "bcc", "importance", "importancia", "attachments"},
    "subject": {"subject", "asunto", "assunto", "objet", "betreff", "oggetto", "assumpte"},
}  # fmt: skip
_FIELD_KIND: Final = {word: kind for kind, words in _FIELDS.items() for word in words}
_CLOSINGS: Final = (
    "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo",
    "sent from proton", "sent from samsung", "sent via ", "get outlook for ",
    "enviado desde mi ", "enviado desde el ", "enviado desde correo", "enviado desde outlook",
    "enviado desde yahoo", "enviado desde para windows", "enviado desde proton",
    "enviado de samsung", "enviado de mi ", "enviado do meu ", "enviat des del meu ",
    "obtener outlook para ", "obtén outlook para ", "descargar outlook para ",
    "envoyé de mon ", "von meinem ", "inviato da ", "mandado desde mi ",
)  # fmt: skip


def new_part(text: str) -> str:
    """Return what is new in a plain-text reply; the whole text where nothing else is left.

    Answers between quotes are kept together with the quotes they answer.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kinds = _classify(lines)
    if kinds[-1] == _CUT:
        kinds.pop()
        del lines[len(kinds) :]
    _drop_signatures(lines, kinds)
    found = "\n".join(_kept(lines, kinds)).strip("\n").rstrip()
    return found if found.strip() else text.strip()


def new_part_of_html(markup: str) -> str:
    """Return what is new in a reply that came as HTML only, as text."""
    marked = to_text(markup, mark_older=True)
    if marked.lstrip().startswith(OLDER):
        return to_text(markup)
    found = new_part(marked)
    return found if found else to_text(markup)


def _classify(lines: Sequence[str]) -> list[str]:
    """Say of each line whether it is quoted, blank or text, or begins what is old (`_CUT`).

    An attribution counts as quoted where a quote follows it. Behind a forwarded message's line
    everything is text: it was sent on to be read.
    """
    kinds: list[str] = []
    end = min(len(lines), _LINES_LOOKED_AT)
    index = 0
    while index < end:
        line = lines[index][:_LOOKED_AT].strip()
        kind, length = _TEXT, 1
        if not line:
            kind = _BLANK
        elif "##-" in line and _DELIMITER.match(line.lstrip("> ")):
            kind = _CUT
        elif (first := line[0]) == ">":
            kind = _QUOTED
        elif first in _RULED and _is_dashed(line, _ORIGINAL):
            kind = _CUT
        elif _is_forwarded(line):
            length = len(lines) - index
        elif (line[-1] == ":" or first in _OPENINGS or first.isdecimal()) and (
            attributed := _attribution(lines, index, line)
        ):
            if _is_quoted(lines, index + attributed):
                kind, length = _QUOTED, attributed
            elif _WHEN.search(_joined(lines, index, attributed)):
                kind = _CUT
        elif (":" in line or first in "_-") and _is_reply_header(lines, index, line):
            kind = _CUT
        kinds += kind * length
        index += length
        if kind == _CUT:
            return kinds
    kinds += [_QUOTED if one[:1] == ">" else _TEXT for one in lines[index:]]
    return kinds


def _is_quoted(lines: Sequence[str], index: int) -> bool:
    """Whether the first line from here on that is not blank is a quote."""
    for at in range(index, min(len(lines), _LINES_LOOKED_AT + _HEADER_LINES)):
        if filled := lines[at].lstrip():
            return filled[0] == ">"
    return False


def _joined(lines: Sequence[str], index: int, count: int) -> str:
    return " ".join(one[:_LOOKED_AT].strip() for one in lines[index : index + count])


def _attribution(lines: Sequence[str], index: int, first: str) -> int:
    """Return over how many lines an attribution runs that begins here; 0 where there is none."""
    if first[-1] == ":":
        if _OLD_GMAIL.match(first) and _ADDRESSED.search(first):
            return 1
        if first.lower().replace("\u00a0", " ").endswith(_WROTE):
            return 1
    if not _BEGINS.match(first):
        return 0
    for count in range(1, _ATTRIBUTION_LINES + 1):
        if index + count > len(lines):
            return 0
        last = lines[index + count - 1][:_LOOKED_AT].strip().lower().replace("\u00a0", " ")
        if not last or last.startswith(">"):
            return 0
        if last.endswith(_WROTE) or _ADDRESSED.search(last):
            return count
        if count > 1 and last.endswith((".", "?", "!")) and "@" not in last:
            return 0
    return 0


def _is_dashed(line: str, words: Sequence[str]) -> bool:
    bare = line.strip("-–—_* ").lower()
    return bare in words and line.startswith(("--", "––", "——", "__", "*"))


def _is_forwarded(line: str) -> bool:
    bare = line.strip("-–—_* :")
    return len(bare) <= _LONGEST_FORWARDED and bare.lower() in _FORWARDED


def _is_reply_header(lines: Sequence[str], index: int, line: str) -> bool:
    """Whether Outlook's block (From, Sent, To, Subject in any language) begins here.

    A line of underscores before it belongs to it. Two fields are not enough: people write
    "From: Madrid" too.
    """
    start = index
    if len(line) >= _UNDERSCORES and line[0] in "_-" and not line.strip("_-"):
        start += 1
        while start < min(index + 4, len(lines)) and not lines[start].strip():
            start += 1
        if start >= len(lines):
            return False
    if _kind_of_field(lines[start]) != "from":
        return False
    kinds = {"from"}
    for one in lines[start + 1 : start + _HEADER_LINES]:
        if kind := _kind_of_field(one):
            kinds.add(kind)
    return "subject" in kinds and bool(kinds & {"when", "to"})


def _kind_of_field(line: str) -> str | None:
    found = _FIELD.match(line[:_LOOKED_AT].strip())
    return _FIELD_KIND.get(found.group(1).lower()) if found else None


def _drop_signatures(lines: list[str], kinds: list[str]) -> None:
    """Make blank what stands below `-- ` (RFC 3676 §4.3) and a phone's own last line.

    One walk from the end: `room` counts the text lines between here and the next quote or the end.
    """
    end = min(len(lines), _LINES_LOOKED_AT)
    room, last = (0, True) if end == len(lines) else (_SIGNATURE_LINES + 1, False)
    for index in range(end - 1, -1, -1):
        if kinds[index] == _QUOTED:
            room, last, end = 0, True, index
            continue
        if kinds[index] == _BLANK:
            continue
        line = lines[index]
        is_mark = len(line) <= _LONGEST_MARK and line in _MARKS
        if is_mark and (room <= _SIGNATURE_LINES or line == "-- "):
            kinds[index:end] = [_BLANK] * (end - index)
            lines[index:end] = [""] * (end - index)
            room, last, end = 0, True, index
            continue
        if last:
            closing = line[:_LOOKED_AT].strip(" *_>[](").lower()
            if len(closing) <= _LONGEST_CLOSING and closing.startswith(_CLOSINGS):
                kinds[index], lines[index] = _BLANK, ""
                continue
        room, last = room + 1, False


def _kept(lines: Sequence[str], kinds: Sequence[str]) -> Sequence[str]:
    """Choose the lines to keep by how texts and quotes alternate."""
    code = "".join(kinds)
    first, last = code.find(_TEXT), code.rfind(_TEXT)
    if first < 0:
        return lines
    if _QUOTED not in code[first:last]:
        # Quotes stand only above or below: what the author wrote is one piece.
        return lines[first : last + 1]
    quotes = [one.span() for one in _QUOTE.finditer(code, 0, last)]
    begin, end = quotes[0]
    is_attributed = not lines[begin].lstrip().startswith(">")
    if len(quotes) == 1 and is_attributed:
        return [*lines[:begin], *lines[end:]]
    return lines[min(first, begin) : last + 1]
