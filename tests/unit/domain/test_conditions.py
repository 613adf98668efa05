"""What each operator answers on each kind of field, missing values included."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardia.domain import conditions
from guardia.domain.desk import Branch, Condition, Tree
from guardia.domain.event import Event, State
from guardia.domain.model import Attachment, Comment, ConditionTrace, Ticket
from guardia.domain.moment import MissingError, Moment
from tests.unit.domain.builders import (
    ANA,
    CUSTOMER,
    LUIS,
    NOON,
    a_condition,
    a_desk,
    a_ticket,
    an_event,
)

CUSTOM = {
    "plan": "dropdown",
    "seats": "number",
    "renewal": "date",
    "tools": "multiselect",
    "gdpr": "checkbox",
}


def holds(
    tree: Tree,
    ticket: Ticket | None = None,
    *,
    before: Ticket | None = None,
    event: Event | None = None,
    state: State | None = None,
) -> bool:
    now = ticket or a_ticket()
    moment = Moment(
        desk=a_desk(),
        state=state or State(ticket=now, requester=ANA),
        event=event or an_event(),
        before=before,
        ticket=now,
        at=NOON,
    )
    judge = conditions.compile_tree(tree, CUSTOM)
    answer = judge.holds(moment)
    seen: list[ConditionTrace] = []
    assert judge.trace(moment, seen) is answer
    assert seen[0].result is answer
    return answer


@pytest.mark.parametrize(
    ("operator", "value", "answer"),
    [
        ("less_than", "solved", True),
        ("less_than", "pending", False),
        ("at_most", "pending", True),
        ("greater_than", "open", True),
        ("at_least", "hold", False),
        ("is", "pending", True),
        ("is", ["open", "pending"], True),
        ("is_not", ["open", "pending"], False),
        ("is_not", ["open", "hold"], True),
    ],
)
def test_statuses_compare_by_their_order(operator: str, value: Any, answer: bool) -> None:
    assert holds(a_condition("status", operator, value), a_ticket(status="pending")) is answer


@pytest.mark.parametrize(
    ("operator", "value", "answer"),
    [
        ("less_than", "low", True),
        ("at_least", "low", False),
        ("is", "none", True),
        ("is_not", "high", True),
        ("is", "high", False),
        ("not_present", True, True),
    ],
)
def test_an_empty_priority_stands_below_low(operator: str, value: Any, answer: bool) -> None:
    assert holds(a_condition("priority", operator, value), a_ticket(priority=None)) is answer


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("less_than", 5),
        ("at_most", 5),
        ("greater_than", 5),
        ("at_least", 5),
        ("is", 5),
        ("present", True),
    ],
)
def test_a_missing_number_meets_no_ordering(operator: str, value: Any) -> None:
    assert holds(a_condition("fields.seats", operator, value)) is False


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("fields.seats", "is_not", 5),
        ("fields.plan", "is_not", "gold"),
        ("fields.tools", "not_includes", ["saw"]),
        ("fields.renewal", "is_not", "2026-01-01"),
        ("assignee", "is_not", "luis@acme.example"),
        ("group", "not_changed_to", "tech"),
    ],
)
def test_a_missing_value_is_not_whatever_is_named(field: str, operator: str, value: Any) -> None:
    assert holds(a_condition(field, operator, value)) is True


@pytest.mark.parametrize(
    ("operator", "value", "answer"),
    [
        ("includes_words", 'refund "money back"', True),
        ("includes_words", '"money back"', True),
        ("includes_words", "moneyback", False),
        ("includes_words", "mon", False),
        ("includes_string", "MONEY B", True),
        ("includes_string", ["nope", "ck, pl"], True),
        ("not_includes_words", "refund", True),
        ("not_includes_string", "money", False),
        ("includes", "back", True),
        ("is", "money back, plèase", True),
    ],
)
def test_texts_compare_without_case_and_accents(operator: str, value: Any, answer: bool) -> None:
    ticket = a_ticket(subject="MÓNEY BACK, please")

    assert holds(a_condition("subject", operator, value), ticket) is answer


def test_a_string_is_found_inside_a_word() -> None:
    assert (
        holds(a_condition("subject", "includes_string", "art"), a_ticket(subject="My cart")) is True
    )


@pytest.mark.parametrize(
    ("public", "asked", "answer"),
    [
        (True, "true", True),
        (True, "false", False),
        (True, "any", True),
        (False, "true", False),
        (False, "false", True),
        (False, "any", True),
        (None, "true", False),
        (None, "false", False),
        (None, "any", False),
    ],
)
def test_comment_public_follows_its_truth_table(
    public: bool | None, asked: str, answer: bool
) -> None:
    comment = None if public is None else Comment(text="x", public=public)

    assert (
        holds(a_condition("comment_public", "is", asked), event=an_event(comment=comment)) is answer
    )


def test_a_comment_is_searched_together_with_the_mails_subject() -> None:
    event = an_event(comment=Comment(text="does not work", subject="Printer"))

    assert holds(a_condition("comment", "includes_words", "printer"), event=event) is True


@pytest.mark.parametrize(
    ("operator", "value", "answer"),
    [
        ("changed", True, True),
        ("not_changed", True, False),
        ("changed_to", "open", True),
        ("changed_to", "solved", False),
        ("changed_from", "pending", True),
        ("not_changed_to", "solved", True),
        ("not_changed_from", "pending", False),
    ],
)
def test_changes_compare_with_the_ticket_before_the_event(
    operator: str, value: Any, answer: bool
) -> None:
    condition = a_condition("status", operator, value)

    assert holds(condition, a_ticket(status="open"), before=a_ticket(status="pending")) is answer


def test_a_value_that_a_new_ticket_has_counts_as_changed() -> None:
    assert holds(a_condition("priority", "changed"), a_ticket(priority="high"), before=None) is True
    assert holds(a_condition("priority", "changed"), a_ticket(priority=None), before=None) is False


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("end_user", True),
        ("agent", False),
        ("ana@globex.example", True),
        ("luis@acme.example", False),
    ],
)
def test_an_actor_is_a_kind_or_an_address(value: str, answer: bool) -> None:
    assert holds(a_condition("actor", "is", value), event=an_event(actor=CUSTOMER)) is answer


def test_current_user_is_whoever_made_the_event() -> None:
    ticket, event = a_ticket(assignee="luis@acme.example"), an_event(actor=LUIS)

    assert holds(a_condition("assignee", "is", "current_user"), ticket, event=event) is True
    assert holds(a_condition("assignee", "is_not", "current_user"), ticket) is True


def test_a_requester_is_any_of_their_addresses() -> None:
    assert holds(a_condition("requester", "is", "ana@globex.example")) is True
    assert holds(a_condition("requester", "is", "bea@mail.example")) is False


@pytest.mark.parametrize(
    ("operator", "days", "answer"),
    [("within_previous", 3, True), ("within_previous", 1, False), ("within_next", 3, False)],
)
def test_dates_are_near_today(operator: str, days: int, answer: bool) -> None:
    ticket = a_ticket(fields={"renewal": "2026-03-02"})
    condition = a_condition("fields.renewal", operator, timedelta(days=days).total_seconds())

    assert holds(condition, ticket) is answer


def test_hours_since_counts_to_the_instant_of_receipt() -> None:
    ticket = a_ticket(opened_at=NOON - timedelta(hours=2))

    assert holds(a_condition("hours_since.opened", "at_least", 7200), ticket) is True
    assert holds(a_condition("hours_since.opened", "greater_than", 7200), ticket) is False
    assert holds(a_condition("hours_since.pending", "at_least", 0), ticket) is False


@pytest.mark.parametrize(("value", "answer"), [(True, True), (False, False), (1, True), (2, False)])
def test_attachments_answer_to_numbers_and_to_yes_or_no(value: Any, answer: bool) -> None:
    files = (Attachment(name="a", type="text/plain", size=1, sha256="0"),)
    event = an_event(comment=Comment(text="x", attachments=files))

    assert holds(a_condition("attachments", "is", value), event=event) is answer


def test_what_nobody_looked_up_is_asked_for() -> None:
    with pytest.raises(MissingError, match="tickets_open"):
        holds(a_condition("tickets_open", "at_least", 3))


leaf = st.booleans().map(lambda true: a_condition("status", "is" if true else "is_not", "new"))
trees = st.recursive(
    leaf,
    lambda inner: st.builds(
        lambda kind, items: Branch(kind=kind, items=tuple(items)),
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


def plainly(tree: Tree) -> bool:
    if isinstance(tree, Condition):
        return tree.operator == "is"
    answers = [plainly(one) for one in tree.items]
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[tree.kind]


@given(trees)
def test_trees_of_all_any_and_none_follow_their_truth_tables(tree: Tree) -> None:
    assert holds(tree) is plainly(tree)
