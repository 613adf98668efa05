"""The minute."""

import json
from typing import Any

from guardia import environment, wiring
from guardia.adapters.items import SHARDS
from tests.integration.stage import Stage, golden, written


def offered(stage: Stage, time: str) -> list[dict[str, Any]]:
    """Sweep at an instant; return what lies in the relay's queue then."""
    stage.sweep(golden("due_minute", time=time))
    answer = wiring.client("sqs").receive_message(
        QueueUrl=environment.settings().deliver_queue, MaxNumberOfMessages=10
    )
    return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


def test_a_row_that_the_stream_lost_is_offered_after_two_minutes(stage: Stage) -> None:
    stage.mail(written())
    (row,) = stage.rows()
    assert offered(stage, "2026-03-06T17:31:59Z") == []
    expected = {"ticket": row["ticket"]["S"], "seq": 1, "n": int(row["n"]["N"])}
    assert offered(stage, "2026-03-06T17:32:00Z") == [expected]


def test_what_is_offered_can_be_delivered(stage: Stage) -> None:
    stage.mail(written())
    (body,) = offered(stage, "2026-03-06T17:32:00Z")
    row = wiring.store().delivery(body["ticket"], body["seq"], body["n"]).row
    assert row.to == ("ana@globex.example",)


def test_a_minute_with_nothing_due_offers_nothing_and_writes_nothing(stage: Stage) -> None:
    before = stage.items()
    nothing = {"offered": 0, "woken": 0, "handed": 0, "jobs": 0}
    assert stage.sweep(golden("due_minute")) == nothing
    stage.calls.clear()
    assert stage.sweep(golden("due_minute")) == nothing
    # One query for each part of the index, and a look at which version of the desk is live.
    assert stage.calls["Query"] == SHARDS
    assert set(stage.calls) == {"Query", "BatchGetItem"}
    assert stage.items() == before


def test_more_than_a_batch_is_offered_whole(stage: Stage) -> None:
    for n in range(12):
        stage.mail(written(id=f"{n}", sender=f"c{n}@mail.example"))
    assert stage.sweep(golden("due_minute", time="2026-03-06T17:40:00Z"))["offered"] == 12
    attributes = wiring.client("sqs").get_queue_attributes(
        QueueUrl=environment.settings().deliver_queue,
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "12"
