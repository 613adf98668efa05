"""SES's notice of a received mail, in the shape its developer guide shows for the S3 action."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from guardia.mail.receipt import NoticeError, read, read_body

NOTICE: dict[str, Any] = {
    "notificationType": "Received",
    "mail": {
        "timestamp": "2026-03-02T09:00:01.250Z",
        "source": "ana@globex.example",
        "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
        "destination": ["soporte@acme.example"],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "Ana <ana@globex.example>"}],
        "commonHeaders": {"from": ["Ana <ana@globex.example>"], "subject": "VPN"},
    },
    "receipt": {
        "timestamp": "2026-03-02T09:00:01.250Z",
        "processingTimeMillis": 222,
        "recipients": ["soporte@acme.example", "ventas@acme.example"],
        "spamVerdict": {"status": "PASS"},
        "virusVerdict": {"status": "PASS"},
        "spfVerdict": {"status": "PASS"},
        "dkimVerdict": {"status": "GRAY"},
        "dmarcVerdict": {"status": "PASS"},
        "action": {
            "type": "S3",
            "topicArn": "arn:aws:sns:eu-west-1:123456789012:mail",
            "bucketName": "guardia-mail",
            "objectKeyPrefix": "in/",
            "objectKey": "in/d6iitobk75ur44p8kdnnp7g2n800",
        },
    },
}


def a_notice(**verdicts: Any) -> dict[str, Any]:
    notice = deepcopy(NOTICE)
    notice["receipt"] |= verdicts
    return notice


def test_a_notice_is_read() -> None:
    receipt = read(NOTICE)

    assert receipt.message_id == "d6iitobk75ur44p8kdnnp7g2n800"
    assert receipt.received_at == datetime(2026, 3, 2, 9, 0, 1, 250_000, tzinfo=UTC)
    assert receipt.recipients == ("soporte@acme.example", "ventas@acme.example")
    assert receipt.envelope_from == "ana@globex.example"
    assert (receipt.spf, receipt.dkim, receipt.dmarc_policy) == ("PASS", "GRAY", None)
    assert (receipt.bucket, receipt.key) == ("guardia-mail", "in/d6iitobk75ur44p8kdnnp7g2n800")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(NOTICE),
        json.dumps({"Type": "Notification", "MessageId": "1", "Message": json.dumps(NOTICE)}),
    ],
    ids=["raw delivery", "envelope"],
)
def test_a_notice_is_found_with_and_without_its_envelope(body: str) -> None:
    assert read_body(body) == read(NOTICE)


@pytest.mark.parametrize("status", ["FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED", "Pass", None])
def test_only_a_pass_of_dmarc_proves_the_sender(status: str | None) -> None:
    assert read(NOTICE).verified is True
    assert read(a_notice(dmarcVerdict={"status": status})).verified is False


def test_without_a_dmarc_verdict_nothing_is_proved() -> None:
    assert read(a_notice(dmarcVerdict=None)).verified is False


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ({}, None),
        ({"virusVerdict": {"status": "FAIL"}}, "malware_detected"),
        ({"spamVerdict": {"status": "FAIL"}}, "spam"),
        (
            {"dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": "REJECT"},
            "failed_email_authentication",
        ),
        (
            {"dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": "quarantine"},
            "failed_email_authentication",
        ),
        ({"dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": "none"}, None),
        ({"dmarcVerdict": {"status": "FAIL"}}, None),
        ({"dmarcVerdict": {"status": "GRAY"}, "dmarcPolicy": "reject"}, None),
        ({"spamVerdict": {"status": "GRAY"}}, None),
        ({"virusVerdict": {"status": "PROCESSING_FAILED"}}, None),
        (
            {"spamVerdict": {"status": "FAIL"}, "virusVerdict": {"status": "FAIL"}},
            "malware_detected",
        ),
    ],
)
def test_only_what_failed_is_set_aside(verdicts: dict[str, Any], reason: str | None) -> None:
    assert read(a_notice(**verdicts)).suspend_reason == reason


@pytest.mark.parametrize("source", ["", "<>", None])
def test_the_null_return_path_is_an_empty_address(source: str | None) -> None:
    notice = deepcopy(NOTICE)
    notice["mail"]["source"] = source

    assert read(notice).envelope_from == ""


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("notificationType",), "Bounce", "notificationType"),
        (("mail",), None, "mail"),
        (("receipt",), [], "receipt"),
        (("mail", "timestamp"), "yesterday", "mail.timestamp"),
        (("mail", "messageId"), 7, "mail.messageId"),
        (("receipt", "recipients"), "soporte@acme.example", "receipt.recipients"),
        (("receipt", "action"), None, "receipt.action"),
        (("receipt", "action", "type"), "SNS", "receipt.action.type"),
        (("receipt", "action", "objectKey"), "", "receipt.action.objectKey"),
    ],
)
def test_a_notice_of_something_else_is_refused_by_its_place(
    path: tuple[str, ...], value: Any, place: str
) -> None:
    notice = deepcopy(NOTICE)
    target = notice
    *parents, last = path
    for one in parents:
        target = target[one]
    target[last] = value

    with pytest.raises(NoticeError, match=f"^{place}: "):
        read(notice)


@pytest.mark.parametrize("body", ["", "no", "[]", '{"Message": "no"}', "{}", "[" * 100_000])
def test_a_body_that_is_no_notice_is_refused(body: str) -> None:
    with pytest.raises(NoticeError):
        read_body(body)
