"""The closed placeholder language of templates: `{{schedule.next_open | datetime}}`.

Paths and filters come from a fixed list and are checked when a text is read, so a text that was
accepted cannot fail while a mail is written. There are no loops, calls or expressions: what an
admin writes can neither run away nor reach anything that is not listed here.
"""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from guardia.domain import phrases
from guardia.domain.vocabulary import SLA_METRICS

PATHS: Final = (
    "ticket.id",
    "ticket.subject",
    "ticket.status",
    "ticket.priority",
    "ticket.group",
    "ticket.assignee",
    "ticket.url",
    "ticket.tags",
    "ticket.created_at",
    "requester.name",
    "requester.first_name",
    "requester.email",
    "requester.language",
    "assignee.name",
    "assignee.email",
    "group.name",
    "organization.name",
    "comment.text",
    "comment.author",
    "latest_comment.text",
    "desk.name",
    "schedule.name",
    "schedule.next_open",
    "schedule.next_close",
    "schedule.hours",
    "digest.count",
    "digest.tickets",
    *(f"sla.{metric}.due_at" for metric in SLA_METRICS),
)
NOT_BUILT_PATHS: Final = ("expected_reply_at", "satisfaction.link")
FILTERS: Final = ("datetime", "date", "time", "upper", "lower", "default", "truncate")
_WITH_ARGUMENT: Final = ("default", "truncate")

_STRANGERS_WORDS: Final = ("comment.", "latest_comment.", "fields.", "requester.")
MAX_LENGTH: Final = 64 * 1024

_TAG: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PIECE: Final = re.compile(r'\s*([a-z_]+)\s*(?::\s*(?:"([^"]*)"|(\d+))\s*)?(?:\||$)')
_PATH: Final = re.compile(r"\s*([a-z_]+(?:\.[A-Za-z0-9_-]+)*)\s*(\||$)")


class PlaceholderError(ValueError):
    """A text uses a placeholder or filter that does not exist; `offset` counts characters."""

    def __init__(self, message: str, offset: int) -> None:
        """Keep the place for whoever knows the file."""
        super().__init__(message)
        self.message, self.offset = message, offset


def holds_strangers_words(path: str) -> bool:
    """Whether a placeholder may hold what an unverified person wrote."""
    if path == "requester.language":
        return False
    return path == "ticket.subject" or path.startswith(_STRANGERS_WORDS)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{{…}}`: a path and the filters its value goes through, in order."""

    path: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A checked text: plain pieces and placeholders in turn."""

    pieces: tuple[str | Placeholder, ...]

    def paths(self) -> frozenset[str]:
        """The placeholders the text asks for."""
        return frozenset(one.path for one in self.pieces if isinstance(one, Placeholder))

    def render(self, look_up: Callable[[str], Any], *, language: str, zone: str) -> str:
        """Fill the text. `look_up` answers a path with text, instant, date, tuple or None.

        Instants are written in `zone` (IANA) and `language`; an empty value is written as nothing.
        """
        return "".join(
            one if isinstance(one, str) else _written(one, look_up(one.path), language, zone)
            for one in self.pieces
        )


def parse(text: str, *, fields: Set[str] = frozenset()) -> Template:
    """Read a text and check every placeholder in it. `fields` are the ids of the desk's fields.

    Raises:
        PlaceholderError: an unknown path or filter, a filter without its argument, an open `{{`,
            or a text of more than 64 KiB.
    """
    if len(text) > MAX_LENGTH:
        raise PlaceholderError(f"the text is longer than {MAX_LENGTH} characters", 0)
    pieces: list[str | Placeholder] = []
    end = 0
    for tag in _TAG.finditer(text):
        _add_plain(pieces, text[end : tag.start()], end)
        pieces.append(_placeholder(tag.group(1), tag.start(), fields))
        end = tag.end()
    _add_plain(pieces, text[end:], end)
    return Template(tuple(pieces))


def _add_plain(pieces: list[str | Placeholder], plain: str, offset: int) -> None:
    if "{{" in plain:
        raise PlaceholderError("`{{` is not closed with `}}`", offset + plain.index("{{"))
    if plain:
        pieces.append(plain)


def _placeholder(inside: str, offset: int, fields: Set[str]) -> Placeholder:
    start = _PATH.match(inside)
    if start is None:
        raise PlaceholderError(f"`{{{{{inside}}}}}` is no placeholder", offset)
    path = start.group(1)
    _check_path(path, offset, fields)
    filters = []
    at = start.end()
    open_end = start.group(2) == "|"
    while open_end:
        piece = _PIECE.match(inside, at)
        if piece is None:
            raise PlaceholderError(f"`{inside[at:].strip()}` is no filter", offset)
        name, argument = piece.group(1), piece.group(2)
        argument = piece.group(3) if argument is None else argument
        _check_filter(name, argument, offset)
        filters.append((name, argument or ""))
        at = piece.end()
        open_end = inside[at - 1 : at] == "|"
    return Placeholder(path, tuple(filters))


def _check_path(path: str, offset: int, fields: Set[str]) -> None:
    if path in PATHS:
        return
    if path.startswith(NOT_BUILT_PATHS):
        raise PlaceholderError(f"`{path}` is not built in this version of Guardia", offset)
    head, _, field = path.rpartition(".")
    if head == "requester.fields" or (head == "fields" and field in fields):
        return
    if head == "fields":
        raise PlaceholderError(f"`{path}`: the desk has no field `{field}`", offset)
    near = phrases.nearest(path, PATHS)
    hint = f"; did you mean `{near}`?" if near else ""
    raise PlaceholderError(f"unknown placeholder `{path}`{hint}", offset)


def _check_filter(name: str, argument: str | None, offset: int) -> None:
    if name not in FILTERS:
        raise PlaceholderError(f"unknown filter `{name}`; there are {', '.join(FILTERS)}", offset)
    if name in _WITH_ARGUMENT and argument is None:
        example = 'default:"…"' if name == "default" else "truncate:80"
        raise PlaceholderError(f"the filter `{name}` needs a value: `{example}`", offset)
    if name == "truncate" and not str(argument).isdigit():
        raise PlaceholderError("the filter `truncate` needs a number: `truncate:80`", offset)
    if name not in _WITH_ARGUMENT and argument is not None:
        raise PlaceholderError(f"the filter `{name}` takes no value", offset)


def _written(one: Placeholder, value: Any, language: str, zone: str) -> str:
    for name, argument in one.filters:
        value = _filtered(name, argument, value, language, zone)
    return _plain(value, language, zone)


def _plain(value: Any, language: str, zone: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return phrases.date_and_time(_local(value, zone), language)
    if isinstance(value, date):
        return phrases.day(value, language)
    if isinstance(value, bool):
        return phrases.yes_or_no(value, language)
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _filtered(name: str, argument: str, value: Any, language: str, zone: str) -> Any:
    if isinstance(value, datetime):
        local = _local(value, zone)
        if name == "date":
            return phrases.day(local.date(), language)
        if name == "time":
            return phrases.clock(local)
        if name == "datetime":
            return phrases.date_and_time(local, language)
    text = _plain(value, language, zone)
    if name == "default":
        return text or argument
    if name == "truncate":
        limit = int(argument)
        return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"
    if name == "upper":
        return text.upper()
    if name == "lower":
        return text.lower()
    return text


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
