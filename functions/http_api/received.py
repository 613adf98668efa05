"""Requests as Lambda hands them over, made whole: what is missing or damaged is told, not met."""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from guardia.domain.model import InvalidError

MAX_BODY: Final = 4 * 2**20
"""Bytes of a body."""

_JSON: Final = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_LATEST: Final = 253_402_300_800_000
"""Milliseconds until the year 10000, after which Python has no instants."""
_MOST_DIGITS: Final = 400
"""Longer numbers are beyond every float."""


class UnreadableError(Exception):
    """The request cannot be read (400)."""


class UnsupportedError(Exception):
    """The body is of a kind that is not read here (415)."""


class TooLargeError(Exception):
    """The body is too large (413)."""


def whole(event: Any, *, now: Callable[[], datetime], new_id: Callable[[], str]) -> dict[str, Any]:
    """Return an event of payload version 2.0 with all the members that are read here.

    The body is text and still to be checked (`body_of`); what is not there is empty.
    """
    told = _mapping(event)
    context = _mapping(told.get("requestContext"))
    http = _mapping(context.get("http"))
    method, _, template = str(told.get("routeKey") or "").partition(" ")
    path = told.get("rawPath") or http.get("path") or template or "/"
    at = context.get("timeEpoch")
    timely = isinstance(at, int | float) and not isinstance(at, bool) and 0 <= at < _LATEST
    return {
        "version": "2.0",
        "rawPath": str(path),
        "rawQueryString": "",
        "headers": {name.lower(): one for name, one in _texts(told.get("headers")).items()},
        "queryStringParameters": _texts(told.get("queryStringParameters")),
        "requestContext": {
            "http": {"method": str(http.get("method") or method or "GET").upper()},
            "requestId": str(context.get("requestId") or new_id()),
            "stage": str(context.get("stage") or "$default"),
            "timeEpoch": at if timely else int(now().timestamp() * 1000),
            "authorizer": {"lambda": _mapping(_mapping(context.get("authorizer")).get("lambda"))},
        },
        "body": told.get("body"),
        "isBase64Encoded": told.get("isBase64Encoded") is True,
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> dict[str, str]:
    return {str(name): str(one) for name, one in _mapping(value).items() if one is not None}


def body_of(event: Mapping[str, Any]) -> str:
    """Return the body of a whole event as text, empty where there is none.

    Raises:
        TooLargeError: it is larger than `MAX_BODY`.
        UnsupportedError: it does not say that it is JSON.
        UnreadableError: it is no text.
    """
    body = event["body"]
    if not body:
        return ""
    if not isinstance(body, str):
        raise UnreadableError("the body is no JSON")
    try:
        raw = base64.b64decode(body, validate=True) if event["isBase64Encoded"] else body.encode()
        if len(raw) > MAX_BODY:
            raise TooLargeError
        text = raw.decode()
    except (binascii.Error, UnicodeError):
        raise UnreadableError("the body is no JSON") from None
    kind = event["headers"].get("content-type", "").strip()
    if kind and not _JSON.fullmatch(kind):
        raise UnsupportedError
    return text


def parsed(text: str) -> Any:
    """Read JSON: numbers are finite, texts can be written again.

    Raises:
        UnreadableError: it is no JSON (NaN and Infinity are none).
        InvalidError: a number is too large, or half a character stands in a text.
    """
    try:
        value = json.loads(text, parse_int=_integer, parse_float=float, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise UnreadableError("the body is no JSON") from None
    if "\\ud" in text.lower() or "e" in text.lower() or _has_long_number(text):
        for path, message in _wrong(value, ()):
            raise InvalidError("value", message, ".".join(path) or "body")
    return value


def _has_long_number(text: str) -> bool:
    return re.search(rf"\d{{{_MOST_DIGITS - 100}}}", text) is not None


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _MOST_DIGITS else math.copysign(math.inf, -(text[0] == "-"))


def _constant(text: str) -> float:
    raise ValueError(text)


def _wrong(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path, "is too large a number"
    elif isinstance(value, str) and not _is_whole(value):
        yield path, "holds half a character (a lone surrogate)"
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _wrong(one, (*path, str(place)))
    elif isinstance(value, dict):
        for name, one in value.items():
            if not _is_whole(name):
                yield path, "has a name that holds half a character (a lone surrogate)"
            yield from _wrong(one, (*path, name))


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
