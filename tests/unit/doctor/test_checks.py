"""Every outcome of every check, over clients that answer what a test wants."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.doctor import checks, live, words
from infra.doctor.checks import Check, Clients, Deployed
from infra.doctor.dns import DnsError
from infra.doctor.finding import Finding

STACK = Deployed(
    name="guardia",
    region="eu-west-1",
    parameters={
        "InboundDomain": "help.acme.example",
        "SupportAddress": "support@help.acme.example",
        "AlarmEmail": "eva@acme.example",
    },
    resources={
        "ConfigurationSet": "guardia-set",
        "GuardiaTable": "guardia-table",
        "ReceiptRule": "ours",
        "ReceiptRuleSet": "guardia-rules",
        "MailDeadLetters": "https://sqs/mail",
        "EventDeadLetters": "https://sqs/events",
        "MailEventsQueue": "https://sqs/told",
        "SweepAlarm": "guardia-SweepAlarm",
    },
)
MX = "10 inbound-smtp.eu-west-1.amazonaws.com"
GOOD_DNS = {
    ("help.acme.example", "MX"): [MX],
    ("t1._domainkey.help.acme.example", "CNAME"): ["t1.dkim.amazonses.com"],
    ("bounce.help.acme.example", "MX"): ["10 feedback-smtp.eu-west-1.amazonses.com"],
    ("bounce.help.acme.example", "TXT"): ["v=spf1 include:amazonses.com ~all"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject"],
}
Answers = Mapping[str, Any]


class Client:
    """Answers each call by what was given for its name; an error is raised."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_: Any) -> Any:
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return next(answer) if isinstance(answer, Iterator) else answer

        return call


def clients(**answers: Any) -> Clients:
    one = Client(answers)
    return lambda _service: one


class Records:
    """A DNS with the records of a dictionary; None does not answer."""

    def __init__(self, there: Mapping[tuple[str, str], list[str]] | None) -> None:
        self._there = there

    def records(self, name: str, kind: str) -> list[str]:
        if self._there is None:
            raise DnsError("timeout")
        return self._there.get((name, kind), [])


def refused(code: str, operation: str = "GetAccount") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


def found(check: Check, aws: Clients, dns: Mapping[tuple[str, str], list[str]] | None = None,
          stack: Deployed = STACK) -> dict[str, Finding]:  # fmt: skip
    records = Records(GOOD_DNS if dns is None else dns)
    return {one.check: one for one in checks.run((check,), stack, aws, records)}


def states(findings: Mapping[str, Finding]) -> dict[str, str]:
    return {name: one.state for name, one in findings.items()}


@pytest.mark.parametrize(
    ("production", "sent", "expected"),
    [
        (True, 10, {"account": "ok", "quota": "ok"}),
        (False, 10, {"account": "failed", "quota": "ok"}),
        (True, 160, {"account": "ok", "quota": "warning"}),
    ],
)
def test_the_account(production: bool, sent: int, expected: dict[str, str]) -> None:
    quota = {"Max24HourSend": 200.0, "SentLast24Hours": float(sent)}
    aws = clients(get_account={"ProductionAccessEnabled": production, "SendQuota": quota})
    assert states(found(checks.account, aws)) == expected


IDENTITY = {
    "VerifiedForSendingStatus": True,
    "DkimAttributes": {"Tokens": ["t1"]},
    "MailFromAttributes": {"MailFromDomain": "bounce.help.acme.example"},
}


def test_an_identity_with_all_its_records_is_well() -> None:
    told = found(checks.identity, clients(get_email_identity=IDENTITY))
    assert set(states(told).values()) == {"ok"}
    assert set(told) == {"identity", "dkim", "mail-from", "spf", "dmarc"}


@pytest.mark.parametrize(
    ("missing", "check", "state"),
    [
        (("t1._domainkey.help.acme.example", "CNAME"), "dkim", "failed"),
        (("bounce.help.acme.example", "MX"), "mail-from", "failed"),
        (("bounce.help.acme.example", "TXT"), "spf", "failed"),
        (("_dmarc.acme.example", "TXT"), "dmarc", "warning"),
    ],
)
def test_a_record_that_is_missing_is_told_as_it_should_be(
    missing: tuple[str, str], check: str, state: str
) -> None:
    dns = {key: one for key, one in GOOD_DNS.items() if key != missing}
    told = found(checks.identity, clients(get_email_identity=IDENTITY), dns)
    assert told[check].state == state
    assert told[check].found == "nothing"
    assert told[check].expected


def test_a_domain_that_ses_does_not_know_is_told_with_the_way_out() -> None:
    told = found(checks.identity, clients(get_email_identity=refused("NotFoundException")))
    assert states(told) == {"identity": "failed"}
    assert "SendingIdentityMode=create" in str(told["identity"].action)


def test_a_domain_that_is_not_proved_yet_has_failed() -> None:
    aws = clients(get_email_identity={**IDENTITY, "VerifiedForSendingStatus": False})
    assert found(checks.identity, aws)["identity"].state == "failed"


@pytest.mark.parametrize(
    ("active", "state", "action"),
    [
        ({"Metadata": {"Name": "x"}, "Rules": [{"Name": "ours", "Enabled": True}]}, "ok", None),
        ({"Metadata": {"Name": "x"}, "Rules": [{"Name": "ours"}]}, "failed", "=x;"),
        ({"Metadata": {"Name": "x"}, "Rules": []}, "failed", "ExistingReceiptRuleSet=x"),
        ({}, "failed", "set-active-receipt-rule-set --rule-set-name guardia-rules"),
    ],
)
def test_receiving(active: Answers, state: str, action: str | None) -> None:
    told = found(checks.inbound, clients(describe_active_receipt_rule_set=active))
    assert (told["mx"].state, told["receipt-rule"].state) == ("ok", state)
    assert (action or "None") in str(told["receipt-rule"].action)


def test_a_wrong_mx_is_told_beside_the_right_one() -> None:
    dns = {**GOOD_DNS, ("help.acme.example", "MX"): ["10 mail.other.example"]}
    told = found(checks.inbound, clients(describe_active_receipt_rule_set={}), dns)["mx"]
    assert (told.found, told.expected) == ("10 mail.other.example", f"help.acme.example. MX {MX}")


def test_a_stack_that_receives_nothing_is_not_asked_for_an_mx() -> None:
    off = Deployed(name="guardia", region="eu-west-1", parameters={"InboundMode": "off"})
    assert states(found(checks.inbound, clients(), {}, off)) == {"inbound": "ok"}


@pytest.mark.parametrize(
    ("kinds", "reasons", "expected"),
    [
        (["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"], ["BOUNCE", "COMPLAINT"], ["ok", "ok"]),
        (["SEND", "DELIVERY"], ["BOUNCE", "COMPLAINT"], ["failed", "ok"]),
        (["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"], ["BOUNCE"], ["ok", "warning"]),
    ],
)
def test_events_and_suppression(kinds: list[str], reasons: list[str], expected: list[str]) -> None:
    aws = clients(
        get_configuration_set_event_destinations={
            "EventDestinations": [
                {"Enabled": True, "MatchingEventTypes": kinds},
                {"Enabled": False, "MatchingEventTypes": ["BOUNCE", "COMPLAINT"]},
            ]
        },
        get_configuration_set={"SuppressionOptions": {"SuppressedReasons": reasons}},
    )
    assert list(states(found(checks.events, aws)).values()) == expected


@pytest.mark.parametrize(
    ("recovery", "protected", "expected"),
    [("ENABLED", True, ["ok", "ok"]), ("DISABLED", False, ["failed", "warning"])],
)
def test_the_table_is_safe(recovery: str, protected: bool, expected: list[str]) -> None:
    aws = clients(
        describe_continuous_backups={
            "ContinuousBackupsDescription": {
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": recovery}
            }
        },
        describe_table={"Table": {"DeletionProtectionEnabled": protected}},
    )
    assert list(states(found(checks.safety, aws)).values()) == expected


def test_an_alarm_that_rings_says_what_to_do() -> None:
    ringing = {"AlarmName": "guardia-SweepAlarm", "AlarmDescription": "look at the sweep"}
    told = found(checks.alarms, clients(describe_alarms={"MetricAlarms": [ringing]}))
    assert (told["alarm"].state, told["alarm"].action) == ("failed", "look at the sweep")


def test_alarms_that_nobody_hears_are_a_warning() -> None:
    deaf = Deployed(name="guardia", region="eu-west-1")
    told = found(checks.alarms, clients(describe_alarms={"MetricAlarms": []}), {}, deaf)
    assert states(told) == {"alarm": "ok", "alarm-email": "warning"}


@pytest.mark.parametrize(("count", "state"), [("0", "ok"), ("2", "failed")])
def test_dead_letters_are_counted(count: str, state: str) -> None:
    answer = {"Attributes": {"ApproximateNumberOfMessages": count}}
    told = found(checks.dead_letters, clients(get_queue_attributes=answer))
    assert states(told) == {"dead-letters": state}


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("code", ["AccessDeniedException", "Throttling"])
def test_a_check_that_may_not_ask_says_so_and_holds_no_other_up(check: Check, code: str) -> None:
    class Closed:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            def call(**_: Any) -> Any:
                raise refused(code, name)

            return call

    told = list(checks.run((check, _fine), STACK, lambda _service: Closed(), Records(GOOD_DNS)))
    assert "unknown" in [one.state for one in told]
    assert told[-1].check == "fine"


def _fine(_stack: Deployed, _aws: Clients, _dns: object) -> Iterator[Finding]:
    yield Finding(check="fine", state="ok", told="fine")


def test_a_dns_that_does_not_answer_is_unknown_and_not_failed() -> None:
    told = list(checks.run((checks.inbound,), STACK, clients(), Records(None)))
    assert [one.state for one in told] == ["unknown"]


@pytest.mark.parametrize(
    ("counts", "state"),
    [([0, 0, 0], "ok"), ([0, 0, 5, 0, 0], "ok"), ([1], "failed"), ([0, *[0, 9] * 60], "failed")],
)
def test_the_round_trip_waits_for_its_events(counts: list[int], state: str) -> None:
    queue = iter({"Attributes": {"ApproximateNumberOfMessages": str(one)}} for one in counts)
    aws = clients(send_email={"MessageId": "1"}, get_queue_attributes=queue)
    told = list(live.round_trip(STACK, aws, wait=lambda _seconds: None))
    assert [one.check for one in told[:3]] == ["live-success", "live-bounce", "live-complaint"]
    assert told[-1].state == state


def test_the_request_to_aws_names_the_domain_and_the_limits_that_hold() -> None:
    text = words.request("help.acme.example", volume=100, unverified=500)
    assert "help.acme.example" in text
    assert "500 a day to people whose address is not proved" in text
