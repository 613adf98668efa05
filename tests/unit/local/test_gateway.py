"""Events and answers of an HTTP API, and which route is taken."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.gateway import Answer, Request, answer_of, choose, event_of
from infra.local.stack import Route

AT = datetime(2026, 3, 6, 19, 0, 0, 250000, tzinfo=UTC)


def route(method: str, path: str) -> Route:
    return Route(method=method, path=path, function=f"{method} {path}", authorizer=None)


def event(target: str = "/", body: bytes = b"", *headers: tuple[str, str]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    request = Request(method="POST", target=target, headers=headers, body=body)
    return event_of(request, route("POST", path), {}, path=path, query=query, now=AT)


ROUTES = [
    route("ANY", "/{proxy+}"),
    route("GET", "/v1/tickets/{id}"),
    route("ANY", "/v1/tickets/{id}"),
    route("GET", "/v1/tickets/mine"),
    route("POST", "/v1/tickets"),
]


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/v1/tickets/mine", "GET /v1/tickets/mine", {}),
        ("GET", "/v1/tickets/7", "GET /v1/tickets/{id}", {"id": "7"}),
        ("PATCH", "/v1/tickets/7", "ANY /v1/tickets/{id}", {"id": "7"}),
        ("POST", "/v1/tickets", "POST /v1/tickets", {}),
        ("GET", "/v1/tickets", "ANY /{proxy+}", {"proxy": "v1/tickets"}),
        ("GET", "/v1/agents/a@b.example/presence", "ANY /{proxy+}", None),
    ],
)
def test_the_most_specific_route_that_takes_the_method_wins(
    method: str, path: str, function: str, parameters: dict[str, str] | None
) -> None:
    found = choose(ROUTES, method, path)
    assert found is not None
    assert found[0].function == function
    assert parameters is None or found[1] == parameters


def test_no_route_is_no_answer() -> None:
    assert choose([route("GET", "/a")], "POST", "/a") is None


def test_headers_are_lower_case_and_joined_and_cookies_stand_apart() -> None:
    given = event("/", b"", ("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"))
    assert given["headers"] == {"x-a": "1,2"}
    assert given["cookies"] == ["a=1", "b=2"]


def test_query_values_of_one_name_are_joined_and_empty_ones_kept() -> None:
    given = event("/?tag=a&tag=b&q=&n=%C3%B1")
    assert given["queryStringParameters"] == {"tag": "a,b", "q": "", "n": "ñ"}
    assert given["rawQueryString"] == "tag=a&tag=b&q=&n=%C3%B1"


def test_the_time_of_the_request_is_that_of_the_desks_clock() -> None:
    context = event()["requestContext"]
    assert (context["timeEpoch"], context["time"]) == (1772823600250, "06/Mar/2026:19:00:00 +0000")


def test_what_a_request_does_not_have_is_left_out() -> None:
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(event())


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", b"{}", False),
        ("text/plain; charset=utf-8", "ñ".encode(), False),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("multipart/form-data; boundary=x", b"--x--", True),
        ("application/json", b"\xff", True),
    ],
)
def test_bodies_that_are_not_text_come_in_base64(
    content_type: str, body: bytes, encoded: bool
) -> None:
    given = event("/", body, ("Content-Type", content_type))
    assert given["isBase64Encoded"] is encoded
    assert given["body"] == (base64.b64encode(body).decode() if encoded else body.decode())


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 201, "body": "x"}, 201, b"x"),
        ({"statusCode": "204"}, 204, b""),
        ({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}, 200, b"\xff"),
        ({"a": 1}, 200, b'{"a": 1}'),
        ("text", 200, b"text"),
        ({"statusCode": "soon"}, 500, b'{"message": "Internal Server Error"}'),
        ({"statusCode": 200, "body": {"a": 1}}, 500, b'{"message": "Internal Server Error"}'),
    ],
)
def test_what_a_function_answers_is_read_as_api_gateway_reads_it(
    result: Any, status: int, body: bytes
) -> None:
    answer = answer_of(result)
    assert (answer.status, answer.body) == (status, body)


def test_headers_and_cookies_of_an_answer_go_out() -> None:
    answer = answer_of(
        {"statusCode": 200, "headers": {"ETag": '"1"', "X-N": 5}, "cookies": ["a=1", "b=2"]}
    )
    assert answer == Answer(
        status=200,
        headers=(
            ("content-type", "text/plain; charset=utf-8"),
            ("etag", '"1"'),
            ("x-n", "5"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ),
    )
