"""Frozen values to JSON and back: instants are tagged, tuples are lists, empty fields are left out.

What a newer version wrote and this one does not know is passed over when reading.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_type_hints

_AT: Final = "@"
_T = TypeVar("_T")


def dumps(value: Any) -> str:
    """Write a frozen value (or plain data) as compact JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(kind: type[_T], text: str) -> _T:
    """Read a frozen value of the kind."""
    return _built(kind, json.loads(text))


def loads_all(kind: type[_T], text: str) -> tuple[_T, ...]:
    """Read several frozen values of the kind."""
    return tuple(_built(kind, one) for one in json.loads(text))


def built(kind: type[_T], data: Mapping[str, Any]) -> _T:
    """Build a frozen value of the kind from what `json.loads` gave."""
    return _built(kind, data)


def plain_loads(text: str) -> Any:
    """Read plain data: lists come back as tuples, instants as instants."""
    return _value(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_AT: value.isoformat()}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: _plain(getattr(value, one.name))
            for one in fields(value)
            if getattr(value, one.name) != _default(one)
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value


def _default(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return one.default


def _value(data: Any) -> Any:
    if isinstance(data, dict):
        if data.keys() == {_AT}:
            return datetime.fromisoformat(data[_AT])
        return {key: _value(one) for key, one in data.items()}
    if isinstance(data, list):
        return tuple(_value(one) for one in data)
    return data


def _built(kind: type[_T], data: Mapping[str, Any]) -> _T:
    nested = _nested(kind)  # type: ignore[arg-type]  # a class is hashable
    found = {}
    for one in fields(kind):  # type: ignore[arg-type]  # only called with dataclasses
        if one.name in data:
            raw, inner = data[one.name], nested.get(one.name)
            if inner is None or raw is None:
                found[one.name] = _value(raw)
            elif isinstance(raw, list):
                found[one.name] = tuple(_built(inner, each) for each in raw)
            else:
                found[one.name] = _built(inner, raw)
    return kind(**found)


@cache
def _nested(kind: type[Any]) -> dict[str, type[Any]]:
    """The fields of a dataclass that hold dataclasses, alone or in a tuple."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        inner = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
        if isinstance(inner, type):
            found[name] = inner
    return found
