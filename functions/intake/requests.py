"""An HTTP request as the public sends it, read from an event that may lack any of its parts."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

MAX_BODY: Final = 256 * 1024


class UnreadableError(Exception):
    """The request cannot be read; `status` is the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the status."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request. Names of `headers` are in lower case; `at` is when it came in, in UTC; `address`
    is the caller's IP address, empty where nobody knows it."""

    id: str
    at: datetime
    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    content: str
    encoded: bool

    def body(self) -> bytes:
        """Return the bytes that were sent, as they were sent.

        Raises:
            UnreadableError: they are too many, or not what the gateway says they are.
        """
        try:
            raw = (
                base64.b64decode(self.content, validate=True)
                if self.encoded
                else self.content.encode()
            )
        except (binascii.Error, ValueError):
            raise UnreadableError(400, "the body cannot be decoded") from None
        if len(raw) > MAX_BODY:
            raise UnreadableError(413, f"a body may have at most {MAX_BODY // 1024} kB")
        return raw


def read(event: Any) -> Request:
    """Read an event of the HTTP API (payload format 2.0).

    Raises:
        UnreadableError: it does not say what was asked, or when.
    """
    told = _mapping(event)
    context = _mapping(told.get("requestContext"))
    http = _mapping(context.get("http"))
    try:
        at = datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise UnreadableError(400, "the request does not say when it came in") from None
    if not (isinstance(context.get("requestId"), str) and isinstance(http.get("method"), str)):
        raise UnreadableError(400, "the request does not say what it asks")
    content = told.get("body")
    return Request(
        id=context["requestId"],
        at=at,
        method=http["method"].upper(),
        path=str(told.get("rawPath") or ""),
        parameters=_texts(told.get("pathParameters")),
        headers={name.lower(): one for name, one in _texts(told.get("headers")).items()},
        address=str(http.get("sourceIp") or ""),
        content=content if isinstance(content, str) else "",
        encoded=told.get("isBase64Encoded") is True,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> dict[str, str]:
    return {str(name): one for name, one in _mapping(value).items() if isinstance(one, str)}
