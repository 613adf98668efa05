"""What is known of a ticket after a rule has acted on it: the facts that stay, and those that come.

What is not certain is left out, so whoever asks errs to the side of saying nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardia.config.lint.facts import Claim, Custom, Fact, every_fact, fact, fits, many
from guardia.config.walk import Normal
from guardia.domain import vocabulary
from guardia.domain.vocabulary import NONE
from guardia.domain.words import compared

Asked = Mapping[str, frozenset[str]]
"""The words that conditions look for in a field of several (tags, multiselects), by field."""

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
_REFUSED: Final = (("status", "new"), ("priority", NONE))
"""What the system rules write for nobody: a ticket that left `new` does not go back, a priority is
not taken away."""

_TAGGING: Final = ("add_tags", "remove_tags", "set_tags")


def asked(*claims: Claim) -> Asked:
    """What claims look for in fields of several words."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in (each for what in claims for each in every_fact(what)):
        if one.operator == "includes":
            found[one.field] |= _words(one.value)
    return {name: frozenset(words) for name, words in found.items()}


def _words(value: Any) -> set[str]:
    """Tags and their like as they are compared."""
    return {compared(str(one)) for one in many(value)}


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
    return [one for one in found if one not in _REFUSED]


_ASSIGNS: Final = (("group", "group"), ("assignee", "agent"))


def touched(actions: Iterable[Normal]) -> set[str]:
    """The fields that actions write, `tags` among them."""
    done = list(actions)
    names = {name for name, _ in writes(done)}
    return names | ({"tags"} if any(verb in one for one in done for verb in _TAGGING) else set())


def ends(actions: Iterable[Normal], custom: Custom, looked_for: Asked) -> list[Fact]:
    """What is so once actions are done: the last value of each field they write, and the tags."""
    done = list(actions)
    values = dict(writes(done))
    written = [
        each for name, value in values.items() for each in _left(name, value, custom, looked_for)
    ]
    return [*written, *_tagged(done, looked_for)]


def _left(name: str, value: Any, custom: Custom, looked_for: Asked) -> list[Fact]:
    """What is known of a field after a value was written into it."""
    known = vocabulary.field(name, custom)
    kind = known.kind if known else ""
    if kind == "tags":
        on = set() if value == NONE else _words(value)
        return _several(name, on, looked_for.get(name, frozenset()) - on, empty=not on)
    # A box that nobody ticked is one that is not ticked.
    return [fact(name, "is", False if kind == "boolean" and value == NONE else value)]


def _tagged(actions: list[Normal], looked_for: Asked) -> list[Fact]:
    """What is known of the tags after actions: those surely on a ticket, and those surely not."""
    on: set[str] = set()
    off: set[str] = set()
    empty = False
    for action in actions:
        if "set_tags" in action:
            off |= on | looked_for.get("tags", frozenset())
            on, empty = set(), True
        added = _words((*action.get("set_tags", ()), *action.get("add_tags", ())))
        on, off, empty = on | added, off - added, empty and not added
        gone = _words(action.get("remove_tags", ()))
        on, off = on - gone, off | gone
    return _several("tags", on, off, empty=empty)


def _several(name: str, on: Iterable[str], off: Iterable[str], *, empty: bool) -> list[Fact]:
    return [
        *(fact(name, "includes", (one,)) for one in sorted(on)),
        *(fact(name, "includes", (one,), denied=True) for one in sorted(off)),
        *([fact(name, "present", True, denied=True)] if empty else []),
    ]


@dataclass(slots=True)
class State:
    """What is known of a ticket while a rule acts on it.

    `looked_for` are the words that somebody will ask for: whatever else a list of tags takes off a
    ticket is no matter. `reset` are the instants (as `hours_since` names them) that the actions
    surely moved to now, `ended` those that they took away.
    """

    facts: list[Fact]
    custom: Custom
    looked_for: Asked = field(default_factory=dict)
    reset: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def act(self, actions: Iterable[Normal]) -> None:
        """Carry actions out."""
        for action in actions:
            self._forget("updated")
            self._forget("due")
            self._drop(lambda one: one.field.startswith(("sla.", "until.", "due_in")))
            for name, value in writes([action]):
                self.write(name, value)
            if "assign" in action:  # of a group and an agent that go together both stay
                for name, value in writes([action]):
                    self._know(name, value)
            if not action.keys().isdisjoint(_TAGGING):
                self._tag(action)
            if "comment" in action:
                self._say(action["comment"])

    def write(self, name: str, value: Any) -> None:
        """Write a field of the ticket."""
        old = self._value(name)
        if old == value:
            return
        was_finished = name == "status" and self._may_be(name, _FINISHED)
        self._drop(lambda one: one.field in _FOLLOWS.get(name, ()))
        if name in _SCHEDULED:
            self._drop(lambda one: one.hours == "business" or one.field in _FACTS_OF_HOURS)
        self._know(name, value)
        if name == "status":
            self._entered(value, certain=old is not None)
        if was_finished:  # it is reopened, perhaps without whoever had it
            self._drop(lambda one: one.field in ("reopens", "assignee"))
        if name == "assignee":
            self._stamp("assigned", certain=old is not None and value != NONE)
            self._becomes("status", "new", "open")

    def _know(self, name: str, value: Any) -> None:
        self._drop(lambda one: one.field == name)
        if value not in ("requester", "current_user"):
            self.facts += _left(name, value, self.custom, self.looked_for)

    def _entered(self, status: str, *, certain: bool) -> None:
        if status in STAMPS:
            self._stamp(STAMPS[status], certain=certain)
        if status in _FINISHED:
            self._end("unanswered")
        self._drop(lambda one: one.field == "awaiting")

    def _say(self, comment: Normal) -> None:
        """What a comment moves: a rule's is an agent's only where it is public and names one."""
        if "by" in comment and comment["public"]:
            self._stamp("agent_update", certain=True)
            self._end("unanswered")
            self._drop(lambda one: one.field in ("awaiting", "replies"))

    def _tag(self, action: Normal) -> None:
        """Change the tags: what was known of one that the action does not name stays so."""
        left = _tagged([action], self.looked_for)
        on = {word for one in left if not one.denied for word in many(one.value)}
        off = {word for one in left if one.denied for word in many(one.value)}
        kept = []
        for one in self.facts:
            if one.field != "tags":
                kept.append(one)
            elif "set_tags" in action or one.operator != "includes":
                continue
            elif not one.denied and off.isdisjoint(_words(one.value)):
                kept.append(one)
            elif one.denied and (rest := tuple(x for x in many(one.value) if not _words(x) & on)):
                kept.append(fact("tags", "includes", rest, denied=True))
        self.facts = [*kept, *left]

    def _may_be(self, name: str, values: Iterable[str]) -> bool:
        """Whether a field may have one of these values."""
        known = [one for one in self.facts if one.field == name]
        return any(all(fits(one, value, self.custom) for one in known) for value in values)

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
