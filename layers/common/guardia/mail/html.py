"""HTML of mails: cleaned for showing, and turned into text. Neither keeps what could run or track.

nh3 and selectolax belong to the functions that show or read mail, so they are loaded when used;
the text is found without them too.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import Any, Final

from guardia.mail.charsets import tidy

MAX_HTML: Final = 1_000_000
"""Characters of markup that are looked at."""

MAX_DEPTH: Final = 200
_SKIPPED: Final = frozenset(
    ("script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe")
)
_BLOCKS: Final = frozenset(
    ("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figure",
     "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
     "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "body", "html")
)  # fmt: skip
_APART: Final = frozenset(
    ("p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "dl")
)
"""Blocks with an empty line around them."""

_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_SELF_CLOSING: Final = _VOID | {"p", "li", "td", "th", "tr", "dt", "dd", "option", "o:p"}
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_TOKEN: Final = re.compile(r"<!--|<(/?)([a-zA-Z][^\s<>/]{0,20})[^<>]*>|<[!?/][^<>]*>|[^<]+|<")
_ATTRIBUTE: Final = re.compile(r"\s(id|class|style|alt)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I)
_SPACE: Final = re.compile(r"[ \t\n\r\f\u00a0]+")
_DEEPEST_QUOTE: Final = 20
_MANY_BREAKS: Final = re.compile(r"\n{3,}")
OLDER: Final = "##- older -##"
"""The line that stands where Outlook's markup says that the older mail begins."""

_OUTLOOK_IDS: Final = ("divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container")
_OUTLOOK_BORDER: Final = re.compile(
    r"border:none;border-top:solid\s?#(?:e1e1e1|b5c4df)1\.0pt", re.IGNORECASE
)
_SIGNATURES: Final = ("gmail_signature", "moz-signature", "protonmail_signature_block")


def clean(markup: str) -> str:
    """Return markup that may be shown: no scripts, styles, forms, ids, classes or remote images.

    Only `cid:` images stay. What is larger than 1 MB or nested deeper than 200 is shown as text,
    since cleaning deep nesting takes quadratic time.

    Raises:
        ImportError: nh3 is not installed here.
    """
    if len(markup) > MAX_HTML or is_deep(markup):
        return f"<pre>{escape(to_text(markup), quote=False)}</pre>"
    import nh3  # noqa: PLC0415 - only the functions that show mail have it

    cleaned = nh3.clean(
        markup,
        attributes=_attributes(nh3.ALLOWED_ATTRIBUTES),
        attribute_filter=_filter,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
    )
    return cleaned.strip()


def _attributes(allowed: Mapping[str, set[str]]) -> dict[str, set[str]]:
    kept = {tag: set(names) for tag, names in allowed.items()}
    kept["img"] = {"src", "alt", "width", "height"}
    return kept


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Keep an image's address only if it is in the mail itself; links never lead to `cid:`."""
    is_cid = value.strip().lower().startswith("cid:")
    if attribute == "src":
        return value if tag == "img" and is_cid else None
    return None if attribute in {"href", "cite"} and is_cid else value


def is_deep(markup: str) -> bool:
    """Whether elements nest deeper than 200, judged by counting tags as they stand."""
    depth = 0
    for found in _TAG.finditer(markup):
        if found.group(2).lower() not in _SELF_CLOSING:
            depth = max(0, depth - 1) if found.group(1) else depth + 1
            if depth > MAX_DEPTH:
                return True
    return False


def to_text(markup: str, *, mark_older: bool = False) -> str:
    """Return the text of markup: blocks on lines of their own, quotes behind `> `.

    With `mark_older` a line `OLDER` stands where a mail program's own markup says that the quoted
    mail begins, and marked signatures are left out.
    """
    markup = markup[:MAX_HTML]
    writer = _Writer(mark_older)
    for kind, value, attributes in _events(markup):
        if kind == "text":
            writer.text(value)
        elif kind == "start":
            writer.start(value, attributes)
        else:
            writer.end(value)
    return writer.result()


_Event = tuple[str, str, Mapping[str, str | None]]
_NONE: Final[Mapping[str, str | None]] = {}


def _events(markup: str) -> Iterator[_Event]:
    """Walk the markup in document order: ("start" | "end" | "text", tag or text, attributes)."""
    if not is_deep(markup):
        try:
            from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - one function has it
        except ImportError:
            pass
        else:
            yield from _walk(LexborHTMLParser(markup).root)
            return
    yield from _scan(markup)


def _walk(root: Any) -> Iterator[_Event]:
    stack: list[tuple[Any, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, leaving = stack.pop()
        if leaving:
            yield "end", node.tag, _NONE
            continue
        if node.tag == "-text":
            yield "text", node.text_content or "", _NONE
        elif not node.tag.startswith(("-", "_", "!")):
            yield "start", node.tag, node.attributes
            stack.append((node, True))
            children = []
            child = node.child
            while child is not None:
                children.append((child, False))
                child = child.next
            stack.extend(reversed(children))


def _scan(markup: str) -> Iterator[_Event]:
    """Walk markup without a tree: one pass, so that no nesting can hurt it.

    The standard library's parser is not used: some releases take quadratic time for a comment or
    a declaration that never ends.
    """
    position, closing = 0, markup.rfind("-->")
    while found := _TOKEN.match(markup, position):
        piece, position = found.group(), found.end()
        if piece == "<!--":
            position = markup.index("-->", position) + 3 if position <= closing else len(markup)
        elif found.group(2):
            tag = found.group(2).lower()
            if not found.group(1):
                attributes = {
                    one.group(1).lower(): unescape(one.group(2).strip("\"'"))
                    for one in _ATTRIBUTE.finditer(piece)
                }
                yield "start", tag, attributes
            if found.group(1) or tag in _VOID:
                yield "end", tag, _NONE
        elif not piece.startswith(("<!", "</", "<?")) or piece == "<":
            yield "text", unescape(piece), _NONE


class _Writer:
    """Turns the walk into lines."""

    def __init__(self, mark_older: bool) -> None:
        self._mark_older = mark_older
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._gap: int | None = None
        self._pre = 0
        self._skipped, self._nested = "", 0
        self._older = False

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "body":
            self._nested = 0
        if self._nested:
            self._nested += tag == self._skipped
            return
        if tag in _SKIPPED or (self._mark_older and _is_signature(attributes)):
            self._skipped, self._nested = tag, 1
            return
        if self._mark_older and not self._older and _begins_older(tag, attributes):
            self._older = True
            self._break(apart=False)
            self._line.append(OLDER)
            self._break(apart=False)
        if tag == "br":
            self._flush()
        elif tag in _BLOCKS:
            self._break(apart=tag in _APART)
            self._quotes += tag == "blockquote"
            self._pre += tag == "pre"
            if tag == "li":
                self._line.append("- ")
        elif tag in {"td", "th"} and self._line:
            self._line.append("\t" if self._pre else " ")
        elif tag == "img" and (attributes.get("alt") or "").strip():
            self._line.append(f"[{(attributes.get('alt') or '').strip()[:200]}]")

    def end(self, tag: str) -> None:
        if self._nested:
            self._nested -= tag == self._skipped
            return
        if tag in _BLOCKS:
            self._break(apart=False)
            self._quotes = max(0, self._quotes - (tag == "blockquote"))
            self._pre = max(0, self._pre - (tag == "pre"))
            self._break(apart=tag in _APART)

    def text(self, value: str) -> None:
        if self._nested:
            return
        if self._pre:
            first, *rest = value.split("\n")
            self._line.append(first)
            for one in rest:
                self._flush()
                self._line.append(one)
            return
        value = _SPACE.sub(" ", value)
        if not self._line or self._line[-1].endswith(" "):
            value = value.lstrip(" ")
        if value:
            self._line.append(value)

    def _flush(self) -> None:
        if self._gap is not None and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix(self._gap).rstrip())
        self._gap = None
        text = "".join(self._line).rstrip()
        self._line.clear()
        self._lines.append(f"{self._prefix(self._quotes)}{text}".rstrip())

    def _break(self, *, apart: bool) -> None:
        """End the line; `apart` asks for an empty one before the next, if there is a next."""
        if any(one.strip() for one in self._line):
            self._flush()
        self._line.clear()
        if apart:
            self._gap = self._quotes if self._gap is None else min(self._gap, self._quotes)

    @staticmethod
    def _prefix(quotes: int) -> str:
        return "> " * min(quotes, _DEEPEST_QUOTE)

    def result(self) -> str:
        self._break(apart=False)
        return _MANY_BREAKS.sub("\n\n", tidy("\n".join(self._lines))).strip("\n ")


def _is_signature(attributes: Mapping[str, str | None]) -> bool:
    names = (attributes.get("class") or "").lower().split()
    return any(one in names for one in _SIGNATURES) or attributes.get("id") == "Signature"


def _begins_older(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Outlook's three marks: the reply header's id, its insertion point, the border above it."""
    if (attributes.get("id") or "").lower().removeprefix("x_") in _OUTLOOK_IDS:
        return True
    style = (attributes.get("style") or "").replace("; ", ";").replace(": ", ":")[:300]
    return tag == "div" and _OUTLOOK_BORDER.search(style.replace(" 1.0pt", "1.0pt")) is not None
