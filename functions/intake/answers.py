"""Answers to the public, with the CORS headers of the form that was asked for."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from functions.intake.requests import Request
from guardia.domain.desk import Form
from guardia.domain.forms import allows

Headers = dict[str, str]


def cors(form: Form | None, origin: str | None) -> Headers:
    """The headers that let a browser on `origin` read the answer; none for a foreign one."""
    if form is None or origin is None or not allows(form, origin):
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def ok(status: int, body: Any, headers: Headers) -> dict[str, Any]:
    """Answer with JSON."""
    return _answer(status, "application/json", body, headers)


def problem(
    status: int, detail: str, headers: Headers, errors: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Answer with a problem document (RFC 9457)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"path": name, "message": message} for name, message in errors]
    return _answer(status, "application/problem+json", body, headers)


def preflight(allowed: Headers) -> dict[str, Any]:
    """Answer a browser's question whether it may post."""
    if "Access-Control-Allow-Origin" not in allowed:
        return problem(403, "this site may not post the form", allowed)
    more = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "content-type, idempotency-key",
        "Access-Control-Max-Age": "600",
    }
    return {"statusCode": 204, "headers": {**allowed, **more}, "body": ""}


def see_other(request: Request, allowed: Headers, ticket: str | None) -> dict[str, Any]:
    """Send a browser back to the page it came from, with the ticket in the address's fragment.

    Only to the page that the allowed origin itself named: no open redirect.
    """
    origin, referer = request.headers.get("origin"), request.headers.get("referer", "")
    same = origin is not None and _site(referer) == origin
    target = referer.partition("#")[0] if same else (origin or "/healthz")
    fragment = f"ticket={ticket}" if ticket else "received"  # set aside, it is looked at first
    headers = {**allowed, "Location": f"{target}#{fragment}"}
    return {"statusCode": 303, "headers": headers, "body": ""}


def _site(page: str) -> str:
    try:
        parts = urlsplit(page)
    except ValueError:  # "https://[" and the like
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _answer(status: int, kind: str, body: Any, headers: Headers) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": kind, "Cache-Control": "no-store", **headers},
        "body": json.dumps(body, ensure_ascii=False),
    }
