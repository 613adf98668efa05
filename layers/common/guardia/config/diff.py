"""What differs between two versions of a desk, object by object, key by key, item by item."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from guardia.domain.durations import is_duration

Normal = Mapping[str, Any]

_CONDITION: Final = frozenset(("field", "operator", "value"))
_NAMES: Final = ("id", "email")
"""What objects of a section are called by."""
_TIMED: Final[Mapping[str, frozenset[str]]] = {
    "desk": frozenset(("conversation_window", "close_after")),
    "sla_policies": frozenset(("within", "warn", "after")),
}
"""Keys that hold durations, by section; they are stored in seconds."""
_SPANS: Final = frozenset(("within_previous", "within_next"))
"""Operators that ask for a duration of fields that are none."""
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_SHORT: Final = 8
"""Items of a list of words that is still read at a glance, and told as a whole."""
_LONG: Final = 1_000
"""Items of a list that takes too long to compare item by item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of an object whose value differs, None where there is none.

    Dots lead deeper, and so do numbers, from 0 on: `targets[1]` is the second item of the new list,
    or of the old one where `new` is None.
    """

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
    timed = _TIMED.get(section, frozenset())
    was, now = (_spelled(one or {}, timed) for one in (before, after))
    keys = tuple(_differences("", was, now))
    if before is None or after is None:
        word = "added" if before is None else "removed"
        yield Change(section=section, id=id_, change=word, keys=keys)
    elif keys:
        yield Change(section=section, id=id_, change="changed", keys=keys)


def _differences(key: str, was: Any, now: Any) -> Iterator[Key]:
    """Tell what differs under a key: as deep as objects and lists go on both sides; conditions, and
    what is read at a glance, as a whole."""
    if was == now:
        return
    if _is_object(was, now):
        old, new = was or {}, now or {}
        for name in dict.fromkeys((*new, *old)):
            yield from _differences(f"{key}.{name}" if key else name, old.get(name), new.get(name))
    elif _is_series(was, now):
        yield from _items(key, was, now)
    else:
        yield Key(key=key, old=_arranged(_written(was), _written(now)), new=_written(now))


def _is_object(was: Any, now: Any) -> bool:
    """Whether a key leads deeper on both sides, or on the one that there is."""
    sides = [one for one in (was, now) if one is not None]
    return any(sides) and all(
        isinstance(one, Mapping) and not one.keys() >= _CONDITION for one in sides
    )


def _is_series(*sides: Any) -> bool:
    """Whether two values are lists that are told item by item."""
    if not all(_is_list(one) and len(one) <= _LONG for one in sides):
        return False
    return any(len(one) > _SHORT for one in sides) or any(
        isinstance(each, Mapping) for one in sides for each in one
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _items(key: str, was: Sequence[Any], now: Sequence[Any]) -> Iterator[Key]:
    """Tell the items of two lists that differ; those between two that are the same are taken for
    the same ones in their order."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - functions start without it

    before, after = ([_print(one) for one in side] for side in (was, now))
    matched = SequenceMatcher(None, before, after, autojunk=False)
    for tag, begin, end, first, last in matched.get_opcodes():
        if tag == "equal":
            continue
        for old, new in _paired(was, range(begin, end), now, range(first, last)):
            place = f"{key}[{old if new is None else new}]"
            item = was[old] if old is not None else None
            other = now[new] if new is not None else None
            if item is None or other is None or _is_flat(item) or _is_flat(other):
                like = other if other is not None else _pattern(now)
                shown = _arranged(_written(item), _written(like))
                yield Key(key=place, old=shown, new=_written(other))
            else:
                yield from _differences(place, item, other)


def _paired(
    was: Sequence[Any], olds: Sequence[int], now: Sequence[Any], news: Sequence[int]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair the places of items that were replaced: all in their order where they are as many, else
    each old one with the next new one that has something in common with it."""
    if len(olds) == len(news):
        yield from zip(olds, news, strict=True)
        return
    left = list(news)
    for old in olds:
        near = (at for at, new in enumerate(left) if _is_akin(was[old], now[new]))
        at = next(near, None)
        if at is None:
            yield old, None
            continue
        yield from ((None, new) for new in left[:at])
        yield old, left[at]
        left = left[at + 1 :]
    yield from ((None, new) for new in left)


def _is_akin(old: Any, new: Any) -> bool:
    """Whether two items are two states of one: objects that say the same for the most part."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    if len(old) == len(new) == 1:
        return old.keys() == new.keys()
    same = [key for key in new if key in old and old[key] == new[key]]
    return len(same) * 2 > max(len(old), len(new))


def _is_flat(item: Any) -> bool:
    """Whether an item is read at a glance: a word, a condition, an object of words."""
    if not isinstance(item, Mapping) or item.keys() >= _CONDITION:
        return True
    return not any(
        isinstance(each, Mapping)
        for one in item.values()
        for each in (one if _is_list(one) else (one,))
    )


def _print(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=list)


def _pattern(items: Iterable[Any]) -> dict[str, Any]:
    """An object with each key that objects of a list have, in their order."""
    found: dict[str, Any] = {}
    for one in items:
        if isinstance(one, Mapping):
            found = {**one, **found} if len(one) > len(found) else {**found, **one}
    return found


def _arranged(value: Any, like: Any) -> Any:
    """Bring the keys of a value into the order of another's, so that the eye can compare them: what
    a store gave back has them in an order of its own."""
    if isinstance(value, dict) and isinstance(like, dict):
        names = dict.fromkeys((*(one for one in like if one in value), *value))
        return {name: _arranged(value[name], like.get(name)) for name in names}
    if isinstance(value, list) and isinstance(like, list):
        pattern = _pattern(like)
        return [
            _arranged(one, other if isinstance(other, dict | list) else pattern)
            for one, other in zip_longest(value, like[: len(value)])
        ]
    return value


def _spelled(value: Any, timed: frozenset[str], name: str = "") -> Any:
    """Write the durations under some keys as people do: `2h`."""
    if isinstance(value, Mapping):
        return {key: _spelled(one, timed, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one, timed, name) for one in value]
    return _duration(value) if name in timed else value


def _duration(seconds: Any) -> Any:
    """Seconds as they are written in the document, `1h30m`; what is no number as it is."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return seconds
    found, rest = "", seconds
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        found += f"{count}{unit}" if count else ""
    return found or "0m"


def _written(value: Any) -> Any:
    """Write a value as people do in the document: `{field: status, is: open}`."""
    if isinstance(value, Mapping):
        if value.keys() >= _CONDITION:
            return _condition(value)
        return {key: _written(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_written(one) for one in value]
    return value


def _condition(one: Normal) -> dict[str, Any]:
    field, operator, value = one["field"], one["operator"], _written(one["value"])
    if is_duration(field) or operator in _SPANS:
        value = _duration(value)
    rest = {key: _written(each) for key, each in one.items() if key not in _CONDITION}
    return {"field": field, operator: value, **rest}
