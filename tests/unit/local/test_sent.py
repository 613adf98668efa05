"""The record of what was sent."""

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from infra.local.clock import Clock
from infra.local.journal import Journal
from infra.local.sent import Sent

RAW = (
    b"From: a@acme.example\r\nMessage-ID:\r\n <ours@acme.example>\r\nSubject: s\r\n"
    b"\r\nMessage-ID: text\r\n"
)


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    return Sent(tmp_path / "sent.jsonl", Clock(tmp_path / "clock.json"))


@pytest.fixture
def client(sent: Sent) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("000000000000", "none")
    made = session.create_client("sesv2", region_name="eu-west-1")
    sent.listen(made)
    return made


def send(client: Any) -> Any:
    return client.send_email(
        FromEmailAddress="a@acme.example",
        Destination={"ToAddresses": ["ana@globex.example"]},
        Content={"Raw": {"Data": RAW}},
        EmailTags=[{"Name": "guardia_row", "Value": "K3-7-1"}],
    )


def answers(client: Any, error: str | None = None) -> Stubber:
    stubber = Stubber(client)
    if error:
        stubber.add_client_error("send_email", error, "no", 400)
    else:
        stubber.add_response(
            "send_email", {"MessageId": "m1", "ResponseMetadata": {"HTTPStatusCode": 200}}
        )
    stubber.activate()
    return stubber


def test_the_recipient_gets_the_providers_message_id_and_the_rest_unchanged(
    sent: Sent, client: Any
) -> None:
    answers(client)
    send(client)
    (row,) = sent.items(lambda *_: None)
    assert row["raw"] == (
        "Message-ID: <m1@eu-west-1.amazonses.com>\r\n"
        "From: a@acme.example\r\nSubject: s\r\n\r\nMessage-ID: text\r\n"
    )
    assert "error" not in row


def test_a_row_shows_what_the_desk_meant_to_send(sent: Sent, client: Any) -> None:
    answers(client)
    send(client)
    asked: list[tuple[str, int, int]] = []

    def row_of(ticket: str, seq: int, n: int) -> dict[str, Any]:
        asked.append((ticket, seq, n))
        return {"kind": "notify", "rule": "vip", "ticket": ticket}

    (row,) = sent.items(row_of)
    assert asked == [("K3", 7, 1)]
    assert (row["kind"], row["rule"], row["to"]) == ("notify", "vip", "ana@globex.example")


def test_an_address_that_is_refused_is_shown_with_the_reason(sent: Sent, client: Any) -> None:
    answers(client, "MessageRejected")
    with pytest.raises(client.exceptions.MessageRejected):
        send(client)
    (row,) = sent.items(lambda *_: None)
    assert row["error"] == "no"


def test_what_the_provider_could_not_take_now_was_not_sent(sent: Sent, client: Any) -> None:
    answers(client, "TooManyRequestsException")
    with pytest.raises(client.exceptions.TooManyRequestsException):
        send(client)
    assert sent.items(lambda *_: None) == []


def test_a_journal_outlives_a_crash_in_the_middle_of_a_line(tmp_path: Path) -> None:
    Journal(tmp_path / "j").add({"a": 1})
    with (tmp_path / "j").open("a") as file:
        file.write('{"b": ')
    again = Journal(tmp_path / "j")
    again.add({"c": 3})
    assert Journal(tmp_path / "j").rows() == [{"a": 1}, {"c": 3}]
