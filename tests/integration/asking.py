"""Calls of the API by method and path, made from a golden event."""

import json
from typing import Any
from urllib.parse import parse_qsl

from tests.integration.stage import Answer, Stage, golden


def ask(
    stage: Stage,
    method: str,
    path: str,
    body: Any = None,
    *,
    text: str | None = None,
    agent: str = "",
    language: str = "",
) -> Answer:
    """Call the API as a key of all scopes that acts as `agent` (else the desk's first admin), with
    a body or with its very text."""
    where, _, query = path.partition("?")
    event = golden("ticket_read", rawPath=where, rawQueryString=query, pathParameters={})
    event["queryStringParameters"] = dict(parse_qsl(query))
    event["requestContext"]["http"] |= {"method": method, "path": where}
    event["requestContext"]["authorizer"]["lambda"]["agent"] = agent
    event["headers"] |= {"content-type": "application/json"} | (
        {"accept-language": language} if language else {}
    )
    sent = json.dumps(body) if body is not None else ""
    event["body"] = sent if text is None else text
    return stage.api(event)
