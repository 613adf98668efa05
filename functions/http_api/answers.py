"""Answers in JSON, none larger than Lambda may give."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

MOST: Final = 4 * 2**20
"""Bytes of a page. A function's answer may have 6 MB, as JSON inside JSON."""


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Answer with a JSON document."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(status, "application/json", text, headers=dict(headers or {}))


def fitting(items: Iterable[Any]) -> list[Any]:
    """Return as many items, from the first on, as one page can hold; at least one."""
    found: list[Any] = []
    size = 0
    for one in items:
        # what is written twice as JSON grows by its quotes and backslashes
        size += len(json.dumps(json.dumps(one, ensure_ascii=False), ensure_ascii=False).encode())
        if found and size > MOST:
            break
        found.append(one)
    return found
