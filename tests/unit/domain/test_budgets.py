"""How much automatic mail goes to an address, and when an address takes no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from guardia.domain import budgets
from guardia.domain.budgets import OF_TICKET, TO_ONE, TO_TEAM, Address, Limits, Sending

AT = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sending(n: int, minutes: float = 0, **changed: object) -> Sending:
    plain = Sending(
        row=f"T{n}.1.0", at=AT + minutes * MINUTE, address="ana@globex.example", ticket=f"T{n}"
    )
    return replace(plain, **changed)  # type: ignore[arg-type]  # a test names real fields


def after(*sent: Sending) -> Address:
    known = Address()
    for one in sent:
        known = budgets.charged(known, one)
    return known


def test_a_first_mail_may_go() -> None:
    assert budgets.refusal(Address(), sending(1)) is None


@pytest.mark.parametrize(
    ("ladder", "team"), [(TO_ONE, False), (TO_TEAM, True)], ids=["customer", "team"]
)
@pytest.mark.parametrize("rung", [0, 1, 2])
def test_each_rung_of_a_ladder_ends_exactly_at_its_number(
    ladder: budgets.Ladder, team: bool, rung: int
) -> None:
    span, most = ladder[rung]
    before = [sending(n, 0, at=AT - span + MINUTE, team=team) for n in range(most)]
    full, nearly = after(*before), after(*before[1:])
    assert budgets.refusal(nearly, sending(999, team=team)) is None
    assert str(budgets.refusal(full, sending(999, team=team))).startswith(f"{most} in ")


def test_what_is_older_than_the_span_does_not_count() -> None:
    known = after(*(sending(n, -10) for n in range(3)))
    assert budgets.refusal(known, sending(9)) is None


def test_one_ticket_has_a_ladder_of_its_own() -> None:
    span, most = OF_TICKET[0]
    known = after(*(sending(n, 0, ticket="T1", team=True, at=AT - span / 2) for n in range(most)))
    assert "about this ticket" in str(budgets.refusal(known, sending(99, ticket="T1", team=True)))
    assert budgets.refusal(known, sending(99, ticket="T2", team=True)) is None


def test_the_same_message_sent_again_is_never_refused_and_counted_once() -> None:
    known = after(*(sending(n) for n in range(3)))
    assert budgets.refusal(known, sending(2, 5)) is None
    assert budgets.charged(known, sending(2, 5)).spent == known.spent


def test_two_tickets_of_one_subject_are_answered_and_the_third_is_not() -> None:
    same = budgets.about("Re: Out of office")
    known = after(sending(1, -60, about=same), sending(2, -30, about=same))
    assert "with this subject" in str(budgets.refusal(known, sending(3, about=same)))
    assert budgets.refusal(known, sending(2, about=same, row="T2.2.0")) is None
    assert budgets.refusal(known, sending(3, about=budgets.about("VPN"))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VPN", "Re: vpn"),
        ("Ticket 4711", "Ticket 4712"),
        ("Fwd: RE[2]: Error!", "error"),
        ("AW: Störung", "störung"),
    ],
)
def test_subjects_that_differ_in_number_and_case_are_the_same(one: str, other: str) -> None:
    assert budgets.about(one) == budgets.about(other) != ""


def test_an_empty_subject_is_about_nothing() -> None:
    assert budgets.about("Re: ") == ""


def test_a_lasting_bounce_ends_automatic_mail_until_a_person_clears_it() -> None:
    known = budgets.bounced(Address(), AT, "550 user unknown", cause="T1.1.0", lasting=True)
    assert (known.state, known.reason, known.since) == ("bounced", "550 user unknown", AT)
    assert budgets.refusal(known, sending(1, 60 * 24 * 365)) == "the address bounces"
    assert budgets.refusal(budgets.cleared(known), sending(1)) is None


def test_three_passing_bounces_in_a_week_count_as_a_lasting_one() -> None:
    known = Address()
    for days in (0, 3):
        known = budgets.bounced(
            known, AT + timedelta(days=days), "full", cause="T1.1.0", lasting=False
        )
    assert known.state is None
    week = budgets.bounced(known, AT + timedelta(days=6), "full", cause="T1.1.0", lasting=False)
    later = budgets.bounced(known, AT + timedelta(days=8), "full", cause="T1.1.0", lasting=False)
    assert (week.state, later.state) == ("bounced", None)


def test_a_complaint_outlasts_a_bounce() -> None:
    known = budgets.complained(Address(), AT, cause="T1.1.0")
    assert (
        budgets.bounced(known, AT + MINUTE, "gone", cause="T1.1.0", lasting=True).state
        == "complained"
    )
    assert budgets.refusal(known, sending(1)) == "the address complained"


def test_only_people_who_proved_nothing_share_the_counters_of_the_unverified() -> None:
    names = [one.name for one in budgets.counters(sending(1), Limits())]
    strangers = [one.name for one in budgets.counters(sending(1, verified=False), Limits())]
    assert names == ["domain:globex.example:2026-03-06"]
    assert strangers == [*names, "unverified:2026-03-06T12", "unverified:2026-03-06"]
    assert budgets.counters(sending(1, team=True), Limits()) == ()


@given(gaps=st.lists(st.integers(0, 3 * 3600), min_size=1, max_size=80), team=st.booleans())
def test_no_window_ever_holds_more_than_its_ladder_allows(gaps: list[int], team: bool) -> None:
    """Against a slow reference: count every window that ends at a message that went."""
    at, known = AT, Address()
    gone: list[datetime] = []
    for n, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        one = sending(n, team=team, at=at)
        if budgets.refusal(known, one) is None:
            known = budgets.charged(known, one)
            gone.append(at)
    ladder = TO_TEAM if team else TO_ONE
    counts = [
        (sum(end - span < one <= end for one in gone), most)
        for end in gone
        for span, most in ladder
    ]
    assert all(count <= most for count, most in counts)


@given(gaps=st.lists(st.integers(0, 7200), min_size=1, max_size=60))
def test_a_message_is_refused_only_where_some_window_is_full(gaps: list[int]) -> None:
    at, known = AT, Address()
    gone: list[datetime] = []
    for n, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        full = any(sum(one > at - span for one in gone) >= most for span, most in TO_ONE)
        assert (budgets.refusal(known, sending(n, at=at)) is not None) == full
        if not full:
            known = budgets.charged(known, sending(n, at=at))
            gone.append(at)
