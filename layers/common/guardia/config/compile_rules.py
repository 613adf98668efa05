"""From the stored form of rules to the rules that the domain follows.

As in `compile`, what leads nowhere makes its rule dead, not the desk.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from guardia.config import dead
from guardia.config.compile_actions import Stored, TextReader, read_actions
from guardia.config.searches import anywhere
from guardia.domain.desk import (
    Automation,
    Branch,
    Condition,
    Escalation,
    Pause,
    Recurrence,
    SlaPolicy,
    Target,
    Tree,
    Trigger,
)
from guardia.domain.vocabulary import NONE, WEEKDAYS

Lost = dict[str, None]
"""What a rule names and the desk has not, each once, in the order of the rule."""


class RuleReader:
    """Reads the rules of one desk.

    `known` are the ids of each section, `custom` the desk's fields with their types, `views` the
    stored views. Texts and conditions that stand in several rules are read once.
    """

    def __init__(
        self,
        known: Mapping[str, frozenset[str]],
        custom: Mapping[str, str],
        views: Iterable[Stored] = (),
    ) -> None:
        self.texts = TextReader(frozenset(custom))
        self._known, self._custom = known, custom
        self._views = {one["id"]: one for one in views}
        self._read: dict[tuple[Any, ...], tuple[Condition, tuple[str, ...]]] = {}

    def trigger(self, one: Stored) -> Trigger:
        """Read a trigger."""
        lost: Lost = {}
        when = self._when(one, lost)
        self._look_up(one["do"], lost)
        return Trigger(
            id=one["id"],
            when=_if_known(when, lost),
            actions=read_actions(one["do"], self.texts),
            dead=tuple(lost),
        )

    def automation(self, one: Stored) -> Automation:
        """Read an automation; the conditions of its view are its own."""
        lost: Lost = {}
        of_view, own = self._view(one, lost), self._when(one, lost)
        when = _both(of_view, own) if of_view and own else of_view or own
        every = self._recurrence(one["every"], lost) if "every" in one else None
        self._look_up(one["do"], lost)
        return Automation(
            id=one["id"],
            when=_if_known(when, lost),
            actions=read_actions(one["do"], self.texts),
            every=every,
            if_late=one["if_late"],
            dead=tuple(lost),
        )

    def policy(self, one: Stored) -> SlaPolicy:
        """Read an SLA policy."""
        lost: Lost = {}
        when = self._when(one, lost)
        pauses = [
            Pause(when=self._tree(each["when"], lost), reason=each["reason"])
            for each in one["pause"]
        ]
        targets = tuple([_target(each) for each in one["targets"]])
        return SlaPolicy(
            id=one["id"],
            when=_if_known(when, lost),
            targets=targets,
            warn=tuple(one["warn"]),
            pause=tuple([each for each in pauses if _if_known(each.when, lost)]),
            escalate=tuple(
                [each for stored in one["escalate"] for each in self._levels(stored, targets, lost)]
            ),
            measure=one["measure"],
            settings={metric: frozenset(on) for metric, on in one["settings"].items()},
            dead=tuple(lost),
        )

    def _view(self, one: Stored, lost: Lost) -> Tree | None:
        if "view" not in one:
            return None
        if one["view"] not in self._views:
            lost[f"view {one['view']}"] = None
            return None
        return self._when(self._views[one["view"]], lost)

    def _recurrence(self, one: Stored, lost: Lost) -> Recurrence:
        skip = one.get("skip_holidays")
        if skip is not None:
            lost.update(dict.fromkeys(dead.lost([("schedules", skip)], self._known)))
        return Recurrence(
            minute=int(one["at"][:2]) * 60 + int(one["at"][3:]),
            days=frozenset(WEEKDAYS.index(each) for each in one["days"]),
            timezone=one["timezone"],
            skip=skip,
        )

    def _levels(self, one: Stored, targets: tuple[Target, ...], lost: Lost) -> Iterable[Escalation]:
        """An escalation that names no metric is one of each that has a target."""
        self._look_up(one["do"], lost)
        actions = read_actions(one["do"], self.texts)
        every = dict.fromkeys(each.metric for each in targets)
        for metric in [one["metric"]] if "metric" in one else every:
            yield Escalation(metric=metric, after=one["after"], actions=actions)

    def _look_up(self, actions: list[Stored], lost: Lost) -> None:
        lost.update(dict.fromkeys(dead.lost(dead.done(actions, self._custom), self._known)))

    def _when(self, one: Stored, lost: Lost) -> Tree | None:
        return self._tree(one["when"], lost) if "when" in one else None

    def _tree(self, tree: Stored, lost: Lost) -> Tree:
        """Read a tree; add what its conditions name and the desk has not to `lost`."""
        if "field" not in tree:
            kind, items = next(iter(tree.items()))
            return Branch(kind=kind, items=tuple([self._tree(one, lost) for one in items]))
        value = tree["value"]
        plain = value if type(value) is str else repr(value)
        hours, schedule = tree.get("hours"), tree.get("schedule")
        key = (tree["field"], tree["operator"], type(value), plain, hours, schedule)
        found = self._read.get(key)
        if found is None:
            named = dead.asked(tree, self._custom)
            found = self._read[key] = (_condition(tree), tuple(dead.lost(named, self._known)))
        condition, gone = found
        if gone:
            lost.update(dict.fromkeys(gone))
        return condition


def _both(one: Tree, other: Tree) -> Branch:
    """Both of two trees, on one level where they are lists that all must hold already."""
    items = [
        each
        for tree in (one, other)
        for each in (tree.items if isinstance(tree, Branch) and tree.kind == "all" else (tree,))
    ]
    return Branch(kind="all", items=tuple(items))


def _if_known(tree: Tree | None, lost: Lost) -> Tree | None:
    """Conditions that can be compiled: not where a field is gone."""
    return None if any(each.startswith("field ") for each in lost) else tree


def _condition(one: Stored) -> Condition:
    value = one["value"]
    return Condition(
        field=one["field"],
        operator=one["operator"],
        value=tuple(value) if isinstance(value, list) else value,
        hours=one.get("hours", "calendar"),
        schedule=one.get("schedule"),
        search=anywhere(value) if one["operator"] == "matches" else None,
    )


def _target(one: Stored) -> Target:
    named = one.get("priority")
    return Target(
        metric=one["metric"],
        within=one["within"],
        hours=one["hours"],
        priorities=(
            None if named is None else frozenset(None if each == NONE else each for each in named)
        ),
    )
