"""Calls of the API as API Gateway hands them over, by whoever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.stage import Answer, Json, Stage, golden


def event(
    method: str,
    path: str,
    body: Any = None,
    *,
    query: Mapping[str, str] | None = None,
    by: Mapping[str, str] | None = None,
    **headers: str,
) -> Json:
    """An event of payload version 2.0; header names are written with `_`."""
    told = golden("ticket_created")
    context = told["requestContext"]
    context["http"] |= {"method": method, "path": path}
    context["authorizer"] = {"lambda": dict(by or {"key": "first", "agent": "", "scopes": "all"})}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        **told,
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": told["headers"] | sent,
        "queryStringParameters": dict(query or {}),
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
    }


@dataclass
class Caller:
    """Somebody with a key: what the authorizer says of it."""

    stage: Stage
    key: str = "first"
    agent: str = ""
    scopes: str = "all"

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        by = {"key": self.key, "agent": self.agent, "scopes": self.scopes}
        return self.stage.api(event(method, path, body, by=by, **more))


def refused(stage: Stage, call: Json, status: int) -> Json:
    """Call, and see to it that a problem document came back and nothing was written."""
    before = stage.items()
    answer = stage.api(call)
    problem: Json = answer.body
    assert (answer.status, problem["status"]) == (status, status), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(problem)
    assert stage.items() == before
    return problem


def paths(problem: Json) -> list[str]:
    """The places that a problem names."""
    return [one["path"] for one in problem["errors"]]
