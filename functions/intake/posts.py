"""The body of a form post: JSON, urlencoded or multipart, as plain values by name."""

import json
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from typing import Any, Final
from urllib.parse import parse_qsl

from functions.intake.requests import Request, UnreadableError
from guardia.domain.forms import FormError

MAX_FIELDS: Final = 100


def values(request: Request) -> dict[str, Any]:
    """Return the fields of a posted form; of a field sent twice, all its values.

    Raises:
        UnreadableError: the body is too large, of another type, or not what its type says.
        FormError: it brings a file.
    """
    body = request.body()
    kind = request.headers.get("content-type", "").strip()
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
        raise FormError([(name, "is a file, and forms take none; send it to us by mail")])
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
