"""Every refusal as a problem document (RFC 9457): the one table from error to status."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions.http_api.once import InFlightError
from functions.http_api.received import MAX_BODY, TooLargeError, UnreadableError, UnsupportedError
from functions.http_api.scopes import (
    ForbiddenError,
    MethodError,
    UnknownCallerError,
    UnknownRouteError,
)
from guardia.domain.model import ClosedError, InvalidError, RefusedError
from guardia.logs import Log
from guardia.planning import PreconditionError
from guardia.ports import NotFoundError, StaleError

TITLES: Final = {
    400: "Bad request",
    401: "Who is calling?",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not in this state",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not JSON",
    422: "Values make no sense",
    500: "Something went wrong here",
}


_MOST_TOLD: Final = 100
"""Errors that one answer names."""

FORBIDDEN: Final = ("light_agent", "not_admin", "scope", "agent_gone")
"""Reasons of a refusal that lie in who is calling, not in what is there."""


def problem(
    status: int, detail: str, errors: Sequence[Mapping[str, Any]] = (), **more: Any
) -> Response[Any]:
    """Answer with a problem document; `errors` name paths of the request and what is wrong, `more`
    are members of this problem alone."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        **more,
    }
    if errors:
        body["errors"] = list(errors)
    text = json.dumps(body, ensure_ascii=False)
    return Response(status, "application/problem+json", text)


def _invalid(error: InvalidError) -> Response[Any]:
    return problem(422, error.message, [{"path": error.path, "message": error.message}])


def _refused(error: RefusedError) -> Response[Any]:
    status = 403 if error.reason in FORBIDDEN else 409
    return problem(status, error.message)


def _closed(error: ClosedError) -> Response[Any]:
    return problem(409, error.message)


def _not_found(error: NotFoundError) -> Response[Any]:
    return problem(404, f"there is no {error.kind} {error.id}")


def _precondition(_error: PreconditionError) -> Response[Any]:
    return problem(412, "the ticket has changed since; read it again and repeat")


def _stale(_error: StaleError) -> Response[Any]:
    return problem(409, "others were changing this at the same time; try again")


def _malformed(error: RequestValidationError, body: Any) -> Response[Any]:
    """`body` is what was sent, None where nothing was."""
    found = error.errors()
    if body is None and any(one.get("loc") == ("body",) for one in found):
        return problem(400, "the request needs a body of JSON")
    errors: dict[str, dict[str, str]] = {}
    for one in found:
        where, *place = one.get("loc") or ("body",)  # the part of the request, then the path in it
        named = _written(place, one, body) if where == "body" else [str(each) for each in place]
        path = ".".join(named) or str(where)
        message = str(one.get("msg", "is wrong")).removeprefix("Value error, ")
        errors.setdefault(path, {"path": path, "message": message})
    said = list(errors.values())
    return problem(422, "some values of the request make no sense", said[:_MOST_TOLD])


def _written(place: Sequence[Any], error: Mapping[str, Any], body: Any) -> list[str]:
    """The path as the caller wrote it: without the names of pydantic's alternatives."""
    named: list[str] = []
    value = body
    for one in place:
        held = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(held, dict) and one in held:
            value = held[one]
        elif error.get("type") != "missing" or one != place[-1]:
            continue
        named.append(str(one))
    return named


def _unreadable(error: UnreadableError) -> Response[Any]:
    return problem(400, str(error))


def _unsupported(_error: UnsupportedError) -> Response[Any]:
    return problem(415, "send the body as application/json")


def _too_large(_error: TooLargeError) -> Response[Any]:
    return problem(413, f"the body may have at most {MAX_BODY // 2**20} MiB")


def _unknown_route(_error: UnknownRouteError) -> Response[Any]:
    return problem(404, "there is nothing at this path; GET /openapi.json lists what there is")


def _method(error: MethodError) -> Response[Any]:
    allowed = ", ".join(error.allowed)
    answer = problem(405, f"this path takes {allowed}")
    answer.headers["Allow"] = allowed
    return answer


def _unknown_caller(_error: UnknownCallerError) -> Response[Any]:
    answer = problem(401, "send an API key: Authorization: Bearer gd_...")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _forbidden(error: ForbiddenError) -> Response[Any]:
    return problem(403, str(error))


def _in_flight(_error: InFlightError) -> Response[Any]:
    return problem(409, "the first request with this Idempotency-Key is still being worked on")


def _service(error: ServiceError) -> Response[Any]:
    return problem(error.status_code, str(error.msg))


REFUSALS: Final[dict[type[Exception], Callable[[Any], Response[Any]]]] = {
    ClosedError: _closed,
    InvalidError: _invalid,
    RefusedError: _refused,
    NotFoundError: _not_found,
    PreconditionError: _precondition,
    StaleError: _stale,
    ServiceError: _service,
    UnreadableError: _unreadable,
    UnsupportedError: _unsupported,
    TooLargeError: _too_large,
    UnknownRouteError: _unknown_route,
    MethodError: _method,
    UnknownCallerError: _unknown_caller,
    ForbiddenError: _forbidden,
    InFlightError: _in_flight,
}


def answer(error: Exception, log: Log) -> Response[Any]:
    """Answer a refusal, or a fault of ours without its details."""
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind](error)
    log.failure("unexpected", error)
    return problem(500, "the request was not carried out; nothing is known to have changed")


def install(app: APIGatewayHttpResolver, log: Log) -> None:
    """Make the app answer whatever its routes raise."""

    def malformed(error: RequestValidationError) -> Response[Any]:
        return _malformed(error, app.current_event.json_body)

    def other(error: Exception) -> Response[Any]:
        return answer(error, log)

    app.exception_handler(Exception)(other)
    app.exception_handler(ServiceError)(other)
    app.exception_handler(RequestValidationError)(malformed)
