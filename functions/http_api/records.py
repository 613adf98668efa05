"""Recorded tickets over the API: whole histories, as `guardia backtest` decides them again."""

# ruff: noqa: PLC0415 - what writes records is imported when somebody asks for them
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api import calls
from functions.http_api.answers import MOST, answer, fitting
from functions.http_api.filters import instant
from guardia import planning, wiring
from guardia.domain.model import RefusedError, Ticket
from guardia.ports import Store, TicketQuery
from guardia.service import Guardia


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the route of records."""

    @app.get("/v1/records")
    def records(
        updated_since: Annotated[
            str | None, Query(max_length=40, json_schema_extra={"format": "date-time"})
        ] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    ) -> Response[Any]:
        check_admin(calls.current(app).agent)
        since = instant(updated_since, "updated_since")
        query = TicketQuery(updated_since=since, limit=limit, cursor=cursor)
        return answer(200, _page(desk().store, query))


def check_admin(agent: str | None) -> None:
    """Let only an admin see all that was ever said.

    Raises:
        RefusedError: the caller acts as somebody who is none.
    """
    live = wiring.current_desk(fresh=True)
    email = planning.acting(live, agent)
    if email is not None and live.agents[email].role != "admin":
        raise RefusedError("not_admin", "only an admin may read recorded tickets", "by")


def _page(store: Store, query: TicketQuery) -> dict[str, Any]:
    """A page of records, a shorter one where they are too long for an answer. The ids of tickets
    each of which is too long for one stand in `left_out`."""
    known: dict[tuple[str, int], dict[str, Any]] = {}
    limit = query.limit
    while True:
        page, following = store.tickets(replace(query, limit=limit))
        items = []
        for one in page:
            key = (one.id, one.version)
            items.append(known.get(key) or known.setdefault(key, _record(store, one)))
            if len(fitting(items)) < len(items):
                break
        fits = fitting(items)
        if len(fits) == len(page):
            long = [one["ticket"] for one in items if _is_too_long(one)]
            kept = [one for one in items if one["ticket"] not in long]
            return {"items": kept, "left_out": long, "next": following}
        limit = len(fits)


def _is_too_long(item: dict[str, Any]) -> bool:
    text = json.dumps(json.dumps(item, ensure_ascii=False), ensure_ascii=False)
    return len(text.encode()) > MOST


def _record(store: Store, ticket: Ticket) -> dict[str, Any]:
    from guardia.rehearsal.records import record_of, write

    made: dict[str, Any] = json.loads(write(record_of(store, ticket)))
    return made
