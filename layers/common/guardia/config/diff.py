"""What differs between two versions of a desk, object by object and key by key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Normal = Mapping[str, Any]

_CONDITION: Final = frozenset(("field", "operator", "value"))
_NAMES: Final = ("id", "email")
"""What objects of a section are called by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of an object whose value differs, None where there is none. Dots lead deeper."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one object of a section.

    `change` is `added`, `removed`, `changed`, or `reordered` (then `id` is None and `keys` holds
    the ids in their old and their new order: triggers are looked at in order). `id` is None for
    `desk` too. Of what was added the old values are None, of what was removed the new ones.
    """

    section: str
    id: str | None
    change: str
    keys: tuple[Key, ...]


def changes(old: Normal, new: Normal) -> list[Change]:
    """Compare two documents in their stored form, section by section, in the order of the new one.

    An empty document has no sections; everything in the other one is added or removed.
    """
    sections = dict.fromkeys((*new, *old))
    return [one for section in sections for one in _in_section(section, old, new)]


def _in_section(section: str, old: Normal, new: Normal) -> Iterator[Change]:
    before, after = old.get(section), new.get(section)
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        yield from _object(section, None, before, after)
        return
    was, now = _by_id(before or ()), _by_id(after or ())
    for id_ in dict.fromkeys((*was, *now)):
        yield from _object(section, id_, was.get(id_), now.get(id_))
    kept_before = [one for one in was if one in now]
    kept_after = [one for one in now if one in was]
    if kept_before != kept_after:
        order = Key(key="order", old=kept_before, new=kept_after)
        yield Change(section=section, id=None, change="reordered", keys=(order,))


def _by_id(objects: Sequence[Normal]) -> dict[str, Normal]:
    return {next(str(one[name]) for name in _NAMES if name in one): one for one in objects}


def _object(
    section: str, id_: str | None, before: Normal | None, after: Normal | None
) -> Iterator[Change]:
    was, now = _flat(before or {}), _flat(after or {})
    keys = tuple(
        Key(key=key, old=was.get(key), new=now.get(key))
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
    )
    if before is None or after is None:
        word = "added" if before is None else "removed"
        yield Change(section=section, id=id_, change=word, keys=keys)
    elif keys:
        yield Change(section=section, id=id_, change="changed", keys=keys)


def _flat(one: Normal, prefix: str = "") -> dict[str, Any]:
    """Write an object's keys dotted, down to the values; lists and conditions are values."""
    found: dict[str, Any] = {}
    for key, value in one.items():
        if isinstance(value, Mapping) and value and not value.keys() >= _CONDITION:
            found.update(_flat(value, f"{prefix}{key}."))
        else:
            found[prefix + key] = _written(value)
    return found


def _written(value: Any) -> Any:
    """Write a value as people do in the document: `{field: status, is: open}`."""
    if isinstance(value, Mapping):
        if value.keys() >= _CONDITION:
            rest = {key: one for key, one in value.items() if key not in ("operator", "value")}
            return {**rest, value["operator"]: _written(value["value"])}
        return {key: _written(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_written(one) for one in value]
    return value
