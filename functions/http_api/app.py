"""The JSON API: each module parses, calls one use case and answers; `problems` maps refusals."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.http_api import (
    addresses,
    backtests,
    calls,
    config,
    jobs,
    keys,
    once,
    openapi,
    outbox,
    problems,
    received,
    records,
    scopes,
    simulations,
    sources,
    stuck,
    suspended,
    tickets,
    webhooks,
)
from functions.http_api.calls import Call
from guardia import environment, wiring
from guardia.domain.model import InvalidError, RefusedError
from guardia.logs import Log
from guardia.service import Guardia


class Routes(Protocol):
    """Installs the routes of one noun."""

    def __call__(self, app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
        """Install them; `desk` is asked for at each request."""


ROUTES: Final[tuple[Routes, ...]] = (
    tickets.routes,
    keys.routes,
    openapi.routes,
    outbox.routes,
    stuck.routes,
    jobs.routes,
    webhooks.routes,
    addresses.routes,
    sources.routes,
    config.routes,
    simulations.routes,
    records.routes,
    backtests.routes,
    suspended.routes,
)
"""Every route of the API, by noun."""

JSON: Final = "application/json"
IN_TRANSACTION: Final = {("POST", "/v1/tickets"), ("POST", "/v1/tickets/{id}/comments")}
"""What writes its Idempotency-Key in the transaction that does it; `once` guards the others."""


def resolver(desk: Callable[[], Guardia]) -> APIGatewayHttpResolver:
    """Every route over a help desk."""
    app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=received.parsed)
    app.use(middlewares=[_only_known_parameters])
    for install in ROUTES:
        install(app, desk)
    return app


def build(desk: Callable[[], Guardia]) -> Callable[..., dict[str, Any]]:
    """Build the handler over a help desk; tests bring their own."""
    log = Log("http-api")
    app = resolver(desk)
    problems.install(app, log)

    def handle(event: Any, context: Any) -> dict[str, Any]:
        told = received.whole(event, now=environment.now, new_id=environment.new_id)
        try:
            call = calls.of(told)
            route = scopes.admit(call)
            _check_agent(call)
            told["body"], told["isBase64Encoded"] = received.body_of(told), False
            told["headers"]["content-type"] = JSON  # by the one name that the router knows
            call = calls.of(told)
            mark = call.mark if call.method == "POST" else None
            if mark is None or (call.method, route) in IN_TRANSACTION:
                return app.resolve(told, context)
            return once.once(
                call,
                mark,
                lambda: app.resolve(told, context),
                marks=wiring.marks(),
                blobs=wiring.blobs(),
                kept=keys.unsaid if route.startswith("/v1/keys") else str,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is answered
            return _plain(problems.answer(error, log))

    return log.knows(handle)


def _only_known_parameters(app: APIGatewayHttpResolver, following: Any) -> Response[Any]:
    """Refuse a query parameter that the route does not have: it would be passed over silently."""
    known = [one.alias for one in app.context["_route"].dependant.query_params]
    for name in app.current_event.query_string_parameters or {}:
        if name not in known:
            takes = f"parameters are {', '.join(known)}" if known else "there are no parameters"
            raise InvalidError("unknown_parameter", f"does not exist; {takes}", name)
    answer: Response[Any] = following(app)
    return answer


def _check_agent(call: Call) -> None:
    """Refuse a key whose agent may not use the API any more.

    Raises:
        RefusedError: they have left the desk, or are a light agent.
    """
    if call.agent is None:
        return
    for fresh in (False, True):
        agent = wiring.current_desk(fresh=fresh).agents.get(call.agent)
        if agent is not None and agent.role != "light":
            return
    if agent is None:
        raise RefusedError("agent_gone", "this key acts as somebody who is no agent of the desk")
    raise RefusedError("light_agent", "this key acts as a light agent, who cannot use the API")


def _plain(response: Response[Any]) -> dict[str, Any]:
    """What Lambda is handed of an answer that no route gave."""
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": response.content_type, **response.headers},
        "body": response.body,
        "isBase64Encoded": False,
    }


handler = build(wiring.guardia)
wiring.prepare(wiring.guardia)
