"""The template keeps the house rules, and each rule complains of what it is there to prevent."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.template import rules
from tests.unit.template.house import House, house

Change = Callable[[House], Any]


def _without(name: str, *path: str) -> Change:
    def change(one: House) -> None:
        place: Any = one.stack["Resources"][name]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def _with(name: str, **said: Any) -> Change:
    return lambda one: one.properties(name).update(said)


def _statement(name: str, sid: str, **said: Any) -> Change:
    def change(one: House) -> None:
        found = [it for where, it in one.statements() if (where, it.get("Sid")) == (name, sid)]
        found[0].update(said)

    return change


def _source(*path: str, **said: Any) -> Change:
    def change(one: House) -> None:
        place: Any = one.source
        for step in path:
            place = place[step]
        place.update(said)

    return change


def _without_parameter_text(one: House) -> None:
    del one.source["Parameters"]["LogDays"]["Description"]


def _open_route(one: House) -> None:
    paths = one.properties("HttpApi")["Body"]["paths"]
    del paths["/v1/{path+}"]["x-amazon-apigateway-any-method"]["security"]


def _closed_route(one: House) -> None:
    paths = one.properties("HttpApi")["Body"]["paths"]
    paths["/healthz"]["get"]["security"] = [{"Caller": []}]


def _unwatched(alarm: str, id: str) -> Change:
    def change(one: House) -> None:
        metrics = one.properties(alarm)["Metrics"]
        one.properties(alarm)["Metrics"] = [it for it in metrics if it["Id"] != id]

    return change


def _dashboard(old: str, new: str) -> Change:
    def change(one: House) -> None:
        board = one.properties("Dashboard")["DashboardBody"]
        board["Fn::Sub"] = board["Fn::Sub"].replace(old, new)

    return change


def _one_alarm_more(one: House) -> None:
    one.stack["Resources"]["Extra"] = one.stack["Resources"]["ThrottlesAlarm"]


def _counted_by_nobody(one: House) -> None:
    [row] = one.properties("OrphansFound")["MetricTransformations"]
    row["MetricName"] = "Orphans"


MUTANTS: list[tuple[rules.Rule, str, Change]] = [
    (rules.handlers_are_files, "SweepFunction: its handler",
     _source("Resources", "SweepFunction", "Properties", Handler="functions.intake.app.handler")),
    (rules.handlers_are_files, "EmailIngressFunction: it is not built",
     _source("Resources", "EmailIngressFunction", Metadata={"BuildMethod": "python3.13"})),
    (rules.queues_take_their_time, "MailQueue shows a message again",
     _with("MailQueue", VisibilityTimeout=300)),
    (rules.queues_give_up_into_a_queue, "DeliverQueue has no dead-letter queue",
     _without("DeliverQueue", "Properties", "RedrivePolicy")),
    (rules.streams_give_up_into_a_queue, "OutboxRelayFunctionNewRow: no destination",
     _without("OutboxRelayFunctionNewRow", "Properties", "DestinationConfig")),
    (rules.streams_give_up_into_a_queue, "MaximumRetryAttempts is not bounded",
     _with("OutboxRelayFunctionNewRow", MaximumRetryAttempts=-1)),
    (rules.calls_that_nobody_waits_for_have_a_place, "SweepFunctionEveryMinute: no dead-letter queue",
     _with("SweepFunctionEveryMinute", Targets=[
         {"Arn": {"Fn::GetAtt": ["SweepFunction", "Arn"]}, "Id": "t"}])),
    (rules.calls_that_nobody_waits_for_have_a_place, "SweepFunction is called asynchronously",
     lambda one: one.stack["Resources"].pop("SweepFunctionEventInvokeConfig")),
    (rules.calls_that_nobody_waits_for_have_a_place, "MailSubscription: what cannot be delivered",
     _without("MailSubscription", "Properties", "RedrivePolicy")),
    (rules.parts_of_a_batch_fail_alone, "EmailIngressFunctionReceivedMail",
     _without("EmailIngressFunctionReceivedMail", "Properties", "FunctionResponseTypes")),
    (rules.dead_letters_wait_and_ring, "StreamDeadLetters: no alarm",
     _unwatched("OutDeadLettersAlarm", "stream")),
    (rules.dead_letters_wait_and_ring, "MailDeadLetters: keeps",
     _with("MailDeadLetters", MessageRetentionPeriod=345600)),
    (rules.alarms_say_what_to_do, "13 alarms are too many", _one_alarm_more),
    (rules.alarms_say_what_to_do, "MailWaitsAlarm: rings nobody",
     _without("MailWaitsAlarm", "Properties", "AlarmActions")),
    (rules.alarms_say_what_to_do, "MailWaitsAlarm: names no command",
     _with("MailWaitsAlarm", AlarmDescription="Mail waits.")),
    (rules.alarms_say_what_to_do, "MailWaitsAlarm: does not say what silence means",
     _without("MailWaitsAlarm", "Properties", "TreatMissingData")),
    (rules.every_function_is_watched, "IntakeFunction: no alarm counts",
     _unwatched("FunctionErrorsAlarm", "intake")),
    (rules.every_function_is_watched, "nobody hears that it is silent",
     _with("SweepSilentAlarm", TreatMissingData="notBreaching")),
    (rules.own_metrics_are_made_and_watched, "OrphansFound: an alarm watches it, nobody counts",
     _counted_by_nobody),
    (rules.own_metrics_are_made_and_watched, "OutboxOldest: Dashboard does not show it",
     _dashboard('"OutboxOldest"', '"OutboxOlder"')),
    (rules.own_metrics_are_made_and_watched, "Sent: Dashboard shows it, nobody counts it",
     _dashboard('"MessagesSent"', '"Sent"')),
    (rules.what_an_account_has_once_is_asked_for, "SendingIdentity: is made even where",
     _without("SendingIdentity", "Condition")),
    (rules.what_an_account_has_once_is_asked_for, "ReceiptRuleSet: is made even where",
     _without("ReceiptRuleSet", "Condition")),
    (rules.strangers_are_held_back, "POST /forms/{form} may use up",
     _without("HttpApiApiGatewayDefaultStage", "Properties", "RouteSettings")),
    (rules.strangers_are_held_back, "takes any number of requests",
     _without("HttpApiApiGatewayDefaultStage", "Properties", "DefaultRouteSettings")),
    (rules.what_lies_there_is_encrypted, "DeliverQueue: is not encrypted",
     _with("DeliverQueue", SqsManagedSseEnabled=False)),
    (rules.what_lies_there_is_encrypted, "MailBucket: takes connections without TLS",
     _statement("MailBucketPolicy", "OnlyEncryptedConnections", Condition={})),
    (rules.what_is_kept_stays, "GuardiaTable: goes with the stack",
     _without("GuardiaTable", "UpdateReplacePolicy")),
    (rules.what_is_kept_stays, "GuardiaTable: cannot be put back",
     _without("GuardiaTable", "Properties", "PointInTimeRecoverySpecification")),
    (rules.routes_ask_who_calls, "anybody may call X-AMAZON-APIGATEWAY-ANY-METHOD /v1/{path+}", _open_route),
    (rules.routes_ask_who_calls, "/healthz: is on the public list", _closed_route),
    (rules.rights_are_narrow, "ReadAndCommitTickets: dynamodb:*",
     _statement("HttpApiFunctionRole", "ReadAndCommitTickets", Action="dynamodb:*")),
    (rules.rights_are_narrow, "ReadRawMailAndFileItAway: *",
     _statement("EmailIngressRole", "ReadRawMailAndFileItAway", Resource="*")),
    (rules.rights_are_narrow, "AmazonS3FullAccess is not on the reviewed list",
     _with("IntakeFunctionRole", ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"])),
    (rules.rights_are_narrow, "SweepFunction: shares its role",
     _with("SweepFunction", Role={"Fn::GetAtt": ["OutboxRelayRole", "Arn"]})),
    (rules.functions_may_read_what_wakes_them, "OutboxRelayFunction may not dynamodb:GetRecords",
     _statement("OutboxRelayRole", "ReadTheStream", Action=["dynamodb:DescribeStream"])),
    (rules.logs_end_some_day, "SweepLogs: keeps everything",
     _without("SweepLogs", "Properties", "RetentionInDays")),
    (rules.logs_end_some_day, "SweepFunction: has no log group of its own",
     _with("SweepFunction", LoggingConfig={"LogGroup": {"Ref": "IntakeLogs"}})),
    (rules.parameters_teach, "LogDays: no Description", _without_parameter_text),
    (rules.parameters_teach, "Extra: takes anything",
     _source("Parameters", Extra={"Description": "x", "Default": ""})),
    (rules.settings_are_read_and_given, "TABEL_NAME: is given",
     _source("Globals", "Function", "Environment", "Variables", TABEL_NAME="x")),
    (rules.settings_are_read_and_given, "GUARDIA_ALLOW_HOSTS: is for laptops only",
     _source("Globals", "Function", "Environment", "Variables", GUARDIA_ALLOW_HOSTS="x")),
]  # fmt: skip


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule: rules.Rule) -> None:
    assert list(rule(house())) == []


@pytest.mark.parametrize(
    ("rule", "complaint", "change"), MUTANTS, ids=[complaint for _, complaint, _ in MUTANTS]
)
def test_the_rule_complains_of(rule: rules.Rule, complaint: str, change: Change) -> None:
    template = house()
    change(template)

    said = "\n".join(rule(template))

    assert complaint in said


def test_no_rule_is_without_a_mutant_that_shows_it_bites() -> None:
    assert {rule for rule, _, _ in MUTANTS} == set(rules.RULES)
