"""An HTTP API of API Gateway: routes, authorizers, and events of payload version 2.0.

The shapes are those of "AWS Lambda integrations for HTTP APIs" and "Control access to HTTP APIs
with Lambda authorizers" in the API Gateway developer's guide.
"""

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from infra.local.clock import Clock
from infra.local.invoke import InvocationError, Invoker
from infra.local.stack import ACCOUNT, REGION, Authorizer, Route, Stack

MAX_BODY: Final = 10 * 1024 * 1024
"""API Gateway's limit for a payload, in bytes."""
_API: Final = "local"
_TEXT_TYPES: Final = re.compile(
    r"text/.*|application/(json|javascript|xml)|application/.*\+(json|xml)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came: `target` is path and query, header names in any case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


def message(status: int, text: str) -> Answer:
    """Return an answer in API Gateway's own words."""
    return Answer(
        status=status,
        body=json.dumps({"message": text}).encode(),
        headers=(("content-type", "application/json"),),
    )


_FAILED: Final = message(500, "Internal Server Error")


class Gateway:
    """Answers requests by calling the functions the routes name."""

    def __init__(self, stack: Stack, invoke: Invoker, clock: Clock) -> None:
        """Take the routes and authorizers of the stack."""
        self._routes = stack.routes
        self._authorizers = stack.authorizers
        self._invoke, self._clock = invoke, clock
        self._allowed: dict[tuple[str, ...], tuple[float, bool, Mapping[str, Any]]] = {}

    def answer(self, request: Request) -> Answer:
        """Route, authorise and call."""
        if len(request.body) > MAX_BODY:
            return message(413, "Request Entity Too Large")
        path, _, query = request.target.partition("?")
        found = choose(self._routes, request.method, unquote(path))
        if found is None:
            return message(404, "Not Found")
        route, parameters = found
        event = event_of(
            request, route, parameters, path=unquote(path), query=query, now=self._clock.now()
        )
        if route.authorizer:
            refusal = self._authorize(self._authorizers[route.authorizer], event)
            if refusal:
                return refusal
        try:
            return answer_of(self._invoke(route.function, event))
        except InvocationError:
            return _FAILED

    def _authorize(self, authorizer: Authorizer, event: dict[str, Any]) -> Answer | None:
        identity = [event["headers"].get(name, "") for name in authorizer.headers]
        if not all(identity):
            return message(401, "Unauthorized")
        key = (authorizer.name, *identity)
        until, allowed, context = self._allowed.get(key, (0.0, False, {}))
        if until < time.monotonic():
            question = {name: one for name, one in event.items() if name not in _NOT_ASKED} | {
                "type": "REQUEST",
                "routeArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{_API}/$default/"
                + event["routeKey"].replace(" ", "", 1),
                "identitySource": identity,
            }
            try:
                told = self._invoke(authorizer.function, question)
                allowed, context = bool(told["isAuthorized"]), told.get("context") or {}
            except (InvocationError, KeyError, TypeError):
                return _FAILED
            self._allowed[key] = (time.monotonic() + authorizer.ttl, allowed, context)
        if not allowed:
            return message(403, "Forbidden")
        event["requestContext"]["authorizer"] = {"lambda": dict(context)}
        return None


_NOT_ASKED: Final = frozenset({"body", "isBase64Encoded"})


def choose(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the most specific route for a request, with its path parameters."""
    for route in sorted(routes, key=_specific, reverse=True):
        match = _pattern(route.path).fullmatch(path)
        if match and route.method in {"ANY", method}:
            return route, match.groupdict()
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r"(?s).*")
    parts = [
        f"(?P<{part[1:-2]}>.+)"
        if part.endswith("+}")
        else f"(?P<{part[1:-1]}>[^/]+)"
        if part.startswith("{")
        else re.escape(part)
        for part in path.split("/")
    ]
    return re.compile("/".join(parts) + ("" if path == "/" else "/?"))


def _specific(route: Route) -> tuple[Any, ...]:
    """Order routes as API Gateway prefers them: full paths, then variables, then greedy ones."""
    parts = route.path.split("/")
    greedy = route.path.endswith("+}")
    return (
        route.path != "$default",
        not greedy,
        tuple(not part.startswith("{") for part in parts),
        len(parts),
        route.method != "ANY",
    )


def event_of(
    request: Request,
    route: Route,
    parameters: Mapping[str, str],
    *,
    path: str,
    query: str,
    now: datetime,
) -> dict[str, Any]:
    """Build the event of a request; parts a request does not have are left out, as there."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers:
        lower = name.lower()
        if lower == "cookie":
            cookies.extend(part.strip() for part in value.split(";") if part.strip())
        else:
            headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values[name] = f"{values[name]},{value}" if name in values else value
    key = route.path if route.path == "$default" else f"{route.method} {route.path}"
    body, encoded = _body(request.body, headers.get("content-type", ""))
    optional = {
        "cookies": cookies,
        "queryStringParameters": values,
        "pathParameters": dict(parameters),
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": _API,
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": headers.get("host", "localhost").split(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid4()),
            "routeKey": key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": encoded,
    } | {name: value for name, value in optional.items() if value}


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    kind = content_type.partition(";")[0].strip()
    if not kind or _TEXT_TYPES.fullmatch(kind):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return (base64.b64encode(body).decode(), True) if body else ("", False)


def answer_of(result: Any) -> Answer:
    """Read what a function answered; without `statusCode` it is the body of a 200."""
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return Answer(
            status=200, body=text.encode(), headers=(("content-type", "application/json"),)
        )
    try:
        body = result.get("body") or ""
        if not isinstance(body, str):
            return _FAILED
        content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
        headers = [
            (str(name).lower(), _header(value))
            for name, value in (result.get("headers") or {}).items()
        ]
        headers += [
            (str(name).lower(), ",".join(map(_header, values)))
            for name, values in (result.get("multiValueHeaders") or {}).items()
        ]
        headers += [("set-cookie", str(one)) for one in result.get("cookies") or ()]
        answer = Answer(status=int(result["statusCode"]), body=content, headers=tuple(headers))
    except (AttributeError, TypeError, ValueError):
        return _FAILED
    if any(name == "content-type" for name, _ in headers):
        return answer
    return replace(answer, headers=(("content-type", "text/plain; charset=utf-8"), *answer.headers))


def _header(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
