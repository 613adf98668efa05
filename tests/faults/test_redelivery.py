"""What comes again, what comes with poison beside it, and what comes in another order."""

import json
from itertools import permutations

import pytest

from tests.faults import acts
from tests.faults.invariants import Scene, violations
from tests.faults.scenario import RELAY
from tests.faults.world import World
from tests.integration.stage import written

POISON = '{"notificationType": "Bounce"}'
PLACES = [0, 1, 2]


def mails(desk: World) -> str:
    """Two mails in the queue of the ingress; return its name."""
    desk.restore("desk")
    desk.inject.arm("nobody", {})
    acts.mail(desk, written("uno", id="1"), key="1")
    acts.mail(desk, written("dos", id="2", sender="bea@mail.example"), key="2")
    (queue,) = desk.between.queues
    return queue


def states(desk: World) -> list[str]:
    return [item.state for item, _ in Scene(desk).rows]


@pytest.mark.parametrize("place", PLACES)
def test_a_poisoned_notice_goes_to_the_dead_letters_alone(desk: World, place: int) -> None:
    queue = mails(desk)
    desk.put(queue, POISON)
    desk.between.queues[queue].insert(place, desk.between.queues[queue].pop())
    desk.quiet()
    assert [(one.body, one.reason) for one in desk.between.dead] == [(POISON, "received too often")]
    assert violations(desk) == []
    assert sorted(states(desk)) == ["accepted", "accepted"]


@pytest.mark.parametrize("place", PLACES)
def test_a_poisoned_offer_goes_to_the_dead_letters_alone(desk: World, place: int) -> None:
    mails(desk)
    desk._step(desk.stack.function("EmailIngressFunction"))
    acts.skip_stream(desk)
    acts.offer_again(desk)
    queue = acts.deliver_queue(desk)
    desk.put(queue, "no row")
    desk.between.queues[queue].insert(place, desk.between.queues[queue].pop())
    desk.quiet()
    assert [one.body for one in desk.between.dead] == ["no row"]
    assert violations(desk) == []
    assert sorted(states(desk)) == ["accepted", "accepted"]


@pytest.mark.parametrize("place", PLACES)
def test_a_poisoned_change_is_isolated_and_the_others_are_sent_once(
    desk: World, place: int
) -> None:
    mails(desk)
    desk._step(desk.stack.function("EmailIngressFunction"))
    desk.collect()
    (batch,) = desk.between.batches[RELAY]
    poison = {**batch[0], "dynamodb": {**batch[0]["dynamodb"], "SequenceNumber": "0",
              "Keys": {"pk": {"S": "T#NOBODY00"}, "sk": {"S": "O#no-row"}}}}  # fmt: skip
    batch.insert(place, poison)
    desk.quiet()
    assert [json.loads(one.body) for one in desk.between.dead] == [[poison["dynamodb"]["Keys"]]]
    assert [one.reason for one in desk.between.dead] == ["retries exhausted"]
    assert violations(desk) == []
    assert len(desk.inject.accepted) == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_different_tickets_in_the_stream_makes_no_difference(
    desk: World, order: tuple[int, ...]
) -> None:
    mails(desk)
    acts.mail(desk, written("tres", id="3", sender="eva@mail.example"), key="3")
    desk._step(desk.stack.function("EmailIngressFunction"))
    desk.collect()
    (batch,) = desk.between.batches[RELAY]
    batch[:] = [batch[n] for n in order]
    desk.quiet()
    assert violations(desk) == []
    assert states(desk) == ["accepted"] * 3
    assert len(desk.inject.accepted) == 3


def test_an_outage_longer_than_the_queues_patience_ends_in_the_dead_letters_and_a_redrive_heals_it(
    desk: World,
) -> None:
    queue = mails(desk)
    denied = dict.fromkeys(range(1, 200), acts.DENIED)
    desk.inject.arm("EmailIngressFunction", denied)
    desk.quiet()
    assert [one.reason for one in desk.between.dead] == ["received too often"] * 2
    assert violations(desk) == []
    desk.inject.arm("nobody", {})
    acts.redrive(desk, queue)
    desk.quiet()
    assert violations(desk) == []
    assert len(Scene(desk).heads) == 2
