"""What a delivery says: the values that a source's paths lead to, and the message they become."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from guardia.domain import forms, language as tongues
from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk, Source
from guardia.domain.model import Comment, InvalidError
from guardia.hooks import jsonpath

PEOPLE: Final = (*forms.PEOPLE, "phone", "language")
"""What every source may fill; all others are fields of the desk."""

KEPT: Final = timedelta(days=14)
"""How long a delivery is known again: longer than any sender tries."""

OWN_FIELD: Final = "fields."
_PHONE: Final = re.compile(r"\+[1-9][0-9]{5,14}")
_SIGNS: Final = re.compile(r"[ ().-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery of a source, its signature proved. `id` names it (a repeat has the same one),
    `at` is the instant it came in, `body` the JSON it holds."""

    id: str
    at: datetime
    source: Source
    body: Any


class PayloadError(InvalidError):
    """The body does not hold what the source's map asks of it; `errors` are (target, message)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        """Keep every error."""
        message = "the body does not hold what the source asks of it"
        super().__init__("source", message, errors[0][0])
        self.errors = errors


def people(delivery: Delivery) -> tuple[str | None, str | None]:
    """The email address and the phone number that a delivery names, as identities are compared."""
    try:
        email, phone = (str(_text(delivery, name)) for name in ("email", "phone"))
    except InvalidError:
        return None, None  # nobody need be looked up: reading it will refuse it
    return email.lower() or None, _SIGNS.sub("", phone) or None


def read(desk: Desk, delivery: Delivery) -> Arrival:
    """Return the message that a delivery is.

    Raises:
        PayloadError: a value cannot be what it is mapped to, or what a ticket needs is not there.
    """
    source, errors = delivery.source, list[tuple[str, str]]()
    found: dict[str, Any] = {}
    for name in source.map:
        try:
            value = _text(delivery, name, many=_takes_many(desk, name))
            if value not in ("", []):
                found[name] = _checked(desk, name, value)
        except InvalidError as error:
            errors.append((name, error.message))
    wrong = {name for name, _ in errors}
    for needed in (("email", "phone"), ("message", "subject")):
        if not any(one in found or one in wrong for one in needed):
            errors.append(_missing(source, needed))
    if errors:
        raise PayloadError(errors)
    return _arrival(desk, delivery, found)


def _arrival(desk: Desk, delivery: Delivery, found: Mapping[str, Any]) -> Arrival:
    source = delivery.source
    message = found.get("message") or found["subject"]
    sender = found.get("email") or found["phone"]
    stated = str(found.get("language", "")).partition("-")[0].lower()
    return Arrival(
        id=delivery.id,
        at=delivery.at,
        channel="hook",
        sender=sender,
        sender_name=found.get("name"),
        phone=found.get("phone"),
        subject=found.get("subject") or forms.first_line(message),
        comment=Comment(text=message, by=sender),
        department=source.department,
        verified=source.verified,
        language=stated if stated in desk.locales else None,
        guessed=tongues.detect(message, desk.locales),
        ticket_fields={k: v for k, v in found.items() if k.startswith(OWN_FIELD)},
        tags=source.tags,
    )


def _missing(source: Source, needed: tuple[str, ...]) -> tuple[str, str]:
    mapped = [one for one in needed if one in source.map]
    where = " or ".join(source.map[one] for one in mapped)
    return (mapped or needed)[0], f"the body has nothing at {where}" if where else "is not mapped"


def _takes_many(desk: Desk, name: str) -> bool:
    field = desk.fields.get(name.removeprefix(OWN_FIELD)) if name.startswith(OWN_FIELD) else None
    return field is not None and field.type == "multiselect"


def _checked(desk: Desk, name: str, value: Any) -> Any:
    if name in forms.PEOPLE:
        return forms.checked(desk, name, value)
    if name == "phone":
        number = _SIGNS.sub("", value)
        if _PHONE.fullmatch(number) is None:
            message = "must be a phone number with its country, like +34600111000"
            raise InvalidError("no_phone", message, name)
        return number
    if name == "language":
        return value.strip()
    field = name.removeprefix(OWN_FIELD)
    if field not in desk.fields:
        raise InvalidError("unknown_field", f"the desk has no field `{field}`", name)
    return forms.checked(desk, field, value)


@lru_cache(maxsize=512)
def _path(text: str) -> jsonpath.Path:
    return jsonpath.read(text)


def _text(delivery: Delivery, name: str, *, many: bool = False) -> Any:
    """The text at the place a target is mapped to: of several values all of them, a message's on
    lines of their own. Empty where nothing is mapped or nothing is there; with `many`, a list.

    Raises:
        InvalidError: an object lies there, or the place is none (a document changed by hand).
    """
    where = delivery.source.map.get(name)
    if where is None:
        return [] if many else ""
    values: list[Any] = []
    try:
        for one in _path(where).find(delivery.body):
            values.extend(one if isinstance(one, list) else (one,))
    except jsonpath.PathError as error:
        raise InvalidError("no_path", f"`{where}` is no path: {error}", name) from None
    if any(isinstance(one, dict | list) for one in values):
        message = f"there is an object at {where}; lead on to a value in it"
        raise InvalidError("wrong_type", message, name)
    texts = [_written(one) for one in values if one is not None]
    return texts if many else ("\n" if name == "message" else ", ").join(texts).strip()


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
