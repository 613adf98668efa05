"""`guardia dlq` on the desk that runs here: it finds it, shows what lies there, and sends it back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli.dead_letters import KINDS
from infra.cli.main import app
from infra.local import endpoint
from infra.local.cloud import ROOT, Clients, Cloud, provision
from infra.local.stack import ACCOUNT
from infra.local.template import load

ENVELOPE = {
    "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 11},
    "responsePayload": {"errorType": "TypeError", "errorMessage": "no"},
    "requestPayload": {"time": "2026-03-06T17:30:00Z"},
}
STREAM = {
    "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 11},
    "DDBStreamBatchInfo": {"shardId": "shard-1", "startSequenceNumber": "1", "batchSize": 1},
}


@dataclass
class Place:
    """The queues of a desk that is running, and the command that is asked about them."""

    state: Path
    aws: Clients
    address: str

    def url(self, queue: str) -> str:
        return f"{self.address}/{ACCOUNT}/guardia-{queue}"

    def put(self, queue: str, body: Any, **attributes: str) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        told = {
            name: {"DataType": "String", "StringValue": one} for name, one in attributes.items()
        }
        answer = self.aws("sqs").send_message(
            QueueUrl=self.url(queue), MessageBody=text, MessageAttributes=told
        )
        return str(answer["MessageId"])

    def bodies(self, queue: str) -> list[str]:
        """Take everything out of a queue."""
        answer = self.aws("sqs").receive_message(
            QueueUrl=self.url(queue), MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return sorted(one["Body"] for one in answer.get("Messages", ()))

    def run(self, *words: str, typed: str | None = None, **variables: str) -> Result:
        """Run `guardia dlq`."""
        own: Mapping[str, str | None] = {
            "STATE": str(self.state), "AWS_ENDPOINT_URL": None, **variables}  # fmt: skip
        return CliRunner().invoke(app, ["dlq", *words], env=own, input=typed)

    def items(self, *words: str) -> list[dict[str, Any]]:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.output
        found: list[dict[str, Any]] = json.loads(done.stdout)["items"]
        return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    state = tmp_path_factory.mktemp("state")
    its = Cloud(state, keep=False)
    its.start()
    try:
        its.wait()
        aws = Clients(its.endpoint)
        provision(load(ROOT / "template.yaml", endpoint=its.endpoint), aws)
        endpoint.leave(state, its.endpoint)
        yield Place(state, aws, its.endpoint)
        aws.close()
    finally:
        its.stop()


@pytest.fixture
def place(cloud: Place) -> Place:
    for queue in (*KINDS, "MailQueue", "DeliverQueue", "MailEventsQueue", "WebhookResultsQueue"):
        cloud.aws("sqs").purge_queue(QueueUrl=cloud.url(queue))
    return cloud


def test_every_dead_letter_queue_of_the_template_is_known() -> None:
    stack = load(ROOT / "template.yaml", endpoint="http://unused")
    named = {one.name.removeprefix("guardia-") for one in stack.queues}

    assert {one for one in named if one.endswith("DeadLetters")} == set(KINDS)
    assert {source for _, source in KINDS.values() if source} <= named


def test_the_list_tells_what_lies_where_and_since_when(place: Place) -> None:
    place.put("MailDeadLetters", "a")
    place.put("MailDeadLetters", "b")

    rows = {one["queue"]: one for one in place.items("list")}

    assert set(rows) == set(KINDS)
    assert rows["MailDeadLetters"]["messages"] == 2
    assert rows["MailDeadLetters"]["oldest_seconds"] >= 0
    assert rows["DeliverDeadLetters"] | {"what": "", "goes_back_to": ""} == {
        "queue": "DeliverDeadLetters", "messages": 0, "oldest_seconds": None,
        "what": "", "goes_back_to": "",
    }  # fmt: skip


def test_the_desk_that_is_asked_is_named(place: Place) -> None:
    assert f"asking the desk that is running here ({place.address})" in place.run("list").stderr


def test_an_address_in_the_environment_counts_before_the_desk_here(place: Place) -> None:
    done = place.run("list", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert done.exit_code == 2
    assert "AWS cannot be asked" in done.stderr
    assert "Traceback" not in done.output


def test_what_is_shown_stays_and_can_be_seen_again_at_once(place: Place) -> None:
    id = place.put("MailDeadLetters", "kept as it came")

    seen = [place.items("show", "MailDeadLetters", *one) for one in ((), (id,), ())]

    assert [[one["body"] for one in shown] for shown in seen] == [["kept as it came"]] * 3
    assert place.bodies("MailDeadLetters") == ["kept as it came"]


def test_more_than_one_handful_is_shown_whole(place: Place) -> None:
    ids = {place.put("DeliverDeadLetters", {"n": n}) for n in range(23)}

    assert {one["id"] for one in place.items("show", "DeliverDeadLetters")} == ids


@pytest.mark.parametrize(
    ("body", "attributes", "reason", "content"),
    [
        (ENVELOPE, {}, "RetriesExhausted after 11 calls, TypeError", ENVELOPE["requestPayload"]),
        (STREAM, {}, "RetryAttemptsExhausted after 11 calls", STREAM["DDBStreamBatchInfo"]),
        ({"a": 1}, {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "no"}, "NO_PERMISSIONS: no", {"a": 1}),
        ("text", {}, "it failed each time; the function's log says how", "text"),
    ],
)  # fmt: skip
def test_the_envelope_is_taken_off_and_the_reason_told(
    place: Place, body: Any, attributes: dict[str, str], reason: str, content: Any
) -> None:
    place.put("ScheduleDeadLetters", body, **attributes)

    [shown] = place.items("show", "ScheduleDeadLetters")

    assert (shown["reason"], shown["content"]) == (reason, content)


def test_everything_goes_back_to_where_it_failed(place: Place) -> None:
    place.put("MailDeadLetters", "one")
    place.put("MailDeadLetters", "two")

    done = place.run("redrive", "MailDeadLetters", "--all", "--yes")

    assert done.exit_code == 0
    assert "2 of MailDeadLetters sent back" in done.stdout
    assert place.bodies("MailQueue") == ["one", "two"]
    assert place.bodies("MailDeadLetters") == []


def test_one_goes_back_and_the_others_stay(place: Place) -> None:
    place.put("MailDeadLetters", "stays")
    id = place.put("MailDeadLetters", "goes")

    done = place.run("redrive", "MailDeadLetters", "--one", id, "--yes")

    assert done.exit_code == 0
    assert place.bodies("MailQueue") == ["goes"]
    assert place.bodies("MailDeadLetters") == ["stays"]


@pytest.mark.parametrize("queue", ["StreamDeadLetters", "ScheduleDeadLetters"])
def test_what_happens_by_itself_is_removed_and_that_is_said(place: Place, queue: str) -> None:
    place.put(queue, STREAM)

    done = place.run("redrive", queue, "--all", "--yes")

    assert "nothing was sent" in done.stderr
    assert f"1 of {queue} removed" in done.stdout
    assert place.bodies(queue) == []


def test_it_asks_first_and_no_means_no(place: Place) -> None:
    place.put("MailDeadLetters", "one")

    done = place.run("redrive", "MailDeadLetters", "--all", typed="n\n")

    assert done.exit_code == 1
    assert "Send 1 message of MailDeadLetters back to MailQueue?" in done.output
    assert place.bodies("MailDeadLetters") == ["one"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("show", "Nowhere"), 2, "there is no dead-letter queue Nowhere; there are Mail"),
        (("show", "MailQueue"), 2, "there is no dead-letter queue MailQueue"),
        (("show", "MailDeadLetters", "nobody"), 1, "there is no message nobody"),
        (("redrive", "MailDeadLetters"), 2, "--one ID, or say --all"),
        (("redrive", "MailDeadLetters", "--all", "--one", "x"), 2, "--one ID, or say --all"),
        (("redrive", "MailDeadLetters", "--all", "--rate", "0"), 2, "--rate is a number"),
        (("redrive", "MailDeadLetters", "--one", "nobody", "--yes"), 1, "no message nobody"),
        (("list", "--stack", "elsewhere"), 2, "there is no stack elsewhere"),
    ],
)
def test_a_call_that_makes_no_sense_is_told(
    place: Place, words: tuple[str, ...], status: int, said: str
) -> None:
    done = place.run(*words)

    assert done.exit_code == status
    assert said in done.stderr
    assert "Traceback" not in done.output
