"""The whole explanation of a ticket: its history decided again, its clocks piece by piece, what is
to come, why one rule did or did not fire, and how it stood or will stand at another instant.

Nothing is written, nothing is sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from guardia import shapes
from guardia.domain.model import Entry, InvalidError
from guardia.rehearsal import forecast, inquiry, plain, prospects
from guardia.rehearsal.case import Case
from guardia.rehearsal.explain import Replayed, again, shape
from guardia.rehearsal.inquiry import Rules
from guardia.rehearsal.prospects import View
from guardia.rehearsal.records import due_of

Fitting = Callable[[Iterable[Any]], list[Any]]
"""Takes as many items, from the first on, as one answer can hold."""

_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_AHEAD: Final = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_FARTHEST: Final = timedelta(days=3_650)


def explained(
    case: Case,
    fitting: Fitting,
    *,
    rule: str | None = None,
    at: datetime | None = None,
    after: int = 0,
    limit: int | None = None,
) -> dict[str, Any]:
    """Explain a ticket, in the shapes of the outside.

    `entries` is a page of the history, behind entry `after` and of at most `limit`; `next` is the
    last of them where there are more. With `rule` the entries tell of that rule alone. `names` says
    who the ids of people and organisations are.

    Raises:
        InvalidError: neither the desk nor the history knows the rule, or `at` is too far away.
    """
    if at is not None and abs(at - case.now) > _FARTHEST:
        raise InvalidError("too_far", "must lie within ten years of now", "at")
    filed = Rules(case.desk_at)
    known = [one for one in case.points if one.entry.seq > after]
    replayed: list[Replayed] = []

    def items() -> Iterator[list[dict[str, Any]]]:
        """The entries, decided again one by one as the answer takes them. What is told of one rule
        stands twice in it."""
        for point in known[:limit]:
            replayed.append(again(point, case.contact, case.desk_at))
            item = _item(replayed[-1], case, filed, rule)
            yield [item] if rule is None else [item, item]

    page = [one[0] for one in fitting(items())]
    rules = _asked(rule, replayed[: len(page)], case, filed) if rule is not None else []
    return {
        "ticket": case.ticket.id,
        "entries": page,
        "names": dict(case.names),
        "next": str(page[-1]["seq"]) if page and len(page) < len(known) else None,
        "now": shapes.instant(case.now),
        "desk": {
            "name": case.desk.name,
            "timezone": case.desk.timezone,
            "config": case.desk.version,
        },
        "clocks": prospects.clocks(case.present),
        "coming": prospects.coming(case.present),
        "rules": rules,
        "then": then(case, at) if at is not None else None,
    }


def _asked(
    rule: str, replayed: Sequence[Replayed], case: Case, filed: Rules
) -> list[dict[str, Any]]:
    """What the rules of an id did; a rule that only an older version had may have done nothing."""
    found = inquiry.ask(rule, replayed, case.present, filed)
    configs = dict.fromkeys(one.config for one in case.entries)
    known = (filed.find(one, kind, rule) for one in configs for kind in inquiry.KINDS)
    if not found and not any(known):
        raise InvalidError("unknown_value", f"the desk has no rule `{rule}`", "rule")
    return found


def _item(one: Replayed, case: Case, filed: Rules, rule: str | None) -> dict[str, Any]:
    """An explained entry, each of its rules with the reasons in words; where one rule is asked
    about, with nothing of the others."""
    config = one.point.entry.config
    desk, item, due = case.desk_at(config), shape(one), due_of(one.point.entry)
    item["due"] = plain.what(due, desk) if due else None
    for name, traces in (("rules", one.rules), ("policies", one.policies)):
        item[name] = [
            shapes.rule(each)
            | {"because": inquiry.because(each, one, desk, filed.find(config, each.kind, each.id))}
            for each in traces
            if rule is None or each.id == rule
        ]
    return item


# -- another instant ------------------------------------------------------------------------------


def then(case: Case, at: datetime) -> dict[str, Any]:
    """How the ticket stood at an instant, or will stand at one if nobody does anything: then
    `happens` are the entries on the way, in order, and `outbox` what they send."""
    return _past(case, at) if at <= case.now else _future(case, at)


def _past(case: Case, at: datetime) -> dict[str, Any]:
    gone = [one for one in case.points if one.entry.at <= at]
    answer: dict[str, Any] = {
        "at": shapes.instant(at),
        "when": "past",
        "until": shapes.instant(at),
        "whole": True,
        "happens": [],
        "outbox": [],
    }
    if not gone:
        return answer | {"ticket": None, "clocks": [], "coming": []}
    last = gone[-1]
    view = replace(
        case.view(last.after, case.desk_at(last.after.config), at),
        entries=[one.entry for one in gone],
    )
    return answer | _standing(case, view)


def _future(case: Case, at: datetime) -> dict[str, Any]:
    found = case.caught_up()
    forecast.passed(case.desk, case.state, found, at, case.look_up)
    view = replace(case.view(found.ticket, case.desk, at), entries=[*case.entries, *found.entries])
    return {
        "at": shapes.instant(at),
        "when": "future",
        "until": shapes.instant(found.until),
        "whole": found.whole,
        "happens": [_foreseen(one, case) for one in found.entries],
        "outbox": [shapes.foreseen_row(one) for one in found.outbox],
        **_standing(case, view),
    }


def _standing(case: Case, view: View) -> dict[str, Any]:
    return {
        "ticket": case.shape(view),
        "clocks": prospects.clocks(view),
        "coming": prospects.coming(view),
    }


def _foreseen(entry: Entry, case: Case) -> dict[str, Any]:
    due = due_of(entry)
    told = prospects.told(due, case.desk_at(entry.config), case.now) if due else None
    return {**shapes.entry(entry), "config": entry.config, "due": told}


# -- when -----------------------------------------------------------------------------------------


def instant(text: str, now: datetime, timezone: str) -> datetime:
    """Read an instant with its offset, a time of the day that comes next in a zone (`09:00`), or
    how far it is away (`+2h`, `-1d12h`). In UTC.

    Raises:
        InvalidError: it is none of them.
    """
    if found := _TIME.fullmatch(text):
        zone = ZoneInfo(timezone)
        wall = now.astimezone(zone).replace(
            hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0, fold=0
        )
        if wall.astimezone(UTC) < now:
            wall += timedelta(days=1)
        return wall.astimezone(UTC)
    try:
        if (found := _AHEAD.fullmatch(text)) and any(found.groups()[1:]):
            days, hours, minutes = (int(one or 0) for one in found.groups()[1:])
            span = timedelta(days=days, hours=hours, minutes=minutes)
            return now + span if found[1] == "+" else now - span
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "must be an instant with its offset, like 2026-03-06T17:30:00Z, or 09:00, or +2h"
    raise InvalidError("unknown_value", message, "at")
