"""Checking the conditions of rules, and writing them in the one form that is stored.

Stored: `{field, operator, value}` (durations in seconds, `within_…` in seconds of whole days, with
`hours` and `schedule` where they count) in a tree of `{all: […]}`, `{any: […]}`, `{none: […]}`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import re2

from guardia.config.names import Names, singular
from guardia.config.node import Path
from guardia.config.problem import Findings, listed, suggestion
from guardia.config.scopes import Scope, anything
from guardia.config.values import EMAIL, NOT_BUILT, seconds_of
from guardia.domain import vocabulary
from guardia.domain.vocabulary import NONE, Field

_BRANCHES: Final = ("all", "any", "none")
_LISTS: Final = ("is", "is_not", *vocabulary.CONTAINMENT, *vocabulary.SEARCH[:4])
_KEYS: Final = ("field", "hours", "schedule")
_MAX_DEPTH: Final = 10
_MAX_PATTERN: Final = 500
_DAY: Final = 86_400
_MAX_DAYS: Final = 36_525
_PEOPLE: Final = ("current_user", "requester")

Normal = dict[str, Any]


class WordError(ValueError):
    """A value that a field cannot hold; the message says what it can."""


def check_tree(
    tree: Any,
    path: Path,
    names: Names,
    findings: Findings,
    *,
    scope: Scope = anything,
    depth: int = 0,
) -> Normal | None:
    """Check a tree of conditions; return its stored form, None where it is wrong.

    `scope` says what the rule may ask.
    """
    if depth > _MAX_DEPTH:
        findings.error(path, f"conditions nest more than {_MAX_DEPTH} levels")
        return None
    if isinstance(tree, list):
        findings.error(path, "say how these go together: write them under `all:` or `any:`")
        return None
    if not isinstance(tree, dict) or not tree:
        findings.error(
            path,
            "must be a condition `{field: …, is: …}`, or conditions under `all`, `any`, `none`",
        )
        return None
    if "field" in tree:
        return _condition(tree, path, names, findings, scope)
    return _branches(tree, path, names, findings, scope, depth)


def _branches(
    tree: Mapping[str, Any],
    path: Path,
    names: Names,
    findings: Findings,
    scope: Scope,
    depth: int,
) -> Normal | None:
    """Check `all`, `any` and `none`; several in one mapping must all hold."""
    found: list[Normal | None] = []
    for kind, items in tree.items():
        if kind not in _BRANCHES:
            near = suggestion(kind, (*_BRANCHES, "field"))
            hint = near or "; there are `all`, `any`, `none`, and `field` of a condition"
            findings.error((*path, kind), f"unknown key `{kind}`{hint}", key=True)
            found.append(None)
        elif not isinstance(items, list):
            findings.error((*path, kind), f"`{kind}` takes a list of conditions")
            found.append(None)
        else:
            if not items:
                holds = "never" if kind == "any" else "always"
                findings.warn((*path, kind), f"`{kind}` without conditions {holds} holds")
            inside = [
                check_tree(one, (*path, kind, index), names, findings, scope=scope, depth=depth + 1)
                for index, one in enumerate(items)
            ]
            found.append({kind: inside} if all(one is not None for one in inside) else None)
    whole = [one for one in found if one is not None]
    if len(whole) < len(found):
        return None
    return whole[0] if len(whole) == 1 else {"all": whole}


def _condition(
    one: Mapping[str, Any], path: Path, names: Names, findings: Findings, scope: Scope
) -> Normal | None:
    known = _field(one["field"], (*path, "field"), names, findings)
    operator = _operator(one, path, findings)
    if known is None or operator is None:
        return None
    allowed = vocabulary.KIND_OPERATORS[known.kind]
    if operator not in allowed:
        message = f"`{one['field']}` does not answer `{operator}`; it answers {listed(allowed)}"
        findings.error((*path, operator), message, key=True)
        return None
    reason = scope(one["field"], known, operator, one[operator])
    if reason is not None:
        findings.error((*path, "field"), reason)
        return None
    normal: Normal = {"field": one["field"], "operator": operator}
    place: Path = (*path, operator)
    try:
        normal["value"] = _value(one["field"], known, operator, one[operator], names)
    except WordError as error:
        findings.error(place, str(error))
        return None
    clock = _clock(one, known, path, names, findings)
    return None if clock is None else {**normal, **clock}


def _field(name: Any, path: Path, names: Names, findings: Findings) -> Field | None:
    if not isinstance(name, str):
        findings.error(path, "must be the name of a field")
        return None
    known = vocabulary.field(name, dict(names.custom))
    if known is not None:
        return known
    if name in vocabulary.NOT_BUILT_FIELDS or name.startswith(vocabulary.NOT_BUILT_PREFIXES):
        findings.error(path, f"the field `{name}` {NOT_BUILT}")
        return None
    if name.startswith("fields."):
        names.check("fields", name.removeprefix("fields."), path, findings)
        return None
    among = (
        *vocabulary.TICKET_FIELDS,
        *vocabulary.timed_fields(),
        *(f"fields.{one}" for one in names.custom),
    )
    findings.error(path, f"unknown field `{name[:80]}`{suggestion(name, among)}")
    return None


def _operator(one: Mapping[str, Any], path: Path, findings: Findings) -> str | None:
    unknown = [key for key in one if key not in (*_KEYS, *vocabulary.OPERATORS)]
    for key in unknown:
        near = suggestion(key, (*_KEYS, *vocabulary.OPERATORS))
        hint = near or f"; there are {listed(vocabulary.OPERATORS)}"
        findings.error((*path, key), f"unknown operator `{key}`{hint}", key=True)
    given = [key for key in one if key in vocabulary.OPERATORS]
    if len(given) > 1:
        message = f"a condition asks one thing, this one asks {listed(given)}; make two of it"
        findings.error((*path, given[1]), message, key=True)
    elif not given and not unknown:
        findings.error(path, f"`{one['field']}` is compared with nothing; add `is: …` or the like")
    return given[0] if len(given) == 1 and not unknown else None


def _clock(
    one: Mapping[str, Any], known: Field, path: Path, names: Names, findings: Findings
) -> Normal | None:
    """Check `hours` and `schedule`, which say how a duration is counted."""
    given = [key for key in ("hours", "schedule") if key in one]
    if known.kind != "duration":
        for key in given:
            message = f"`{key}` goes with a span of time; `{one['field']}` is no duration"
            findings.error((*path, key), message, key=True)
        return None if given else {}
    if one["field"].startswith("sla."):
        for key in given:
            message = f"`{one['field']}` is counted as its target is; leave `{key}` out"
            findings.error((*path, key), message, key=True)
        return None if given else {}
    hours = one.get("hours", "business" if "schedule" in one else "calendar")
    if hours not in ("calendar", "business"):
        findings.error((*path, "hours"), "must be `calendar` or `business`")
        return None
    if "schedule" not in one:
        return {"hours": hours}
    if hours == "calendar":
        findings.error(
            (*path, "hours"), "calendar hours need no `schedule`; leave one of the two out"
        )
        return None
    if not names.check("schedules", one["schedule"], (*path, "schedule"), findings):
        return None
    return {"hours": hours, "schedule": one["schedule"]}


# -- what a condition compares with ---------------------------------------------------------------


def _value(name: str, known: Field, operator: str, value: Any, names: Names) -> Any:
    if operator in vocabulary.VALUELESS:
        if value is not True:
            raise WordError(f"`{operator}` takes no value; write `{operator}: true`")
        return True
    if operator in vocabulary.WITHIN:
        return _days(value)
    if operator == "matches":
        return _pattern(value)
    if not isinstance(value, list):
        return _single(name, known, operator, value, names)
    if operator not in _LISTS:
        raise WordError(f"`{operator}` takes one value; a list goes with {listed(_LISTS)}")
    if not value:
        raise WordError("an empty list; name at least one value")
    return [_single(name, known, operator, one, names) for one in value]


def _single(name: str, known: Field, operator: str, value: Any, names: Names) -> Any:
    if isinstance(value, dict | list) or value is None:
        hint = "write `none` for an empty value" if value is None else "write one value"
        raise WordError(f"`{name}` cannot be compared with this; {hint}")
    if name in _SPECIAL:
        return _SPECIAL[name](value, names)
    if value == NONE and known.kind in _CAN_BE_EMPTY and name != "status":
        if operator in vocabulary.ORDERING and name != "priority":
            raise WordError("nothing is before or after `none`; ask `present` or `not_present`")
        return NONE
    options = names.options.get(name.removeprefix("fields."), ())
    word = str(value).lower() if isinstance(value, bool) else str(value)
    if name.startswith("fields.") and options:
        return one_of(word, options)
    if known.kind in _READERS:
        return _READERS[known.kind](value, names)
    if known.values:
        return one_of(word.lower(), known.values)
    if known.refers:
        return _named(known.refers, word, names)
    if operator in vocabulary.SEARCH and not word.strip():
        raise WordError("an empty text is found everywhere; write what to look for")
    return word


def one_of(word: str, words: tuple[str, ...]) -> str:
    """Return the word where it is one of the list.

    Raises:
        WordError: it is none of them.
    """
    if word in words:
        return word
    near = suggestion(word, words)
    raise WordError(f"`{word[:80]}` is none of {listed(words)}{near}")


def iso_date(text: str) -> str:
    """Return the date where the text is one.

    Raises:
        WordError: it is none.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise WordError(f"`{text[:80]}` is no date; write it like `2026-12-24`") from None
    return found.isoformat()


def _named(section: str, word: str, names: Names) -> str:
    known = names.of[section]
    if word in known:
        return word
    if section == "channels":
        raise WordError(
            f"there is no channel `{word}`; other channels than {listed(known)} {NOT_BUILT}"
        )
    none = f": the document lists no {section}" if not known else ""
    what = singular(section)
    raise WordError(f"there is no {what} `{word[:80]}`{suggestion(word, known) or none}")


def _days(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_DAYS:
        return value * _DAY
    seconds = seconds_of(value)
    if seconds is None or seconds % _DAY:
        raise WordError("must be a number of whole days, like `7` or `7d`")
    return seconds


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise WordError("`matches` takes a pattern as text, in quotes")
    check_pattern(value)
    return value


def check_pattern(pattern: str) -> None:
    """Check an RE2 pattern.

    Raises:
        WordError: it is too long, or RE2 does not read it.
    """
    if len(pattern) > _MAX_PATTERN:
        raise WordError(f"the pattern is longer than {_MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "no pattern"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise WordError(f"RE2 cannot read the pattern: {text}") from None


def _number(value: Any, _names: Names) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WordError(f"`{value}` is no number")
    return value


def _date(value: Any, _names: Names) -> str:
    return iso_date(str(value))


def _duration(value: Any, _names: Names) -> int:
    seconds = seconds_of(value)
    if seconds is None:
        raise WordError(f"`{value}` is no duration; write `15m`, `1h30m` or `2d`")
    return seconds


def _boolean(value: Any, _names: Names) -> bool:
    if isinstance(value, bool):
        return value
    return one_of(str(value).lower(), ("true", "false")) == "true"


def _spoken(value: Any, _names: Names) -> str:
    return one_of(str(value).lower(), vocabulary.COMMENT_PUBLIC)


def _actor(value: Any, _names: Names) -> str:
    word = str(value).strip().lower()
    return word if EMAIL.fullmatch(word) else one_of(word, vocabulary.ACTORS)


def _address(value: Any, _names: Names) -> str:
    word = str(value).strip().lower()
    if word == NONE or EMAIL.fullmatch(word):
        return word
    raise WordError(f"`{word[:80]}` is no email address")


def _assignee(value: Any, names: Names) -> str:
    word = str(value).strip().lower()
    return word if word in (NONE, *_PEOPLE) else _named("agents", word, names)


def _requester(value: Any, names: Names) -> str:
    word = str(value).strip().lower()
    return word if word in (NONE, "current_user") else _address(value, names)


def _attachments(value: Any, names: Names) -> Any:
    return value if isinstance(value, bool) else _number(value, names)


def _tag(value: Any, _names: Names) -> str:
    word = str(value).strip().lower()
    if not word or len(word.split()) > 1 or "," in word:
        raise WordError(f"`{word[:80]}` is no tag; several go into a list: [vip, urgent]")
    return word


_CAN_BE_EMPTY: Final = ("ordered", "choice", "person", "text", "number", "date", "duration")
_Check = Callable[[Any, Names], Any]
_SPECIAL: Final[Mapping[str, _Check]] = {
    "actor": _actor,
    "assignee": _assignee,
    "attachments": _attachments,
    "comment_public": _spoken,
    "received_by": _address,
    "requester": _requester,
}
_READERS: Final[Mapping[str, _Check]] = {
    "number": _number,
    "date": _date,
    "duration": _duration,
    "boolean": _boolean,
    "fact": _boolean,
    "tags": _tag,
}
