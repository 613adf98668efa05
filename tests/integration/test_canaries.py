"""No address, no text and no token of anybody gets into a log, whatever a function meets."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.delivery_events import app as delivery_events
from functions.email_ingress import app as email_ingress
from functions.housekeeping import app as housekeeping
from functions.http_api import app as http_api
from functions.intake import app as intake
from functions.outbox_relay import app as outbox_relay
from functions.sweep import app as sweep
from functions.webhook_sender import app as webhook_sender
from guardia import environment, wiring
from tests.integration.stage import INSTALL, Stage, golden, written

ADDRESS = "canary.person@canary.example"
PHRASE = "kanarienvogel"
TOKEN = "gd_canarytoken0123456789"
CANARIES = (ADDRESS, "canary.person", PHRASE, TOKEN, "canary.example")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every line that any logger writes, as it would be written."""
    lines: list[str] = []

    def emit(self: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
        lines.append(self.format(record))

    monkeypatch.setattr(logging.StreamHandler, "emit", emit)
    yield lines
    assert lines, "nothing was logged: this test would see nothing"
    leaks = [line for line in lines for canary in CANARIES if canary in line.lower()]
    assert leaks == []


class CanaryError(Exception):
    """An error that quotes what somebody sent."""


def broken(*_: Any, **__: Any) -> Any:
    try:
        raise ValueError(f"cannot read {PHRASE} of {ADDRESS}")
    except ValueError as error:
        raise CanaryError(f"{TOKEN}: {PHRASE} <{ADDRESS}>") from error


def a_mail() -> Any:
    return written(PHRASE, sender=ADDRESS, subject=PHRASE)


@pytest.mark.usefixtures("logged")
def test_mail_that_is_taken_in(stage: Stage) -> None:
    stage.mail(a_mail())
    stage.mail(a_mail(), spamVerdict="FAIL")
    stage.mail(a_mail(), virusVerdict="FAIL")


@pytest.mark.usefixtures("logged")
def test_mail_that_breaks_us(stage: Stage) -> None:
    handler = email_ingress.build(broken, wiring.blobs, wiring.mail_secrets, lambda: INSTALL)
    stage.take_in(stage.deposit(a_mail()), handler=handler)
    stage.take_in({"messageId": "1", "body": f"{PHRASE} {ADDRESS}"})
    stage.take_in({"messageId": "1", "body": json.dumps({"Message": f"{PHRASE} {ADDRESS}"})})


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    "body", [{"email": ADDRESS, "message": PHRASE}, {"email": PHRASE}, [PHRASE]]
)
def test_forms(stage: Stage, body: Any) -> None:
    event = golden("form_posted_json", body=json.dumps(body))
    event["headers"]["user-agent"] = event["headers"]["origin"] = PHRASE
    stage.form(event)
    stage.form(golden("form_posted_json"))


@pytest.mark.usefixtures("logged")
def test_a_form_when_something_of_ours_breaks(stage: Stage) -> None:
    answer = intake.build(broken, wiring.current_desk)(golden("form_posted_json"), stage.context)
    assert answer["statusCode"] == 500
    assert PHRASE not in answer["body"]


def _asks(stage: Stage) -> None:
    body = {"subject": PHRASE, "requester": ADDRESS, "comment": {"body": PHRASE}, "tags": [PHRASE]}
    for sent in (json.dumps(body), json.dumps({PHRASE: ADDRESS}), PHRASE, json.dumps([ADDRESS])):
        event = golden("ticket_created", body=sent)
        event["headers"]["authorization"] = f"Bearer {TOKEN}"
        event["headers"]["idempotency-key"] = PHRASE
        stage.api(event)
    stage.api(golden("tickets_listed", queryStringParameters={"requester": ADDRESS, PHRASE: "1"}))


@pytest.mark.usefixtures("logged")
def test_the_api(stage: Stage) -> None:
    _asks(stage)
    handler = http_api.build(broken)
    stage.api(golden("ticket_created"), handler)


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("part", ["store", "find", "commit"])
def test_the_api_when_something_of_ours_breaks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    if part == "store":
        monkeypatch.setattr(wiring.guardia(), "store", None)
    else:
        monkeypatch.setattr(wiring.store(), part, broken)
    _asks(stage)


@pytest.mark.usefixtures("logged")
def test_what_is_delivered_and_what_comes_back(stage: Stage) -> None:
    stage.mail(a_mail())
    rows = [
        {"messageId": "1", "body": json.dumps({"ticket": one.id, "seq": 1, "n": 0})}
        for one in stage.tickets()
    ]
    outbox_relay.build(broken)({"Records": rows}, stage.context)
    stage.relay({"Records": rows}, wiring.relay)
    text = json.dumps(golden("mail_bounced")).replace("ana@globex.example", ADDRESS)
    text = text.replace("user unknown", PHRASE)
    delivery_events.handler(json.loads(text), stage.context)
    delivery_events.build(broken)(json.loads(text), stage.context)
    told = {"outcome": PHRASE, "row": ADDRESS, "webhook": TOKEN, "error": PHRASE, "attempt": 1}
    records = [{"messageId": "1", "body": json.dumps(told)}, {"messageId": "2", "body": PHRASE}]
    delivery_events.handler({"Records": records}, stage.context)


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    "handler",
    [
        lambda: webhook_sender.build(broken, wiring.results),
        lambda: webhook_sender.build(wiring.sender, broken),
    ],
    ids=["sender", "results"],
)
def test_calls_of_webhooks(stage: Stage, handler: Callable[[], Any]) -> None:
    call = {
        "row": "K7Q2M9XD.1.0", "attempt": 1, "webhook": "pager", "secret": "canary-secret",
        "url": f"https://{PHRASE}.canary.example/{TOKEN}", "body": PHRASE,
    }  # fmt: skip
    handler()({"Records": [{"messageId": "1", "body": json.dumps(call)}]}, stage.context)


@pytest.mark.usefixtures("logged")
def test_a_call_of_a_webhook_whose_name_is_nobodys(stage: Stage) -> None:
    call = {
        "row": "K7Q2M9XD.1.0", "attempt": 1, "webhook": "pager", "secret": "canary-secret",
        "url": f"https://{PHRASE}.canary.example/{TOKEN}", "body": PHRASE,
    }  # fmt: skip
    handler = webhook_sender.build(wiring.sender, wiring.results)
    handler({"Records": [{"messageId": "1", "body": json.dumps(call)}]}, stage.context)


def _ends(call: Callable[[], Any]) -> None:
    """A function that is invoked for nobody's sake may end in an error: AWS logs its traceback."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is
        call()
    assert PHRASE not in str(raised.value)


@pytest.mark.usefixtures("logged")
def test_the_minute_and_the_housekeeping(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.sweep(golden("due_minute"))
    wiring.client("s3").put_object(Bucket=stage.bucket, Key=f"in/{PHRASE}", Body=PHRASE.encode())
    inbox = wiring.inbox()
    monkeypatch.setattr(type(inbox), "head", broken)
    later = {"time": environment.machine_now().replace(year=2027).isoformat()}
    _ends(
        lambda: housekeeping.build(lambda: inbox, wiring.mail_queue, wiring.keeping)(
            later, stage.context
        )
    )
    assert sweep.handler is not None
