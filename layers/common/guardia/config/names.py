"""What a desk document declares, and so what its rules may name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardia.config.node import Path
from guardia.config.problem import Findings, suggestion
from guardia.domain.vocabulary import CHANNELS, CUSTOM_KINDS, SECTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Everything that has a name.

    `of` maps each section to the ids in it (of agents their addresses), `custom` each field of the
    desk to its type, `options` each field to its choices, `roles` and `members` each agent to
    their role and groups, `own` are the addresses of the desk, `locale` the language of a text
    that names none.
    """

    of: Mapping[str, frozenset[str]]
    custom: Mapping[str, str]
    options: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    own: frozenset[str]
    locale: str

    def check(self, section: str, name: Any, path: Path, findings: Findings) -> bool:
        """Whether the section has the name; where not, note it with the nearest one there is."""
        known = self.of[section]
        if not isinstance(name, str):
            findings.error(path, "must be a word")
            return False
        if name in known:
            return True
        what = singular(section)
        if not known:
            message = f"there is no {what} `{name}`: the document lists no {section}"
        else:
            near = suggestion(name, known)
            message = f"there is no {what} `{name}`{near or f'; there are {shortened(known)}'}"
        findings.error(path, message)
        return False


def names_of(plain: Mapping[str, Any]) -> Names:
    """Collect the names of a document that may be wrong in many ways, so that one mistake does not
    make every mention of the thing a second one."""
    desk = plain.get("desk") if isinstance(plain.get("desk"), dict) else {}
    items = {section: list(_items(plain, section)) for section in _SECTIONS}
    of = {section: frozenset(_words(items[section], "id")) for section in _SECTIONS}
    agents = [one for one in items["agents"] if isinstance(one.get("email"), str)]
    of["agents"] = frozenset(one["email"].strip().lower() for one in agents)
    of["channels"] = frozenset(CHANNELS)
    fields = [one for one in items["fields"] if isinstance(one.get("id"), str)]
    kinds = {one["id"]: one.get("type", "text") for one in fields}
    owners = [desk or {}, *items["departments"]]
    return Names(
        of=of,
        custom={
            id_: kind if isinstance(kind, str) and kind in CUSTOM_KINDS else "text"
            for id_, kind in kinds.items()
        },
        options={one["id"]: tuple(_options(one.get("options"))) for one in fields},
        roles={one["email"].strip().lower(): str(one.get("role", "agent")) for one in agents},
        members={one["email"].strip().lower(): tuple(_list(one.get("groups"))) for one in agents},
        own=frozenset(
            one.strip().lower()
            for owner in owners
            for one in _list(owner.get("addresses"))
            if isinstance(one, str)
        ),
        locale=locale if isinstance(locale := (desk or {}).get("locale"), str) else "en",
    )


def singular(section: str) -> str:
    """Return what one item of a section is called."""
    return "SLA policy" if section == "sla_policies" else section.removesuffix("s")


_SECTIONS: Final = tuple(one for one in SECTIONS if one != "desk")


def shortened(words: Iterable[str], most: int = 8) -> str:
    """List some of the words for people."""
    ordered = sorted(words)
    more = ", …" if len(ordered) > most else ""
    return ", ".join(f"`{one}`" for one in ordered[:most]) + more


def _items(plain: Mapping[str, Any], section: str) -> Iterable[dict[str, Any]]:
    return (one for one in _list(plain.get(section)) if isinstance(one, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(items: list[dict[str, Any]], key: str) -> Iterable[str]:
    return (one[key] for one in items if isinstance(one.get(key), str))


def _options(value: Any) -> Iterable[str]:
    for one in _list(value):
        found = one.get("value") if isinstance(one, dict) else one
        if isinstance(found, str):
            yield found
