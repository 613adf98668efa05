"""Every refusal as a problem document (RFC 9457): the one table from error to status."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from guardia.domain.model import ClosedError, InvalidError, RefusedError
from guardia.planning import PreconditionError
from guardia.ports import NotFoundError, StaleError

TITLES: Final = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    409: "Not in this state",
    412: "Changed meanwhile",
    413: "Too large",
    422: "Values make no sense",
    500: "Something went wrong here",
}


def problem(status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> Response[Any]:
    """Answer with a problem document; `errors` name paths of the request and what is wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    text = json.dumps(body, ensure_ascii=False)
    return Response(status, "application/problem+json", text)


def _invalid(error: InvalidError) -> Response[Any]:
    return problem(422, error.message, [{"path": error.path, "message": error.message}])


def _refused(error: RefusedError) -> Response[Any]:
    status = 403 if error.reason == "light_agent" else 409
    return problem(status, error.message)


def _closed(error: ClosedError) -> Response[Any]:
    return problem(409, error.message)


def _not_found(error: NotFoundError) -> Response[Any]:
    return problem(404, f"there is no {error.kind} {error.id}")


def _precondition(_error: PreconditionError) -> Response[Any]:
    return problem(412, "the ticket has changed since; read it again and repeat")


def _stale(_error: StaleError) -> Response[Any]:
    return problem(409, "others were changing this at the same time; try again")


def _malformed(error: RequestValidationError) -> Response[Any]:
    found = error.errors()
    if any(one.get("type") == "json_invalid" for one in found):
        return problem(400, "the body is no JSON")
    errors = []
    for one in found:
        where, *place = one.get("loc") or ("body",)  # the part of the request, then the path in it
        path = ".".join(str(each) for each in place)
        errors.append({"path": path or str(where), "message": str(one.get("msg", "is wrong"))})
    return problem(422, "some values of the request make no sense", errors)


def _unreadable(_error: Exception) -> Response[Any]:
    return problem(400, "the body is no JSON")


def _service(error: ServiceError) -> Response[Any]:
    return problem(error.status_code, str(error.msg))


REFUSALS: Final[dict[type[Exception], Callable[[Any], Response[Any]]]] = {
    RequestValidationError: _malformed,
    ClosedError: _closed,
    InvalidError: _invalid,
    RefusedError: _refused,
    NotFoundError: _not_found,
    PreconditionError: _precondition,
    StaleError: _stale,
    ServiceError: _service,
    UnicodeDecodeError: _unreadable,
    RecursionError: _unreadable,
}


def install(app: APIGatewayHttpResolver, logger: Logger) -> None:
    """Make the app answer every refusal, and every fault of ours without its details."""

    def broken(error: Exception) -> Response[Any]:
        logger.error("unexpected", error=type(error).__name__, exc_info=True)
        return problem(500, "the request was not carried out; nothing is known to have changed")

    app.exception_handler(Exception)(broken)
    for kind, answer in REFUSALS.items():
        app.exception_handler(kind)(answer)
