"""Index, order by cost and what is kept for a moment change no decision."""

from typing import Any

from hypothesis import given, settings, strategies as st

from guardia.domain import triggers
from guardia.domain.desk import Action, Assign, Branch, Condition, Set, Stop, Tag, Tree, Trigger
from guardia.domain.draft import Draft
from guardia.domain.event import Event, State
from guardia.domain.model import Ticket
from guardia.domain.moment import Moment
from tests.unit.domain import plain_rules
from tests.unit.domain.builders import ANA, LUIS, NOON, a_desk, a_ticket, an_event, said

STATUSES = ("new", "open", "pending", "hold", "solved")
PRIORITIES = (None, "low", "normal", "high", "urgent")
TAGS = ("vip", "árbol", "Spam", "x")
CHOICES: dict[str, tuple[Any, ...]] = {
    "status": STATUSES,
    "priority": PRIORITIES[1:],
    "type": (None, "incident", "Task"),
    "group": (None, "tech", "bills"),
    "department": (None, "sales"),
    "channel": ("email", "API"),
    "language": (None, "es", "en"),
    "organization": (None, "Globex", "acmé"),
}
OPERATORS = ("is", "is_not", "changed", "not_changed", "changed_to", "not_changed_to",
             "changed_from", "present")  # fmt: skip


def _choice(field: str) -> st.SearchStrategy[Condition]:
    word = st.sampled_from([one or "none" for one in CHOICES[field]])
    value = st.one_of(word, word.map(str.upper).filter(lambda one: one != "NONE"),
                      st.lists(word, min_size=1, max_size=2).map(tuple))  # fmt: skip
    return st.builds(
        Condition, field=st.just(field), operator=st.sampled_from(OPERATORS), value=value
    )


def _ordered(field: str, scale: tuple[Any, ...]) -> st.SearchStrategy[Condition]:
    return st.builds(
        Condition,
        field=st.just(field),
        operator=st.sampled_from(("less_than", "at_most", "greater_than", "at_least")),
        value=st.sampled_from(scale),
    )


CONDITIONS = st.one_of(
    *map(_choice, CHOICES),
    _ordered("status", STATUSES),
    _ordered("priority", PRIORITIES[1:]),
    _ordered("reopens", (0, 1, 2)),
    st.builds(Condition, field=st.just("update"), operator=st.sampled_from(("is", "is_not")),
              value=st.sampled_from(("create", "change"))),
    st.builds(Condition, field=st.just("tags"), operator=st.sampled_from(("includes", "not_includes")),
              value=st.sampled_from(TAGS)),
    st.builds(Condition, field=st.sampled_from(("comment", "subject")),
              operator=st.sampled_from(("includes_string", "not_includes_string", "includes_words", "includes")),
              value=st.sampled_from(("vpn", "ÁRBOL", "o", "zz", "my vpn", ("el árbol", "my"), '"my vpn" x'))),
)  # fmt: skip
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        Branch,
        kind=st.sampled_from(("all", "all", "any", "none")),
        items=st.lists(inner, min_size=1, max_size=5).map(tuple),
    ),
    max_leaves=8,
)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from(STATUSES[1:]).map(lambda one: Set(values={"status": one})),
    st.sampled_from(PRIORITIES[1:]).map(lambda one: Set(values={"priority": one})),
    st.sampled_from(("tech", "bills")).map(lambda one: Assign(group=one)),
    st.sampled_from(("none", "luis@acme.example")).map(lambda one: Set(values={"assignee": one})),
    st.just(Set(values={"department": "sales"})),
    st.builds(Tag, mode=st.sampled_from(("add", "remove")), tags=st.sampled_from(TAGS).map(lambda one: (one,))),
    st.just(Stop()),
)  # fmt: skip


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[Trigger, ...]:
    """Triggers that share conditions, as those of a desk do; some without any, some dead."""
    pool = draw(st.lists(st.one_of(CONDITIONS, TREES), min_size=1, max_size=8))
    shared: st.SearchStrategy[Tree] = st.one_of(
        st.sampled_from(pool),
        st.builds(Branch, kind=st.just("all"), items=st.lists(st.sampled_from(pool), min_size=1, max_size=4).map(tuple)),
    )  # fmt: skip
    one = st.tuples(
        st.one_of(st.none(), shared, shared), st.lists(ACTIONS, max_size=2), st.integers(0, 9)
    )
    return tuple(
        Trigger(id=str(n), when=when, actions=tuple(do), dead=("group x",) if luck == 0 else ())
        for n, (when, do, luck) in enumerate(draw(st.lists(one, min_size=1, max_size=9)))
    )


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    held = {name: draw(st.sampled_from(values)) for name, values in CHOICES.items()}
    tags = draw(st.lists(st.sampled_from(("vip", "arbol", "spam")), unique=True).map(tuple))
    subject = draw(st.sampled_from(("", "VPN", "El árbol")))
    return a_ticket(**held, tags=tags, subject=subject, reopens=draw(st.integers(0, 2)))


EVENTS = st.builds(
    an_event,
    st.sampled_from(("create", "change")),
    st.just(LUIS),
    comment=st.one_of(st.none(), st.sampled_from(("", "My VPN", "arbol")).map(said)),
)


@settings(max_examples=500, deadline=None)
@given(rule_sets(), st.one_of(st.none(), tickets()), tickets(), EVENTS)
def test_what_fires_and_what_it_leaves_is_what_a_look_at_every_trigger_in_order_gives(
    rules: tuple[Trigger, ...], before: Ticket | None, ticket: Ticket, event: Event
) -> None:
    fast, slow = (
        Draft(
            moment=Moment(
                desk=a_desk(), state=State(ticket=before, requester=ANA), event=event,
                before=before, ticket=ticket, at=NOON,
            ),
            seq=1,
        )
        for _ in range(2)
    )  # fmt: skip

    triggers.run(triggers.compile_rules(rules, {}), fast, fired=set())
    expected = plain_rules.run(rules, slow)

    assert [one.id for one in fast.rules] == expected
    assert fast.ticket == slow.ticket
