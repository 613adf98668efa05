"""Webhooks and provider's events through the real functions on moto: out, called, told, settled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from functions.delivery_events import app as delivery_events
from functions.outbox_relay import app as outbox_relay
from functions.webhook_sender import app as webhook_sender
from guardia import environment, wiring
from guardia.calling import Sender
from guardia.ports import Answer, ForbiddenError, UnreachableError
from tests.integration.stage import AT, Stage, golden, written

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass
class Endpoint:
    """The pager of the test's desk. `says` answers in turn; 200 when it has nothing to say."""

    says: list[int | Exception] = field(default_factory=list)
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.got.append((url, body, dict(headers)))
        said = self.says.pop(0) if self.says else 200
        if isinstance(said, Exception):
            raise said
        return Answer(status=said)


def queue(name: str) -> list[dict[str, Any]]:
    """Take every message of a queue, as Lambda would hand them over."""
    sqs, url = wiring.client("sqs"), getattr(environment.settings(), name)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return [{"messageId": one["MessageId"], "body": one["Body"]} for one in found]


@dataclass
class Flow:
    """The way of a call, step by step."""

    stage: Stage
    endpoint: Endpoint = field(default_factory=Endpoint)

    def __post_init__(self) -> None:
        wiring.client("ssm").put_parameter(
            Name="/guardia/secrets/pager-secret", Value=SECRET, Type="SecureString"
        )
        self.sender = webhook_sender.build(
            lambda: Sender(
                endpoints=self.endpoint,
                secrets=wiring.secrets(),
                now=environment.machine_now,
                at=environment.now,
                steady=environment.steady,
                agent="Guardia/test",
            ),
            wiring.results,
        )

    def relay(self) -> None:
        records = [
            {
                "messageId": str(n),
                "body": json.dumps({"ticket": one.ticket, "seq": one.seq, "n": one.n}),
            }
            for n, one in enumerate(self.webhooks())
        ]
        assert outbox_relay.handler({"Records": records}, self.stage.context) == {
            "batchItemFailures": []
        }

    def call(self) -> dict[str, Any]:
        return self.sender({"Records": queue("webhook_queue")}, self.stage.context)

    def settle(self) -> dict[str, Any]:
        return delivery_events.handler({"Records": queue("results_queue")}, self.stage.context)

    def webhooks(self) -> list[Any]:
        (ticket,) = self.stage.tickets()
        return [one.row for one in wiring.store().outbox(ticket.id) if one.row.kind == "webhook"]

    def standing(self) -> Any:
        (ticket,) = self.stage.tickets()
        (found,) = [one for one in wiring.store().outbox(ticket.id) if one.row.kind == "webhook"]
        return found


@pytest.fixture
def flow(stage: Stage) -> Flow:
    stage.publish(
        {
            "desk": {"name": "Acme", "addresses": ["soporte@acme.example"]},
            "webhooks": [
                {"id": "pager", "url": "https://pager.example/hook", "secret": "pager-secret"}
            ],
            "triggers": [
                {
                    "id": "page",
                    "when": {"all": [{"field": "update", "is": "create"}]},
                    "do": [
                        {
                            "webhook": {
                                "webhook": "pager",
                                "body": {"about": "{{ticket.subject}}", "n": 1},
                            }
                        }
                    ],
                }
            ],
        }
    )
    stage.mail(written())
    return Flow(stage)


def test_a_call_goes_out_signed_and_its_answer_settles_the_row(flow: Flow) -> None:
    flow.relay()
    assert flow.call() == {"batchItemFailures": []}
    assert flow.settle() == {"batchItemFailures": []}
    ((url, body, headers),) = flow.endpoint.got
    assert url == "https://pager.example/hook"
    assert Webhook(SECRET).verify(body, headers) == {"about": "VPN", "n": 1}
    assert headers["webhook-id"] == flow.standing().row.id
    assert flow.standing().state == "accepted"


def test_a_call_that_fails_is_tried_again_when_its_time_has_come(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.endpoint.says = [500]
    flow.relay()
    flow.call()
    flow.settle()
    assert (flow.standing().state, flow.standing().wake_at) == ("new", AT + timedelta(seconds=5))
    monkeypatch.setattr(environment, "_clock", lambda: AT + timedelta(minutes=1))
    flow.relay()
    flow.call()
    flow.settle()
    assert flow.standing().state == "accepted"
    assert len({headers["webhook-id"] for _, _, headers in flow.endpoint.got}) == 1


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (410, "parked"),
        (ForbiddenError("10.0.0.1 is not a public address"), "parked"),
        (UnreachableError("no answer within 10 s"), "new"),
        (302, "new"),
        (404, "new"),
        (299, "accepted"),
    ],
)
def test_every_kind_of_answer_has_its_consequence(
    flow: Flow, said: int | Exception, state: str
) -> None:
    flow.endpoint.says = [said]
    flow.relay()
    flow.call()
    flow.settle()
    assert flow.standing().state == state


def test_a_webhook_without_its_secret_is_not_called(flow: Flow) -> None:
    wiring.client("ssm").delete_parameter(Name="/guardia/secrets/pager-secret")
    flow.relay()
    flow.call()
    flow.settle()
    assert flow.endpoint.got == []
    assert flow.standing().error == "no secret pager-secret"


def test_a_call_that_was_handed_over_twice_is_made_twice_under_one_name(flow: Flow) -> None:
    flow.relay()
    records = queue("webhook_queue")
    for _ in range(2):
        flow.sender({"Records": records}, flow.stage.context)
    flow.settle()
    assert len(flow.endpoint.got) == 2
    assert flow.standing().state == "accepted"


@pytest.mark.parametrize("body", ["no json", "[]", "{}", '{"row": "x"}', "null"])
def test_a_parcel_that_makes_no_sense_fails_alone(flow: Flow, body: str) -> None:
    flow.relay()
    records = [{"messageId": "odd", "body": body}, *queue("webhook_queue")]
    answer = flow.sender({"Records": records}, flow.stage.context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
    assert len(flow.endpoint.got) == 1


# -- the provider's events -------------------------------------------------------------------------


def told(stage: Stage, name: str) -> dict[str, Any]:
    """The golden event about the first row of the only ticket."""
    event = golden(name)
    (ticket,) = stage.tickets()
    text = json.dumps(event).replace("K7Q2M9XD-1-0", f"{ticket.id}-1-0")
    read: dict[str, Any] = json.loads(text.replace("K7Q2M9XD.1.0", f"{ticket.id}.1.0"))
    return read


def test_a_bounce_is_written_on_the_row_the_address_and_the_ticket(stage: Stage) -> None:
    stage.mail(written())
    for _ in range(2):
        answer = delivery_events.handler(told(stage, "mail_bounced"), stage.context)
        assert answer == {"batchItemFailures": []}
    (ticket,) = stage.tickets()
    (row,) = [one for one in wiring.store().outbox(ticket.id) if one.row.n == 0]
    assert row.recipients == {"ana@globex.example": "bounced"}
    assert wiring.budgets().known("ana@globex.example").state == "bounced"
    entries, _ = wiring.store().entries(ticket.id, 0, 10)
    assert [one.actor.kind for one in entries] == ["end_user", "system"]


@pytest.mark.parametrize(
    "name", ["mail_sent", "mail_delivered", "mail_delayed", "mail_complained", "mail_rejected"]
)
def test_any_event_settles_a_row_whose_answer_was_lost(stage: Stage, name: str) -> None:
    stage.mail(written())
    (ticket,) = stage.tickets()
    wiring.store().lease(ticket.id, 1, 0, now=AT, until=AT + timedelta(hours=1))
    delivery_events.handler(told(stage, name), stage.context)
    assert wiring.store().delivery(ticket.id, 1, 0).state == "accepted"


def test_events_of_somebody_elses_mail_are_passed_over(stage: Stage) -> None:
    answer = delivery_events.handler(golden("mail_bounced"), stage.context)
    assert answer == {"batchItemFailures": []}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("body", ["no json", "null", "[]", '{"outcome": "ok"}', '{"parked": 7}'])
def test_a_record_that_cannot_be_read_fails_alone(stage: Stage, place: int, body: str) -> None:
    stage.mail(written())
    records = told(stage, "mail_delivered")["Records"] * 2
    records.insert(place, {"messageId": "odd", "body": body})
    answer = delivery_events.handler({"Records": records}, stage.context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
    (ticket,) = stage.tickets()
    assert wiring.store().delivery(ticket.id, 1, 0).recipients == {
        "ana@globex.example": "delivered"
    }
