"""What the conditions of each kind of rule may ask: a trigger sees an update, time does not."""

from collections.abc import Callable
from typing import Any, Final

from guardia.domain import vocabulary
from guardia.domain.vocabulary import Field

Scope = Callable[[str, Field, str, Any], str | None]
"""Says why a rule cannot ask something, None where it can: given the field, what is known of it,
the operator, and the value as the document has it."""


_OF_UPDATES: Final = "`{name}` is what an update has; {rule}"


def anything(_name: str, _known: Field, _operator: str, _value: Any) -> str | None:
    """Triggers may ask everything."""
    return None


def of_an_automation(name: str, _known: Field, operator: str, value: Any) -> str | None:
    """An automation looks at a ticket because of the time, not because of an update."""
    if name in vocabulary.OF_THE_UPDATE:
        return _OF_UPDATES.format(name=name, rule="an automation is set off by time alone")
    if operator in vocabulary.CHANGE:
        return f"`{operator}` compares with before an update; an automation is set off by time"
    if _names_the_user(name, value):
        return "nobody acts when an automation runs: `current_user` is never anyone"
    return None


def of_a_view(name: str, _known: Field, operator: str, _value: Any) -> str | None:
    """A view holds tickets as they stand, whoever looks at it."""
    if name in vocabulary.OF_THE_UPDATE:
        return _OF_UPDATES.format(name=name, rule="a view shows tickets as they stand")
    if operator in vocabulary.CHANGE:
        return f"`{operator}` compares with before an update; a view shows tickets as they stand"
    return None


def of_a_policy(name: str, known: Field, operator: str, value: Any) -> str | None:
    """An SLA policy is chosen by what a ticket is, after each update that changes it."""
    if name in vocabulary.OF_THE_UPDATE:
        return _OF_UPDATES.format(name=name, rule="a policy holds for a ticket as it stands")
    if operator in vocabulary.CHANGE:
        return f"`{operator}` compares with before an update; a policy holds for a ticket"
    if name.startswith("sla."):
        return f"`{name}` follows from the policy; the policy cannot ask for it"
    if known.kind == "duration":
        return f"`{name}` changes by time alone; a policy holds for what a ticket is"
    if _names_the_user(name, value):
        return "a policy holds whoever acts: `current_user` is never anyone"
    return None


def _names_the_user(name: str, value: Any) -> bool:
    many = value if isinstance(value, list) else [value]
    return name in ("assignee", "requester") and "current_user" in many
