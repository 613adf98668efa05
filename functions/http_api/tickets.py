"""Tickets over the API: open, list, read, change, comment, and why each rule did what it did."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api import calls, once
from functions.http_api.answers import answer, fitting
from functions.http_api.bodies import CommentIn, Fields, Person, TicketIn, TicketPatch
from functions.http_api.filters import Filters, instant
from guardia import reading, shapes, wiring
from guardia.domain.event import Decision
from guardia.domain.model import Contact
from guardia.planning import Outcome, Request
from guardia.ports import NotFoundError, TicketQuery
from guardia.service import Guardia

Words = Annotated[str | None, Query(max_length=2_000, description="Several values by comma.")]
Instant = Annotated[str | None, Query(max_length=40, json_schema_extra={"format": "date-time"})]
Limit = Annotated[int, Query(ge=1, le=100)]
LAST_ENTRY: Final = 10**10 - 1


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the routes of tickets."""

    @app.post("/v1/tickets")
    def create(body: TicketIn) -> Response[Any]:
        call = calls.current(app)
        person = body.requester if isinstance(body.requester, Person) else None

        def kept(decision: Decision, requester: Contact | None) -> dict[str, Any]:
            body = wiring.shape_of(decision.ticket, requester)
            return {"request": call.digest, "body": body}

        outcome = desk().request(
            Request(
                id=call.id,
                at=call.at,
                mark=call.mark,
                mark_expires_at=call.mark_expires_at,
                kept=kept,
                by=body.comment.by or body.by or call.agent,
                subject=body.subject or "",
                requester=(person.email or person.phone) if person else str(body.requester),
                requester_name=person.name if person else None,
                text=body.comment.body,
                public=body.comment.public,
                changes=body.changes(),
                **_tags(body),
            )
        )
        place = {"Location": f"/v1/tickets/{outcome.ticket}"}
        if outcome.duplicate:
            once.check(call, outcome.kept)
            body_then = outcome.kept["body"]
            headers = place | _etag(body_then["version"]) | once.REPLAYED
            return answer(HTTPStatus.CREATED, body_then, headers)
        return _ticket(HTTPStatus.CREATED, outcome, place)

    @app.get("/v1/tickets")
    def tickets(
        status: Words = None,
        group: Words = None,
        assignee: Words = None,
        requester: Words = None,
        organization: Words = None,
        tag: Words = None,
        channel: Words = None,
        updated_since: Instant = None,
        limit: Limit = 50,
        cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    ) -> Response[Any]:
        filters = Filters(
            status=status,
            group=group,
            assignee=assignee,
            requester=requester,
            organization=organization,
            tag=tag,
            channel=channel,
        )
        query = TicketQuery(
            filters=filters.read(wiring.current_desk),
            updated_since=instant(updated_since, "updated_since"),
            limit=limit,
            cursor=cursor,
        )
        return answer(HTTPStatus.OK, _page(desk(), query))

    @app.get("/v1/tickets/<ticket_id>")
    def read(ticket_id: str) -> Response[Any]:
        ticket, contact = reading.ticket(desk().store, _id(ticket_id))
        tag = _etag(ticket.version)
        if calls.current(app).knows(ticket.version):
            return Response(HTTPStatus.NOT_MODIFIED, None, "", headers=tag)
        return answer(HTTPStatus.OK, wiring.shape_of(ticket, contact), tag)

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
                ticket=_id(ticket_id),
                by=(body.comment.by if body.comment else None) or body.by or call.agent,
                text=body.comment.body if body.comment else None,
                public=body.comment.public if body.comment else True,
                changes=changes,
                if_versions=call.if_match,
                **_tags(body),
            )
        )
        return _ticket(HTTPStatus.OK, outcome)

    @app.post("/v1/tickets/<ticket_id>/comments")
    def comment(ticket_id: str, body: CommentIn) -> Response[Any]:
        call = calls.current(app)
        ticket = _id(ticket_id)

        def kept(decision: Decision, _requester: Contact | None) -> dict[str, Any]:
            said = next(one for one in decision.entries if one.event_id == call.id)
            return {"request": call.digest, "seq": said.seq}

        outcome = desk().request(
            Request(
                id=call.id,
                at=call.at,
                mark=call.mark,
                mark_expires_at=call.mark_expires_at,
                kept=kept,
                ticket=ticket,
                by=body.by or call.agent,
                text=body.body,
                public=body.public,
                if_versions=call.if_match,
            )
        )
        if outcome.duplicate:
            once.check(call, outcome.kept)
            (entry,), _ = reading.entries(
                desk().store, ticket, after=outcome.kept["seq"] - 1, limit=1
            )
            return answer(HTTPStatus.CREATED, shapes.entry(entry), once.REPLAYED)
        entry = next(one for one in outcome.decided.entries if one.event_id == call.id)
        return answer(HTTPStatus.CREATED, shapes.entry(entry))

    @app.get("/v1/tickets/<ticket_id>/entries")
    def entries(
        ticket_id: str,
        limit: Limit = 50,
        cursor: Annotated[int, Query(ge=0, le=LAST_ENTRY)] = 0,
    ) -> Response[Any]:
        found, more = reading.entries(desk().store, _id(ticket_id), after=cursor, limit=limit)
        items = fitting(shapes.entry(one) for one in found)
        more = more or len(items) < len(found)
        following = str(items[-1]["seq"]) if more else None
        return answer(HTTPStatus.OK, {"items": items, "next": following})

    @app.get("/v1/tickets/<ticket_id>/explain")
    def explain(
        ticket_id: str,
        rule: Annotated[
            str | None,
            Query(min_length=1, max_length=100, description="Why this rule did not fire."),
        ] = None,
        at: Annotated[
            str | None,
            Query(
                max_length=40,
                description="How it stood, or will stand, at an instant: one with its offset,"
                " `09:00` (the next in the desk's zone), or `+2h`.",
            ),
        ] = None,
        limit: Limit = 100,
        cursor: Annotated[int, Query(ge=0, le=LAST_ENTRY)] = 0,
    ) -> Response[Any]:
        found = wiring.explained(
            desk(), _id(ticket_id), fitting, rule=rule, at=at, after=cursor, limit=limit
        )
        return answer(HTTPStatus.OK, found)


def _id(text: str) -> str:
    """A ticket's id as it is kept: it may be read aloud, so its letters have no case."""
    if len(text) > reading.MAX_ID:
        raise NotFoundError("ticket", f"{text[: reading.MAX_ID]}…")
    return text.upper()


def _tags(body: Fields) -> dict[str, Any]:
    return {
        "add_tags": tuple(body.add_tags),
        "remove_tags": tuple(body.remove_tags),
        "set_tags": tuple(body.tags) if body.tags is not None else None,
    }


def _page(desk: Guardia, query: TicketQuery) -> dict[str, Any]:
    """A page of tickets; a shorter one where they are too long for an answer."""
    limit = query.limit
    while True:
        found, following = reading.tickets(desk.store, replace(query, limit=limit))
        items = [wiring.shape_of(ticket, contact) for ticket, contact in found]
        if len(fitting(items)) == len(items):
            return {"items": items, "next": following}
        limit = max(1, limit // 2)


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def _ticket(
    status: HTTPStatus, outcome: Outcome, headers: Mapping[str, str] | None = None
) -> Response[Any]:
    ticket = outcome.decided.ticket
    shape = wiring.shape_of(ticket, outcome.requester)
    return answer(status, shape, {**(headers or {}), **_etag(ticket.version)})
