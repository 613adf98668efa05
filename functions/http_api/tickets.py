"""Tickets over the API: open, list, read, change, comment, and why each rule did what it did."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api import calls
from functions.http_api.answers import answer
from functions.http_api.bodies import CommentIn, Person, TicketIn, TicketPatch
from guardia import reading, shapes, wiring
from guardia.domain.model import InvalidError
from guardia.planning import Outcome, Request
from guardia.ports import TicketQuery
from guardia.service import Guardia

FILTERS: Final = ("status", "group", "assignee", "requester", "organization", "tag", "channel")


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the routes of tickets."""

    def if_version() -> int | None:
        tag = app.current_event.headers.get("if-match", "*").removeprefix("W/").strip('"')
        if tag != "*" and not tag.isdigit():
            raise InvalidError("if_match", "is no ETag of a ticket", "If-Match")
        return None if tag == "*" else int(tag)

    @app.post("/v1/tickets")
    def create(body: TicketIn) -> Response[Any]:
        call = calls.current(app)
        person = body.requester if isinstance(body.requester, Person) else None
        outcome = desk().request(
            Request(
                id=call.id,
                at=call.at,
                by=body.comment.by or body.by,
                subject=body.subject or "",
                requester=(person.email or person.phone) if person else str(body.requester),
                requester_name=person.name if person else None,
                text=body.comment.body,
                public=body.comment.public,
                changes=body.changes(),
                add_tags=tuple(body.add_tags),
                remove_tags=tuple(body.remove_tags),
                set_tags=tuple(body.tags) if body.tags is not None else None,
            )
        )
        return _ticket(201, outcome, location=True)

    @app.get("/v1/tickets")
    def tickets(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: str | None = None,
        updated_since: datetime | None = None,
    ) -> Response[Any]:
        asked = app.current_event.query_string_parameters or {}
        unknown = set(asked) - {"limit", "cursor", "updated_since", *FILTERS}
        if unknown:
            name = sorted(unknown)[0]
            raise InvalidError("unknown_filter", f"filters are {', '.join(FILTERS)}", name)
        if updated_since is not None and updated_since.tzinfo is None:
            raise InvalidError("naive", "needs an offset, like ...Z", "updated_since")
        filters = {name: _values(asked[name]) for name in FILTERS if name in asked}
        query = TicketQuery(
            filters=filters, updated_since=updated_since, limit=limit, cursor=cursor
        )
        found, following = reading.tickets(desk().store, query)
        items = [shapes.ticket(ticket, contact) for ticket, contact in found]
        return answer(200, {"items": items, "next": following})

    @app.get("/v1/tickets/<ticket_id>")
    def read(ticket_id: str) -> Response[Any]:
        ticket, contact = reading.ticket(desk().store, ticket_id.upper())
        return answer(200, shapes.ticket(ticket, contact), {"ETag": f'"{ticket.version}"'})

    @app.patch("/v1/tickets/<ticket_id>")
    def change(ticket_id: str, body: TicketPatch) -> Response[Any]:
        call = calls.current(app)
        changes = body.changes()
        if "subject" in body.model_fields_set:
            changes["subject"] = body.subject
        outcome = desk().request(
            Request(
                id=call.id,
                at=call.at,
                ticket=ticket_id.upper(),
                by=(body.comment.by if body.comment else None) or body.by,
                text=body.comment.body if body.comment else None,
                public=body.comment.public if body.comment else True,
                changes=changes,
                add_tags=tuple(body.add_tags),
                remove_tags=tuple(body.remove_tags),
                set_tags=tuple(body.tags) if body.tags is not None else None,
                if_version=if_version(),
            )
        )
        return _ticket(200, outcome)

    @app.post("/v1/tickets/<ticket_id>/comments")
    def comment(ticket_id: str, body: CommentIn) -> Response[Any]:
        call = calls.current(app)
        outcome = desk().request(
            Request(
                id=call.id,
                at=call.at,
                ticket=ticket_id.upper(),
                by=body.by,
                text=body.body,
                public=body.public,
                if_version=if_version(),
            )
        )
        entry = next(one for one in outcome.decided.entries if one.event_id == call.id)
        return answer(201, shapes.entry(entry))

    @app.get("/v1/tickets/<ticket_id>/entries")
    def entries(
        ticket_id: str,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[int, Query(ge=0)] = 0,
    ) -> Response[Any]:
        found, more = reading.entries(desk().store, ticket_id.upper(), after=cursor, limit=limit)
        following = str(found[-1].seq) if more else None
        return answer(200, {"items": [shapes.entry(one) for one in found], "next": following})

    @app.get("/v1/tickets/<ticket_id>/explain")
    def explain(ticket_id: str) -> Response[Any]:
        found = wiring.explained(desk(), ticket_id.upper())
        return answer(200, {"ticket": ticket_id.upper(), "entries": found})


def _values(text: str) -> tuple[str | None, ...]:
    words = (one.strip() for one in text.split(","))
    return tuple(None if one == "none" else one for one in words if one)


def _ticket(status: int, outcome: Outcome, *, location: bool = False) -> Response[Any]:
    ticket = outcome.decided.ticket
    headers = {"ETag": f'"{ticket.version}"'}
    if location:
        headers["Location"] = f"/v1/tickets/{ticket.id}"
    return answer(status, shapes.ticket(ticket, outcome.requester), headers)
