"""Checking what rules do, and writing it in the one form that is stored.

Stored: one key an action, as in the document, with every text by language
(`{email: {to: […], subject: {es: …}, body: {es: …}}}`), every address in lower case and every
default written out.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from guardia.config.conditions import WordError, iso_date, one_of
from guardia.config.names import Names
from guardia.config.node import Path
from guardia.config.problem import Findings, listed, suggestion
from guardia.config.rule_schema import (
    Action,
    AssignAction,
    CommentAction,
    DigestAction,
    EmailAction,
    NotifyAction,
    WebhookAction,
)
from guardia.config.values import EMAIL
from guardia.domain import vocabulary
from guardia.domain.placeholders import PlaceholderError, parse
from guardia.domain.vocabulary import NONE

Normal = dict[str, Any]

DEFAULT_SUBJECT: Final = "{{ticket.subject}}"
"""What a mail is called whose rule and template bring no subject."""

_MAX_TEXT: Final = 16_000
_MAX_BODY: Final = 16_000
_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": vocabulary.STATUSES,
    "priority": vocabulary.PRIORITIES,
    "type": vocabulary.TYPES,
}
_NAMES: Final[Mapping[str, str]] = {"group": "groups", "department": "departments"}


def check_action(action: Action, path: Path, names: Names, findings: Findings) -> Normal:
    """Check what an action names; return its stored form. What is wrong is noted."""
    verb = action.verb
    body = getattr(action, verb)
    place: Path = (*path, verb)
    check = _CHECKS.get(verb)
    return {verb: body if check is None else check(body, place, names, findings)}


def texts(value: str | Mapping[str, str], locale: str) -> dict[str, str]:
    """Return a text by language; one that names none is in the desk's."""
    return {locale: value} if isinstance(value, str) else dict(value)


def check_texts(
    value: str | Mapping[str, str], path: Path, names: Names, findings: Findings
) -> dict[str, str]:
    """Check the placeholders of a text; return it by language."""
    fields = frozenset(names.custom)
    for language, text in texts(value, names.locale).items():
        try:
            parse(text, fields=fields)
        except PlaceholderError as error:
            place = path if isinstance(value, str) else (*path, language)
            findings.error(place, error.message, offset=error.offset)
    return texts(value, names.locale)


def _email(body: EmailAction, path: Path, names: Names, findings: Findings) -> Normal:
    normal: Normal = {"to": _recipients(body.to, (*path, "to"), names, findings)}
    if body.template is not None:
        names.check("templates", body.template, (*path, "template"), findings)
        return {**normal, "template": body.template}
    subject = DEFAULT_SUBJECT if body.subject is None else body.subject
    normal["subject"] = check_texts(subject, (*path, "subject"), names, findings)
    normal["body"] = check_texts(body.body or "", (*path, "body"), names, findings)
    return normal


def _recipients(value: Any, path: Path, names: Names, findings: Findings) -> list[str]:
    many = isinstance(value, list)
    if many and not value:
        findings.error(path, "an empty list; name at least one recipient")
    found = []
    for index, one in enumerate(value if many else [value]):
        place: Path = (*path, index) if many else path
        word = one.strip() if isinstance(one, str) else ""
        if EMAIL.fullmatch(word):
            word = word.lower()
            if word in names.own:
                message = f"`{word}` is an address of this desk, which would write to itself"
                findings.error(place, message)
        elif word not in vocabulary.EMAIL_TO:
            near = suggestion(word, vocabulary.EMAIL_TO)
            known = listed(vocabulary.EMAIL_TO)
            findings.error(place, f"must be one of {known}, or an email address{near}")
        found.append(word)
    return list(dict.fromkeys(found))


def _notify(body: NotifyAction, path: Path, names: Names, findings: Findings) -> Normal:
    target = next(iter(body.model_fields_set & set(vocabulary.NOTIFY_TO)))
    normal: Normal = {target: getattr(body, target)}
    if body.agent is not None:
        names.check("agents", body.agent, (*path, "agent"), findings)
    if isinstance(body.group, str):
        names.check("groups", body.group, (*path, "group"), findings)
    if body.template is not None:
        names.check("templates", body.template, (*path, "template"), findings)
        normal["template"] = body.template
    if body.text is not None:
        normal["text"] = check_texts(body.text, (*path, "text"), names, findings)
    if body.hold is not None:
        normal["hold"] = body.hold
    return normal


def _digest(body: DigestAction, path: Path, names: Names, findings: Findings) -> Normal:
    target = next(one for one in vocabulary.DIGEST_TO if getattr(body, one))
    normal: Normal = {target: getattr(body, target)}
    if body.agent is not None:
        names.check("agents", body.agent, (*path, "agent"), findings)
    if body.group is not None:
        names.check("groups", body.group, (*path, "group"), findings)
    if body.template is not None:
        names.check("templates", body.template, (*path, "template"), findings)
        normal["template"] = body.template
    return normal


def _webhook(body: WebhookAction, path: Path, names: Names, findings: Findings) -> Normal:
    names.check("webhooks", body.webhook, (*path, "webhook"), findings)
    if body.body is None:
        return {"webhook": body.webhook}
    _check_leaves(body.body, (*path, "body"), names, findings)
    if len(json.dumps(body.body, ensure_ascii=False, default=str)) > _MAX_BODY:
        findings.error((*path, "body"), f"longer than {_MAX_BODY} characters")
    return {"webhook": body.webhook, "body": body.body}


def _check_leaves(tree: Any, path: Path, names: Names, findings: Findings) -> None:
    """Check the placeholders of every text in a body."""
    if isinstance(tree, str):
        check_texts(tree, path, names, findings)
    elif isinstance(tree, dict):
        for key, one in tree.items():
            _check_leaves(one, (*path, key), names, findings)
    elif isinstance(tree, list):
        for index, one in enumerate(tree):
            _check_leaves(one, (*path, index), names, findings)


def _comment(body: CommentAction, path: Path, names: Names, findings: Findings) -> Normal:
    text = check_texts(body.text, (*path, "text"), names, findings)
    if not all(one.strip() for one in text.values()):
        findings.error((*path, "text"), "an empty comment")
    normal: Normal = {"text": text, "public": body.public}
    if body.by is not None:
        names.check("agents", body.by, (*path, "by"), findings)
        normal["by"] = body.by
    return normal


def _assign(body: AssignAction, path: Path, names: Names, findings: Findings) -> Normal:
    normal: Normal = {}
    if body.group is not None:
        names.check("groups", body.group, (*path, "group"), findings)
        normal["group"] = body.group
    if body.agent is not None:
        place: Path = (*path, "agent")
        if names.check("agents", body.agent, place, findings):
            _check_owner(body.agent, place, names, findings)
            if body.group is not None and body.group not in names.members[body.agent]:
                message = f"`{body.agent}` is not in the group `{body.group}`"
                findings.error(place, message)
        normal["agent"] = body.agent
    return normal


def _check_owner(agent: str, path: Path, names: Names, findings: Findings) -> None:
    if names.roles[agent] == "light":
        findings.error(path, f"`{agent}` is a light agent; light agents cannot own tickets")


def _set(body: Mapping[str, Any], path: Path, names: Names, findings: Findings) -> Normal:
    if not body:
        findings.error(path, "nothing to set; name a field and its value")
    return {
        name: _written(name, value, (*path, name), names, findings) for name, value in body.items()
    }


def _written(name: str, value: Any, path: Path, names: Names, findings: Findings) -> Any:
    """Check one field that `set` writes; return what is stored, None for `none`."""
    head, _, field = name.partition(".")
    if head == "fields" and field:
        if not names.check("fields", field, path, findings):
            return None
    elif name not in vocabulary.SETTABLE:
        known = (*vocabulary.SETTABLE, *(f"fields.{one}" for one in names.custom))
        hint = (
            suggestion(name, known) or f"; there are {listed(vocabulary.SETTABLE)}, `fields.<id>`"
        )
        findings.error(path, f"a rule cannot set `{name}`{hint}", key=True)
        return None
    if value is None:
        findings.error(path, f"the value of `{name}` is missing; `none` empties a field")
        return None
    if value == NONE and name != "status":
        return None
    try:
        return _custom(field, value, names) if field else _fixed(name, value, path, names, findings)
    except WordError as error:
        findings.error(path, str(error))
        return None


def _fixed(name: str, value: Any, path: Path, names: Names, findings: Findings) -> Any:
    if not isinstance(value, str):
        raise WordError(f"`{name}` must be a word")
    if name in _SETS:
        return one_of(value.lower(), _SETS[name])
    if name in _NAMES:
        names.check(_NAMES[name], value, path, findings)
        return value
    if name == "assignee":
        person = value.strip().lower()
        if person not in ("current_user", "requester") and names.check(
            "agents", person, path, findings
        ):
            _check_owner(person, path, names, findings)
        return person
    if "{{" in value:
        raise WordError("placeholders are not filled in here")
    return value


def _custom(field: str, value: Any, names: Names) -> Any:
    """Check a value for a field of the desk; the domain checks it again when it writes it."""
    kind = names.custom[field]
    if kind == "checkbox":
        if not isinstance(value, bool):
            raise WordError("must be `true` or `false`")
        return value
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WordError("must be a number")
        return value
    if kind == "multiselect":
        many = value if isinstance(value, list) else [value]
        return [one_of(str(one), names.options[field]) for one in many]
    if isinstance(value, dict | list | bool):
        raise WordError("must be a text; put it in quotes")
    text = str(value)
    if kind == "dropdown":
        return one_of(text, names.options[field])
    if kind == "date":
        return iso_date(text)
    if len(text) > _MAX_TEXT:
        raise WordError(f"longer than {_MAX_TEXT} characters")
    return text


def _some_tags(body: list[str], path: Path, _names: Names, findings: Findings) -> list[str]:
    if not body:
        findings.error(path, "an empty list; name at least one tag")
    return list(dict.fromkeys(body))


def _schedule(body: str, path: Path, names: Names, findings: Findings) -> str:
    names.check("schedules", body, path, findings)
    return body


_CHECKS: Final[Mapping[str, Callable[[Any, Path, Names, Findings], Any]]] = {
    "email": _email,
    "notify": _notify,
    "webhook": _webhook,
    "comment": _comment,
    "assign": _assign,
    "set": _set,
    "add_tags": _some_tags,
    "remove_tags": _some_tags,
    "set_schedule": _schedule,
    "digest": _digest,
}
