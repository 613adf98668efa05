"""The stack as template.yaml describes it: functions and what wakes them, table, queues, routes.

Whatever the template says is what runs: a wrong filter, a missing route or a queue without its
dead letters is as wrong here as it would be on AWS.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.local.intrinsics import NOTHING, Call, Scope, TemplateError, read
from infra.local.stack import (
    ACCOUNT,
    REGION,
    STACK,
    Authorizer,
    Function,
    Queue,
    QueueSource,
    Receipt,
    Route,
    ScheduleSource,
    Source,
    Stack,
    StreamSource,
    Subscription,
    function_arn,
    queue_arn,
    topic_arn,
)

_NAMED_BY: Final = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::Serverless::Function": "FunctionName",
}
# What starts functions in ways that are written outside a function's own events.
_NOT_WIRED: Final = frozenset(
    {
        "AWS::Lambda::EventSourceMapping",
        "AWS::Events::Rule",
        "AWS::Pipes::Pipe",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Integration",
    }
)


def load(path: Path, *, endpoint: str, parameters: Mapping[str, str] | None = None) -> Stack:
    """Read a template. `endpoint` is the local AWS's address, `parameters` override defaults.

    Raises:
        TemplateError: it cannot be read, or asks for something the local runtime does not do.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    return _Reader(read(text), endpoint, parameters or {}).stack()


class _Reader:
    def __init__(
        self, document: Mapping[str, Any], endpoint: str, parameters: Mapping[str, str]
    ) -> None:
        self.document, self.endpoint = document, endpoint
        declared = document.get("Parameters") or {}
        unknown = sorted(set(parameters) - set(declared))
        if unknown:
            raise TemplateError(f"no parameter {unknown[0]} in the template")
        self.parameters = {
            name: parameters.get(name, one.get("Default", "")) for name, one in declared.items()
        }
        self.scope = Scope(
            names=self._ref,
            attributes=self._attribute,
            conditions=document.get("Conditions") or {},
            mappings=document.get("Mappings") or {},
        )
        self.resources: dict[str, Mapping[str, Any]] = {
            id: one
            for id, one in (document.get("Resources") or {}).items()
            if "Condition" not in one or self.scope.holds(_condition(one["Condition"]))
        }
        if not self.resources:
            raise TemplateError("the template has no resources")

    # ── names ────────────────────────────────────────────────────────────────────────────────

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::StackName": STACK,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NOTHING,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self._kind(name)
        physical = self._physical(name)
        if kind == "AWS::SQS::Queue":
            return f"{self.endpoint}/{ACCOUNT}/{physical}"
        if kind == "AWS::SNS::Topic":
            return topic_arn(physical)
        return physical

    def _attribute(self, dotted: str) -> Any:
        name, _, attribute = dotted.partition(".")
        kind, physical = self._kind(name), self._physical(name)
        arns = {
            "AWS::SQS::Queue": queue_arn(physical),
            "AWS::SNS::Topic": topic_arn(physical),
            "AWS::Serverless::Function": function_arn(physical),
            "AWS::S3::Bucket": f"arn:aws:s3:::{physical}",
            "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{physical}",
        }
        match kind, attribute:
            case _, "Arn" if kind in arns:
                return arns[kind]
            case "AWS::SNS::Topic", "TopicArn":
                return arns[kind]
            case (("AWS::SQS::Queue" | "AWS::SNS::Topic"), ("QueueName" | "TopicName")):
                return physical
            case "AWS::SQS::Queue", "QueueUrl":
                return self._ref(name)
            case "AWS::DynamoDB::Table", "StreamArn":
                return f"{arns[kind]}/stream/local"
            case _ if kind in arns:
                raise TemplateError(f"{name} ({kind}) has no attribute {attribute} here")
            case _:
                return f"{physical}-{attribute}"

    def _kind(self, name: str) -> str:
        if name not in self.resources:
            raise TemplateError(f"{name} is neither a parameter nor a resource of the template")
        return str(self.resources[name]["Type"])

    def _physical(self, name: str) -> str:
        kind = self._kind(name)
        given = (self.resources[name].get("Properties") or {}).get(_NAMED_BY.get(kind, ""))
        if given is not None:
            resolved = self.scope.resolve(given)
            if resolved is not NOTHING and resolved:
                return str(resolved)
        made = f"{STACK}-{name}"
        return made.lower() if kind == "AWS::S3::Bucket" else made

    # ── resources ────────────────────────────────────────────────────────────────────────────

    def _of(self, *kinds: str) -> list[str]:
        return [id for id, one in self.resources.items() if one.get("Type") in kinds]

    def _properties(self, id: str) -> dict[str, Any]:
        try:
            return dict(self.scope.resolve(self.resources[id].get("Properties") or {}))
        except TemplateError as error:
            raise TemplateError(f"{id}: {error}") from error

    def stack(self) -> Stack:
        for id in self._of(*_NOT_WIRED):
            raise TemplateError(
                f"{id}: {self.resources[id]['Type']} is not wired by the local runtime;"
                " write it among the function's own Events"
            )
        apis = {id: self._properties(id) for id in self._of("AWS::Serverless::HttpApi")}
        for id, api in apis.items():
            if "CorsConfiguration" in api:
                raise TemplateError(f"{id}: CorsConfiguration is not done by the local runtime")
        shared = (self.document.get("Globals") or {}).get("Function") or {}
        functions, routes = [], []
        for id in self._of("AWS::Serverless::Function"):
            function, its_routes = self._function(id, shared, apis)
            functions.append(function)
            routes.extend(its_routes)
        environment, disagreements = _union(functions)
        return Stack(
            functions=tuple(functions),
            tables={
                self._physical(id): self._properties(id) for id in self._of("AWS::DynamoDB::Table")
            },
            buckets=tuple(self._physical(id) for id in self._of("AWS::S3::Bucket")),
            queues=tuple(self._queue(id) for id in self._of("AWS::SQS::Queue")),
            topics=self._topics(),
            routes=tuple(routes),
            authorizers=self._authorizers(apis),
            configuration_sets=tuple(
                self._physical(id) for id in self._of("AWS::SES::ConfigurationSet")
            ),
            receipt=self._receipt(),
            mail_events=self._mail_events(),
            environment=environment,
            disagreements=disagreements,
        )

    def _queue(self, id: str) -> Queue:
        found = self._properties(id)
        redrive = found.get("RedrivePolicy") or {}
        return Queue(
            name=self._physical(id),
            visibility=int(found.get("VisibilityTimeout", 30)),
            retention=int(found.get("MessageRetentionPeriod", 345600)),
            dead_letters=_last(redrive["deadLetterTargetArn"]) if redrive else None,
            max_receives=int(redrive["maxReceiveCount"]) if redrive else 0,
        )

    def _topics(self) -> Mapping[str, tuple[Subscription, ...]]:
        topics: dict[str, list[Subscription]] = {}
        for id in self._of("AWS::SNS::Topic"):
            own = self._properties(id).get("Subscription") or []
            topics[self._physical(id)] = _subscriptions(id, own)
        for id in self._of("AWS::SNS::Subscription"):
            found = self._properties(id)
            topic = _last(found["TopicArn"])
            if topic not in topics:
                raise TemplateError(f"{id}: there is no topic {topic} in the template")
            topics[topic].extend(_subscriptions(id, [found]))
        return {name: tuple(found) for name, found in topics.items()}

    def _receipt(self) -> Receipt | None:
        for id in self._of("AWS::SES::ReceiptRule"):
            for action in self._properties(id)["Rule"].get("Actions", ()):
                if "S3Action" in action:
                    found = action["S3Action"]
                    if "TopicArn" not in found:
                        raise TemplateError(f"{id}: the S3Action tells no topic")
                    return Receipt(
                        bucket=str(found["BucketName"]),
                        prefix=str(found.get("ObjectKeyPrefix", "")),
                        topic=_last(found["TopicArn"]),
                    )
        return None

    def _mail_events(self) -> str | None:
        for id in self._of("AWS::SES::ConfigurationSetEventDestination"):
            destination = self._properties(id)["EventDestination"]
            if "SnsDestination" not in destination:
                raise TemplateError(f"{id}: only an SnsDestination is done by the local runtime")
            return _last(destination["SnsDestination"]["TopicARN"])
        return None

    def _authorizers(self, apis: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Authorizer]:
        names = {function_arn(self._physical(id)): id for id in self._of(*_FUNCTIONS)}
        found = {}
        for id, api in apis.items():
            for name, one in ((api.get("Auth") or {}).get("Authorizers") or {}).items():
                if str(one.get("AuthorizerPayloadFormatVersion")) != "2.0" or not one.get(
                    "EnableSimpleResponses"
                ):
                    raise TemplateError(
                        f"{id}: the authorizer {name} needs AuthorizerPayloadFormatVersion 2.0"
                        " and EnableSimpleResponses"
                    )
                if one.get("FunctionArn") not in names:
                    raise TemplateError(f"{id}: the authorizer {name} names no function")
                identity = one.get("Identity") or {}
                found[name] = Authorizer(
                    name=name,
                    function=names[one["FunctionArn"]],
                    headers=tuple(str(header).lower() for header in identity.get("Headers", ())),
                    ttl=int(identity.get("ReauthorizeEvery", 0)),
                )
        return found

    # ── functions ────────────────────────────────────────────────────────────────────────────

    def _function(
        self,
        id: str,
        shared: Mapping[str, Any],
        apis: Mapping[str, Mapping[str, Any]],
    ) -> tuple[Function, list[Route]]:
        try:
            general = self.scope.resolve(shared)
        except TemplateError as error:
            raise TemplateError(f"Globals: {error}") from error
        own = self._properties(id)
        if "Handler" not in own and "Handler" not in general:
            raise TemplateError(f"{id}: a function without a Handler")
        variables = {
            **(general.get("Environment") or {}).get("Variables", {}),
            **(own.get("Environment") or {}).get("Variables", {}),
        }
        sources: list[Source] = []
        routes: list[Route] = []
        for name, event in (own.get("Events") or {}).items():
            where = f"{id}.{name}"
            properties = event.get("Properties") or {}
            if event.get("Type") == "HttpApi":
                routes.append(_route(where, id, properties, apis))
            else:
                sources.append(_source(where, f"{id}{name}", event.get("Type"), properties))
        function = Function(
            id=id,
            name=self._physical(id),
            handler=str(own.get("Handler", general.get("Handler"))),
            timeout=int(own.get("Timeout", general.get("Timeout", 3))),
            memory=int(own.get("MemorySize", general.get("MemorySize", 128))),
            environment={key: _plain(value) for key, value in variables.items()},
            sources=tuple(sources),
        )
        return function, routes


_FUNCTIONS: Final = ("AWS::Serverless::Function",)


def _subscriptions(where: str, found: list[Mapping[str, Any]]) -> list[Subscription]:
    subscriptions = []
    for one in found:
        if one.get("Protocol") in {"email", "email-json"}:
            continue  # a person who is told of alarms; nothing runs for it
        if one.get("Protocol") != "sqs":
            raise TemplateError(f"{where}: a subscription by {one.get('Protocol')} is not wired")
        attributes = {
            name: json.dumps(one[name]) if isinstance(one[name], dict) else _plain(one[name])
            for name in ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope")
            if name in one
        }
        subscriptions.append(Subscription(queue=_last(one["Endpoint"]), attributes=attributes))
    return subscriptions


def _source(where: str, name: str, kind: str | None, found: Mapping[str, Any]) -> Source:
    if found.get("Enabled") is False:
        raise TemplateError(f"{where}: a source that is not enabled; leave it out")
    partial = "ReportBatchItemFailures" in (found.get("FunctionResponseTypes") or ())
    filters = tuple(
        str(one["Pattern"]) for one in (found.get("FilterCriteria") or {}).get("Filters", ())
    )
    match kind:
        case "SQS":
            return QueueSource(
                queue=_last(found["Queue"]),
                batch_size=int(found.get("BatchSize", 10)),
                partial=partial,
                filters=filters,
            )
        case "DynamoDB":
            failed = (found.get("DestinationConfig") or {}).get("OnFailure") or {}
            return StreamSource(
                table=_table_of(where, str(found["Stream"])),
                batch_size=int(found.get("BatchSize", 100)),
                partial=partial,
                filters=filters,
                retries=int(found.get("MaximumRetryAttempts", -1)),
                bisect=bool(found.get("BisectBatchOnFunctionError", False)),
                on_failure=_last(failed["Destination"]) if failed else None,
            )
        case "Schedule" | "ScheduleV2":
            expression = found.get("Schedule") or found.get("ScheduleExpression")
            if not expression:
                raise TemplateError(f"{where}: a schedule without an expression")
            return ScheduleSource(name=name, expression=str(expression), input=found.get("Input"))
        case _:
            raise TemplateError(f"{where}: the local runtime cannot wire an event of type {kind}")


def _route(
    where: str,
    function: str,
    found: Mapping[str, Any],
    apis: Mapping[str, Mapping[str, Any]],
) -> Route:
    if "Path" not in found or "Method" not in found:
        raise TemplateError(f"{where}: a route needs Path and Method")
    api = apis.get(_api_name(found, apis), {})
    named = (found.get("Auth") or {}).get("Authorizer")
    default = (api.get("Auth") or {}).get("DefaultAuthorizer")
    authorizer = None if named == "NONE" else named or default
    if authorizer and authorizer not in ((api.get("Auth") or {}).get("Authorizers") or {}):
        raise TemplateError(f"{where}: there is no authorizer {authorizer}")
    method = str(found["Method"]).upper()
    return Route(
        method="ANY" if method in {"ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD"} else method,
        path=str(found["Path"]),
        function=function,
        authorizer=authorizer,
    )


def _api_name(found: Mapping[str, Any], apis: Mapping[str, Any]) -> str:
    given = str(found.get("ApiId", ""))
    return next((id for id in apis if given.endswith(id)), next(iter(apis), ""))


def _union(functions: list[Function]) -> tuple[dict[str, str], tuple[str, ...]]:
    """One process has one environment: the union, and where two functions want different ones."""
    merged: dict[str, str] = {}
    owner: dict[str, str] = {}
    disagreements = []
    for function in functions:
        for name, value in function.environment.items():
            if merged.setdefault(name, value) != value:
                disagreements.append(
                    f"{owner[name]} and {function.id} disagree on the variable {name};"
                    f" the one of {owner[name]} holds here"
                )
            owner.setdefault(name, function.id)
    return merged, tuple(disagreements)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _last(arn: Any) -> str:
    return str(arn).rsplit(":", 1)[-1]


def _table_of(where: str, arn: str) -> str:
    found = re.search(r":table/([^/]+)/stream/", arn)
    if found is None:
        raise TemplateError(f"{where}: Stream must be a table's StreamArn")
    return found.group(1)


def _condition(value: Any) -> str:
    return str(value.argument if isinstance(value, Call) else value)
