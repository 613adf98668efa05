"""Reading the template: what it says is what runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.intrinsics import TemplateError
from infra.local.running import TEMPLATE
from infra.local.stack import QueueSource, ScheduleSource, Stack, StreamSource
from infra.local.template import load

ENDPOINT = "http://127.0.0.1:4000"
FUNCTION = """
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
"""

Read = Callable[..., Stack]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_load(text: str, **parameters: str) -> Stack:
        file = tmp_path / "template.yaml"
        file.write_text(text)
        return load(file, endpoint=ENDPOINT, parameters=parameters)

    return write_and_load


def variable(read: Read, written: str, head: str = "", **parameters: str) -> str:
    text = f"""
Parameters: {{Word: {{Type: String, Default: plain}}}}
Conditions: {{IsPlain: !Equals [!Ref Word, plain]}}
Mappings: {{Sizes: {{big: {{w: 9}}}}}}
{head}
Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: work}}}}
  B: {{Type: AWS::S3::Bucket}}
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Environment: {{Variables: {{V: {written}}}}}
"""
    return read(text, **parameters).environment["V"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Word", "plain"),
        ("{Ref: Word}", "plain"),
        ("!Ref Q", f"{ENDPOINT}/000000000000/work"),
        ("!GetAtt Q.Arn", "arn:aws:sqs:eu-west-1:000000000000:work"),
        ("{'Fn::GetAtt': [Q, QueueName]}", "work"),
        ("!Ref B", "guardia-b"),
        ("!Sub '/${AWS::StackName}/${Word}/${!x}/${Q.QueueName}'", "/guardia/plain/${x}/work"),
        ("!Sub ['${a}-${Word}', {a: !Ref Q}]", f"{ENDPOINT}/000000000000/work-plain"),
        ("!If [IsPlain, yes-it-is, no-it-is-not]", "yes-it-is"),
        ("!FindInMap [Sizes, big, w]", "9"),
        ("!Join ['+', [a, !Ref Word]]", "a+plain"),
        ("!Select [1, !Split [',', 'a,b']]", "b"),
        ("true", "true"),
    ],
)
def test_intrinsic_functions_mean_what_cloudformation_means(
    read: Read, written: str, expected: str
) -> None:
    assert variable(read, written) == expected


def test_a_parameter_given_stands_instead_of_its_default(read: Read) -> None:
    assert variable(read, "!If [IsPlain, a, !Ref Word]", Word="other") == "other"


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("!Ref Nothing", "Nothing"),
        ("!GetAtt Q.Colour", "Colour"),
        ("!ImportValue x", "ImportValue"),
        ("!FindInMap [Sizes, small, w]", "small"),
    ],
)
def test_what_does_not_resolve_is_an_error_that_names_it(
    read: Read, written: str, word: str
) -> None:
    with pytest.raises(TemplateError, match=rf"One: .*{word}"):
        variable(read, written)


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ("{Type: Kinesis, Properties: {}}", r"One\.E: .*Kinesis"),
        ("{Type: Schedule, Properties: {}}", r"One\.E: a schedule"),
        ("{Type: DynamoDB, Properties: {Stream: x}}", r"One\.E: Stream"),
        ("{Type: HttpApi, Properties: {Path: /x}}", r"One\.E: a route"),
        (
            "{Type: HttpApi, Properties: {Path: /x, Method: get, Auth: {Authorizer: Nobody}}}",
            r"One\.E: .*Nobody",
        ),
    ],
)
def test_an_event_that_cannot_be_wired_is_an_error_that_names_it(
    read: Read, event: str, word: str
) -> None:
    with pytest.raises(TemplateError, match=word):
        read(f"Resources:{FUNCTION}      Events: {{E: {event}}}\n")


def test_sources_written_apart_from_their_function_are_an_error(read: Read) -> None:
    mapping = "  Apart: {Type: AWS::Lambda::EventSourceMapping, Properties: {}}\n"
    with pytest.raises(TemplateError, match="Apart"):
        read(f"Resources:{FUNCTION}{mapping}")


def test_a_resource_whose_condition_is_false_is_not_there(read: Read) -> None:
    text = f"""
Conditions: {{Never: !Equals [a, b]}}
Resources:{FUNCTION}
  Q: {{Type: AWS::SQS::Queue, Condition: Never}}
"""
    assert read(text).queues == ()


def test_functions_that_disagree_on_a_variable_are_told_of(read: Read) -> None:
    variables = "      Environment: {Variables: {V: %s}}\n"
    text = f"Resources:{FUNCTION}{variables % 1}{FUNCTION.replace('One', 'Two')}{variables % 2}"
    stack = read(text)
    assert stack.environment == {"V": "1"}
    assert "V" in stack.disagreements[0]


def test_the_first_route_of_an_api_takes_the_default_authorizer_and_none_opens(
    read: Read,
) -> None:
    text = f"""
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Key
        Authorizers:
          Key:
            FunctionArn: !GetAtt One.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: {{Headers: [Authorization], ReauthorizeEvery: 60}}
{FUNCTION}
      Events:
        A: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Path: /a, Method: get}}}}
        B:
          Type: HttpApi
          Properties: {{ApiId: !Ref Api, Path: /b, Method: any, Auth: {{Authorizer: NONE}}}}
"""
    stack = read(text)
    assert [(one.method, one.authorizer) for one in stack.routes] == [("GET", "Key"), ("ANY", None)]
    assert (stack.authorizers["Key"].headers, stack.authorizers["Key"].ttl) == (
        ("authorization",),
        60,
    )


def test_the_real_template_wires_mail_stream_and_minute_to_their_functions() -> None:
    stack = load(TEMPLATE, endpoint=ENDPOINT)
    mail = stack.function("EmailIngressFunction").sources[0]
    relay = stack.function("OutboxRelayFunction").sources
    minute, handed_over = stack.function("SweepFunction").sources
    (piece,) = stack.function("JobsFunction").sources
    assert isinstance(mail, QueueSource)
    assert mail.partial
    assert stack.receipt is not None
    assert [one.queue for one in stack.topics[stack.receipt.topic]] == [mail.queue]
    assert {type(one) for one in relay} == {QueueSource, StreamSource}
    assert isinstance(minute, ScheduleSource)
    assert minute.expression == "cron(* * * * ? *)"
    assert [one.queue for one in (handed_over, piece) if isinstance(one, QueueSource)] == [
        "guardia-DueQueue",
        "guardia-JobsQueue",
    ]


def test_every_queue_of_the_real_template_that_feeds_a_function_has_dead_letters() -> None:
    stack = load(TEMPLATE, endpoint=ENDPOINT)
    queues = {one.name: one for one in stack.queues}
    feeding = [
        queues[source.queue]
        for function in stack.functions
        for source in function.sources
        if isinstance(source, QueueSource)
    ]
    assert feeding
    assert all(one.dead_letters in queues and one.max_receives >= 5 for one in feeding)
