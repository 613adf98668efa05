"""The small values of rules, as pydantic types: times of day, weekdays, priorities, waiting times.

Each brings its own sentence for what is wrong with it, and the JSON Schema that editors read.
"""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from guardia.config.problem import listed, suggestion
from guardia.config.schedules import read_time
from guardia.config.values import Duration, Name, refusal, seconds_of
from guardia.domain.vocabulary import NONE, PRIORITIES, WEEKDAYS

NEVER: Final = "never"
_MIDNIGHT: Final = 1440
_PRIORITY_WORDS: Final = (*PRIORITIES, NONE)


def _time(value: Any) -> str:
    minute = read_time(value)
    if isinstance(minute, str):
        raise refusal(minute)
    if minute == _MIDNIGHT:
        raise refusal('a day has no time "24:00"; write "00:00"')
    return str(value)


def _days(value: Any) -> tuple[str, ...]:
    many = value if isinstance(value, list) else [value]
    if not many:
        raise refusal("an empty list; leave `days` out for every day")
    found = {day for index, one in enumerate(many) for day in _span(one, value, index)}
    return tuple(day for day in WEEKDAYS if day in found)


def _span(one: Any, whole: Any, index: int) -> list[str]:
    """The days of `mon` or `mon-fri`; a range may run over the end of the week."""
    at = (index,) if isinstance(whole, list) else ()
    ends = one.lower().split("-") if isinstance(one, str) else []
    if not 1 <= len(ends) <= 2 or not set(ends) <= set(WEEKDAYS):  # noqa: PLR2004 - a range has two
        near = next((suggestion(each, WEEKDAYS) for each in ends if each not in WEEKDAYS), "")
        message = f"`{str(one)[:80]}` is no day: write one of {listed(WEEKDAYS)}, or `mon-fri`"
        raise refusal(f"{message}{near}", *at)
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    length = (last - first) % len(WEEKDAYS) + 1
    return [WEEKDAYS[(first + step) % len(WEEKDAYS)] for step in range(length)]


def _priorities(value: Any) -> tuple[str, ...]:
    many = value if isinstance(value, list) else [value]
    if not many:
        raise refusal("an empty list; leave `priority` out for any")
    for index, one in enumerate(many):
        if one not in _PRIORITY_WORDS:
            at = (index,) if isinstance(value, list) else ()
            message = f"`{str(one)[:80]}` is none of {listed(_PRIORITY_WORDS)}"
            raise refusal(f"{message}{suggestion(one, _PRIORITY_WORDS)}", *at)
    return tuple(many)


def _some(seconds: int) -> int:
    if seconds == 0:
        raise refusal("must be longer than nothing")
    return seconds


def _until_closed(value: Any) -> int | None:
    if value == NEVER:
        return None
    seconds = seconds_of(value)
    if seconds is None:
        raise refusal(f"`{str(value)[:80]}` is no duration; write `28d`, or `{NEVER}`")
    return _some(seconds)


_DURATION_PATTERN: Final = r"(\d+d)?(\d+h)?(\d+m)?(\d+s)?"
_DAY_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": rf"^({'|'.join(WEEKDAYS)})(-({'|'.join(WEEKDAYS)}))?$",
}
_PRIORITY_SCHEMA: Final[dict[str, Any]] = {"enum": list(_PRIORITY_WORDS)}

TimeOfDay = Annotated[
    str,
    PlainValidator(_time),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}),
]
Days = Annotated[
    tuple[str, ...],
    PlainValidator(_days),
    WithJsonSchema(
        {"anyOf": [_DAY_SCHEMA, {"type": "array", "minItems": 1, "items": _DAY_SCHEMA}]}
    ),
]
"""Weekdays, kept in the order of the week, each once."""

PriorityWords = Annotated[
    tuple[str, ...],
    PlainValidator(_priorities),
    WithJsonSchema(
        {"anyOf": [_PRIORITY_SCHEMA, {"type": "array", "minItems": 1, "items": _PRIORITY_SCHEMA}]}
    ),
]
"""Priorities, `none` for tickets without one."""

SomeTime = Annotated[Duration, AfterValidator(_some)]
"""A duration that is not nothing, in seconds."""

UntilClosed = Annotated[
    int | None,
    PlainValidator(_until_closed),
    WithJsonSchema({"type": "string", "pattern": rf"^({NEVER}|{_DURATION_PATTERN})$"}),
]
"""Seconds that a ticket stays solved, None for ever."""


def _brief(text: str) -> str:
    if len(text) > _BRIEF:
        raise refusal(f"longer than {_BRIEF} characters")
    return text


_BRIEF: Final = 100
Brief = Annotated[Name, AfterValidator(_brief)]
