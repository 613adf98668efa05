"""From the stored form of a desk document to the desk that decisions consult.

Reads plain JSON and needs neither pydantic nor YAML, so functions start without them. What leads
nowhere (a document of an older version, or one changed by hand) makes its rule dead, not the desk.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import re2

from guardia.config.schedules import read_schedule
from guardia.domain import vocabulary
from guardia.domain.desk import (
    Action,
    AddComment,
    Agent,
    Assign,
    Branch,
    CallWebhook,
    Condition,
    CustomField,
    Department,
    Desk,
    Email,
    Form,
    FormField,
    Group,
    MailTemplate,
    Notify,
    Schedule,
    Set,
    SetSchedule,
    Source,
    Stop,
    Tag,
    Texts,
    Tree,
    Trigger,
)
from guardia.domain.hours import Hours
from guardia.domain.model import Endpoint, Organization
from guardia.domain.placeholders import parse
from guardia.domain.triggers import compile_rules
from guardia.domain.vocabulary import NONE

_Stored = Mapping[str, Any]


def compile_desk(document: _Stored, version: str = "", *, code: str = "", tzdata: str = "") -> Desk:
    """Build the desk from a stored document; an empty one gives a desk of defaults.

    `version`, `code` and `tzdata` are what the desk says of itself in every entry.
    """
    items = {section: document.get(section, ()) for section in vocabulary.SECTIONS}
    general = document.get("desk", {})
    custom = {one["id"]: one["type"] for one in items["fields"]}
    texts = _Reader(frozenset(custom))
    calendars = {
        one["id"]: [date.fromisoformat(day) for day in one["dates"]] for one in items["calendars"]
    }
    known = _known(items)
    conditions = _Conditions(known, custom)
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
                id=one["id"], subject=texts.read(one["subject"]), body=texts.read(one["body"])
            )
            for one in items["templates"]
        },
        rules=compile_rules(
            tuple([_trigger(one, texts, conditions, known, custom) for one in items["triggers"]]),
            custom,
        ),
        forms={one["id"]: _form(one) for one in items["forms"]},
        sources={one["id"]: _source(one) for one in items["sources"]},
        webhooks={
            one["id"]: Endpoint(id=one["id"], url=one["url"], secret=one["secret"])
            for one in items["webhooks"]
        },
    )


_PLAIN: Final = ("name", "locale", "timezone", "schedule", "assign_on_reply", "url")


class _Reader:
    """Reads texts with placeholders, each different one once."""

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields
        self._read: dict[str, Any] = {}

    def read(self, texts: Mapping[str, str]) -> Texts:
        for text in texts.values():
            if text not in self._read:
                self._read[text] = parse(text, fields=self._fields)
        return {language: self._read[text] for language, text in texts.items()}

    def tree(self, tree: Any) -> Any:
        """Read every text in a tree of JSON."""
        if isinstance(tree, str):
            return self.read({"": tree})[""]
        if isinstance(tree, dict):
            return {key: self.tree(one) for key, one in tree.items()}
        return [self.tree(one) for one in tree] if isinstance(tree, list) else tree


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
        matches=_whole(pattern) if pattern is not None else None,
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


# -- rules ----------------------------------------------------------------------------------------


class _Conditions:
    """Reads the conditions of rules, each different one once.

    The same object stands wherever a rule asks the same, so that it is compiled once, too.
    """

    def __init__(self, known: Mapping[str, frozenset[str]], custom: Mapping[str, str]) -> None:
        self._known, self._custom = known, custom
        self._read: dict[tuple[Any, ...], tuple[Condition, tuple[str, ...]]] = {}

    def tree(self, tree: _Stored, dead: dict[str, None]) -> Tree:
        """Read a tree; add what its conditions name and the desk has not to `dead`."""
        if "field" not in tree:
            kind, items = next(iter(tree.items()))
            return Branch(kind=kind, items=tuple([self.tree(one, dead) for one in items]))
        value = tree["value"]
        plain = value if type(value) is str else repr(value)
        hours, schedule = tree.get("hours"), tree.get("schedule")
        key = (tree["field"], tree["operator"], type(value), plain, hours, schedule)
        found = self._read.get(key)
        if found is None:
            named = _asked(tree, self._custom)
            found = self._read[key] = (_condition(tree), tuple(_lost(named, self._known)))
        condition, lost = found
        if lost:
            dead.update(dict.fromkeys(lost))
        return condition


def _condition(one: _Stored) -> Condition:
    value = one["value"]
    return Condition(
        field=one["field"],
        operator=one["operator"],
        value=tuple(value) if isinstance(value, list) else value,
        hours=one.get("hours", "calendar"),
        schedule=one.get("schedule"),
        search=_anywhere(value) if one["operator"] == "matches" else None,
    )


def _trigger(
    one: _Stored,
    texts: _Reader,
    conditions: _Conditions,
    known: Mapping[str, frozenset[str]],
    custom: dict[str, str],
) -> Trigger:
    dead: dict[str, None] = {}
    when = conditions.tree(one["when"], dead) if "when" in one else None
    dead.update(dict.fromkeys(_lost(_done(one["do"], custom), known)))
    return Trigger(
        id=one["id"],
        when=None if any(each.startswith("field ") for each in dead) else when,
        actions=tuple(
            [_ACTIONS[verb](body, texts) for each in one["do"] for verb, body in each.items()]
        ),
        dead=tuple(dead),
    )


def _options(*, case_sensitive: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    return options


def _anywhere(pattern: str) -> Callable[[str], bool]:
    """A search without regard to case in texts that are folded already.

    Letters of the pattern lose their accents as those of the text did.
    """
    compiled = re2.compile(_unaccented(pattern), _options(case_sensitive=False))
    return lambda text: compiled.search(text) is not None


def _whole(pattern: str) -> Callable[[str], bool]:
    compiled = re2.compile(pattern, _options(case_sensitive=True))
    return lambda text: compiled.fullmatch(text) is not None


def _unaccented(pattern: str) -> str:
    return pattern if pattern.isascii() else "".join(_plain_letter(one) for one in pattern)


def _plain_letter(letter: str) -> str:
    """A letter as folding leaves it; signs stay, they could mean something to RE2."""
    if letter.isascii() or not letter.isalnum():
        return letter
    apart = unicodedata.normalize("NFKD", letter.casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return plain if plain.isalnum() else letter


def _email(body: _Stored, texts: _Reader) -> Action:
    own = {key: texts.read(body[key]) for key in ("subject", "body") if key in body}
    return Email(to=tuple(body["to"]), template=body.get("template"), **own)


def _notify(body: _Stored, texts: _Reader) -> Action:
    target = next(one for one in vocabulary.NOTIFY_TO if one in body)
    return Notify(
        target=target,
        id=body[target] if isinstance(body[target], str) else None,
        template=body.get("template"),
        text=texts.read(body["text"]) if "text" in body else None,
        until_hours="hold" in body,
    )


def _webhook(body: _Stored, texts: _Reader) -> Action:
    return CallWebhook(webhook=body["webhook"], body=texts.tree(body.get("body")))


def _comment(body: _Stored, texts: _Reader) -> Action:
    return AddComment(text=texts.read(body["text"]), public=body["public"], by=body.get("by"))


def _assign(body: _Stored, _texts: _Reader) -> Action:
    return Assign(agent=body.get("agent"), group=body.get("group"))


def _set(body: _Stored, _texts: _Reader) -> Action:
    return Set(values=body)


def _tags(mode: str) -> Callable[[Any, _Reader], Action]:
    return lambda body, _texts: Tag(mode=mode, tags=tuple(body))


_ACTIONS: Final[Mapping[str, Callable[[Any, _Reader], Action]]] = {
    "email": _email,
    "notify": _notify,
    "webhook": _webhook,
    "comment": _comment,
    "assign": _assign,
    "set": _set,
    "add_tags": _tags("add"),
    "remove_tags": _tags("remove"),
    "set_tags": _tags("set"),
    "set_schedule": lambda body, _texts: SetSchedule(schedule=body),
    "stop": lambda _body, _texts: Stop(),
}


# -- what leads nowhere ---------------------------------------------------------------------------

_PEOPLE: Final = ("current_user", "requester", NONE)


def _lost(named: Iterable[tuple[str, str]], known: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Name every reference that leads nowhere, as `section-without-s id`."""
    for section, name in named:
        if section == "fields" or name not in known[section]:
            yield f"{section.removesuffix('s')} {name}"


def _asked(one: _Stored, custom: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a condition refers to, as section and id; of `fields` only what is not there."""
    found = vocabulary.field(one["field"], custom)
    if found is None:
        yield "fields", one["field"]
        return
    if "schedule" in one:
        yield "schedules", one["schedule"]
    if found.refers in ("", "channels") or one["operator"] in vocabulary.VALUELESS:
        return
    many = one["value"] if isinstance(one["value"], list) else [one["value"]]
    for value in many:
        if value not in _PEOPLE:
            yield found.refers, value


def _done(actions: list[_Stored], custom: dict[str, str]) -> Iterator[tuple[str, str]]:
    for action in actions:
        for verb, body in action.items():
            if verb == "set_schedule":
                yield "schedules", body
            elif verb == "set":
                yield from _written(body, custom)
            elif isinstance(body, dict):
                for key, section in _REFERS.items():
                    if isinstance(body.get(key), str):
                        yield section, body[key]


_REFERS: Final = {
    "template": "templates",
    "agent": "agents",
    "group": "groups",
    "by": "agents",
    "webhook": "webhooks",
}
_WRITES: Final = {"group": "groups", "department": "departments", "assignee": "agents"}


def _written(values: _Stored, custom: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name.startswith("fields.") and name.removeprefix("fields.") not in custom:
            yield "fields", name
        if name in _WRITES and value is not None and value not in _PEOPLE:
            yield _WRITES[name], value
