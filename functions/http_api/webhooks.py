"""Webhooks over the API: how their endpoints are doing, what was called, and letting calls go
again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api.answers import answer
from guardia import shapes, wiring
from guardia.domain.breaker import Breaker
from guardia.domain.model import Endpoint
from guardia.ports import NotFoundError
from guardia.service import Guardia


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the routes of webhooks."""

    def named(id_: str) -> Endpoint:
        for fresh in (False, True):
            found = wiring.current_desk(fresh=fresh).webhooks.get(id_)
            if found is not None:
                return found
        raise NotFoundError("webhook", id_[:64])

    @app.get("/v1/webhooks")
    def webhooks() -> Response[Any]:
        ledger = wiring.webhooks()
        found = [
            shapes.webhook(one, ledger.breaker(one.id))
            for one in wiring.current_desk().webhooks.values()
        ]
        return answer(200, {"items": found, "next": None})

    @app.get("/v1/webhooks/<webhook_id>/deliveries")
    def deliveries(
        webhook_id: str,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Response[Any]:
        found, following = wiring.webhooks().calls(named(webhook_id).id, limit, cursor)
        return answer(200, {"items": [shapes.call(one) for one in found], "next": following})

    @app.post("/v1/webhooks/<webhook_id>/enable")
    def enable(webhook_id: str) -> Response[Any]:
        endpoint = named(webhook_id)
        after = wiring.webhooks().change(endpoint.id, _enabled)
        return answer(200, shapes.webhook(endpoint, after))


def _enabled(known: Breaker) -> Breaker:
    return replace(known, disabled=None, open_until=None, probed_at=None, good=0, bad=0)
