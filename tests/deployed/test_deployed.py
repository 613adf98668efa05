"""What was built and deployed does what the product promises: the zipped functions, wired by
CloudFormation, woken by topic, queue, stream, schedule and HTTP.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from tests.deployed.place import Deployed, as_stored, eventually, golden, later, written

POISON = "this is no notice of a mail"


def guardia(deployed: Deployed, *words: str) -> Any:
    """Run a command on the deployed stack; return what it answers in JSON."""
    variables = {
        "AWS_ENDPOINT_URL": deployed.endpoint,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "eu-west-1",
    }
    done = CliRunner().invoke(app, ["dlq", *words, "--json"], env=variables)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def lying(deployed: Deployed, queue: str) -> list[Any]:
    """What `guardia dlq show` tells of a queue."""
    found: list[Any] = guardia(deployed, "show", queue)["items"]
    return found


def test_a_mail_becomes_a_ticket_and_its_sender_hears_of_it(deployed: Deployed) -> None:
    deployed.mail("first", written("first"))

    [ticket] = eventually(lambda: deployed.tickets("VPN first"))
    sent = eventually(lambda: deployed.sent(ticket))

    assert sent == ["first@globex.example"]


def test_raw_mail_leaves_the_inbox_once_it_is_taken_in(deployed: Deployed) -> None:
    deployed.mail("filed", written("filed"))

    eventually(lambda: deployed.tickets("VPN filed"))
    found = eventually(lambda: _objects(deployed, "raw/"))

    assert [one for one in found if one.endswith("/filed")]


def _objects(deployed: Deployed, prefix: str) -> list[str]:
    told = deployed.aws("s3").list_objects_v2(Bucket=deployed.names["MailBucket"], Prefix=prefix)
    return [one["Key"] for one in told.get("Contents", ())]


def test_a_form_becomes_a_ticket(deployed: Deployed) -> None:
    fields = {"email": "bea@mail.example", "message": "Hola"}

    status, answer = deployed.ask("POST", "/forms/contacto", fields)

    assert status == 201, answer
    assert deployed.api("GET", f"/v1/tickets/{answer['ticket']}")[0] == 200


def test_the_api_takes_in_who_has_the_key(deployed: Deployed) -> None:
    body = {
        "subject": "API",
        "requester": "ana@globex.example",
        "comment": {"body": "Hola", "public": True},
    }

    status, ticket = deployed.api("POST", "/v1/tickets", body)

    assert status == 201, ticket
    sent = eventually(lambda: deployed.sent(ticket["id"]))
    assert sent == ["ana@globex.example"]


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"Authorization": "Bearer gd_this-is-none-of-ours"}, 403)]
)
def test_the_api_keeps_out(deployed: Deployed, headers: dict[str, str], status: int) -> None:
    assert deployed.ask("GET", "/v1/tickets", **headers)[0] == status


def test_a_record_of_the_stream_that_comes_twice_sends_one_mail(deployed: Deployed) -> None:
    deployed.mail("twice", written("twice"))
    [ticket] = eventually(lambda: deployed.tickets("VPN twice"))
    eventually(lambda: deployed.sent(ticket))
    [row] = deployed.items(f"T#{ticket}", "O#")
    record = golden("outbox_row_inserted")["Records"][0]
    record["dynamodb"] |= {"Keys": {"pk": row["pk"], "sk": row["sk"]}, "NewImage": row}

    answer = deployed.invoke("OutboxRelayFunction", {"Records": [record, record]})

    assert answer == {"batchItemFailures": []}
    told = [one for one in deployed.messages() if one["To"] == ["twice@globex.example"]]
    assert len(told) == 1


def test_a_poisoned_message_ends_in_the_dead_letters_and_can_be_looked_at_and_sent_back(
    deployed: Deployed,
) -> None:
    deployed.hurry("MailQueue")
    deployed.aws("sqs").send_message(QueueUrl=deployed.names["MailQueue"], MessageBody=POISON)
    [letter] = eventually(lambda: lying(deployed, "MailDeadLetters"))
    [told] = [one for one in guardia(deployed, "list")["items"] if one["messages"]]

    guardia(deployed, "redrive", "MailDeadLetters", "--one", letter["id"], "--yes")
    again = eventually(lambda: lying(deployed, "MailDeadLetters"))

    assert (told["queue"], told["messages"]) == ("MailDeadLetters", 1)
    assert [letter["body"], *(one["body"] for one in again)] == [POISON, POISON]
    guardia(deployed, "show", "MailDeadLetters", again[0]["id"])
    _empty(deployed, "MailDeadLetters")


def _empty(deployed: Deployed, queue: str) -> None:
    deployed.aws("sqs").purge_queue(QueueUrl=deployed.names[queue])


def test_sending_back_what_was_done_already_changes_nothing(deployed: Deployed) -> None:
    deployed.mail("done", written("done"))
    [ticket] = eventually(lambda: deployed.tickets("VPN done"))
    eventually(lambda: deployed.sent(ticket))
    before = deployed.items(f"T#{ticket}", "")
    url = deployed.names["MailDeadLetters"]
    deployed.aws("sqs").send_message(QueueUrl=url, MessageBody=deployed.notice("done"))

    [redriven] = guardia(deployed, "redrive", "MailDeadLetters", "--all", "--yes")["redriven"]
    eventually(lambda: deployed.waiting("MailQueue") == 0)

    assert redriven
    assert deployed.waiting("MailDeadLetters") == 0
    assert deployed.items(f"T#{ticket}", "") == before
    assert deployed.tickets("VPN done") == [ticket]


def test_mail_whose_notice_was_lost_is_brought_back(deployed: Deployed) -> None:
    stored = deployed.store("orphan", as_stored("orphan"))
    event = golden("housekeeping") | {"time": later(stored, minutes=16)}

    answer = deployed.invoke("HousekeepingFunction", event)

    assert answer["offered"] == 1
    [ticket] = eventually(lambda: deployed.tickets("VPN orphan"))
    assert eventually(lambda: deployed.sent(ticket)) == ["orphan@globex.example"]


def test_the_minute_wakes_the_sweep(deployed: Deployed) -> None:
    eventually(lambda: deployed.log("SweepLogs"), within=70)


@pytest.mark.parametrize(
    ("late", "way"), [({"seconds": 1}, "woken"), ({"hours": 3}, "handed")], ids=["in time", "late"]
)
def test_a_ticket_falls_due_and_the_sweep_does_it_at_its_own_instant(
    deployed: Deployed, late: dict[str, int], way: str
) -> None:
    asked = {
        "subject": f"Plazo {way}",
        "requester": "ana@globex.example",
        "comment": {"body": "Hola", "public": True},
        "tags": ["plazo"],
    }
    status, opened = deployed.api("POST", "/v1/tickets", asked)
    assert status == 201, opened
    due = datetime.fromisoformat(opened["created_at"]) + timedelta(hours=2)

    said = deployed.invoke("SweepFunction", {"time": later(due, **late)})
    eventually(lambda: "vencido" in deployed.api("GET", f"/v1/tickets/{opened['id']}")[1]["tags"])

    assert said[way] == 1
    [done] = [one for one in _entries(deployed, opened["id"]) if one["event"] == "clock"]
    assert datetime.fromisoformat(done["at"]) == due
    eventually(lambda: "eva@acme.example" in deployed.sent(opened["id"]))


def _entries(deployed: Deployed, ticket: str) -> list[Any]:
    status, found = deployed.api("GET", f"/v1/tickets/{ticket}/entries")
    assert status == 200, found
    entries: list[Any] = found["items"]
    return entries


def test_what_alarms_count_stands_in_the_logs(deployed: Deployed) -> None:
    deployed.invoke("SweepFunction", golden("due_minute"))
    deployed.invoke("HousekeepingFunction", golden("housekeeping"))

    found = {one: _matched(deployed, one) for one in _filters(deployed)}

    assert [found.pop(one) for one in ("MessagesParked", "WorkGivenUp")] == [0, 0]  # none was
    assert found
    assert all(found.values()), found


def _filters(deployed: Deployed) -> dict[str, Any]:
    told = deployed.aws("logs").describe_metric_filters()["metricFilters"]
    return {one["metricTransformations"][0]["metricName"]: one for one in told}


def _matched(deployed: Deployed, name: str) -> int:
    """How many lines a filter counts: those that have each of its words and its figure."""
    told = _filters(deployed)[name]
    wanted = dict(re.findall(r'\$\.(\w+) = "([^"]*)"', told["filterPattern"]))
    figure = told["metricTransformations"][0]["metricValue"].removeprefix("$.")
    [group] = [one for one, at in deployed.names.items() if at == told["logGroupName"]]
    lines = [one for one in deployed.log(group) if wanted.items() <= one.items()]
    return len([one for one in lines if figure == "1" or isinstance(one[figure], int)])
