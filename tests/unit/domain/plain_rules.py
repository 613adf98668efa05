"""Triggers decided the obvious way: every one in order, from the top after each change, each
condition read anew. No index, no order by cost, nothing kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from guardia.domain import actions
from guardia.domain.desk import Condition, Stop, Tree, Trigger
from guardia.domain.draft import Draft
from guardia.domain.event import Event
from guardia.domain.model import Ticket

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = (None, "low", "normal", "high", "urgent")
_SCALES: dict[str, tuple[Any, ...]] = {"status": STATUSES, "priority": PRIORITIES}


def run(triggers: Sequence[Trigger], draft: Draft) -> list[str]:
    """Run the triggers on a draft; return which fired, in order."""
    moment, fired = draft.moment, list[str]()
    while True:
        # After one that changed nothing those before it would still say no: the top will do.
        found = next(
            (
                one
                for one in triggers
                if one.id not in fired
                and not one.dead
                and holds(one.when, moment.before, moment.ticket, moment.event)
            ),
            None,
        )
        if found is None:
            return fired
        fired.append(found.id)
        for action in found.actions:
            actions.perform(action, draft, found.id)
        if any(isinstance(action, Stop) for action in found.actions):
            return fired


def holds(tree: Tree | None, before: Ticket | None, ticket: Ticket, event: Event) -> bool:
    if tree is None:
        return True
    if isinstance(tree, Condition):
        return answer(tree, before, ticket, event)
    answers = [holds(one, before, ticket, event) for one in tree.items]
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[tree.kind]


def answer(one: Condition, before: Ticket | None, ticket: Ticket, event: Event) -> bool:
    now, was = value(one.field, ticket, event), value(one.field, before, event)
    operator = one.operator
    if operator.startswith("not_") or operator == "is_not":
        positive = "is" if operator == "is_not" else operator.removeprefix("not_")
        opposite = replace(one, operator=positive)
        return not answer(opposite, before, ticket, event)
    wanted = one.value if isinstance(one.value, tuple) else (one.value,)
    plain = [None if each == "none" else folded(each) for each in wanted]
    if operator == "changed":
        return bool(now != was)
    if operator == "changed_to":
        return now != was and folded(now) in plain
    if operator == "changed_from":
        return now != was and folded(was) in plain
    if operator == "is":
        return folded(now) in plain
    if operator == "present":
        return now not in (None, "", (), 0)
    if operator == "includes_words" or (operator == "includes" and one.field != "tags"):
        text = one.value if isinstance(one.value, str) else None
        phrases = re.findall(r'"[^"]+"|\S+', text) if text else one.value
        return any(
            f" {folded(phrase.strip(chr(34)))} " in f" {folded(now) or ''} " for phrase in phrases
        )
    if operator == "includes":
        return any(folded(each) in plain for each in now)
    if operator == "includes_string":
        return any(str(folded(each)) in (folded(now) or "") for each in wanted)
    scale = _SCALES.get(one.field, tuple(range(100)))
    left, right = scale.index(now), scale.index(None if one.value == "none" else one.value)
    return {
        "less_than": left < right,
        "at_most": left <= right,
        "greater_than": left > right,
        "at_least": left >= right,
    }[operator]


def value(field: str, ticket: Ticket | None, event: Event) -> Any:
    if field == "update":
        return "create" if event.kind == "create" else "change"
    if field == "update_channel":
        return event.channel
    if field == "comment":
        return event.comment.text if event.comment else None
    if ticket is None:
        return {"tags": (), "reopens": 0}.get(field)
    return getattr(ticket, field)


def folded(value: Any) -> Any:
    if value is None or value == "" or not isinstance(value, str):
        return None if value == "" else value
    apart = unicodedata.normalize("NFKD", value.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).strip()
