"""What the sections of a desk say about each other: references, and what may stand only once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from guardia.config.actions import check_texts
from guardia.config.conditions import WordError, check_pattern
from guardia.config.names import Names
from guardia.config.node import Path
from guardia.config.part import Part
from guardia.config.problem import Findings, listed, suggestion
from guardia.config.schema import (
    Agent,
    CustomField,
    Department,
    Desk,
    Form,
    Group,
    Organization,
    Source,
    Template,
)
from guardia.hooks.payload import OWN_FIELD, PEOPLE

FORM_FIELDS: Final = ("email", "name", "subject", "message")
"""Fields that every form may have; all others are fields of the desk."""

RESERVED_SECRETS: Final = ("reply-token",)
"""Secrets that the desk makes for itself; no program may sign with them."""

_CHOICES: Final = ("dropdown", "multiselect")
_EVERYBODYS: Final = frozenset(
    {"gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com",
     "live.com", "hotmail.es", "yahoo.es", "gmx.com", "gmx.de", "proton.me", "protonmail.com"}
)  # fmt: skip

Items = Mapping[str, list[tuple[Path, Any]]]
"""The well-formed items of each section, with their paths."""


def check_links(desk: Desk | None, items: Items, names: Names, findings: Findings) -> None:
    """Check what each section names in others."""
    if desk is not None and desk.schedule is not None:
        names.check("schedules", desk.schedule, ("desk", "schedule"), findings)
    for section, check in _CHECKS.items():
        for path, item in items[section]:
            check(item, path, names, findings)
    _check_owners(items["departments"], "addresses", "department", findings)
    _check_owners(items["organizations"], "domains", "organization", findings)


def check_unique(plain: Mapping[str, Any], sections: Iterable[str], findings: Findings) -> None:
    """Note every id that stands twice in its section; agents are known by their address."""
    for section in sections:
        key = "email" if section == "agents" else "id"
        seen: dict[str, int] = {}
        found = plain.get(section)
        for index, item in enumerate(found if isinstance(found, list) else ()):
            name = item.get(key) if isinstance(item, dict) else None
            if not isinstance(name, str):
                continue
            name = name.strip().lower()
            if name in seen:
                first = findings.root.locate((section, seen[name], key))
                where = f" ({first.file}:{first.line})" if first.line else ""
                message = (
                    f"`{name}` stands twice in `{section}`{where}; each needs a name of its own"
                )
                findings.error((section, index, key), message)
            else:
                seen[name] = index


def _check_owners(items: list[tuple[Path, Any]], key: str, what: str, findings: Findings) -> None:
    """Note addresses and domains that two items claim."""
    owners: dict[str, str] = {}
    for path, item in items:
        for index, one in enumerate(getattr(item, key)):
            owner = owners.setdefault(one, item.id)
            if owner != item.id:
                message = f"`{one}` belongs to the {what} `{owner}` already"
                findings.error((*path, key, index), message)


def _optional(
    part: Part, sections: Mapping[str, str], path: Path, names: Names, findings: Findings
) -> None:
    for key, section in sections.items():
        value = getattr(part, key)
        if value is not None:
            names.check(section, value, (*path, key), findings)


def _department(one: Department, path: Path, names: Names, findings: Findings) -> None:
    _optional(one, {"group": "groups", "schedule": "schedules"}, path, names, findings)


def _group(one: Group, path: Path, names: Names, findings: Findings) -> None:
    _optional(one, {"department": "departments", "schedule": "schedules"}, path, names, findings)


def _agent(one: Agent, path: Path, names: Names, findings: Findings) -> None:
    for index, group in enumerate(one.groups):
        names.check("groups", group, (*path, "groups", index), findings)
    if one.email in names.own:
        message = f"`{one.email}` is an address of the desk; mail from it would be mail to itself"
        findings.error((*path, "email"), message)
    for index, means in enumerate(one.means):
        if means.startswith("webhook:"):
            names.check(
                "webhooks", means.removeprefix("webhook:"), (*path, "means", index), findings
            )
    if "sms" in one.means and one.phone is None:
        findings.error((*path, "means"), "telling by `sms` needs a `phone`")


def _field(one: CustomField, path: Path, _names: Names, findings: Findings) -> None:
    if one.id in FORM_FIELDS:
        findings.error((*path, "id"), f"every form has `{one.id}` already; choose another id")
    if one.type in _CHOICES and not one.options:
        findings.error(path, f"a {one.type} needs `options`: the values to choose from")
    if one.type not in _CHOICES and one.options is not None:
        findings.error((*path, "options"), f"`options` go with {listed(_CHOICES)}", key=True)
    seen: set[str] = set()
    for index, option in enumerate(one.options or ()):
        if option.value in seen:
            findings.error((*path, "options", index), f"`{option.value}` stands twice")
        seen.add(option.value)
    if one.type == "regexp" and one.pattern is None:
        findings.error(path, "a regexp needs its `pattern`")
    if one.type != "regexp" and one.pattern is not None:
        findings.error((*path, "pattern"), "`pattern` goes with the type `regexp`", key=True)
    if one.type == "regexp" and one.pattern is not None:
        try:
            check_pattern(one.pattern)
        except WordError as error:
            findings.error((*path, "pattern"), str(error))


def _organization(one: Organization, path: Path, _names: Names, findings: Findings) -> None:
    for index, domain in enumerate(one.domains):
        if domain in _EVERYBODYS:
            message = f"anybody can have an address at `{domain}`: all of them become `{one.id}`"
            findings.warn((*path, "domains", index), message)


def _template(one: Template, path: Path, names: Names, findings: Findings) -> None:
    if one.subject is not None:
        check_texts(one.subject, (*path, "subject"), names, findings)
    check_texts(one.body, (*path, "body"), names, findings)


def _form(one: Form, path: Path, names: Names, findings: Findings) -> None:
    _optional(one, {"department": "departments"}, path, names, findings)
    if one.fields is None:
        return
    ids = [field.id for field in one.fields]
    for index, name in enumerate(ids):
        place: Path = (*path, "fields", index, "id")
        if name not in FORM_FIELDS:
            names.check("fields", name, place, findings)
        if name in ids[:index]:
            findings.error(place, f"`{name}` stands twice in this form")
    if "email" not in ids:
        message = "a form needs the field `email`: without it nobody can be answered"
        findings.error((*path, "fields"), message)


def _source(one: Source, path: Path, names: Names, findings: Findings) -> None:
    _optional(one, {"department": "departments"}, path, names, findings)
    if one.secret in RESERVED_SECRETS:
        findings.error((*path, "secret"), f"`{one.secret}` is a secret of the desk itself")
    for target in one.map:
        if target in PEOPLE:
            continue
        place: Path = (*path, "map", target)
        if target.removeprefix(OWN_FIELD) not in names.custom:
            near = suggestion(target, (*PEOPLE, *names.custom))
            hint = near or f"; there are {listed(PEOPLE)} and the desk's `fields`"
            findings.error(
                place, f"there is nothing to fill called `{target[:80]}`{hint}", key=True
            )
        elif f"{OWN_FIELD}{target}" in one.map:
            findings.error(place, f"`{target}` is filled twice", key=True)
    if not {"email", "phone"} & one.map.keys():
        message = "a source needs `email` or `phone`: without them nobody is the requester"
        findings.error((*path, "map"), message)
    elif not {"subject", "message"} & one.map.keys():
        findings.error((*path, "map"), "a source needs `subject` or `message`: what is it about?")


_CHECKS: Final[Mapping[str, Callable[[Any, Path, Names, Findings], None]]] = {
    "departments": _department,
    "groups": _group,
    "agents": _agent,
    "fields": _field,
    "organizations": _organization,
    "templates": _template,
    "forms": _form,
    "sources": _source,
}
