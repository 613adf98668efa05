"""Mail whose notice was lost comes back; mail that cannot be taken in does not come back for ever."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.housekeeping.app import build
from guardia import wiring
from guardia.adapters.queue import QueueCourier
from tests.integration.stage import Context, Stage, golden, written

HEAD = b"""Return-Path: <ana@globex.example>\r
Received: from mx by inbound-smtp.eu-west-1.amazonaws.com with SMTP id mail1 for soporte@acme.example;\r
 Fri, 06 Mar 2026 17:30:00 +0000 (UTC)\r
X-SES-Spam-Verdict: PASS\r
X-SES-Virus-Verdict: PASS\r
Authentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass;\r
"""


class House:
    """The housekeeping over the stage's bucket and a queue of its own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._sqs = wiring.client("sqs")
        self._url = self._sqs.create_queue(QueueName="mail")["QueueUrl"]
        self._handler = build(
            wiring.inbox, lambda: QueueCourier(self._sqs, self._url), wiring.keeping
        )

    def stored_at(self, key: str) -> datetime:
        found: datetime = wiring.client("s3").head_object(Bucket=self.stage.bucket, Key=key)[
            "LastModified"
        ]
        return found

    def keep(self, at: datetime) -> dict[str, int]:
        answer = self._handler(golden("housekeeping", time=at.isoformat()), Context())
        assert answer.pop("kept") == 0
        return answer

    def after(self, key: str, **passed: int) -> dict[str, int]:
        return self.keep(self.stored_at(key) + timedelta(**passed))

    def queued(self) -> list[str]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [one["Body"] for one in answer.get("Messages", [])]

    def taken_in(self) -> list[str]:
        record = golden("email_received")["Records"][0]
        records = [
            {**record, "body": one, "messageId": str(n)} for n, one in enumerate(self.queued())
        ]
        return self.stage.take_in(*records)


@pytest.fixture
def home(stage: Stage) -> House:
    return House(stage)


def test_mail_whose_notice_was_lost_becomes_a_ticket(home: House) -> None:
    key = home.stage.store_raw(HEAD + written().as_bytes())

    answer = home.after(key, minutes=15)
    failed = home.taken_in()

    assert (answer, failed) == ({"found": 1, "offered": 1}, [])
    [ticket] = home.stage.tickets()
    assert ticket.subject == "VPN"
    assert home.stage.objects("in/") == []


def test_its_sender_is_as_verified_as_the_provider_said(home: House) -> None:
    key = home.stage.store_raw(HEAD + written().as_bytes())
    home.after(key, minutes=15)

    [body] = home.queued()

    assert json.loads(body)["receipt"]["dmarcVerdict"] == {"status": "PASS"}


def test_mail_whose_own_notice_is_still_on_its_way_is_left_alone(home: House) -> None:
    key = home.stage.store_raw(HEAD + written().as_bytes())

    assert home.after(key, minutes=14, seconds=59) == {"found": 0, "offered": 0}
    assert home.queued() == []


def test_mail_that_cannot_be_taken_in_is_offered_three_times_and_counted_for_ever(
    home: House,
) -> None:
    key = home.stage.store_raw(b"poison")

    answers = [home.after(key, minutes=minutes) for minutes in (20, 30, 60, 70, 240, 250, 9999)]

    assert [one["offered"] for one in answers] == [1, 0, 1, 0, 1, 0, 0]
    assert {one["found"] for one in answers} == {1}
    assert len(home.queued()) == 3


def test_a_mail_that_was_taken_in_before_makes_no_second_ticket(home: House) -> None:
    mail = written()
    key = home.stage.store_raw(HEAD + mail.as_bytes())
    record = home.stage.notice(key, mail)
    copy = HEAD + mail.as_bytes()
    home.stage.take_in(record)
    wiring.client("s3").put_object(Bucket=home.stage.bucket, Key=key, Body=copy)

    home.after(key, minutes=15)
    failed = home.taken_in()

    assert failed == []
    assert len(home.stage.tickets()) == 1
    assert home.stage.objects("in/") == []


def test_one_mail_that_cannot_be_offered_keeps_no_other_back_and_is_told(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = home.stage.store_raw(HEAD + written().as_bytes())
    home.stage.store_raw(HEAD + written(id="2").as_bytes())
    monkeypatch.setattr(wiring.inbox(), "head", _failing(first, wiring.inbox().head))

    with pytest.raises(RuntimeError, match="1 of 2 mails"):
        home.after(first, minutes=20)

    assert len(home.queued()) == 1


def _failing(key: str, read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def head(asked: str) -> bytes:
        if asked == key:
            raise ConnectionError
        return read(asked)

    return head


def test_an_empty_object_is_offered_like_any_other(home: House) -> None:
    key = home.stage.store_raw(b"")

    answer: Any = home.after(key, minutes=20)

    assert answer == {"found": 1, "offered": 1}
