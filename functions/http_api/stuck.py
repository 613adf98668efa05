"""Tickets on which time could not pass, over the API: which they are, and trying again."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api.answers import answer
from guardia import environment, reading, shapes, sweeping
from guardia.ports import DueTicket
from guardia.service import Guardia


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the routes of tickets that were given up."""

    @app.get("/v1/stuck")
    def stuck(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=1_000)] = None,
    ) -> Response[Any]:
        found, following = desk().store.stuck(limit, cursor)
        items = [{**_shape(one), "given_up_at": shapes.instant(one.wake_at)} for one in found]
        return answer(200, {"items": items, "next": following})

    @app.post("/v1/stuck/<ticket_id>/retry")
    def retry(ticket_id: str) -> Response[Any]:
        id_ = ticket_id.upper()
        reading.ticket(desk().store, id_)
        again = sweeping.retry(desk().store, id_, environment.now())
        return answer(200, {**_shape(again), "given_up_at": None})


def _shape(one: DueTicket) -> dict[str, Any]:
    return {"ticket": one.ticket, "due_at": shapes.instant(one.due_at), "failures": one.failures}
