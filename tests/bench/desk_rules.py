"""The rules and events that every engine is asked about: 500 triggers of six conditions.

Four conditions must hold and one of two more; they come from small pools, so that about a third of
the 3,000 are distinct, as in a desk that has grown. About three triggers match an event.
"""

import random  # noqa: TID251 - the same seed draws the same rules
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from guardia.domain.event import Event, State
from guardia.domain.model import Actor, Comment, Contact, Identity, Ticket

STATUSES: Final = ("open", "pending", "hold", "solved")
PRIORITIES: Final = ("low", "normal", "high", "urgent")
TYPES: Final = ("question", "incident", "problem", "task")
CHANNELS: Final = ("email", "form", "api", "hook")
LANGUAGES: Final = ("en", "es", "fr", "de", "pt")
GROUPS: Final = tuple(f"group-{n}" for n in range(16))
ORGANIZATIONS: Final = tuple(f"company-{n}" for n in range(90))
TAGS: Final = tuple(f"tag-{n}" for n in range(60))
SYLLABLES: Final = (
    "ata",
    "ellu",
    "iri",
    "osto",
    "un",
    "ambe",
    "ela",
    "isto",
    "onda",
    "ulle",
    "erni",
    "ardo",
)
WORDS: Final = tuple(f"{a}{b}" for a in "bcdfglmnprst" for b in SYLLABLES)
AT: Final = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)

Row = tuple[str, str, Any]
"""A condition that every engine can be told: field, operator, value.

Operators: `is`, `is_not`, `in`, `contains` (text), `any`, `none` (tags), `greater`, `less`,
`changed`, `changed_to`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All of `every` and one of `either`."""

    id: str
    every: tuple[Row, ...]
    either: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One event, as our decision takes it."""

    state: State
    event: Event


def rules(count: int = 500, seed: int = 11) -> list[Rule]:
    """Draw the rules; the same seed gives the same ones."""
    draw = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    return [
        Rule(
            id=f"rule-{n:03}",
            every=tuple(draw.sample([_anchor(draw), *(_loose(draw) for _ in range(3))], 4)),
            either=(_wide(draw), _wide(draw)),
        )
        for n in range(count)
    ]


def _anchor(draw: random.Random) -> Row:
    """What the rule is about: the one condition that most events do not meet."""
    values: tuple[str, ...]
    kind = draw.choices(
        ("to", "changed", "org", "group", "status", "channel", "type"), (25, 12, 20, 20, 13, 5, 5)
    )[0]
    if kind == "to":
        field, values = draw.choice((("status", STATUSES), ("priority", PRIORITIES)))
        return (field, "changed_to", draw.choice(values))
    if kind == "changed":
        return (draw.choice(("assignee", "type", "group", "priority")), "changed", True)
    field, values = {
        "org": ("organization", ORGANIZATIONS),
        "group": ("group", GROUPS),
        "status": ("status", STATUSES),
        "channel": ("channel", CHANNELS),
        "type": ("type", TYPES),
    }[kind]
    return (field, "is", draw.choice(values))


def _loose(draw: random.Random) -> Row:
    """What narrows it down: true of a good third of the events."""
    kind = draw.randrange(7)
    if kind == 0:
        field, values = draw.choice((("language", LANGUAGES), ("channel", CHANNELS)))
        return (field, "is", draw.choice(values))
    if kind == 1:
        field, values = draw.choice((("priority", PRIORITIES), ("type", TYPES)))
        return (field, "in", tuple(sorted(draw.sample(values, 2))))
    if kind == 2:
        field, values = draw.choice((("language", LANGUAGES), ("channel", CHANNELS)))
        return (field, "is_not", draw.choice(values))
    if kind == 3:
        return ("tags", "none", tuple(sorted(draw.sample(TAGS[:24], 2))))
    if kind == 4:
        return (draw.choice(("replies", "reopens")), "less", draw.randrange(3, 28))
    if kind == 5:
        return (draw.choice(("replies", "reopens")), "greater", draw.randrange(3, 28))
    return (draw.choice(("comment", "subject")), "contains", draw.choice(WORDS))


def _wide(draw: random.Random) -> Row:
    """One of two that widen it again."""
    kind = draw.randrange(4)
    if kind == 0:
        return ("comment", "contains", draw.choice(WORDS))
    if kind == 1:
        return ("subject", "contains", draw.choice(WORDS))
    if kind == 2:
        return ("tags", "any", tuple(sorted(draw.sample(TAGS, 3))))
    return (draw.choice(("replies", "reopens")), "greater", draw.randrange(2, 20))


# -- as the desk document says it -----------------------------------------------------------------

_OURS: Final = {
    "in": "is",
    "contains": "includes_string",
    "any": "includes",
    "none": "not_includes",
    "greater": "greater_than",
    "less": "less_than",
}


def document(rules: list[Rule], actions: Mapping[str, Any]) -> dict[str, Any]:
    """The rules as a desk document; each does `actions` (`{id}` stands for the rule's id)."""
    return {
        "desk": {"addresses": ["help@acme.example"]},
        "groups": [{"id": one, "name": one} for one in GROUPS],
        "agents": [
            {"email": f"agent-{n}@acme.example", "name": f"Agent {n}", "groups": list(GROUPS)}
            for n in range(4)
        ],
        "organizations": [{"id": one, "name": one} for one in ORGANIZATIONS],
        "triggers": [
            {
                "id": one.id,
                "when": {
                    "all": [
                        *map(_condition, one.every),
                        {"any": [_condition(row) for row in one.either]},
                    ]
                },
                "do": [
                    {name: [text.format(id=one.id) for text in value]}
                    for name, value in actions.items()
                ],
            }
            for one in rules
        ],
    }


def _condition(row: Row) -> dict[str, Any]:
    field, operator, value = row
    plain = list(value) if isinstance(value, tuple) else value
    return {"field": field, _OURS.get(operator, operator): plain}


# -- events ---------------------------------------------------------------------------------------


def cases(count: int, seed: int = 12) -> list[Case]:
    """Draw events: an agent's or a customer's comment that changes a field or two."""
    draw = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    return [_case(draw, n) for n in range(count)]


def _case(draw: random.Random, n: int) -> Case:
    changes: dict[str, Any] = {}
    for name, values, chance in (
        ("status", STATUSES, 0.45),
        ("priority", PRIORITIES, 0.2),
        ("type", TYPES, 0.08),
    ):
        if draw.random() < chance:
            changes[name] = draw.choice(values)
    before = Ticket(
        id=f"T{n:07}",
        version=3,
        subject=" ".join(draw.choices(WORDS, k=7)).capitalize(),
        status=draw.choice(STATUSES),
        priority=draw.choice(PRIORITIES),
        type=draw.choice(TYPES),
        channel=draw.choice(CHANNELS),
        group=draw.choice(GROUPS),
        assignee=f"agent-{draw.randrange(4)}@acme.example",
        requester="P1",
        organization=draw.choice(ORGANIZATIONS),
        tags=("seen", *draw.sample(TAGS, draw.randrange(4))),
        language=draw.choice(LANGUAGES),
        awaiting="agent",
        reopens=draw.randrange(30),
        replies=draw.randrange(30),
        created_at=AT - timedelta(days=2),
        updated_at=AT - timedelta(hours=3),
    )
    text = " ".join(draw.choices(WORDS, k=60)).capitalize()
    event = Event(
        id=f"E{n}",
        at=AT + timedelta(seconds=n),
        kind="change",
        actor=Actor(kind="agent", email="agent-0@acme.example"),
        channel="api",
        ticket=before,
        comment=Comment(text=text, public=False, by="agent-0@acme.example"),
        changes=changes,
    )
    return Case(state=State(ticket=before, requester=PERSON), event=event)


def facts(case: Case, ticket: Ticket) -> dict[str, Any]:
    """The event as a flat row for everybody else: texts in lower case, old values under `was`.

    `ticket` is the ticket after the event itself and before any rule.
    """
    before = case.event.ticket
    said = case.event.comment
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "was": {name: getattr(before, name) for name in _PLAIN},
        "subject": ticket.subject.lower(),
        "comment": said.text.lower() if said else "",
        "tags": list(ticket.tags),
    }


_PLAIN: Final = (
    "status", "priority", "type", "channel", "group", "assignee", "organization", "language",
    "reopens", "replies",
)  # fmt: skip
PERSON: Final = Contact(
    id="P1",
    name="Ana Ruiz",
    identities=(Identity(kind="email", value="ana@globex.example", verified=True, primary=True),),
)
