"""Checking a whole desk document: its shape, what it names, and what it hardly means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Final

from guardia.config import policies, rules
from guardia.config.actions import Normal
from guardia.config.calendars import calendar_dates
from guardia.config.document import Document, Source, read_document
from guardia.config.links import check_links, check_unique
from guardia.config.lint import check_meaning
from guardia.config.names import Names, names_of
from guardia.config.node import Path
from guardia.config.normal import normalise
from guardia.config.problem import (
    DocumentError,
    Findings,
    Problem,
    UnreadableError,
    listed,
    suggestion,
)
from guardia.config.schedules import (
    Remark,
    ScheduleError,
    normalise as normal_schedule,
    read_dates,
    read_schedule,
    warnings,
)
from guardia.config.schema import SECTIONS, Calendar, Desk
from guardia.config.sentences import check_shape
from guardia.config.values import NOT_BUILT
from guardia.domain.vocabulary import NOT_BUILT_SECTIONS

_EMPTY: Final[tuple[Any, ...]] = (None, [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found. `document` is the stored form, None where there are errors; `plain` the
    document as it was written, its files merged, None where it could not be read."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    document: Normal | None
    plain: Any = None

    @property
    def ok(self) -> bool:
        """Whether the document can go live; warnings do not stand in its way."""
        return not self.errors


def validate(source: Source, base: FilePath | None = None) -> Report:
    """Check a desk document: a folder, a file, files that were sent, or a document that is there
    already.

    `base` is the folder that relative paths count from.

    Raises:
        UnreadableError: there is no document.
    """
    try:
        document = read_document(source, base)
    except DocumentError as error:
        return Report(errors=_in_order(error.problems), warnings=(), document=None)
    findings = Findings(document.root)
    checked = _check(document, findings)
    return Report(
        errors=_in_order(findings.errors),
        warnings=_in_order(findings.warnings),
        document=None if findings.errors else checked,
        plain=document.root.plain(),
    )


def _in_order(problems: list[Problem] | tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda one: (one.file, one.line, one.column)))


def _check(document: Document, findings: Findings) -> Normal | None:
    plain = document.root.plain()
    names = names_of(plain)
    _check_sections(plain, findings)
    desk = check_shape(Desk, plain.get("desk") or {}, ("desk",), findings)
    items: dict[str, list[tuple[Path, Any]]] = {section: [] for section in SECTIONS}
    for section, model in SECTIONS.items():
        for index, one in enumerate(_list(plain, section, findings)):
            path: Path = (section, index)
            found = check_shape(model, one, path, findings)
            if found is not None:
                items[section].append((path, found))
    check_unique(plain, SECTIONS, findings)
    calendars = {
        one.id: _calendar(one, plain["calendars"][path[1]], path, document, findings)
        for path, one in items["calendars"]
    }
    zone = desk.timezone if isinstance(desk, Desk) else "UTC"
    schedules = _schedules(plain, calendars, names, zone, findings)
    check_links(desk if isinstance(desk, Desk) else None, items, names, findings)
    checked = {
        section: rules.checked(section, _list(plain, section, findings), check, names, findings)
        for section, check in _rules(zone).items()
    }
    if findings.errors or not isinstance(desk, Desk):
        return None
    normal = normalise(desk, items, schedules=schedules, calendars=calendars, rules=checked)
    check_meaning(normal, findings)
    return normal


def _rules(zone: str) -> dict[str, rules.Check]:
    """The sections that hold rules, with what checks one of each."""
    return {
        "views": rules.view,
        "triggers": rules.trigger,
        "automations": partial(rules.automation, zone=zone),
        "sla_policies": policies.policy,
    }


def _check_sections(plain: Mapping[str, Any], findings: Findings) -> None:
    known = ("desk", *SECTIONS)
    for key, value in plain.items():
        if key in known:
            continue
        if key in NOT_BUILT_SECTIONS:
            if value not in _EMPTY:
                message = f"the section `{key}` {NOT_BUILT}; leave it out or empty"
                findings.error((key,), message, key=True)
            continue
        near = suggestion(key, (*known, *NOT_BUILT_SECTIONS))
        hint = near or f"; there are {listed(known)}"
        findings.error((key,), f"unknown section `{key[:80]}`{hint}", key=True)


def _list(plain: Mapping[str, Any], section: str, findings: Findings) -> list[Any]:
    found = plain.get(section)
    if found in _EMPTY:
        return []
    if not isinstance(found, list):
        findings.error(
            (section,), f"`{section}` must be a list: a line beginning with `-` for each"
        )
        return []
    return found


def _calendar(
    one: Calendar, plain: Mapping[str, Any], path: Path, document: Document, findings: Findings
) -> list[date]:
    """Read the dates of a shared calendar, those of its file and its own."""
    dates: set[date] = set()
    if one.ics is None and one.dates is None:
        findings.error(path, "a calendar needs `dates`, or an `ics` file beside the desk")
    if one.ics is not None:
        place: Path = (*path, "ics")
        try:
            raw = document.attached(one.ics, document.root.locate(place))
            dates.update(calendar_dates(raw.decode("utf-8-sig")))
        except UnreadableError as error:
            findings.error(place, str(error))
        except UnicodeDecodeError:
            findings.error(place, f"{one.ics} is not written in UTF-8")
        except ScheduleError as error:
            more = f" (and {len(error.remarks) - 1} more)" if len(error.remarks) > 1 else ""
            findings.error(place, f"{one.ics}: {error.remarks[0].message}{more}")
    if one.dates is not None:
        try:
            dates.update(read_dates(plain["dates"]))
        except ScheduleError as error:
            for remark in error.remarks:
                _tell(remark, (*path, "dates"), findings)
    return sorted(dates)


def _schedules(
    plain: Mapping[str, Any],
    calendars: Mapping[str, list[date]],
    names: Names,
    zone: str,
    findings: Findings,
) -> list[Normal]:
    known = {id_: calendars.get(id_, []) for id_ in names.of["calendars"]}
    stored = []
    found = plain.get("schedules")
    for index, one in enumerate(found if isinstance(found, list) else ()):
        path: Path = ("schedules", index)
        try:
            read_schedule(one, known, timezone=zone)
            for remark in warnings(one):
                findings.warn((*path, *remark.path), remark.message)
            stored.append(normal_schedule(one, timezone=zone))
        except ScheduleError as error:
            for remark in error.remarks:
                _tell(remark, path, findings)
    return stored


def _tell(remark: Remark, path: Path, findings: Findings) -> None:
    findings.error((*path, *remark.path), remark.message, key=_is_key(remark))


def _is_key(remark: Remark) -> bool:
    """Whether the remark is about a key (an unknown one, a weekday, a date), not its value."""
    return bool(remark.path) and isinstance(remark.path[-1], str)
