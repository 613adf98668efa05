"""What becomes of messages afterwards: events late, doubled and in any order."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from guardia.domain.breaker import FEWEST
from guardia.mail.provider import MailEvent
from guardia.outcomes import RETRIES
from guardia.ports import LaterError, Lookup, NotFoundError, PermanentError
from tests.unit.delivery.world import AT, World

ANA = "ana@globex.example"


def event(kind: str, said: str = "", **more: Any) -> MailEvent:
    recipients = {} if kind == "send" else {ANA: said}
    return MailEvent(
        ticket="TTTTTTT1",
        seq=1,
        n=0,
        kind=kind,
        at=AT,
        message_id="1",
        recipients=recipients,
        **more,
    )


def sent(**row: Any) -> World:
    world = World()
    world.row(**row)
    world.deliver()
    return world


def test_a_lost_answer_is_settled_by_the_providers_own_event_and_nothing_is_sent_again() -> None:
    world = World()
    world.row()
    world.store.lease("TTTTTTT1", 1, 0, now=AT, until=AT + timedelta(minutes=12))
    assert world.outcomes.mail(event("send")) == "accepted"
    world.now += timedelta(hours=1)
    assert world.deliver() == "skipped"
    assert world.store.find(Lookup(references=("<1@ses>",))).tickets.keys() == {"TTTTTTT1"}


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("delivery", "delivered"),
        ("delay", "delayed"),
        ("bounce", "bounced"),
        ("complaint", "complained"),
        ("reject", "bounced"),
    ],
)
def test_an_event_tells_what_became_of_each_address(kind: str, becomes: str) -> None:
    world = sent()
    world.outcomes.mail(event(kind))
    assert world.standing().recipients == {ANA: becomes}


@pytest.mark.parametrize("order", list(permutations(["delay", "delivery", "bounce", "complaint"])))
def test_events_in_any_order_end_the_same(order: tuple[str, ...]) -> None:
    world = sent()
    for kind in order:
        world.outcomes.mail(event(kind, lasting=kind == "bounce"))
    assert world.standing().recipients == {ANA: "complained"}
    assert world.budgets.known(ANA).state == "complained"


def test_a_lasting_bounce_stops_automatic_mail_and_is_told_on_the_ticket_once() -> None:
    world = sent()
    for _ in range(3):
        world.outcomes.mail(event("bounce", "5.1.1 user unknown", lasting=True))
    assert world.budgets.known(ANA).state == "bounced"
    (note,) = world.notes()
    assert "ha vuelto: 5.1.1 user unknown" in note
    world.row("TTTTTTT2")
    assert world.deliver("TTTTTTT2") == "parked"


def test_the_note_about_a_bounce_is_private_and_by_the_desk_itself() -> None:
    world = sent()
    world.outcomes.mail(event("bounce", lasting=True))
    (entry,) = world.store.histories["TTTTTTT1"][1:]
    assert entry.comment is not None
    assert (entry.comment.public, entry.actor.kind) == (False, "system")


def test_a_passing_bounce_of_an_automatic_mail_disturbs_nobody() -> None:
    world = sent()
    world.outcomes.mail(event("bounce", "4.2.2 full"))
    assert (world.notes(), world.budgets.known(ANA).state) == ([], None)


def test_any_bounce_of_a_persons_answer_is_told() -> None:
    world = sent(rule=None, automatic=False)
    world.outcomes.mail(event("bounce", "4.2.2 full"))
    assert len(world.notes()) == 1


def test_a_closed_ticket_takes_no_note_and_the_event_counts_as_done() -> None:
    world = sent()
    world.store.heads["TTTTTTT1"] = replace(world.store.heads["TTTTTTT1"], status="closed")
    assert world.outcomes.mail(event("bounce", lasting=True)) == "accepted"
    assert world.budgets.known(ANA).state == "bounced"


def test_an_event_of_a_row_that_is_not_there_says_so() -> None:
    with pytest.raises(NotFoundError):
        World().outcomes.mail(event("delivery"))


def test_a_good_call_settles_its_row() -> None:
    world = World()
    world.webhook()
    world.deliver()
    assert world.result("ok", status=200, took=30) == "accepted"
    assert world.standing().recipients == {"https://pager.example/hook": "delivered"}
    (call,) = world.webhooks.made
    assert (call.status, call.took, call.attempt) == (200, 30, 1)


def test_a_failed_call_climbs_the_ladder_and_is_parked_at_its_end() -> None:
    world = World()
    world.webhook()
    waits = []
    for _ in RETRIES:
        assert world.deliver() == "handed"
        assert world.result("failed", error="it answered 500") == "new"
        wake = world.standing().wake_at
        assert wake is not None
        waits.append(wake - world.now)
        world.webhooks.breakers.clear()
        world.now = wake
    assert waits == list(RETRIES)
    world.deliver()
    assert world.result("failed", error="it answered 500") == "parked"


def test_an_endpoint_may_ask_for_a_longer_wait() -> None:
    world = World()
    world.webhook()
    world.deliver()
    world.result("failed", retry_after=3600)
    assert world.standing().wake_at == AT + timedelta(hours=1)


@pytest.mark.parametrize("outcome", ["gone", "refused"])
def test_what_will_never_go_is_parked_at_once(outcome: str) -> None:
    world = World()
    world.webhook()
    world.deliver()
    assert world.result(outcome, error="410") == "parked"


def test_an_endpoint_that_is_gone_is_disabled_and_one_we_may_not_call_is_not() -> None:
    world = World()
    world.webhook()
    world.deliver()
    world.result("refused")
    assert world.webhooks.breaker("pager").disabled is None
    world.now += timedelta(seconds=1)
    world.result("gone", status=410)
    assert "410" in str(world.webhooks.breaker("pager").disabled)


def test_a_result_that_comes_twice_counts_once() -> None:
    world = World()
    world.webhook()
    world.deliver()
    for _ in range(FEWEST):
        world.result("failed")
    assert (world.webhooks.breaker("pager").bad, len(world.webhooks.made)) == (1, 1)


def test_a_late_failure_of_an_earlier_try_changes_nothing() -> None:
    world = World()
    world.webhook()
    world.deliver()
    world.result("failed")
    world.now = world.standing().wake_at or AT
    world.deliver()
    before = world.standing()
    world.calls.parcels.append({"attempt": 1})
    world.result("failed", at=(AT + timedelta(seconds=1)).isoformat())
    assert world.standing() == before


def test_an_answer_that_could_not_be_sent_is_told_on_its_ticket() -> None:
    world = World()
    world.provider.says = [PermanentError("MessageRejected")]
    world.row(rule=None, automatic=False)
    world.deliver()
    for _ in range(2):
        assert world.outcomes.parked("TTTTTTT1.1.0") == "parked"
    (note,) = world.notes()
    assert "No se ha podido enviar la respuesta a ana@globex.example: MessageRejected" in note


def test_a_report_that_comes_before_the_row_is_written_waits() -> None:
    world = World()
    world.row(rule=None, automatic=False)
    world.store.lease("TTTTTTT1", 1, 0, now=AT, until=AT + timedelta(minutes=12))
    with pytest.raises(LaterError):
        world.outcomes.parked("TTTTTTT1.1.0")
