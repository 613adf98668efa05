"""The body of a form post: JSON, urlencoded or multipart, as plain values by name."""

import base64
import json
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from typing import Any, Final
from urllib.parse import parse_qsl

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

MAX_BODY: Final = 256 * 1024
MAX_FIELDS: Final = 100


class UnreadableError(Exception):
    """The body cannot be read; `status` is the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the status."""
        super().__init__(message)
        self.status = status


def values(event: APIGatewayProxyEventV2) -> dict[str, Any]:
    """Return the fields of a posted form; of a field sent twice, all its values.

    Raises:
        UnreadableError: the body is too large, of another type, or not what its type says.
    """
    try:
        body = (event.decoded_body or "").encode() if not event.is_base64_encoded else _raw(event)
    except (ValueError, TypeError):
        raise UnreadableError(400, "the body cannot be decoded") from None
    if len(body) > MAX_BODY:
        raise UnreadableError(413, f"a form may have at most {MAX_BODY // 1024} kB")
    kind = event.headers.get("content-type", "").strip()
    media = kind.partition(";")[0].strip().lower()
    readers: dict[str, Callable[[bytes], dict[str, Any]]] = {
        "application/json": _json,
        "application/x-www-form-urlencoded": _urlencoded,
        "multipart/form-data": lambda raw: _multipart(raw, kind),
    }
    if media not in readers:
        known = ", ".join(readers)
        raise UnreadableError(415, f"send the form as one of {known}")
    return readers[media](body)


def _raw(event: APIGatewayProxyEventV2) -> bytes:
    return base64.b64decode(event.body or "", validate=True)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableError(400, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise UnreadableError(400, "the body must be a JSON object of fields")
    return found


def _urlencoded(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS
        )
    except (ValueError, UnicodeDecodeError):
        raise UnreadableError(400, "the body is not urlencoded") from None
    return _gathered(pairs)


def _multipart(body: bytes, kind: str) -> dict[str, Any]:
    head = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
    try:
        mail = BytesParser(policy=policy.HTTP).parsebytes(head + body)
        parts = list(mail.iter_parts()) if mail.is_multipart() else []
        pairs = [_part(one) for one in parts]
    except (ValueError, LookupError, AttributeError, UnicodeDecodeError):
        raise UnreadableError(400, "the body is no multipart form") from None
    if not pairs or mail.defects:
        raise UnreadableError(400, "the body is no multipart form")
    if len(pairs) > MAX_FIELDS:
        raise UnreadableError(413, f"a form may have at most {MAX_FIELDS} fields")
    return _gathered([one for one in pairs if one is not None])


def _part(part: Any) -> tuple[str, str] | None:
    name = part.get_param("name", header="content-disposition")
    if not isinstance(name, str) or not name:
        raise UnreadableError(400, "a part of the form has no name")
    if part.get_filename():
        raise UnreadableError(422, f"{name}: forms take no files yet; write to us by mail")
    raw: bytes = part.get_payload(decode=True) or b""
    return name, raw.decode(part.get_content_charset() or "utf-8")


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            before = found[name] if isinstance(found[name], list) else [found[name]]
            found[name] = [*before, value]
        else:
            found[name] = value
    return found
