"""What lint calls impossible never holds, and what it calls implied always does: judged by the
conditions that decide."""

from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardia.config.compile_rules import RuleReader
from guardia.config.lint.facts import claim, clash, deny, implies, written
from guardia.config.validate import validate
from guardia.config.values import seconds_of
from guardia.domain import conditions
from guardia.domain.event import Event, State
from guardia.domain.model import Actor, Ticket
from guardia.domain.moment import Moment
from tests.unit.domain.builders import ANA, LUIS, NOON, a_desk, a_ticket, an_event, said

CUSTOM = {"seats": "number", "renewal": "date", "plan": "dropdown", "tools": "multiselect"}
KNOWN = {"agents": frozenset({"luis@acme.example", "eva@acme.example"})}

_WORDS: dict[str, tuple[Any, ...]] = {
    "status": ("new", "open", "pending", "solved"),
    "priority": ("none", "low", "high", "urgent"),
    "type": ("none", "question", "task"),
    "assignee": ("none", "luis@acme.example", "eva@acme.example", "current_user"),
    "actor": ("end_user", "agent", "luis@acme.example"),
    "comment_public": ("true", "false", "any"),
    "language": ("none", "es", "en"),
    "fields.plan": ("gold", "Gold", "free"),
    "subject": ("VPN", "vpn", "Otra"),
}
_ORDERED: dict[str, tuple[Any, ...]] = {
    "status": ("new", "open", "pending", "solved"),
    "priority": ("none", "low", "high", "urgent"),
    "replies": (0, 1, 2),
    "fields.seats": (0, 2, 3),
    "fields.renewal": ("2026-12-23", "2026-12-24", "2026-12-25"),
    "hours_since.created": (0, 3600, 7200),
}
_CHANGING = ("status", "priority", "language")


def _leaf(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _many(words: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(words), st.lists(st.sampled_from(words), min_size=1))


def _asking(field: str, operators: tuple[str, ...], values: Any) -> st.SearchStrategy[Any]:
    return st.builds(_leaf, st.just(field), st.sampled_from(operators), values)


_LEAVES = st.one_of(
    *(_asking(field, ("is", "is_not"), _many(words)) for field, words in _WORDS.items()),
    *(
        _asking(
            field, ("less_than", "at_most", "greater_than", "at_least"), st.sampled_from(values)
        )
        for field, values in _ORDERED.items()
    ),
    *(
        _asking(
            field,
            ("changed_to", "not_changed_to", "changed_from", "not_changed_from"),
            st.sampled_from(_WORDS[field]),
        )
        for field in _CHANGING
    ),
    *(_asking(field, ("changed", "not_changed"), st.just(True)) for field in _CHANGING),
    *(
        _asking(field, ("present", "not_present"), st.just(True))
        for field in ("priority", "assignee", "tags", "subject", "fields.seats", "replies")
    ),
    *(
        _asking(field, ("includes", "not_includes"), _many(("vip", "gold", "new")))
        for field in ("tags", "fields.tools")
    ),
    _asking(
        "subject",
        ("includes_words", "not_includes_words", "includes_string"),
        _many(("vpn", "vpn roto", "roto")),
    ),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inside: st.builds(
        lambda kind, items: {kind: items},
        st.sampled_from(("all", "all", "any", "none")),
        st.lists(inside, max_size=4),
    ),
    max_leaves=8,
)


def _tickets(age: int, **values: Any) -> Ticket:
    return a_ticket(created_at=NOON - timedelta(seconds=age), **values)


_TICKETS = st.builds(
    _tickets,
    st.sampled_from((0, 3600, 5000, 7200)),
    status=st.sampled_from(_WORDS["status"]),
    priority=st.sampled_from((None, "low", "high", "urgent")),
    type=st.sampled_from((None, "question", "task")),
    assignee=st.sampled_from((None, "luis@acme.example", "eva@acme.example")),
    language=st.sampled_from((None, "es", "en")),
    subject=st.sampled_from(("", "VPN", "Otra", "vpn roto")),
    replies=st.integers(0, 3),
    tags=st.sampled_from(((), ("vip",), ("gold", "vip"), ("x",))),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "seats": st.sampled_from((0, 2, 2.5, 3)),
            "renewal": st.sampled_from(_ORDERED["fields.renewal"]),
            "plan": st.sampled_from(("gold", "free")),
            "tools": st.sampled_from(((), ("vip",), ("gold", "new"))),
        },
    ),
)
_EVENTS = st.builds(
    lambda actor, comment: an_event(actor=actor, comment=comment),
    st.sampled_from(
        (LUIS, Actor(kind="end_user", email="ana@globex.example"), Actor(kind="system"))
    ),
    st.sampled_from((None, said(), said(public=False))),
)


def _holds(tree: Any, now: Ticket, before: Ticket | None, event: Event) -> bool:
    if tree == {"all": []}:
        return True
    compiled = RuleReader(KNOWN, CUSTOM).trigger({"id": "a", "when": tree, "do": []})
    assert compiled.when is not None
    moment = Moment(
        desk=a_desk(),
        state=State(ticket=now, requester=ANA),
        event=event,
        before=before,
        ticket=now,
        at=NOON,
    )
    return conditions.compile_tree(compiled.when, CUSTOM).holds(moment)


@given(_TREES, _TICKETS, st.none() | _TICKETS, _EVENTS)
@settings(max_examples=250, deadline=None)
def test_what_cannot_be_so_never_holds(
    tree: Any, now: Ticket, before: Ticket | None, event: Event
) -> None:
    held = _holds(tree, now, before, event)

    assert clash(claim(tree) if held else deny(claim(tree)), CUSTOM) is None


@given(_TREES, _TREES, _TICKETS, st.none() | _TICKETS, _EVENTS)
@settings(max_examples=250, deadline=None)
def test_what_follows_holds_wherever_the_other_does(
    strong: Any, weak: Any, now: Ticket, before: Ticket | None, event: Event
) -> None:
    if _holds(strong, now, before, event) and not _holds(weak, now, before, event):
        assert not implies(claim(strong), claim(weak), CUSTOM)


@given(_TREES)
@settings(max_examples=100, deadline=None)
def test_every_claim_without_choices_follows_from_itself(tree: Any) -> None:
    mine = claim(tree)

    assert mine.choices or implies(mine, mine, CUSTOM)


def _long_rule(number: int) -> dict[str, Any]:
    asked = [
        {"field": "update", "is": "create"},
        {"field": "tags", "includes": [f"a{number}", f"b{number % 7}"]},
        {"field": "priority", "is": ["low", "high", "urgent"][number % 3]},
        {
            "any": [
                {"field": "subject", "includes_words": [f"c{number}"]},
                {"field": "comment", "includes_words": [f"d{number}", "e"]},
            ]
        },
    ]
    value = ["high", "urgent", "low"][number % 3]
    done: list[Any] = [{"set": {"priority": value}}, {"add_tags": [f"a{number + 1}"]}]
    return {"id": f"r{number}", "when": {"all": asked}, "do": [*done, {"stop": True}]}


def test_hundreds_of_rules_are_compared_with_each_other_in_time() -> None:
    document = {"triggers": [_long_rule(number) for number in range(300)]}

    begun = process_time()
    assert validate(document).ok
    assert process_time() - begun < 15


@pytest.mark.parametrize("operator", ["is", "changed_to"])
def test_a_field_of_a_thousand_words_is_compared_in_time(operator: str) -> None:
    words = [f"w{number}" for number in range(1000)]
    leaf = {"field": "subject", "operator": "is", "value": words}
    changed = {"field": "subject", "operator": operator, "value": "w1"}

    begun = process_time()
    assert clash(claim({"all": [leaf, changed]}), CUSTOM) is None
    assert process_time() - begun < 15


@given(st.integers(1, 10**8))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    assert seconds_of(written(seconds)) == seconds
