"""The checked document in the one form that is stored and compiled: plain JSON, every default and
every text by language written out, nothing outside itself needed to read it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from guardia.config.actions import DEFAULT_SUBJECT, Normal, texts
from guardia.config.links import FORM_FIELDS, Items
from guardia.config.schema import Desk
from guardia.config.walk import texts_of_rules
from guardia.hooks.payload import OWN_FIELD, PEOPLE


def normalise(
    desk: Desk,
    items: Items,
    *,
    schedules: Sequence[Normal],
    calendars: Mapping[str, Sequence[date]],
    rules: Mapping[str, Sequence[Normal]],
) -> Normal:
    """Write a document without errors in its stored form.

    `schedules` and `rules` (by section) are stored forms already, `calendars` the dates of each
    calendar.
    """
    of = {section: [item for _, item in found] for section, found in items.items()}
    locale = desk.locale
    document: Normal = {
        "schedules": list(schedules),
        "calendars": [
            {"id": id_, "dates": [one.isoformat() for one in dates]}
            for id_, dates in calendars.items()
        ],
        "departments": [
            {**_named(one), **_given(one, "group", "schedule"), "addresses": _once(one.addresses)}
            for one in of["departments"]
        ],
        "groups": [
            {**_named(one), **_given(one, "department", "schedule")} for one in of["groups"]
        ],
        "agents": [_agent(one) for one in of["agents"]],
        "fields": [_field(one, locale) for one in of["fields"]],
        "organizations": [
            {
                **_named(one),
                "domains": _once(one.domains),
                "tags": _once(one.tags),
                "fields": {key: value for key, value in one.fields.items() if value is not None},
            }
            for one in of["organizations"]
        ],
        "templates": [
            {
                "id": one.id,
                "subject": texts(DEFAULT_SUBJECT if one.subject is None else one.subject, locale),
                "body": texts(one.body, locale),
            }
            for one in of["templates"]
        ],
        "webhooks": [
            {**_named(one), "url": one.url, "secret": one.secret or one.id}
            for one in of["webhooks"]
        ],
        **{section: list(found) for section, found in rules.items()},
        "forms": [_form(one) for one in of["forms"]],
        "sources": [_source(one) for one in of["sources"]],
    }
    return {"desk": _desk(desk, document), **document}


def hash_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the document's canonical JSON, in hexadecimal."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _desk(desk: Desk, document: Normal) -> Normal:
    """Languages left out are the desk's own and every one that a text is written in."""
    written = dict.fromkeys(desk.locales or _languages(document))
    return {
        "name": desk.name,
        "locale": desk.locale,
        "locales": list(dict.fromkeys((desk.locale, *written))),
        "timezone": desk.timezone,
        "addresses": _once(desk.addresses),
        "assign_on_reply": desk.assign_on_reply,
        "close_after": desk.close_after,
        **_given(desk, "schedule", "conversation_window", "url"),
    }


def _languages(document: Normal) -> Iterator[str]:
    for one in document["templates"]:
        yield from one["subject"]
        yield from one["body"]
    for one in document["fields"]:
        yield from one["title"]
    for _, text in texts_of_rules(document):
        yield from text


def _given(one: Any, *keys: str) -> Normal:
    return {key: value for key in keys if (value := getattr(one, key)) is not None}


def _named(one: Any) -> Normal:
    return {"id": one.id, "name": one.id if one.name is None else one.name}


def _once(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _agent(one: Any) -> Normal:
    return {
        "email": one.email,
        "name": one.email.partition("@")[0] if one.name is None else one.name,
        "role": one.role,
        "groups": _once(one.groups),
        "skills": _once(one.skills),
        "means": _once(one.means),
        **_given(one, "capacity", "phone", "language", "timezone"),
    }


def _field(one: Any, locale: str) -> Normal:
    return {
        "id": one.id,
        "type": one.type,
        "title": texts(one.id if one.title is None else one.title, locale),
        "options": [
            {
                "value": option.value,
                "label": texts(option.value if option.label is None else option.label, locale),
            }
            for option in one.options or ()
        ],
        **_given(one, "pattern"),
    }


def _form(one: Any) -> Normal:
    if one.fields is None:
        asked = [{"id": id_, "required": id_ in ("email", "message")} for id_ in FORM_FIELDS]
    else:
        asked = [{"id": each.id, "required": each.required} for each in one.fields]
    return {
        **_named(one),
        **_given(one, "department"),
        "fields": asked,
        "origins": _once(one.origins),
    }


def _source(one: Any) -> Normal:
    """Fields of the desk stand in `map` by their full name."""
    return {
        **_named(one),
        **_given(one, "department"),
        "secret": one.secret or one.id,
        "scheme": one.scheme,
        "map": {
            target if target in PEOPLE else OWN_FIELD + target.removeprefix(OWN_FIELD): where
            for target, where in one.map.items()
        },
        "tags": _once(one.tags),
        "verified": one.verified,
    }
