"""Automations carried out the slow way: at every quarter of an hour each is looked at anew.

Shares nothing with the code under test. A rule is a list of plain conditions that must all hold;
instants are quarters since the start of the story.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SINCE_STATUS: Final = {
    "open": "opened",
    "pending": "pending",
    "hold": "on_hold",
    "solved": "solved",
}
"""What begins to be counted when a status is entered."""

MAX_FIRINGS: Final = 10

Change = tuple[str, Any]
"""What a person or a rule does: `status` or `priority` and the value, `tag` or `untag` and one."""


@dataclass(frozen=True)
class Asked:
    """A condition. `hours_since` fields count quarters, on the calendar or in business hours."""

    field: str
    operator: str
    value: Any
    hours: str = "calendar"


@dataclass(frozen=True)
class SlowRule:
    id: str
    asks: tuple[Asked, ...]
    does: tuple[Change, ...]


@dataclass
class SlowTicket:
    status: str = "new"
    priority: str | None = None
    tags: list[str] = field(default_factory=list)
    since: dict[str, int] = field(default_factory=lambda: {"created": 0})
    updates: list[tuple[int, str | None]] = field(default_factory=lambda: [(0, None)])

    def change(self, at: int, by: str | None, changes: Sequence[Change]) -> None:
        """Apply changes by a rule, or by a person where `by` is None."""
        for kind, value in changes:
            if kind == "status":
                if value != self.status and value in SINCE_STATUS:
                    self.since[SINCE_STATUS[value]] = at
                self.status = value
            elif kind == "priority":
                self.priority = value
            elif kind == "tag" and value not in self.tags:
                self.tags.append(value)
            elif kind == "untag" and value in self.tags:
                self.tags.remove(value)
        self.updates.append((at, by))


class SlowAutomations:
    """The rules of one ticket. `counts` gives the open quarters between two instants."""

    def __init__(self, rules: Sequence[SlowRule], counts: Callable[[int, int], int]) -> None:
        self.rules, self.counts = rules, counts
        self.ticket = SlowTicket()
        self.waits: set[str] = set()
        self.times = dict.fromkeys((one.id for one in rules), 0)
        self.fired: list[tuple[int, str]] = []

    def live(self, acts: Sequence[tuple[int, Sequence[Change]]], end: int) -> None:
        """Go through a story up to and including an instant.

        What people do at an instant comes first, then what is due. A condition that time would
        make false at it, and that is made true again by what happens then, has stayed true.
        """
        left = list(acts)
        for at in range(end + 1):
            while left and left[0][0] == at:
                self.ticket.change(at, None, left.pop(0)[1])
                self.times = dict.fromkeys(self.times, 0)
                self._rearm(at)
            while (rule := self._next(at)) is not None:
                self.ticket.change(at, rule.id, rule.does)
                self.fired.append((at, rule.id))
                self.times[rule.id] += 1
                self.waits.add(rule.id)
                self._rearm(at)
            self._rearm(at)

    def _next(self, at: int) -> SlowRule | None:
        for rule in self.rules:
            ready = rule.id not in self.waits and self.times[rule.id] < MAX_FIRINGS
            if ready and self._holds(rule, at):
                return rule
        return None

    def _rearm(self, at: int) -> None:
        """What does not hold now may fire when it holds again."""
        self.waits = {one.id for one in self.rules if one.id in self.waits and self._holds(one, at)}

    def _holds(self, rule: SlowRule, at: int) -> bool:
        return all(self._answer(one, rule, at) for one in rule.asks)

    def _answer(self, one: Asked, rule: SlowRule, at: int) -> bool:
        ticket = self.ticket
        if one.field == "status":
            return bool(ticket.status == one.value)
        if one.field == "priority":
            return (ticket.priority == one.value) is (one.operator == "is")
        if one.field == "tags":
            return (one.value in ticket.tags) is (one.operator == "includes")
        start = self._start(one.field.removeprefix("hours_since."), rule)
        if start is None:
            return False
        passed = at - start if one.hours == "calendar" else self.counts(start, at)
        answers = {
            "at_least": passed >= one.value,
            "less_than": passed < one.value,
            "is": passed == one.value,
        }
        return bool(answers[one.operator])

    def _start(self, name: str, rule: SlowRule) -> int | None:
        if name != "updated":
            return self.ticket.since.get(name)
        return max(at for at, by in self.ticket.updates if by != rule.id)
