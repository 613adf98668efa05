"""The house rules. Each takes the template and yields, in words, what breaks the rule."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.unit.template.house import ROOT, House, listed, named

Rule = Callable[[House], Iterator[str]]

PUBLIC: Final = {
    ("post", "/forms/{form}"): "anybody may write to us; origins are checked by the form",
    ("options", "/forms/{form}"): "browsers ask this without credentials",
    ("post", "/hooks/{source}"): "programs sign what they send; the function proves it",
    ("get", "/healthz"): "says only that it lives",
    ("get", "/openapi.json"): "says what anybody may read in docs/openapi.json",
}
WIDE: Final = {
    "FindTheStream": "dynamodb:ListStreams takes no narrower resource; it tells names",
    "SendMail": "the desk document may name any verified address of the account as sender",
    "ReadOrMakeTheReplySecret": "below the stack's own path",
    "ReadTheSecretsOfSources": "below the stack's own path, but for the desk's own secrets",
    "ReadTheSecretsOfWebhooks": "below the stack's own path, but for the desk's own secrets",
    "OnlyEncryptedConnections": "it denies",
}
MANAGED: Final = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": "writes logs, nothing else",
}
LOCAL: Final = {
    "GUARDIA_ALLOW_HOSTS": "lets a desk on a laptop call fakes; on AWS nobody may",
}
MOST_PARAMETERS: Final = 12
MOST_ALARMS: Final = 12
MOST_METRICS: Final = 10
TWO_WEEKS: Final = 14 * 24 * 3600
LEAST_RECEIVES: Final = 5
VISIBILITY_FACTOR: Final = 6


def handlers_are_files(house: House) -> Iterator[str]:
    """A handler's string is its file's path, and the function is called after its folder."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    for name, own in house.functions().items():
        folder = re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Function")).lower()
        if own["Handler"] != f"functions.{folder}.app.handler" or folder not in folders:
            yield f"{name}: its handler is not functions/{folder}/app.py"
        if house.source["Resources"][name].get("Metadata") != {"BuildMethod": "makefile"}:
            yield f"{name}: it is not built by functions/Makefile, which checks hashes"
        folders.discard(folder)
    yield from (f"functions/{folder}: no function ships it" for folder in sorted(folders))


def queues_take_their_time(house: House) -> Iterator[str]:
    """A queue hides a message for six times the time of the function that works on it."""
    for name, mapping in _mappings(house, "AWS::SQS::Queue"):
        [queue] = named(mapping["EventSourceArn"])
        [function] = named(mapping["FunctionName"])
        visible = house.properties(queue).get("VisibilityTimeout", 30)
        if visible < VISIBILITY_FACTOR * house.properties(function)["Timeout"]:
            yield f"{name}: {queue} shows a message again after {visible} s, too early"


def queues_give_up_into_a_queue(house: House) -> Iterator[str]:
    """A message that fails five times moves to a dead-letter queue, and not before."""
    for name, mapping in _mappings(house, "AWS::SQS::Queue"):
        [queue] = named(mapping["EventSourceArn"])
        redrive = house.properties(queue).get("RedrivePolicy")
        if not redrive:
            yield f"{name}: {queue} has no dead-letter queue"
        elif redrive["maxReceiveCount"] < LEAST_RECEIVES:
            yield f"{name}: {queue} gives up after {redrive['maxReceiveCount']} receives"


def streams_give_up_into_a_queue(house: House) -> Iterator[str]:
    """A record of a stream is tried a bounded number of times, then kept elsewhere."""
    for name, mapping in _mappings(house, "AWS::DynamoDB::Table"):
        if "OnFailure" not in mapping.get("DestinationConfig", {}):
            yield f"{name}: no destination on failure"
        for bound in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"):
            if mapping.get(bound, -1) < 0:
                yield f"{name}: {bound} is not bounded"
        if not mapping.get("BisectBatchOnFunctionError"):
            yield f"{name}: one bad record would hold its batch"


def calls_that_nobody_waits_for_have_a_place(house: House) -> Iterator[str]:
    """What a schedule or a topic cannot deliver, and what then fails, goes into a queue."""
    for name, rule in house.of("AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            if "DeadLetterConfig" not in target or "RetryPolicy" not in target:
                yield f"{name}: no dead-letter queue or no bound for tries"
            yield from _asynchronous(house, name, *named(target["Arn"]))
    for name, own in house.of("AWS::SNS::Subscription").items():
        if "RedrivePolicy" not in own["Properties"]:
            yield f"{name}: what cannot be delivered is lost"


def parts_of_a_batch_fail_alone(house: House) -> Iterator[str]:
    """Every event source takes partial responses."""
    for name, own in house.of("AWS::Lambda::EventSourceMapping").items():
        if own["Properties"].get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: one failure fails the batch"


def dead_letters_wait_and_ring(house: House) -> Iterator[str]:
    """A dead-letter queue keeps its messages for two weeks and rings the pager."""
    watched: set[str] = set()
    for alarm in house.of("AWS::CloudWatch::Alarm").values():
        for metric in _metrics(alarm["Properties"]):
            watched |= set(named(metric.get("Dimensions")))
    for queue in sorted(_dead_letters(house)):
        if house.properties(queue).get("MessageRetentionPeriod") != TWO_WEEKS:
            yield f"{queue}: keeps its messages for less than two weeks"
        if queue not in watched:
            yield f"{queue}: no alarm watches it"


def alarms_say_what_to_do(house: House) -> Iterator[str]:
    """An alarm rings the pager and names a command that helps; there are few enough to know."""
    alarms = house.of("AWS::CloudWatch::Alarm")
    if len(alarms) > MOST_ALARMS:
        yield f"{len(alarms)} alarms are too many to know"
    for name, alarm in alarms.items():
        own = alarm["Properties"]
        if named(own.get("AlarmActions")) != ["Pager"]:
            yield f"{name}: rings nobody"
        if not re.search(r"Look: (guardia|aws|sam) [a-z]", str(own.get("AlarmDescription"))):
            yield f"{name}: names no command"
        if "TreatMissingData" not in own:
            yield f"{name}: does not say what silence means"


def every_function_is_watched(house: House) -> Iterator[str]:
    """A failure of any function counts, and silence of the sweep is one."""
    watched = {
        function
        for alarm in house.of("AWS::CloudWatch::Alarm").values()
        for metric in _metrics(alarm["Properties"])
        if metric["MetricName"] == "Errors"
        for function in named(metric["Dimensions"])
    }
    for name in house.of("AWS::Lambda::Function").keys() - watched:
        yield f"{name}: no alarm counts its errors"
    silent = [
        alarm["Properties"]
        for alarm in house.of("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["TreatMissingData"] == "breaching"
    ]
    if [named(own["Dimensions"]) for own in silent] != [["SweepFunction"]]:
        yield "SweepFunction: nobody hears that it is silent"


def own_metrics_are_made_and_watched(house: House) -> Iterator[str]:
    """What alarms and the dashboard show of ours is counted by a metric filter, and all of it."""
    made = {
        one["MetricName"]
        for own in house.of("AWS::Logs::MetricFilter").values()
        for one in own["Properties"]["MetricTransformations"]
    }
    asked = {
        metric["MetricName"]
        for alarm in house.of("AWS::CloudWatch::Alarm").values()
        for metric in _metrics(alarm["Properties"])
        if metric["Namespace"] == {"Ref": "AWS::StackName"}
    }
    for name, board in house.of("AWS::CloudWatch::Dashboard").items():
        shown = set(re.findall(r'"(\w+)"', _own_rows(board["Properties"]["DashboardBody"])))
        yield from (f"{one}: {name} does not show it" for one in sorted(made - shown))
        yield from (f"{one}: {name} shows it, nobody counts it" for one in sorted(shown - made))
    yield from (f"{one}: an alarm watches it, nobody counts it" for one in sorted(asked - made))
    if len(made) > MOST_METRICS:
        yield f"{len(made)} metrics of ours are too dear"


def what_an_account_has_once_is_asked_for(house: House) -> Iterator[str]:
    """A rule set or an identity that is there already does not fail the first deployment."""
    for kind in ("AWS::SES::ReceiptRuleSet", "AWS::SES::EmailIdentity"):
        for name, own in house.of(kind).items():
            if "Condition" not in own:
                yield f"{name}: is made even where the account has one"


def strangers_are_held_back(house: House) -> Iterator[str]:
    """A public route that writes takes fewer requests than all others together may make."""
    for name, stage in house.of("AWS::ApiGatewayV2::Stage").items():
        own = stage["Properties"]
        most = own.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit")
        if not most:
            yield f"{name}: takes any number of requests"
            continue
        for method, path in PUBLIC:
            key = f"{method.upper()} {path}"
            if (
                method == "post"
                and own.get("RouteSettings", {}).get(key, {}).get("ThrottlingRateLimit", most)
                >= most
            ):
                yield f"{name}: {key} may use up what everybody has"


def what_lies_there_is_encrypted(house: House) -> Iterator[str]:
    """Queues and the bucket encrypt what they keep; the bucket takes encrypted connections only."""
    for name, own in house.of("AWS::SQS::Queue").items():
        if own["Properties"].get("SqsManagedSseEnabled") is not True:
            yield f"{name}: is not encrypted"
    denied = {
        bucket
        for _, one in house.statements()
        if one["Effect"] == "Deny" and _refuses_plain_http(one)
        for bucket in named(one["Resource"])
    }
    for name, own in house.of("AWS::S3::Bucket").items():
        if "BucketEncryption" not in own["Properties"]:
            yield f"{name}: is not encrypted"
        if name not in denied:
            yield f"{name}: takes connections without TLS"
        blocked = own["Properties"].get("PublicAccessBlockConfiguration", {})
        if list(blocked.values()) != [True] * 4:
            yield f"{name}: is not closed to the public"


def what_is_kept_stays(house: House) -> Iterator[str]:
    """Table and bucket outlive the stack; the table can be put back to any second."""
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        for name, own in house.of(kind).items():
            if own.get("DeletionPolicy") != "Retain" or own.get("UpdateReplacePolicy") != "Retain":
                yield f"{name}: goes with the stack"
    for name, own in house.of("AWS::DynamoDB::Table").items():
        said = own["Properties"]
        recovery = said.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name}: cannot be put back to a point in time"
        if said.get("DeletionProtectionEnabled") is not True:
            yield f"{name}: can be deleted by a slip"


def routes_ask_who_calls(house: House) -> Iterator[str]:
    """Every route has the authorizer or stands on the public list, and that list is no longer."""
    open_ones = set()
    for name, api in house.of("AWS::ApiGatewayV2::Api").items():
        for path, methods in api["Properties"]["Body"]["paths"].items():
            for method, route in methods.items():
                if route.get("security") != [{"Caller": []}]:
                    open_ones.add((method, path))
                    if (method, path) not in PUBLIC:
                        yield f"{name}: anybody may call {method.upper()} {path}"
    yield from (
        f"{path}: is on the public list, but not open" for _, path in PUBLIC.keys() - open_ones
    )


def rights_are_narrow(house: House) -> Iterator[str]:
    """A statement names its verbs and its things and says why; a role serves one function."""
    for name, one in house.statements():
        sid = one.get("Sid", "a statement without a Sid")
        if "Sid" not in one:
            yield f"{name}: a statement does not say what it is for"
        if sid not in WIDE:
            yield from (f"{name}.{sid}: {verb}" for verb in listed(one["Action"]) if "*" in verb)
            wide = (thing for thing in listed(one["Resource"]) if _wide(thing))
            yield from (f"{name}.{sid}: {thing}" for thing in wide)
    for name, role in house.of("AWS::IAM::Role").items():
        for policy in role["Properties"].get("ManagedPolicyArns", ()):
            if policy not in MANAGED:
                yield f"{name}: {policy} is not on the reviewed list"
        for policy in house.policies(name):
            if policy["PolicyDocument"].get("Version") != "2012-10-17":
                yield f"{name}: {policy['PolicyName']} has no Version 2012-10-17"
    owners: dict[str, str] = {}
    for name, function in house.of("AWS::Lambda::Function").items():
        [role_id] = named(function["Properties"]["Role"])
        if owners.setdefault(role_id, name) != name:
            yield f"{name}: shares its role with {owners[role_id]}"


def functions_may_read_what_wakes_them(house: House) -> Iterator[str]:
    """A role that is written out allows what the event source needs."""
    needed = {
        "AWS::SQS::Queue": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        "AWS::DynamoDB::Table": {
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        },
    }
    for kind, verbs in needed.items():
        for name, mapping in _mappings(house, kind):
            [function] = named(mapping["FunctionName"])
            may = _rights(house, function, mapping["EventSourceArn"])
            yield from (f"{name}: {function} may not {verb}" for verb in sorted(verbs - may))
    for name, mapping in _mappings(house, "AWS::DynamoDB::Table"):
        [function] = named(mapping["FunctionName"])
        place = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if place and "sqs:SendMessage" not in _rights(house, function, place):
            yield f"{name}: {function} may not give up into {named(place)[0]}"


def logs_end_some_day(house: House) -> Iterator[str]:
    """Every function writes into a log group of its own, which forgets."""
    owners: dict[str, str] = {}
    for name, function in house.of("AWS::Lambda::Function").items():
        groups = named(function["Properties"].get("LoggingConfig", {}).get("LogGroup"))
        if len(groups) != 1 or owners.setdefault(groups[0], name) != name:
            yield f"{name}: has no log group of its own"
    for name, group in house.of("AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in group.get("Properties", {}):
            yield f"{name}: keeps everything for ever"


def parameters_teach(house: House) -> Iterator[str]:
    """Guided prompts explain themselves, offer an answer and refuse nonsense."""
    parameters = house.source["Parameters"]
    if len(parameters) > MOST_PARAMETERS:
        yield f"{len(parameters)} parameters are too many to answer"
    for name, own in parameters.items():
        yield from (f"{name}: no {word}" for word in ("Description", "Default") if word not in own)
        if "AllowedPattern" not in own and "AllowedValues" not in own:
            yield f"{name}: takes anything"


def settings_are_read_and_given(house: House) -> Iterator[str]:
    """Functions get exactly the variables that are read."""
    read_by = (ROOT / "layers/common/guardia/environment.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\("([A-Z_]+)"', read_by))
    given = set(house.source["Globals"]["Function"]["Environment"]["Variables"])
    for own in house.functions().values():
        given |= set(own.get("Environment", {}).get("Variables", {}))
    foreign = re.compile("AWS_|POWERTOOLS_")
    read, given = ({one for one in names if not foreign.match(one)} for names in (read, given))
    yield from (f"{name}: is given, and nobody reads it" for name in sorted(given - read))
    yield from (
        f"{name}: is read, and nobody gives it" for name in sorted(read - given - LOCAL.keys())
    )
    yield from (f"{name}: is for laptops only" for name in sorted(given & LOCAL.keys()))
    for name, own in house.functions().items():
        told = own.get("Environment", {}).get("Variables", {}).get("FUNCTION_TIMEOUT")
        if told is not None and int(told) != own["Timeout"]:
            yield f"{name}: is told that it has {told} s"


RULES: Final[tuple[Rule, ...]] = (
    handlers_are_files,
    queues_take_their_time,
    queues_give_up_into_a_queue,
    streams_give_up_into_a_queue,
    calls_that_nobody_waits_for_have_a_place,
    parts_of_a_batch_fail_alone,
    dead_letters_wait_and_ring,
    alarms_say_what_to_do,
    every_function_is_watched,
    own_metrics_are_made_and_watched,
    what_an_account_has_once_is_asked_for,
    strangers_are_held_back,
    what_lies_there_is_encrypted,
    what_is_kept_stays,
    routes_ask_who_calls,
    rights_are_narrow,
    functions_may_read_what_wakes_them,
    logs_end_some_day,
    parameters_teach,
    settings_are_read_and_given,
)


def _mappings(house: House, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, own in house.of("AWS::Lambda::EventSourceMapping").items():
        [source] = named(own["Properties"]["EventSourceArn"])
        if house.stack["Resources"][source]["Type"] == kind:
            yield name, own["Properties"]


def _metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics an alarm looks at: one of its own, or those of an expression."""
    if "Metrics" not in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


def _own_rows(board: Any) -> str:
    """The names in the dashboard's rows of our own namespace; a `.` repeats the row before."""
    text = listed(board["Fn::Sub"])[0]
    rows = re.findall(r'\["\$\{AWS::StackName\}", (.*?)\]\]', text)
    found = (re.findall(r'(?:^|\[".", )("\w+")', row) for row in rows)
    return " ".join(one for row in found for one in row)


def _asynchronous(house: House, rule: str, function: str) -> Iterator[str]:
    configured = [
        own["Properties"]
        for own in house.of("AWS::Lambda::EventInvokeConfig").values()
        if named(own["Properties"]["FunctionName"]) == [function]
    ]
    for own in configured:
        if "OnFailure" not in own.get("DestinationConfig", {}) or "MaximumRetryAttempts" not in own:
            yield f"{rule}: {function} has no destination on failure or no bound for tries"
    if not configured:
        yield f"{rule}: {function} is called asynchronously and says nothing of failures"


def _dead_letters(house: House) -> set[str]:
    found: set[str] = set()
    for own in house.stack["Resources"].values():
        said = own.get("Properties", {})
        found |= set(named(said.get("RedrivePolicy", {}).get("deadLetterTargetArn")))
        found |= set(named(said.get("DestinationConfig")))
        for target in said.get("Targets", ()):
            found |= set(named(target.get("DeadLetterConfig")))
    return found


def _refuses_plain_http(statement: dict[str, Any]) -> bool:
    asked = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return str(asked).lower() == "false" and listed(statement["Action"]) == ["s3:*"]


def _wide(thing: Any) -> bool:
    """Whether a resource reaches beyond what lies below one of ours."""
    text = listed(thing["Fn::Sub"])[0] if isinstance(thing, dict) and "Fn::Sub" in thing else thing
    if not isinstance(text, str) or "*" not in text:
        return False
    return re.match(r"\$\{[A-Za-z]+\.Arn\}/", text) is None


def _rights(house: House, function: str, thing: Any) -> set[str]:
    [role] = named(house.properties(function)["Role"])
    return {
        verb
        for policy in house.properties(role).get("Policies", ())
        for one in policy["PolicyDocument"]["Statement"]
        if thing in listed(one["Resource"])
        for verb in listed(one["Action"])
    }
