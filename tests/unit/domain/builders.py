"""Small desks, tickets and events for tests of the domain: nothing but the domain is needed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from guardia.domain.decide import decide
from guardia.domain.desk import (
    Action,
    Agent,
    Branch,
    Condition,
    Department,
    Desk,
    Group,
    MailTemplate,
    Tree,
    Trigger,
)
from guardia.domain.event import Decision, Event, Needs, State
from guardia.domain.model import Actor, Comment, Contact, Identity, Ticket
from guardia.domain.placeholders import parse
from guardia.domain.triggers import compile_rules

NOON = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
ANA = Contact(
    id="P1",
    name="Ana Ruiz",
    identities=(Identity(kind="email", value="ana@globex.example", verified=True, primary=True),),
    language="es",
)
CUSTOMER = Actor(kind="end_user", email="ana@globex.example", contact="P1")
LUIS = Actor(kind="agent", email="luis@acme.example")
EVA = Actor(kind="agent", email="eva@acme.example")
LEO = Actor(kind="agent", email="leo@acme.example")
AGENTS = (
    Agent(email="eva@acme.example", name="Eva", role="admin", groups=("tech", "bills")),
    Agent(email="luis@acme.example", name="Luis", groups=("tech",)),
    Agent(email="leo@acme.example", name="Leo", role="light", groups=("bills",)),
)


def a_condition(field: str, operator: str, value: Any = True, **more: Any) -> Condition:
    return Condition(field=field, operator=operator, value=value, **more)


def all_of(*items: Tree) -> Branch:
    return Branch(kind="all", items=items)


def a_trigger(id: str, when: Tree | None, *actions: Action) -> Trigger:
    return Trigger(id=id, when=when, actions=actions)


def a_template(id: str, subject: str, body: str) -> MailTemplate:
    return MailTemplate(id=id, subject={"en": parse(subject)}, body={"en": parse(body)})


def a_desk(*triggers: Trigger, custom: Mapping[str, str] | None = None, **more: Any) -> Desk:
    """Two groups, three agents (one light), one department, and the triggers given."""
    groups = {
        "tech": Group(id="tech", name="Tech", agents=("eva@acme.example", "luis@acme.example")),
        "bills": Group(id="bills", name="Bills", agents=("leo@acme.example", "eva@acme.example")),
    }
    values: dict[str, Any] = {
        "rules": compile_rules(triggers, dict(custom or {})),
        "addresses": ("help@acme.example",),
        "locales": ("en", "es"),
        "groups": groups,
        "agents": {one.email: one for one in AGENTS},
        "departments": {"sales": Department(id="sales", name="Sales", group="bills")},
    }
    return Desk(**{**values, **more})


def a_ticket(**values: Any) -> Ticket:
    base: dict[str, Any] = {
        "id": "T1",
        "version": 1,
        "subject": "VPN",
        "status": "new",
        "channel": "email",
        "requester": "P1",
        "awaiting": "agent",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Ticket(**{**base, **values})


def said(text: str = "Hello", *, public: bool = True, by: str | None = None) -> Comment:
    return Comment(text=text, public=public, by=by)


def an_event(kind: str = "change", actor: Actor = CUSTOMER, **values: Any) -> Event:
    base: dict[str, Any] = {"id": "E1", "at": NOON, "channel": "email", "ticket": a_ticket()}
    return Event(kind=kind, actor=actor, **{**base, **values})


def created(desk: Desk, actor: Actor = CUSTOMER, **values: Any) -> Decision:
    """Decide a creation by a customer's mail, unless something else is said."""
    ticket = values.pop(
        "ticket", a_ticket(version=0, created_at=None, updated_at=None, awaiting="none")
    )
    values.setdefault("comment", said(by=actor.email))
    return decided(desk, State(requester=ANA), an_event("create", actor, ticket=ticket, **values))


def changed(desk: Desk, ticket: Ticket, actor: Actor = CUSTOMER, **values: Any) -> Decision:
    """Decide an event on a ticket that is there."""
    event = an_event("change", actor, ticket=ticket, **values)
    return decided(desk, State(ticket=ticket, requester=ANA), event)


def decided(desk: Desk, state: State, event: Event) -> Decision:
    decision = decide(desk, state, event)
    assert not isinstance(decision, Needs), decision
    return decision


def fired(decision: Decision) -> list[str]:
    return [one.id for one in decision.entries[-1].rules]
