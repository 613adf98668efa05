"""A form that somebody filled in: what the desk asks for, checked, and the message it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from guardia.domain import language as tongues
from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk, Form
from guardia.domain.model import Comment, InvalidError, RefusedError
from guardia.domain.system import field_value

PEOPLE: Final = ("email", "name", "subject", "message")
"""Fields that every form may have; all others are fields of the desk."""

MAX_MESSAGE: Final = 100_000
MAX_SHORT: Final = 500
SUBJECT: Final = 80
"""How much of a message stands in for a subject."""

_EMAIL_MAX: Final = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What was sent to a form. `origin` is the site it was posted from (None: not by a browser),
    `language` what the browser prefers. `id` names the event, `at` is its instant."""

    id: str
    at: datetime
    form: str
    values: Mapping[str, Any]
    origin: str | None = None
    language: str | None = None


class FormError(InvalidError):
    """Some fields of a form are wrong; `errors` holds (field, message) for each."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        """Keep every error: people mend a form once."""
        super().__init__("form", "some fields of the form make no sense", errors[0][0])
        self.errors = errors


def address_of(values: Mapping[str, Any]) -> str:
    """The address in a form, as addresses are compared; empty where there is none."""
    return str(values.get("email") or "").strip().lower()


def read(desk: Desk, form: Form, post: Post) -> Arrival:
    """Check a form's post and return the message it is.

    Raises:
        RefusedError: it was posted from a site that may not post it.
        FormError: a field is missing, unknown, or holds what it cannot hold.
    """
    if not allows(form, post.origin):
        raise RefusedError("origin", "this site may not post the form", "Origin")
    known = {one.id: one for one in form.fields}
    errors = [(name, "is no field of this form") for name in post.values if name not in known]
    found: dict[str, Any] = {}
    for name, asked in known.items():
        value = post.values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if asked.required:
                errors.append((name, "is required"))
            continue
        try:
            found[name] = checked(desk, name, value)
        except InvalidError as error:
            errors.append((name, error.message))
    if errors:
        raise FormError(errors)
    return _arrival(desk, form, post, found)


def allows(form: Form, origin: str | None) -> bool:
    """Whether a form may be posted from there; what is no browser has no origin."""
    return origin is None or origin.rstrip("/").lower() in form.origins


def checked(desk: Desk, name: str, value: Any) -> Any:
    """Return a value as a ticket keeps it: of `PEOPLE`, or of a field of the desk.

    Raises:
        InvalidError: it cannot hold the value.
    """
    texts = value if isinstance(value, list | tuple) else (value,)
    if any("\ud800" <= sign <= "\udfff" for text in texts for sign in str(text)):
        raise InvalidError("wrong_type", "holds half a character", name)
    if name not in PEOPLE:
        return field_value(desk.fields[name], value)
    if not isinstance(value, str):
        raise InvalidError("wrong_type", "must be a text", name)
    text = value.strip()
    limit = MAX_MESSAGE if name == "message" else MAX_SHORT
    if len(text) > limit:
        raise InvalidError("too_long", f"must have at most {limit} characters", name)
    if name == "email":
        return _email(desk, text)
    return text if name == "message" else " ".join(text.split())


def _email(desk: Desk, text: str) -> str:
    local, at, domain = text.lower().rpartition("@")
    odd = any(one.isspace() or one in '<>,;:"()[]\\' or not one.isprintable() for one in text)
    if not (local and at and domain) or odd or "@" in local or len(text) > _EMAIL_MAX:
        raise InvalidError("no_email", "must be an address like ana@example.com", "email")
    if desk.reaches_us(text.lower()):
        raise InvalidError("own_address", "is an address of this desk; write your own", "email")
    return text.lower()


def _arrival(desk: Desk, form: Form, post: Post, found: Mapping[str, Any]) -> Arrival:
    message = found.get("message", "")
    stated = (post.language or "").split(",")[0].split("-")[0].strip().lower()
    address = found.get("email")
    return Arrival(
        id=post.id,
        at=post.at,
        channel="form",
        sender=address,
        sender_name=found.get("name"),
        subject=found.get("subject") or first_line(message) or form.name,
        comment=Comment(text=message, by=address),
        department=form.department,
        language=None,
        guessed=tongues.detect(message, desk.locales)
        or (stated if stated in desk.locales else None),
        ticket_fields={f"fields.{k}": v for k, v in found.items() if k not in PEOPLE},
    )


def first_line(message: str) -> str:
    """The beginning of a message, as a subject for one that has none."""
    line = message.strip().splitlines()[0] if message.strip() else ""
    return line if len(line) <= SUBJECT else line[: SUBJECT - 1].rstrip() + "…"
