"""What is known of a ticket after a rule has acted on it: the facts that stay, and those that come.

What is not certain is left out, so whoever asks errs to the side of saying nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from guardia.config.lint.facts import Custom, Fact, fact, fits, many
from guardia.config.walk import Normal
from guardia.domain.vocabulary import NONE

STAMPS: Final = {
    "open": "opened",
    "pending": "pending",
    "hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
}
"""What `hours_since` counts from the entering of a status."""

_FINISHED: Final = ("solved", "closed")
_FOLLOWS: Final = {
    "assignee": ("group",),
    "group": ("assignee",),
    "department": ("group", "assignee"),
}
"""What the system rules may change along with a field."""

_SCHEDULED: Final = ("group", "department", "schedule")
_FACTS_OF_HOURS: Final = ("in_business_hours", "on_holiday", "schedule")


def writes(actions: Iterable[Normal]) -> list[tuple[str, Any]]:
    """The fields that actions write, in their order, each with its value (`none`: emptied)."""
    found: list[tuple[str, Any]] = []
    for action in actions:
        for name, value in action.get("set", {}).items():
            found.append((name, NONE if value is None else value))
        assigned = action.get("assign", {})
        found += [(name, assigned[key]) for name, key in _ASSIGNS if key in assigned]
        if "set_schedule" in action:
            found.append(("schedule", action["set_schedule"]))
    return found


_ASSIGNS: Final = (("group", "group"), ("assignee", "agent"))


def tags(actions: Iterable[Normal]) -> tuple[frozenset[str], frozenset[str]]:
    """The tags that actions surely leave on a ticket, and those that they surely take off it."""
    on: set[str] = set()
    off: set[str] = set()
    for action in actions:
        added = action.get("add_tags", action.get("set_tags", ()))
        on, off = (on | set(added)), off - set(added)
        gone = set(action.get("remove_tags", ()))
        on, off = on - gone, off | gone
    return frozenset(on), frozenset(off)


@dataclass(slots=True)
class State:
    """What is known of a ticket while a rule acts on it.

    `reset` are the instants (as `hours_since` names them) that the actions surely moved to now,
    `ended` those that they took away.
    """

    facts: list[Fact]
    custom: Custom
    reset: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def act(self, actions: Iterable[Normal]) -> None:
        """Carry actions out."""
        for action in actions:
            self._forget("updated")
            self._drop(lambda one: one.field.startswith(("sla.", "until.", "due_in")))
            for name, value in writes([action]):
                self.write(name, value)
            if {"add_tags", "remove_tags", "set_tags"} & action.keys():
                self._tag(action)
            if "comment" in action:
                self._say(action["comment"])

    def write(self, name: str, value: Any) -> None:
        """Write a field of the ticket."""
        old = self._value(name)
        if old == value:
            return
        self._drop(lambda one: one.field == name or one.field in _FOLLOWS.get(name, ()))
        if value not in ("requester", "current_user"):
            self.facts.append(fact(name, "is", value))
        if name == "status":
            self._entered(value, certain=old is not None)
        if name == "assignee":
            self._stamp("assigned", certain=old is not None and value != NONE)
            self._becomes("status", "new", "open")
        if name in _SCHEDULED:
            self._drop(lambda one: one.hours == "business" or one.field in _FACTS_OF_HOURS)

    def _entered(self, status: str, *, certain: bool) -> None:
        if status in STAMPS:
            self._stamp(STAMPS[status], certain=certain)
        if status in _FINISHED:
            self._end("unanswered")
        self._drop(lambda one: one.field in ("reopens", "awaiting", "assignee"))

    def _say(self, comment: Normal) -> None:
        """What a comment moves: a rule's is an agent's only where it is public and names one."""
        if "by" in comment and comment["public"]:
            self._stamp("agent_update", certain=True)
            self._end("unanswered")
            self._drop(lambda one: one.field in ("awaiting", "replies"))

    def _tag(self, action: Normal) -> None:
        on, off = tags([action])
        kept = []
        for one in self.facts:
            if one.field != "tags":
                kept.append(one)
            elif "set_tags" in action or one.operator != "includes":
                continue
            elif not one.denied and off.isdisjoint(many(one.value)):
                kept.append(one)
            elif one.denied and (left := tuple(x for x in many(one.value) if x not in on)):
                kept.append(fact("tags", "includes", left, denied=True))
        kept += [fact("tags", "includes", (one,)) for one in sorted(on)]
        kept += [fact("tags", "includes", (one,), denied=True) for one in sorted(off)]
        self.facts = kept

    def _value(self, name: str) -> Any:
        """The value that a field is known to have."""
        for one in self.facts:
            if one.field == name and one.operator == "is" and not one.denied:
                values = many(one.value)
                if len(values) == 1:
                    return values[0]
        return None

    def _becomes(self, name: str, value: str, other: str) -> None:
        """Keep what stays true where one value may have become another."""
        self._drop(
            lambda one: (
                one.field == name
                and fits(one, value, self.custom)
                and not fits(one, other, self.custom)
            )
        )

    def _stamp(self, name: str, *, certain: bool) -> None:
        self._forget(name)
        if certain:
            self.reset.add(name)

    def _end(self, name: str) -> None:
        self._forget(name)
        self.ended.add(name)

    def _forget(self, name: str) -> None:
        self._drop(lambda one: one.field == f"hours_since.{name}")

    def _drop(self, which: Any) -> None:
        self.facts = [one for one in self.facts if not which(one)]
