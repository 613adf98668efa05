"""How dates, times and small words are written for people, in Spanish and English.

Two languages by hand instead of a library: the domain is the standard library only, and nothing
here grows with the desk. Any other language is written as English.
"""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

_WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
           "septiembre", "octubre", "noviembre", "diciembre"),
}  # fmt: skip
_AND: Final = {"en": "and", "es": "y"}
_TO: Final = {"en": "to", "es": "a"}
_ALWAYS: Final = {"en": "all day, every day", "es": "a todas horas, todos los días"}
_NEVER: Final = {"en": "closed", "es": "cerrado"}
_YES_NO: Final = {"en": ("no", "yes"), "es": ("no", "sí")}
_MINUTES_A_DAY: Final = 24 * 60

NOTICE_SUBJECT: Final = {
    "en": "Ticket {{ticket.id}}: {{ticket.subject | truncate:120}}",
    "es": "Ticket {{ticket.id}}: {{ticket.subject | truncate:120}}",
}
NOTICE_TEXT: Final = {
    "en": "Ticket {{ticket.id}} from {{requester.name}} needs you.\n\n"
    "{{ticket.subject}}\nStatus {{ticket.status}}, priority {{ticket.priority | default:\"none\"}},"
    " group {{group.name | default:\"none\"}}.\n\n{{latest_comment.text | truncate:1000}}\n"
    "{{ticket.url}}\n",
    "es": "El ticket {{ticket.id}} de {{requester.name}} le espera.\n\n"
    "{{ticket.subject}}\nEstado {{ticket.status}}, prioridad"
    " {{ticket.priority | default:\"ninguna\"}}, grupo {{group.name | default:\"ninguno\"}}.\n\n"
    "{{latest_comment.text | truncate:1000}}\n{{ticket.url}}\n",
}  # fmt: skip
"""What a notice says where its rule brings no text of its own."""

BOUNCED: Final = {
    "en": "A mail to {address} came back: {reason}\n\nSubject: {subject}",
    "es": "Un correo a {address} ha vuelto: {reason}\n\nAsunto: {subject}",
}
COMPLAINED: Final = {
    "en": "{address} reported a mail of ours as unwanted. Automatic mail to this address has "
    "stopped.\n\nSubject: {subject}",
    "es": "{address} ha marcado un correo nuestro como no deseado. Ya no se envía correo "
    "automático a esta dirección.\n\nAsunto: {subject}",
}
UNSENT: Final = {
    "en": "The answer to {address} could not be sent: {reason}\n\nSubject: {subject}",
    "es": "No se ha podido enviar la respuesta a {address}: {reason}\n\nAsunto: {subject}",
}
"""Notes for the team about a message that did not arrive."""

DIGEST_SUBJECT: Final = {
    "en": "{{desk.name}}, tickets waiting: {{digest.count}}",
    "es": "{{desk.name}}, tickets en espera: {{digest.count}}",
}
DIGEST_TEXT: Final = {
    "en": "Tickets waiting: {{digest.count}}\n\n{{digest.tickets}}\n",
    "es": "Tickets en espera: {{digest.count}}\n\n{{digest.tickets}}\n",
}
"""What a digest says where its rule names no template."""

_MORE: Final = {"en": "… and {count} more", "es": "… y {count} más"}
_NO_SUBJECT: Final = {"en": "(no subject)", "es": "(sin asunto)"}
_STOPPED: Final = {
    "en": "The rule `{rule}` has spoken {times} times here without anybody touching the ticket. It "
    "rests until somebody does.",
    "es": "La regla `{rule}` ha intervenido {times} veces aquí sin que nadie toque el ticket. "
    "Descansa hasta que alguien lo haga.",
}


def nearest(word: str, among: Iterable[str]) -> str | None:
    """Return the most similar of the words, or None where none is near."""
    found = difflib.get_close_matches(word, list(among), n=1, cutoff=0.6)
    return found[0] if found else None


def written_language(language: str | None) -> str:
    """The language that this module writes for a reader of `language`."""
    short = (language or "en").split("-")[0].lower()
    return short if short in _WEEKDAYS else "en"


def day(value: date, language: str) -> str:
    """Write a date with its weekday: `Monday, 9 March 2026`, `lunes, 9 de marzo de 2026`."""
    tongue = written_language(language)
    weekday, month = _WEEKDAYS[tongue][value.weekday()], _MONTHS[tongue][value.month - 1]
    if tongue == "es":
        return f"{weekday}, {value.day} de {month} de {value.year}"
    return f"{weekday}, {value.day} {month} {value.year}"


def clock(value: datetime) -> str:
    """Write a time of day with 24 hours: `09:00`."""
    return f"{value.hour:02}:{value.minute:02}"


def date_and_time(value: datetime, language: str) -> str:
    """Write an instant that is already in the reader's zone: weekday, date, hour and minute."""
    return f"{day(value.date(), language)}, {clock(value)}"


def and_more(language: str | None, count: int) -> str:
    """The last line of a list that is longer."""
    return _MORE[written_language(language)].format(count=count)


def no_subject(language: str | None) -> str:
    """What stands for an empty subject."""
    return _NO_SUBJECT[written_language(language)]


def rule_stopped(language: str | None, rule: str, times: int) -> str:
    """A note for the team about a rule that went on and on."""
    return _STOPPED[written_language(language)].format(rule=rule, times=times)


def yes_or_no(value: bool, language: str) -> str:
    """Write a checkbox."""
    return _YES_NO[written_language(language)][int(value)]


def weekly_hours(week: Sequence[Sequence[tuple[int, int]]] | None, language: str) -> str:
    """Write opening hours: days with the same hours together, `Monday to Thursday 09:00-14:00`.

    `week` has seven days, Monday first, each with (start, end) in minutes; None never closes.
    """
    tongue = written_language(language)
    if week is None:
        return _ALWAYS[tongue]
    parts = []
    first = 0
    for index in range(1, 8):
        if index < 7 and list(week[index]) == list(week[first]):  # noqa: PLR2004 - days of a week
            continue
        if week[first]:
            days = _WEEKDAYS[tongue][first]
            if index - first > 1:
                link = _TO[tongue] if index - first > 2 else _AND[tongue]  # noqa: PLR2004 - three days and more are a range
                days = f"{days} {link} {_WEEKDAYS[tongue][index - 1]}"
            spans = [f"{_minutes(start)}-{_minutes(end)}" for start, end in week[first]]
            parts.append(f"{days} {_joined(spans, _AND[tongue])}")
        first = index
    return "; ".join(parts) or _NEVER[tongue]


def _joined(spans: list[str], link: str) -> str:
    if len(spans) == 1:
        return spans[0]
    return f"{', '.join(spans[:-1])} {link} {spans[-1]}"


def _minutes(value: int) -> str:
    if value == _MINUTES_A_DAY:
        return "24:00"
    return f"{value // 60 % 24:02}:{value % 60:02}"
