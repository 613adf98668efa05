"""Event filters of Lambda's event source mappings: which records wake a function.

The rules are those of "Lambda event filtering" in the Lambda developer's guide. A pattern that
uses what is not here is an error at start, so that a filter never passes by being ignored.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from infra.local.intrinsics import TemplateError

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_KNOWN: Final = frozenset(
    {"prefix", "suffix", "exists", "anything-but", "numeric", "equals-ignore-case"}
)
_ABSENT: Final = object()


def compile_filters(where: str, patterns: Sequence[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Return the question whether a record passes; without patterns each does, else any will do.

    Raises:
        TemplateError: a pattern is no JSON object, or uses a rule that is not known here.
    """
    compiled = []
    for text in patterns:
        try:
            pattern = json.loads(text)
        except ValueError as error:
            raise TemplateError(f"{where}: the filter {text!r} is not JSON") from error
        if not isinstance(pattern, dict):
            raise TemplateError(f"{where}: the filter {text!r} is not an object")
        _check(where, pattern)
        compiled.append(pattern)
    return lambda record: not compiled or any(_matches(one, record) for one in compiled)


def _check(where: str, pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if name == "$or" or not isinstance(wanted, dict | list) or wanted in ([], {}):
            raise TemplateError(
                f"{where}: at {name!r} a filter has an object, or a list of values and rules"
            )
        if isinstance(wanted, dict):
            _check(where, wanted)
            continue
        for rule in wanted:
            if isinstance(rule, dict) and (len(rule) != 1 or not set(rule) <= _KNOWN):
                raise TemplateError(f"{where}: the filter rule {json.dumps(rule)} is not known")


def _matches(pattern: Mapping[str, Any], record: Any) -> bool:
    for name, wanted in pattern.items():
        value = record.get(name, _ABSENT) if isinstance(record, Mapping) else _ABSENT
        if isinstance(wanted, dict):
            if not _matches(wanted, {} if value is _ABSENT else value):
                return False
            continue
        values = value if isinstance(value, list) else [value]
        if not any(_passes(rule, one) for rule in wanted for one in values):
            return False
    return True


def _passes(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return value is not _ABSENT and type(rule) is type(value) and rule == value
    kind, wanted = next(iter(rule.items()))
    if kind == "exists":
        # Only leaves exist: an object is not a value (Lambda's own rule).
        there = value is not _ABSENT and not isinstance(value, Mapping)
        return there is bool(wanted)
    if value is _ABSENT:
        return False
    match kind:
        case "prefix":
            return isinstance(value, str) and value.startswith(wanted)
        case "suffix":
            return isinstance(value, str) and value.endswith(wanted)
        case "equals-ignore-case":
            return isinstance(value, str) and value.casefold() == wanted.casefold()
        case "anything-but":
            if isinstance(wanted, dict):
                return not _passes(wanted, value)
            return value not in (wanted if isinstance(wanted, list) else [wanted])
        case _:
            return _in_range(wanted, value)


def _in_range(wanted: Sequence[Any], value: Any) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    return all(_COMPARE[sign](number, float(limit)) for sign, limit in pairs)
