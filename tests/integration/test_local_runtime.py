"""The runtime's wiring on the real local AWS, with handlers of a few lines."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.clock import Clock
from infra.local.cloud import ROOT, Clients, Cloud, provision
from infra.local.engine import Engine, timers_of
from infra.local.gateway import Gateway
from infra.local.invoke import Invoker
from infra.local.pumps import pumps_of
from infra.local.server import Server
from infra.local.stack import ACCOUNT, topic_arn
from infra.local.template import load
from infra.local.travel import travel
from tests.integration.local_stack.handlers import calls

HERE = Path(__file__).parent
TEMPLATE = HERE / "local_stack" / "template.yaml"

pytestmark = pytest.mark.skipif(
    not (ROOT / ".tools/ministack/bin/python").exists(),
    reason="ministack is not installed; `make install` does",
)


@dataclass(frozen=True, slots=True)
class Small:
    """The small stack, running."""

    endpoint: str
    aws: Clients
    engine: Engine
    clock: Clock
    url: str

    def queue(self, name: str) -> str:
        return f"{self.endpoint}/{ACCOUNT}/guardia-{name}"

    def messages(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            self.aws("sqs")
            .receive_message(QueueUrl=self.queue(name), MaxNumberOfMessages=10)
            .get("Messages", [])
        )
        return found

    def put(self, sk: str, **more: Any) -> None:
        self.aws("dynamodb").put_item(
            TableName="guardia-Table", Item={"pk": {"S": "T#1"}, "sk": {"S": sk}, **more}
        )

    def get(self, path: str, *, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": key} if key else {}
        return httpx.get(self.url + path, headers=headers)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    state = tmp_path_factory.mktemp("state")
    cloud = Cloud(state)
    cloud.start()
    cloud.wait()
    stack = load(TEMPLATE, endpoint=cloud.endpoint)
    aws = Clients(cloud.endpoint)
    provision(stack, aws)
    clock, invoke = Clock(state / "clock.json"), Invoker(stack)
    pumps = pumps_of(stack.functions, aws, invoke, cloud.endpoint, lambda _: None)
    engine = Engine(pumps, timers_of(stack), invoke, clock)
    bound = socket.create_server(("127.0.0.1", 0))
    server = Server(bound, Gateway(stack, invoke, clock).answer, engine.wake)
    server.start()
    yield Small(cloud.endpoint, aws, engine, clock, server.url)
    server.stop()
    aws.close()
    cloud.stop()


@pytest.fixture(autouse=True)
def _forget() -> None:
    for found in calls.values():
        found.clear()


def test_what_is_published_on_the_topic_reaches_the_function_of_its_queue(small: Small) -> None:
    small.aws("sns").publish(TopicArn=topic_arn("guardia-News"), Message="hello")
    small.engine.drain()
    assert [json.loads(one)["Message"] for one in calls["work"][0]] == ["hello"]


def test_only_the_message_that_failed_comes_again_and_ends_among_the_dead(small: Small) -> None:
    for body in ("good", "bad"):
        small.aws("sqs").send_message(QueueUrl=small.queue("WorkQueue"), MessageBody=body)
    small.engine.drain()
    first = sorted(one for batch in calls["work"] for one in batch)
    time.sleep(1.2)
    small.engine.drain()
    time.sleep(1.2)
    small.engine.drain()
    later = sorted(one for batch in calls["work"] for one in batch)
    dead = [one["Body"] for one in small.messages("Failed")]
    assert (first, later, dead) == (["bad", "good"], ["bad", "bad", "good"], ["bad"])


def test_the_stream_brings_only_what_its_filter_lets_through_in_order(small: Small) -> None:
    for sk in ("HEAD", "O#1", "E#1", "O#2"):
        small.put(sk)
    small.put("O#1", state={"S": "sent"})
    small.engine.drain()
    assert [row for batch in calls["relay"] for row in batch] == ["O#1", "O#2"]


def test_a_change_that_breaks_its_function_is_given_up_alone(small: Small) -> None:
    for sk in ("O#a", "O#poison", "O#z"):
        small.put(sk)
    until = time.monotonic() + 10
    while ["O#z"] not in calls["relay"] and time.monotonic() < until:
        small.engine.drain()
        time.sleep(0.05)
    given_up = [json.loads(one["Body"]) for one in small.messages("GivenUp")]
    assert ["O#z"] in calls["relay"]
    assert [one["DDBStreamBatchInfo"]["batchSize"] for one in given_up] == [1]


def test_the_clock_sweeps_at_each_due_instant_and_at_no_other(small: Small) -> None:
    start = small.clock.now()
    due = [start + timedelta(hours=1), start + timedelta(days=3)]
    waiting = list(due)

    def next_due(until: datetime) -> datetime | None:
        while waiting and waiting[0] <= small.clock.now():
            waiting.pop(0)
        return waiting[0] if waiting and waiting[0] <= until else None

    travel(small.engine, small.clock, next_due, start + timedelta(days=4))
    assert [datetime.fromisoformat(one) for one in calls["sweep"]] == due
    assert small.clock.now() - start >= timedelta(days=4)


def test_what_stays_due_however_often_it_is_swept_does_not_stop_the_clock(small: Small) -> None:
    start = small.clock.now()
    stuck = start + timedelta(minutes=1)
    travel(small.engine, small.clock, lambda _: stuck, start + timedelta(minutes=3))
    assert small.clock.now() >= start + timedelta(minutes=3)


def test_a_clock_moved_backward_sweeps_nothing(small: Small) -> None:
    to = datetime(2026, 3, 6, 19, tzinfo=UTC)
    travel(small.engine, small.clock, lambda _: to, to)
    assert calls["sweep"] == []
    assert small.clock.now() - to < timedelta(seconds=5)


def test_a_key_the_authorizer_knows_opens_the_route_and_is_asked_for_once(small: Small) -> None:
    answers = [small.get("/things/a%20b", key="good") for _ in range(2)]
    assert [one.text for one in answers] == ["evaa b", "evaa b"]
    assert answers[0].headers["etag"] == '"7"'
    assert answers[0].headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert calls["authorize"] == [["good"]]


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [("/things/1", None, 401), ("/things/1", "wrong", 403), ("/nothing", "good", 404)],
)
def test_who_may_not_or_asks_for_what_is_not_there_hears_so(
    small: Small, path: str, key: str | None, status: int
) -> None:
    assert small.get(path, key=key).status_code == status


def test_an_answer_without_status_is_the_body(small: Small) -> None:
    answer = httpx.post(small.url + "/open", data={"a": "1"})
    assert answer.json() == {"echo": "YT0x", "encoded": True}


def test_a_handler_that_raises_is_an_internal_error_without_a_trace(small: Small) -> None:
    answer = httpx.post(
        small.url + "/open", content="raise", headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_body_of_more_than_ten_megabytes_is_refused(small: Small) -> None:
    answer = httpx.post(small.url + "/open", content=b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status_code == 413


OWNER = """
import sys, time
from pathlib import Path
from infra.local.cloud import Cloud, Clients, provision
from infra.local.template import load
cloud = Cloud(Path(sys.argv[1])); cloud.start(); cloud.wait()
aws = Clients(cloud.endpoint)
provision(load(Path(sys.argv[2]), endpoint=cloud.endpoint), aws)
item = {"pk": {"S": "T#1"}, "sk": {"S": "HEAD"}}
aws("dynamodb").put_item(TableName="guardia-Table", Item=item)
aws("s3").put_object(Bucket="guardia-bucket", Key="in/x", Body=b"mail")
queue = cloud.endpoint + "/000000000000/guardia-WorkQueue"
aws("sqs").send_message(QueueUrl=queue, MessageBody="m")
print("written", flush=True)
time.sleep(60)
"""


def test_what_was_written_before_the_desk_was_killed_is_there_afterwards(tmp_path: Path) -> None:
    owner = subprocess.Popen(  # noqa: S603 - the program above
        [sys.executable, "-c", OWNER, str(tmp_path), str(TEMPLATE)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"written\n"
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    cloud = Cloud(tmp_path)
    cloud.start()
    cloud.wait()
    aws = Clients(cloud.endpoint)
    provision(load(TEMPLATE, endpoint=cloud.endpoint), aws)
    item = aws("dynamodb").get_item(
        TableName="guardia-Table", Key={"pk": {"S": "T#1"}, "sk": {"S": "HEAD"}}
    )
    mail = aws("s3").get_object(Bucket="guardia-bucket", Key="in/x")["Body"].read()
    queued = aws("sqs").receive_message(QueueUrl=f"{cloud.endpoint}/{ACCOUNT}/guardia-WorkQueue")[
        "Messages"
    ]
    aws.close()
    cloud.stop()
    shutil.rmtree(tmp_path, ignore_errors=True)
    assert "Item" in item
    assert (mail, [one["Body"] for one in queued]) == (b"mail", ["m"])
