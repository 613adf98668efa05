"""The relay: mail under budgets, calls of webhooks handed over."""

from datetime import timedelta

import pytest

from guardia.delivery import MOST_BODY, SENT_EVENT, offer_again
from guardia.domain import budgets
from guardia.domain.breaker import FEWEST, Breaker, heard
from guardia.domain.model import RefusedError
from guardia.ports import NotFoundError, PermanentError, TemporaryError
from tests.unit.delivery.world import AT, World

ANA = "ana@globex.example"
BEA = "bea@globex.example"


def test_an_automatic_mail_past_the_budget_is_parked_with_its_reason_and_not_sent() -> None:
    world = World()
    for n in range(4):
        world.row(f"TTTTTTT{n}")
    assert [world.deliver(f"TTTTTTT{n}") for n in range(4)] == [*["accepted"] * 3, "parked"]
    assert len(world.provider.sent) == 3
    assert "3 in 10 min" in str(world.standing("TTTTTTT3").error)


def test_a_persons_own_answer_spends_no_budget() -> None:
    world = World()
    for n in range(5):
        world.row(f"TTTTTTT{n}", rule=None, automatic=False)
    assert {world.deliver(f"TTTTTTT{n}") for n in range(5)} == {"accepted"}


def test_one_address_without_budget_does_not_hold_the_others_of_a_mail_back() -> None:
    world = World()
    world.budgets.change(BEA, lambda known: budgets.complained(known, AT, cause="T1.1.0"))
    world.row(to=(ANA, BEA))
    assert world.deliver() == "accepted"
    assert world.provider.sent == [(ANA,)]
    assert world.standing().recipients == {BEA: "held: the address complained"}


def test_a_mail_that_is_tried_again_is_counted_once() -> None:
    world = World()
    world.provider.says = [TemporaryError("busy")]
    world.row()
    assert world.deliver() == "waiting"
    world.now += timedelta(minutes=1)
    assert world.deliver() == "accepted"
    assert len(world.budgets.known(ANA).spent) == 1


def test_that_a_persons_answer_was_given_up_is_reported_before_it_is_written() -> None:
    world = World()
    world.provider.says = [PermanentError("MessageRejected")]
    world.row(rule=None, automatic=False)
    assert world.deliver() == "parked"
    assert world.reports.parcels == [{"parked": "TTTTTTT1.1.0"}]


def test_an_automatic_mail_that_was_given_up_is_not_reported() -> None:
    world = World()
    world.provider.says = [PermanentError("MessageRejected")]
    world.row()
    world.deliver()
    assert world.reports.parcels == []


def test_a_call_is_handed_over_with_all_it_needs_and_stays_leased() -> None:
    world = World()
    world.webhook()
    assert world.deliver() == "handed"
    assert world.calls.parcels == [
        {
            "row": "TTTTTTT1.1.0",
            "attempt": 1,
            "webhook": "pager",
            "url": "https://pager.example/hook",
            "secret": "pager-secret",
            "body": '{"a": 1}',
        }
    ]
    assert world.standing().state == "leased"


def test_a_call_whose_outcome_never_came_is_handed_over_again_after_its_lease() -> None:
    world = World()
    world.webhook()
    world.deliver()
    world.now += world.relay.lease
    assert world.deliver() == "skipped"
    world.now += SENT_EVENT
    assert world.deliver() == "handed"
    assert [one["attempt"] for one in world.calls.parcels] == [1, 2]


def test_a_person_is_told_by_webhook_with_their_notice() -> None:
    world = World()
    world.webhook()
    (kept,) = world.store.deliveries.values()
    world.row(
        "TTTTTTT2", kind="notify", endpoint=kept.row.endpoint, to=("eva@acme.example",), team=True
    )
    assert world.deliver("TTTTTTT2") == "handed"
    body = world.calls.parcels[0]["body"]
    assert '"agent": "eva@acme.example"' in body
    assert '"event": "notify"' in body


def test_calls_wait_while_their_endpoint_rests_and_lose_no_try() -> None:
    world = World()
    failing = Breaker()
    for _ in range(FEWEST):
        failing = heard(failing, AT, good=False)
    world.webhooks.change("pager", lambda _known: failing)
    world.webhook()
    assert world.deliver() == "waiting"
    assert (world.standing().attempts, world.standing().wake_at) == (0, failing.open_until)
    world.now = failing.open_until or AT
    assert world.deliver() == "handed"


def test_a_disabled_webhook_parks_its_calls() -> None:
    world = World()
    world.webhooks.change("pager", lambda _known: Breaker(disabled="it answered 410"))
    world.webhook()
    assert world.deliver() == "parked"
    assert "410" in str(world.standing().error)


@pytest.mark.parametrize(("size", "state"), [(MOST_BODY, "handed"), (MOST_BODY + 1, "parked")])
def test_a_body_that_no_queue_holds_is_parked(size: int, state: str) -> None:
    world = World()
    world.webhook(ticket="TTTTTTT9", attachments=())
    kept = world.standing("TTTTTTT9")
    world.row("TTTTTTT8", endpoint=kept.row.endpoint, kind="webhook", text="x" * size, team=True)
    assert world.deliver("TTTTTTT8") == state


def test_one_ticket_that_calls_a_webhook_in_a_loop_is_stopped() -> None:
    world = World()
    endpoint = world.webhook("TTTTTTT0").endpoint
    rows = [world.row(f"L{n}", endpoint=endpoint, kind="webhook", team=True) for n in range(11)]
    sending = [
        budgets.Sending(row=one.id, at=AT, address="pager#TTTTTTT0", ticket="TTTTTTT0", team=True)
        for one in rows[:10]
    ]
    assert [world.budgets.spend(one) for one in sending] == [None] * 10
    assert world.deliver("TTTTTTT0") == "parked"


def test_what_waits_for_its_next_try_can_be_hurried() -> None:
    world = World()
    world.provider.says = [TemporaryError("busy")]
    world.row()
    world.deliver()
    offer_again(world.store, "TTTTTTT1.1.0", world.now)
    assert world.deliver("TTTTTTT1") == "accepted"


def test_what_is_being_sent_cannot_be_offered_again() -> None:
    world = World()
    world.webhook()
    world.deliver()
    with pytest.raises(RefusedError, match="on its way"):
        offer_again(world.store, "TTTTTTT1.1.0", world.now)


@pytest.mark.parametrize("row", ["nothing", "TTTTTTT1.x.0", "TTTTTTT1.9.9", "a.b.c.d"])
def test_a_row_that_is_not_there_cannot_be_offered_again(row: str) -> None:
    with pytest.raises(NotFoundError):
        offer_again(World().store, row, AT)
