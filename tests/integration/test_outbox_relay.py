"""The relay on moto, with a provider that says what a test wants it to say."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest

from functions.outbox_relay import app
from guardia import environment, wiring
from guardia.delivery import RETRIES, Relay
from guardia.ports import Lookup, PermanentError, TemporaryError
from tests.integration.stage import AT, Stage, golden, written


@dataclass
class Provider:
    """A way out for mail. `says` answers in turn: an error is raised, None accepts."""

    says: list[Exception | None] = field(default_factory=list)
    sent: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        assert sender
        assert tag
        refusal = self.says.pop(0) if self.says else None
        if refusal is not None:
            raise refusal
        self.sent.append((mime, tuple(to)))
        return f"<ses-{len(self.sent)}@eu-west-1.amazonses.com>"


def relay(provider: Provider) -> Callable[[], Relay]:
    return lambda: replace(wiring.relay(), outbound=provider)


def stream(stage: Stage) -> dict[str, Any]:
    """The golden stream event, a record for each outbox row in the table."""
    event = golden("outbox_row_inserted")
    (record,) = event["Records"]
    event["Records"] = [
        {
            **record,
            "dynamodb": {
                **record["dynamodb"],
                "Keys": {"pk": row["pk"], "sk": row["sk"]},
                "NewImage": row,
                "SequenceNumber": str(n),
            },
        }
        for n, row in enumerate(stage.rows())
    ]
    return event


def queued(stage: Stage) -> dict[str, Any]:
    """The golden queue event, a record for each outbox row in the table."""
    event = golden("outbox_offered_again")
    (record,) = event["Records"]
    bodies = (
        {"ticket": row["ticket"]["S"], "seq": int(row["seq"]["N"]), "n": int(row["n"]["N"])}
        for row in stage.rows()
    )
    event["Records"] = [
        {**record, "messageId": str(n), "body": json.dumps(body)} for n, body in enumerate(bodies)
    ]
    return event


def states(stage: Stage) -> list[str]:
    return [row["state"]["S"] for row in stage.rows()]


def three_tickets(stage: Stage) -> None:
    for n in range(3):
        stage.mail(written(id=f"{n}", sender=f"c{n}@mail.example"))


@pytest.mark.parametrize("event", [stream, queued])
def test_a_row_is_sent_once_however_often_it_is_offered(
    stage: Stage, event: Callable[[Stage], dict[str, Any]]
) -> None:
    stage.mail(written())
    provider = Provider()
    assert stage.relay(event(stage), relay(provider)) == []
    assert stage.relay(stream(stage), relay(provider)) == []
    assert stage.relay(queued(stage), relay(provider)) == []
    assert [to for _, to in provider.sent] == [("ana@globex.example",)]
    assert states(stage) == ["accepted"]


def test_an_answer_to_the_message_id_that_the_provider_gave_finds_the_ticket(stage: Stage) -> None:
    stage.mail(written(id="1"))
    provider = Provider()
    stage.relay(stream(stage), relay(provider))
    found = wiring.store().find(Lookup(references=("<ses-1@eu-west-1.amazonses.com>",)))
    stage.calls.clear()
    stage.mail(written("Gracias", id="2", refers="<ses-1@eu-west-1.amazonses.com>"))
    assert stage.calls.total() <= 3, stage.calls
    (ticket,) = stage.tickets()
    assert set(found.tickets) == {ticket.id}
    assert ticket.version == 2


def test_what_goes_out_asks_for_answers_at_an_address_that_leads_back(stage: Stage) -> None:
    stage.mail(written(id="1"))
    provider = Provider()
    stage.relay(stream(stage), relay(provider))
    sent = message_from_bytes(provider.sent[0][0])
    (ticket,) = stage.tickets()
    assert stage.reply_address(ticket.id) in str(sent["Reply-To"])


def test_a_refusal_for_good_parks_the_row_and_holds_nobody_up(stage: Stage) -> None:
    three_tickets(stage)
    provider = Provider(says=[PermanentError("MessageRejected")])
    assert stage.relay(stream(stage), relay(provider)) == []
    assert states(stage) == ["parked", "accepted", "accepted"]
    assert stage.rows()[0]["error"]["S"] == "MessageRejected"
    assert "due_shard" not in stage.rows()[0]


def test_a_passing_refusal_writes_the_next_try(stage: Stage) -> None:
    stage.mail(written())
    assert stage.relay(stream(stage), relay(Provider(says=[TemporaryError("slow down")]))) == []
    (row,) = stage.rows()
    assert (row["state"]["S"], row["error"]["S"]) == ("new", "slow down")
    (due,) = wiring.store().due(AT + RETRIES[0], 10)
    assert due.wake_at == AT + RETRIES[0]
    assert wiring.store().due(AT + RETRIES[0] - timedelta(seconds=1), 10) == []


def test_a_row_that_waits_is_not_sent_before_its_next_try(stage: Stage) -> None:
    stage.mail(written())
    provider = Provider(says=[TemporaryError("slow down")])
    stage.relay(stream(stage), relay(provider))
    stage.relay(queued(stage), relay(provider))
    assert provider.sent == []
    environment.set_clock(lambda: AT + RETRIES[0])
    stage.relay(queued(stage), relay(provider))
    assert (len(provider.sent), states(stage)) == (1, ["accepted"])


def test_a_row_is_parked_after_its_last_try(stage: Stage) -> None:
    stage.mail(written())
    provider = Provider(says=[TemporaryError("slow down")] * (len(RETRIES) + 1))
    instants = [AT + n * timedelta(days=1) for n in range(len(RETRIES) + 1)]
    found = [_offered_at(stage, provider, at) for at in instants]
    assert found == [*["new"] * len(RETRIES), "parked"]


def _offered_at(stage: Stage, provider: Provider, at: Any) -> str:
    environment.set_clock(lambda: at)
    stage.relay(queued(stage), relay(provider))
    return states(stage)[0]


def test_later_messages_of_a_ticket_wait_with_the_earlier_one(stage: Stage) -> None:
    ticket = stage.opened()
    for text in ("uno", "dos"):
        stage.api(stage.about("ticket_comment", ticket, {"body": text}))
    provider = Provider(says=[TemporaryError("slow down")])
    assert stage.relay(stream(stage), relay(provider)) == []
    assert [row["attempts"]["N"] for row in stage.rows()] == ["1", "0"]
    assert provider.sent == []


def test_messages_of_other_tickets_do_not_wait(stage: Stage) -> None:
    three_tickets(stage)
    provider = Provider(says=[TemporaryError("slow down")])
    assert stage.relay(stream(stage), relay(provider)) == []
    assert [row["attempts"]["N"] for row in stage.rows()] == ["1", "1", "1"]
    assert len(provider.sent) == 2


def test_a_row_under_a_live_lease_is_skipped(stage: Stage) -> None:
    stage.mail(written())
    row = stage.rows()[0]
    wiring.store().lease(
        row["ticket"]["S"], int(row["seq"]["N"]), int(row["n"]["N"]),
        now=AT, until=AT + timedelta(minutes=2),
    )  # fmt: skip
    provider = Provider()
    assert stage.relay(stream(stage), relay(provider)) == []
    assert (provider.sent, states(stage)) == ([], ["leased"])


class Failing:
    """The table's store, whose settling fails from the `after`-th time on."""

    def __init__(self, after: int) -> None:
        self._left, self._store = after, wiring.store()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def settle(self, *args: Any, **named: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("the table does not answer")
        self._store.settle(*args, **named)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_stream_batch_stops_at_a_row_that_could_not_be_written(stage: Stage, after: int) -> None:
    three_tickets(stage)
    provider = Provider()
    broken = replace(wiring.relay(), outbound=provider, store=Failing(after))
    assert stage.relay(stream(stage), lambda: broken) == [str(after)]
    assert states(stage) == [*["accepted"] * after, "leased", *["new"] * (2 - after)]
    assert len(provider.sent) == after + 1


def test_a_queue_batch_goes_on_behind_a_row_that_could_not_be_written(stage: Stage) -> None:
    three_tickets(stage)
    broken = replace(wiring.relay(), outbound=Provider(), store=Failing(1))
    assert stage.relay(queued(stage), lambda: broken) == ["1", "2"]


def test_a_stream_that_resumes_sends_what_it_had_not_sent(stage: Stage) -> None:
    three_tickets(stage)
    provider = Provider()
    broken = replace(wiring.relay(), outbound=provider, store=Failing(1))
    stage.relay(stream(stage), lambda: broken)
    event = stream(stage)
    event["Records"] = event["Records"][1:]
    assert stage.relay(event, relay(provider)) == []
    assert states(stage) == ["accepted", "leased", "accepted"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_queued_body_that_is_no_row_fails_alone(stage: Stage, place: int) -> None:
    stage.mail(written(id="1"))
    stage.mail(written(id="2", sender="bea@mail.example"))
    event = queued(stage)
    poison = {**event["Records"][0], "messageId": "poison", "body": "no row"}
    event["Records"].insert(place, poison)
    provider = Provider()
    answer = app.build(relay(provider))(event, stage.context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert len(provider.sent) == 2
