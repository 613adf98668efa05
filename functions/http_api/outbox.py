"""What goes out, over the API: what was given up, what a ticket sent, and sending it again."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api.answers import answer, fitting
from guardia import environment, reading, shapes
from guardia.service import Guardia


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the routes of the outbox."""

    @app.get("/v1/outbox")
    def outbox(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=1_000)] = None,
        ticket: Annotated[str | None, Query(max_length=reading.MAX_ID)] = None,
    ) -> Response[Any]:
        store = desk().store
        if ticket is not None:
            reading.ticket(store, ticket.upper())
            rows = fitting(shapes.delivery(one) for one in store.outbox(ticket.upper()))
            return answer(200, {"items": rows, "next": None})
        found, following = store.parked(limit, cursor)
        return answer(200, {"items": [shapes.delivery(one) for one in found], "next": following})

    @app.post("/v1/outbox/<row_id>/retry")
    def retry(row_id: str) -> Response[Any]:
        from guardia.delivery import offer_again  # noqa: PLC0415 - it brings the writer of mail

        again = offer_again(desk().store, row_id.upper(), environment.now())
        return answer(200, shapes.delivery(again))
