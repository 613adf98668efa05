"""What time alone does to tickets, through the functions that are deployed."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
import yaml

from functions.jobs import app as jobs
from functions.sweep import app as sweep
from guardia import environment, wiring
from guardia.adapters.items import SHARDS
from guardia.domain.model import Entry, Ticket
from guardia.ports import Commit, Lookup
from guardia.sweeping import BACKOFF, MOST_FAILURES
from tests.integration.stage import AT, DESK, Stage, golden
from tests.unit.sweep.world import CutOff

MINUTE = timedelta(minutes=1)
OPENED = datetime.fromisoformat("2026-03-05T17:35:20+01:00")
"""When the golden event opens its ticket."""

DUE = OPENED + 30 * MINUTE
LATE = {
    "id": "sin-respuesta",
    "when": {
        "all": [
            {"field": "status", "less_than": "solved"},
            {"field": "hours_since.created", "at_least": "30m"},
        ]
    },
    "do": [{"add_tags": ["tarde"]}],
}


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DESK.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def desk(stage: Stage) -> Stage:
    """The stage with an automation that is due half an hour after a ticket was opened."""
    stage.publish({**_document(), "automations": [LATE]})
    return stage


def _minute(stage: Stage, at: datetime) -> dict[str, int]:
    environment.set_clock(lambda: at)
    answer: dict[str, int] = stage.sweep(golden("due_minute", time=at.isoformat()))
    return answer


def _taken(queue: str) -> list[str]:
    """Everything in a queue."""
    found: list[str] = []
    while True:
        answer = wiring.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        for one in answer["Messages"]:
            wiring.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
            found.append(one["Body"])


def _carried(stage: Stage, handler: Callable[..., Any], bodies: list[str], name: str) -> list[str]:
    """Give a function the messages of its queue, one by one; return those that failed."""
    (record,) = golden(name)["Records"]
    failed: list[str] = []
    for n, body in enumerate(bodies):
        event = {"Records": [{**record, "messageId": str(n), "body": body}]}
        failed += [
            one["itemIdentifier"] for one in handler(event, stage.context)["batchItemFailures"]
        ]
    return failed


def _asked(method: str, path: str) -> dict[str, Any]:
    """A call of the API without a body."""
    event = golden("ticket_read", rawPath=path)
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def _handed_over(stage: Stage) -> int:
    """Let the function do what it handed over, a message at a time; return how many there were.
    One on which it ends is not seen again, as if its queue had lost it."""
    bodies = _taken(environment.settings().due_queue)
    for body in bodies:
        with suppress(CutOff):
            assert _carried(stage, sweep.handler, [body], "tickets_handed_over") == []
    return len(bodies)


def _head(id_: str) -> Ticket:
    return wiring.store().find(Lookup(tickets=(id_,))).tickets[id_]


def _history(id_: str) -> list[Entry]:
    return wiring.store().entries(id_, 0, 50)[0]


def _copies(stage: Stage, count: int) -> list[str]:
    """Write as many tickets as wanted that are like one which the API opened."""
    head = _head(stage.opened())
    (opened,) = _history(head.id)
    ids = [f"C{n:07}" for n in range(count - 1)]
    for id_ in ids:
        wiring.store().commit(Commit(ticket=replace(head, id=id_), entries=(opened,)))
    return [head.id, *ids]


def _said(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The lines of the log that say this."""
    return [vars(one) for one in caplog.records if one.message == message]


def _stuck(shown: dict[str, Any]) -> tuple[str, int]:
    return shown["ticket"], shown["failures"]


def _spoil(id_: str) -> None:
    """Write into a head what nobody can read."""
    wiring.client("dynamodb").update_item(
        TableName=wiring.table().name,
        Key={"pk": {"S": f"T#{id_}"}, "sk": {"S": "HEAD"}},
        UpdateExpression="SET clocks = :c",
        ExpressionAttributeValues={":c": {"S": "{Hola, Ana"}},
    )


def test_what_is_due_happens_in_the_next_minute_at_its_own_instant(desk: Stage) -> None:
    id_ = desk.opened()
    assert _head(id_).due_at == DUE
    assert _minute(desk, DUE - timedelta(seconds=1))["woken"] == 0
    assert _minute(desk, DUE + timedelta(seconds=59))["woken"] == 1
    assert _head(id_).tags == ("tarde",)
    _, entry = _history(id_)
    assert (entry.event, entry.at, entry.actor.kind) == ("clock", DUE, "system")


def test_what_was_done_is_not_done_again(desk: Stage) -> None:
    id_ = desk.opened()
    _minute(desk, DUE)
    before = desk.items()
    assert _minute(desk, DUE + MINUTE)["woken"] == 0
    assert desk.items() == before
    assert len(_history(id_)) == 2


def test_two_sweeps_at_once_do_it_once(desk: Stage) -> None:
    id_ = desk.opened()
    (due,) = wiring.store().due(DUE, 10)
    for _ in range(2):
        assert wiring.sweeping().wake(due, DUE) is None  # type: ignore[arg-type]  # it is a ticket
    assert len(_history(id_)) == 2


def test_a_due_ticket_costs_one_read_and_one_transaction(desk: Stage) -> None:
    desk.opened()
    spent = []
    for at in (DUE - 3 * MINUTE, DUE - 2 * MINUTE, DUE):
        desk.calls.clear()
        _minute(desk, at)
        spent.append(Counter(desk.calls))
    _, nothing, one = spent
    assert one - nothing == Counter(BatchGetItem=1, TransactWriteItems=1)
    assert nothing["Query"] == one["Query"] == SHARDS


def test_a_sweep_that_comes_a_day_late_writes_the_same_entry(desk: Stage) -> None:
    id_ = desk.opened()
    assert _minute(desk, DUE + timedelta(days=1))["handed"] == 1
    assert _handed_over(desk) == 1
    _, entry = _history(id_)
    assert (entry.at, _head(id_).tags) == (DUE, ("tarde",))


def test_a_ticket_that_fails_delays_no_other_and_says_nothing_of_what_was_written(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    broken, *others = _copies(desk, 3)
    _spoil(broken)
    assert _minute(desk, DUE)["woken"] == 3
    assert [_head(one).tags for one in others] == [("tarde",)] * 2
    (said,) = _said(caplog, "not carried out")
    assert (said["ticket"], said["attempt"], said["error"]) == (broken, 1, "JSONDecodeError")
    assert "Ana" not in str(said)


def test_a_ticket_that_always_fails_is_given_up_listed_and_tried_again_when_asked(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    id_ = desk.opened()
    sound = desk.items()
    _spoil(id_)
    at = DUE
    for wait in (*BACKOFF, MINUTE):
        said = _minute(desk, at)
        assert (said["woken"], said["handed"]) == ((1, 0) if at == DUE else (0, 1))
        assert _handed_over(desk) == said["handed"]
        at += wait
    (given_up,) = _said(caplog, "given up")
    assert (given_up["ticket"], given_up["attempt"]) == (id_, MOST_FAILURES)
    assert _minute(desk, at + timedelta(days=30))["woken"] == 0

    (shown,) = desk.api(_asked("GET", "/v1/stuck")).body["items"]
    assert _stuck(shown) == (id_, MOST_FAILURES)
    (head,) = [one for one in sound if one["sk"]["S"] == "HEAD" and one["pk"]["S"] == f"T#{id_}"]
    wiring.client("dynamodb").update_item(
        TableName=wiring.table().name,
        Key={"pk": head["pk"], "sk": head["sk"]},
        UpdateExpression="REMOVE clocks",
    )
    environment.set_clock(lambda: at)
    answer = desk.api(_asked("POST", f"/v1/stuck/{id_.lower()}/retry"))
    assert (answer.status, answer.body["given_up_at"]) == (200, None)
    assert desk.api(_asked("POST", f"/v1/stuck/{id_}/retry")).status == 409
    assert _minute(desk, at + MINUTE)["handed"] == _handed_over(desk) == 1
    assert _head(id_).tags == ("tarde",)


def test_a_ticket_on_which_the_function_ends_stops_no_other_and_is_given_up(
    desk: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deadly, *others = _copies(desk, 3)
    wake = wiring.guardia().wake

    def ending(ticket: str, **more: Any) -> Any:
        if ticket == deadly:
            raise CutOff
        return wake(ticket, **more)

    monkeypatch.setattr(wiring.guardia(), "wake", ending)
    with pytest.raises(CutOff):
        _minute(desk, DUE)
    while (at := wiring.next_due(DUE + timedelta(days=1))) is not None:
        _minute(desk, max(at, DUE + MINUTE))
        _handed_over(desk)
    assert [_head(one).tags for one in others] == [("tarde",)] * 2
    (given_up,) = _said(caplog, "given up")
    assert (given_up["ticket"], given_up["attempt"]) == (deadly, MOST_FAILURES)
    assert [_stuck(one) for one in desk.api(_asked("GET", "/v1/stuck")).body["items"]] == [
        (deadly, MOST_FAILURES)
    ]


def test_what_one_run_cannot_do_itself_is_done_by_way_of_the_queue_and_nothing_twice(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "DIRECTLY", 3)  # moto's transactions take ages
    ids = _copies(desk, 28)
    assert _minute(desk, DUE) == {"offered": 0, "woken": 3, "handed": 25, "jobs": 0}
    assert _minute(desk, DUE + MINUTE)["woken"] == 0
    bodies = _taken(environment.settings().due_queue)
    assert len(bodies) == 3
    for _ in range(2):  # a queue may deliver twice
        assert _carried(desk, sweep.handler, bodies, "tickets_handed_over") == []
    assert [len(_history(one)) for one in ids] == [2] * len(ids)
    assert _minute(desk, DUE + timedelta(days=1))["woken"] == 0


def test_what_the_queue_lost_is_done_when_the_lease_ends(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "DIRECTLY", 1)
    ids = _copies(desk, 6)
    _minute(desk, DUE)
    wiring.client("sqs").purge_queue(QueueUrl=environment.settings().due_queue)
    assert _minute(desk, DUE + 7 * MINUTE)["handed"] == _handed_over(desk) == 5
    assert [_head(one).tags for one in ids] == [("tarde",)] * len(ids)


def test_a_message_that_makes_no_sense_goes_back_alone(desk: Stage) -> None:
    assert _carried(desk, sweep.handler, ["{}"], "tickets_handed_over") == ["0"]


def test_the_golden_message_of_a_ticket_that_is_gone_is_done_with(desk: Stage) -> None:
    event = golden("tickets_handed_over")
    assert sweep.handler(event, desk.context) == {"batchItemFailures": []}


def test_a_new_version_reaches_tickets_on_which_nothing_was_due(stage: Stage) -> None:
    ids = _copies(stage, 3)
    assert {_head(one).due_at for one in ids} == {None}
    number = stage.publish({**_document(), "automations": [LATE]})
    assert _minute(stage, AT + 59 * timedelta(seconds=1))["jobs"] == 0
    assert _minute(stage, AT + MINUTE)["jobs"] == 1
    bodies = _taken(environment.settings().jobs_queue)
    assert [json.loads(one) for one in bodies] == [{"job": f"recompute-{number}"}]
    for _ in range(2):  # a queue may deliver twice
        assert _carried(stage, jobs.handler, bodies, "job_handed_out") == []
    shown = stage.api(_asked("GET", f"/v1/jobs/recompute-{number}")).body
    assert (shown["kind"], shown["state"], shown["error"]) == ("recompute", "done", None)
    assert shown["counts"] == {"seen": 3, "recomputed": 3, "failed": 0}
    assert {_head(one).config for one in ids} == {str(number)}
    assert _minute(stage, AT + 3 * MINUTE)["jobs"] == 0
    assert [_head(one).tags for one in ids] == [("tarde",)] * 3


def test_a_job_whose_message_was_lost_is_handed_out_again(stage: Stage) -> None:
    _minute(stage, AT + MINUTE)
    assert len(_taken(environment.settings().jobs_queue)) == 1
    assert _minute(stage, AT + 2 * MINUTE)["jobs"] == 1
    assert [json.loads(one) for one in _taken(environment.settings().jobs_queue)] == [
        {"job": "recompute-1"}
    ]


@pytest.mark.parametrize("id_", ["recompute-99", "x" * 300])
def test_a_job_that_does_not_exist_is_not_found(stage: Stage, id_: str) -> None:
    assert stage.api(_asked("GET", f"/v1/jobs/{id_}")).status == 404


def test_the_golden_message_of_a_job_that_is_gone_is_done_with(stage: Stage) -> None:
    assert jobs.handler(golden("job_handed_out"), stage.context) == {"batchItemFailures": []}


def test_a_ticket_that_was_not_given_up_is_not_tried_again(desk: Stage) -> None:
    id_ = desk.opened()
    assert desk.api(_asked("POST", f"/v1/stuck/{id_}/retry")).status == 409
    assert desk.api(_asked("POST", "/v1/stuck/NNNNNNN1/retry")).status == 404
