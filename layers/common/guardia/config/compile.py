"""From the stored form of a desk document to the desk that decisions consult.

Reads plain JSON and needs neither pydantic nor YAML, so functions start without them. What leads
nowhere (a document of an older version, or one changed by hand) makes its rule dead, not the desk.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from guardia.config.compile_rules import RuleReader
from guardia.config.schedules import read_schedule
from guardia.config.searches import whole
from guardia.domain import vocabulary
from guardia.domain.automations import compile_automations
from guardia.domain.desk import (
    Agent,
    CustomField,
    Department,
    Desk,
    Form,
    FormField,
    Group,
    MailTemplate,
    Schedule,
    Source,
)
from guardia.domain.hours import Hours
from guardia.domain.model import Endpoint, Organization
from guardia.domain.sla import compile_policies
from guardia.domain.triggers import compile_rules

_Stored = Mapping[str, Any]


def compile_desk(document: _Stored, version: str = "", *, code: str = "", tzdata: str = "") -> Desk:
    """Build the desk from a stored document; an empty one gives a desk of defaults.

    `version`, `code` and `tzdata` are what the desk says of itself in every entry.
    """
    items = {section: document.get(section, ()) for section in vocabulary.SECTIONS}
    general = document.get("desk", {})
    custom = {one["id"]: one["type"] for one in items["fields"]}
    calendars = {
        one["id"]: [date.fromisoformat(day) for day in one["dates"]] for one in items["calendars"]
    }
    known = _known(items)
    rules = RuleReader(known, custom, views=items["views"])
    organizations = {one["id"]: _organization(one) for one in items["organizations"]}
    return Desk(
        version=version,
        code=code,
        tzdata=tzdata,
        **{key: general[key] for key in _PLAIN if key in general},
        locales=tuple(general.get("locales", ("en",))),
        addresses=tuple(general.get("addresses", ())),
        schedules={one["id"]: _schedule(one, calendars) for one in items["schedules"]},
        departments={one["id"]: _department(one) for one in items["departments"]},
        groups={one["id"]: _group(one, items["agents"]) for one in items["groups"]},
        agents={one["email"]: _agent(one, known["groups"]) for one in items["agents"]},
        fields={one["id"]: _field(one) for one in items["fields"]},
        organizations=organizations,
        domains={domain: one.id for one in organizations.values() for domain in one.domains},
        templates={
            one["id"]: MailTemplate(
                id=one["id"],
                subject=rules.texts.read(one["subject"]),
                body=rules.texts.read(one["body"]),
            )
            for one in items["templates"]
        },
        rules=compile_rules(tuple([rules.trigger(one) for one in items["triggers"]]), custom),
        automations=compile_automations(
            tuple([rules.automation(one) for one in items["automations"]]), custom
        ),
        promises=compile_policies(
            tuple([rules.policy(one) for one in items["sla_policies"]]), custom
        ),
        forms={one["id"]: _form(one) for one in items["forms"]},
        sources={one["id"]: _source(one) for one in items["sources"]},
        webhooks={
            one["id"]: Endpoint(id=one["id"], url=one["url"], secret=one["secret"])
            for one in items["webhooks"]
        },
    )


_PLAIN: Final = (
    "name",
    "locale",
    "timezone",
    "schedule",
    "assign_on_reply",
    "close_after",
    "url",
)


def _known(items: _Stored) -> dict[str, frozenset[str]]:
    known = {
        section: frozenset(one["id"] for one in items[section])
        for section in (
            "schedules",
            "departments",
            "groups",
            "organizations",
            "templates",
            "webhooks",
            "views",
            "sla_policies",
        )
    }
    known["agents"] = frozenset(one["email"] for one in items["agents"])
    return known


def _schedule(one: _Stored, calendars: Mapping[str, list[date]]) -> Schedule:
    return Schedule(
        id=one["id"],
        name=one.get("name", one["id"]),
        hours=Hours(read_schedule(one, {id_: calendars.get(id_, []) for id_ in one["calendars"]})),
    )


def _department(one: _Stored) -> Department:
    return Department(
        id=one["id"],
        name=one["name"],
        addresses=tuple(one["addresses"]),
        group=one.get("group"),
        schedule=one.get("schedule"),
    )


def _group(one: _Stored, agents: list[_Stored]) -> Group:
    return Group(
        id=one["id"],
        name=one["name"],
        department=one.get("department"),
        schedule=one.get("schedule"),
        agents=tuple(each["email"] for each in agents if one["id"] in each["groups"]),
    )


def _agent(one: _Stored, groups: frozenset[str]) -> Agent:
    return Agent(
        email=one["email"],
        name=one["name"],
        role=one["role"],
        groups=tuple(each for each in one["groups"] if each in groups),
        capacity=one.get("capacity"),
        skills=tuple(one["skills"]),
        phone=one.get("phone"),
        language=one.get("language"),
        timezone=one.get("timezone"),
        means=tuple(one["means"]),
    )


def _field(one: _Stored) -> CustomField:
    pattern = one.get("pattern")
    return CustomField(
        id=one["id"],
        type=one["type"],
        title=one["title"],
        options=tuple(each["value"] for each in one["options"]),
        matches=whole(pattern) if pattern is not None else None,
    )


def _organization(one: _Stored) -> Organization:
    return Organization(
        id=one["id"],
        name=one["name"],
        domains=tuple(one["domains"]),
        tags=tuple(one["tags"]),
        fields=one["fields"],
    )


def _form(one: _Stored) -> Form:
    return Form(
        id=one["id"],
        name=one["name"],
        department=one.get("department"),
        fields=tuple(FormField(id=each["id"], required=each["required"]) for each in one["fields"]),
        origins=tuple(one["origins"]),
    )


def _source(one: _Stored) -> Source:
    return Source(
        id=one["id"],
        secret=one["secret"],
        map=one["map"],
        scheme=one["scheme"],
        department=one.get("department"),
        tags=tuple(one["tags"]),
        verified=one["verified"],
    )
