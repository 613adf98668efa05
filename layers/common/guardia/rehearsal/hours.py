"""Questions about hours as JSON: what `guardia hours` answers, without the command line."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from guardia.config.problem import suggestion
from guardia.config.schedules import ScheduleError, read_dates, read_schedule
from guardia.domain.hours import Hours, NoAnswerError

Request = Mapping[str, Any]

_KEPT: Final = 256
"""Schedules kept between questions; each holds its laid out horizon, tens of kilobytes."""


class QuestionError(Exception):
    """A question makes no sense; the message says what to write."""


def answer(request: Request, schedules: Mapping[str, Hours]) -> dict[str, Any]:
    """Answer one question.

    `schedules` are the hours that a question may name by id; any other brings its schedule along,
    and may bring `calendars` (`[{id, dates}]`) that the schedule refers to.

    Raises:
        QuestionError: the question makes no sense, or has no answer.
    """
    op = request.get("op")
    if not isinstance(op, str) or op not in _QUESTIONS:
        raise QuestionError(f"`op`: unknown question `{op}`{suggestion(op, _QUESTIONS)}")
    hours = _hours(request, schedules)
    try:
        return {"id": request.get("id"), **_QUESTIONS[op](hours, request)}
    except NoAnswerError as error:
        raise QuestionError(str(error)) from None


def answer_line(line: bytes, number: int, schedules: Mapping[str, Hours]) -> dict[str, Any]:
    """Answer a line of JSON; one that makes no sense with `{"id", "line", "error"}`.

    `number` counts lines from 1.
    """
    name = None
    try:
        request = _parsed(line)
        name = request.get("id")
        return answer(request, schedules)
    except QuestionError as error:
        return {"id": name, "line": number, "error": str(error)}


def written(at: datetime) -> str:
    """Write an instant: `2026-03-06T17:30:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(line: bytes) -> Request:
    try:
        request = json.loads(line)
    except UnicodeDecodeError:
        raise QuestionError("the line is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"the line is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise QuestionError("the line is not an object; write {…}")
    return request


def _hours(request: Request, schedules: Mapping[str, Hours]) -> Hours:
    schedule = request.get("schedule")
    if isinstance(schedule, str):
        if schedule in schedules:
            return schedules[schedule]
        near = suggestion(schedule, schedules)
        where = "" if schedules else "; name the desk that has it with --desk"
        raise QuestionError(f"`schedule`: there is no schedule `{schedule}`{near}{where}")
    if not isinstance(schedule, dict):
        raise QuestionError("`schedule`: write a schedule as in the desk document, or its id")
    try:
        return _compiled(json.dumps([schedule, request.get("calendars")]))
    except ScheduleError as error:
        said = "; ".join(str(one) for one in error.remarks)
        raise QuestionError(f"`schedule`: {said}") from None


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> Hours:
    """The hours of a schedule and calendars in JSON, kept for the questions that follow."""
    schedule, calendars = json.loads(text)
    return Hours(read_schedule(schedule, dict(_calendars(calendars))))


def _calendars(items: Any) -> Iterator[tuple[str, list[date]]]:
    if items is None:
        return
    if not isinstance(items, list):
        raise QuestionError("`calendars`: write a list [{id: …, dates: […]}]")
    for index, one in enumerate(items):
        if not isinstance(one, dict) or not isinstance(one.get("id"), str) or "dates" not in one:
            raise QuestionError(f"`calendars[{index}]`: write {{id: …, dates: […]}}")
        try:
            yield one["id"], read_dates(one["dates"])
        except ScheduleError as error:
            raise QuestionError(f"`calendars[{index}].dates`: {error}") from None


def _instant(request: Request, key: str) -> datetime:
    value = request.get(key)
    wanted = "write an instant with its offset, like 2026-03-06T18:30:00+01:00"
    if not isinstance(value, str):
        raise QuestionError(f"`{key}`: {'is missing' if value is None else 'is no text'}; {wanted}")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise QuestionError(f"`{key}`: `{value}` is not an instant; {wanted}") from None
    if at.tzinfo is None:
        raise QuestionError(f"`{key}`: `{value}` has no offset; {wanted}")
    return at


def _number(request: Request, key: str) -> int:
    value = request.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise QuestionError(f"`{key}`: write a whole number")
    if value < 0:
        raise QuestionError(f"`{key}`: {value} is below 0; ask the other way round")
    return value


def _value(ask: Callable[[Hours, datetime], bool]) -> Callable[[Hours, Request], dict[str, Any]]:
    return lambda hours, request: {"value": ask(hours, _instant(request, "at"))}


def _moment(
    ask: Callable[[Hours, datetime], datetime],
) -> Callable[[Hours, Request], dict[str, Any]]:
    return lambda hours, request: {"at": written(ask(hours, _instant(request, "at")))}


def _moved(
    ask: Callable[[Hours, datetime, int], datetime],
) -> Callable[[Hours, Request], dict[str, Any]]:
    return lambda hours, request: {
        "at": written(ask(hours, _instant(request, "start"), _number(request, "seconds")))
    }


def _counted(
    ask: Callable[[Hours, datetime, int], list[tuple[datetime, datetime]]],
) -> Callable[[Hours, Request], dict[str, Any]]:
    return lambda hours, request: _periods(
        ask(hours, _instant(request, "start"), _number(request, "count"))
    )


def _periods(found: list[tuple[datetime, datetime]]) -> dict[str, Any]:
    return {"periods": [[written(start), written(end)] for start, end in found]}


_QUESTIONS: Final[dict[str, Callable[[Hours, Request], dict[str, Any]]]] = {
    "is_open": _value(lambda hours, at: hours.is_open(at)),
    "on_holiday": _value(lambda hours, at: hours.on_holiday(at)),
    "on_break": _value(lambda hours, at: hours.on_break(at)),
    "between": lambda hours, request: {
        "seconds": hours.between(_instant(request, "start"), _instant(request, "end"))
    },
    "add": _moved(lambda hours, start, seconds: hours.add(start, seconds)),
    "subtract": _moved(lambda hours, start, seconds: hours.subtract(start, seconds)),
    "next_open": _moment(lambda hours, at: hours.next_open(at)),
    "previous_open": _moment(lambda hours, at: hours.previous_open(at)),
    "next_close": _moment(lambda hours, at: hours.next_close(at)),
    "previous_close": _moment(lambda hours, at: hours.previous_close(at)),
    "periods": lambda hours, request: _periods(
        hours.periods(_instant(request, "start"), _instant(request, "end"))
    ),
    "periods_after": _counted(lambda hours, start, count: hours.periods_after(start, count)),
    "periods_before": _counted(lambda hours, start, count: hours.periods_before(start, count)),
}
