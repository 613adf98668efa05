"""What the document says of each route besides its parameters and its body: the one table.

A route that is not here is not described, and a test says so.
"""

from dataclasses import dataclass
from typing import Any, Final

from functions.http_api.answer_schemas import Schema, page, ref

ETAG: Final[Schema] = {
    "description": "The ticket's version, for If-Match and If-None-Match.",
    "schema": {"type": "string"},
}
LOCATION: Final[Schema] = {"description": "Where it is.", "schema": {"type": "string"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route: what it is called and does, the status and schema of its answer (None: no body),
    the answer's headers, and the refusals that are its own."""

    name: str
    does: str
    status: int = 200
    schema: Schema | None = None
    headers: tuple[tuple[str, Schema], ...] = ()
    refusals: tuple[int, ...] = ()
    sends: tuple[str, ...] = ()


_ETAG: Final = (("ETag", ETAG),)

OPERATIONS: Final[dict[tuple[str, str], Operation]] = {
    ("POST", "/v1/tickets"): Operation(
        name="createTicket",
        does="Open a ticket",
        status=201,
        schema=ref("Ticket"),
        headers=(*_ETAG, ("Location", LOCATION)),
        refusals=(409,),
    ),
    ("GET", "/v1/tickets"): Operation(
        name="listTickets", does="List tickets, newest change first", schema=page("Ticket")
    ),
    ("GET", "/v1/tickets/{id}"): Operation(
        name="readTicket",
        does="Read a ticket",
        schema=ref("Ticket"),
        headers=_ETAG,
        refusals=(304, 404),
        sends=("If-None-Match",),
    ),
    ("PATCH", "/v1/tickets/{id}"): Operation(
        name="changeTicket",
        does="Change a ticket, with or without a comment",
        schema=ref("Ticket"),
        headers=_ETAG,
        refusals=(404, 409, 412),
        sends=("If-Match",),
    ),
    ("POST", "/v1/tickets/{id}/comments"): Operation(
        name="comment",
        does="Answer the requester, or write a note",
        status=201,
        schema=ref("Entry"),
        refusals=(404, 409, 412),
        sends=("If-Match",),
    ),
    ("GET", "/v1/tickets/{id}/entries"): Operation(
        name="listEntries",
        does="Read a ticket's history, oldest first",
        schema=page("Entry"),
        refusals=(404,),
    ),
    ("GET", "/v1/tickets/{id}/explain"): Operation(
        name="explain",
        does="Tell why each rule did, or did not, fire, what the clocks read and what is to come",
        schema=ref("Explanation"),
        refusals=(404,),
    ),
    ("POST", "/v1/keys"): Operation(
        name="createKey",
        does="Make an API key; it is shown once",
        status=201,
        schema=ref("NewKey"),
        refusals=(409,),
    ),
    ("GET", "/v1/keys"): Operation(
        name="listKeys", does="List API keys, the newest first", schema=page("Key")
    ),
    ("DELETE", "/v1/keys/{id}"): Operation(
        name="revokeKey",
        does="End a key; it opens nothing after a minute at most",
        status=204,
        refusals=(404, 409),
    ),
    ("POST", "/v1/keys/{id}/rotate"): Operation(
        name="rotateKey",
        does="Replace a key; the old one is good for another 24 hours",
        status=201,
        schema=ref("NewKey"),
        refusals=(404, 409),
    ),
    ("GET", "/v1/sources/{id}/deliveries"): Operation(
        name="listSourceDeliveries",
        does="List what a source sent in the last two weeks, the latest first",
        schema=page("Delivery"),
        refusals=(404,),
    ),
    ("GET", "/v1/outbox"): Operation(
        name="listOutbox",
        does="List messages that go out",
        schema=page("OutboxRow"),
        refusals=(404,),
    ),
    ("POST", "/v1/outbox/{id}/retry"): Operation(
        name="retryMessage",
        does="Offer a message that was given up once more",
        schema=ref("OutboxRow"),
        refusals=(404, 409),
    ),
    ("GET", "/v1/stuck"): Operation(
        name="listStuckTickets",
        does="List tickets whose deadlines and automations could not be carried out",
        schema=page("StuckTicket"),
    ),
    ("POST", "/v1/stuck/{id}/retry"): Operation(
        name="retryStuckTicket",
        does="Let a ticket that was given up come up at the next minute",
        schema=ref("StuckTicket"),
        refusals=(404, 409),
    ),
    ("GET", "/v1/jobs/{id}"): Operation(
        name="readJob",
        does="Tell how a job stands",
        schema=ref("Job"),
        refusals=(404, 409),
    ),
    ("GET", "/v1/webhooks"): Operation(
        name="listWebhooks", does="List webhooks", schema=page("Webhook")
    ),
    ("GET", "/v1/webhooks/{id}/deliveries"): Operation(
        name="listCalls",
        does="List the calls of a webhook, the latest first",
        schema=page("Call"),
        refusals=(404,),
    ),
    ("POST", "/v1/webhooks/{id}/enable"): Operation(
        name="enableWebhook",
        does="Let calls of a webhook go again",
        schema=ref("Webhook"),
        refusals=(404, 409),
    ),
    ("GET", "/v1/addresses/{address}"): Operation(
        name="readAddress",
        does="Tell what is known of an address that the desk writes to",
        schema=ref("Address"),
    ),
    ("POST", "/v1/addresses/{address}/clear"): Operation(
        name="clearAddress",
        does="Forget that an address bounced or complained",
        schema=ref("Address"),
        refusals=(409,),
    ),
    ("GET", "/v1/config"): Operation(
        name="readConfig", does="Read the live desk document", schema=ref("Config")
    ),
    ("PUT", "/v1/config"): Operation(
        name="publishConfig",
        does="Make a desk document live",
        schema=ref("Published"),
        refusals=(409,),
    ),
    ("GET", "/v1/config/log"): Operation(
        name="listConfigs", does="List versions, the newest first", schema=page("Version")
    ),
    ("GET", "/v1/config/{number}"): Operation(
        name="readConfigVersion",
        does="Read a version of the desk document",
        schema=ref("Config"),
        refusals=(404,),
    ),
    ("POST", "/v1/config/validate"): Operation(
        name="validateConfig",
        does="Check a document, and tell what it would change",
        schema=ref("Checked"),
        refusals=(409,),
    ),
    ("POST", "/v1/config/rollback"): Operation(
        name="rollBackConfig",
        does="Go back to an earlier version, as a new one",
        schema=ref("Config"),
        refusals=(404, 409),
    ),
    ("POST", "/v1/simulate"): Operation(
        name="simulate",
        does="Tell what a desk would do, on a virtual clock; nothing is written",
        schema=ref("Simulated"),
        refusals=(409,),
    ),
    ("GET", "/v1/records"): Operation(
        name="listRecords",
        does="Read recorded tickets with their whole histories, newest change first",
        schema=ref("Records"),
    ),
    ("POST", "/v1/backtest"): Operation(
        name="startBacktest",
        does="Start a job that tries a desk document on recorded tickets; nothing is sent",
        status=202,
        schema=ref("JobId"),
        refusals=(409,),
    ),
    ("GET", "/v1/suspended"): Operation(
        name="listSuspended", does="List what was set aside", schema=page("SetAside")
    ),
    ("GET", "/v1/suspended/{id}"): Operation(
        name="readSuspended",
        does="Look into a message that was set aside",
        schema=ref("Preview"),
        refusals=(404,),
    ),
    ("POST", "/v1/suspended/{id}/recover"): Operation(
        name="recoverSuspended",
        does="Take a message in after all",
        schema=ref("TicketId"),
        refusals=(404, 409),
    ),
    ("DELETE", "/v1/suspended/{id}"): Operation(
        name="discardSuspended", does="Throw a message away", status=204, refusals=(404,)
    ),
    ("GET", "/openapi.json"): Operation(
        name="readOpenApi", does="This document", schema={"type": "object"}
    ),
}


def _public(name: str, does: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": does, "security": [], "responses": responses, **more}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_PROBLEM: Final = {"$ref": "#/components/responses/Problem"}
_STOPPED: Final = {"$ref": "#/components/responses/Stopped"}
_ANY_BODY: Final[Schema] = {"type": "object"}

PUBLIC: Final[dict[str, Any]] = {
    "/forms/{form}": {
        "post": _public(
            "postForm",
            "Send a form; its fields are those that the desk document gives it",
            {
                "201": _json("A ticket was opened.", ref("TicketId")),
                "303": {
                    "description": "The same, for whoever accepts text/html.",
                    "headers": {"Location": LOCATION},
                },
                **dict.fromkeys(("400", "403", "415", "422"), _PROBLEM),
                **dict.fromkeys(("404", "413", "429", "500", "503"), _STOPPED),
            },
            parameters=[_path("form")],
            requestBody={
                "content": {
                    kind: {"schema": _ANY_BODY}
                    for kind in (
                        "application/json",
                        "application/x-www-form-urlencoded",
                        "multipart/form-data",
                    )
                }
            },
        ),
        "options": _public(
            "mayPostForm",
            "Ask as a browser does whether a page may post the form",
            {"204": {"description": "It may."}, "403": _PROBLEM, "404": _STOPPED},
            parameters=[_path("form")],
        ),
    },
    "/hooks/{source}": {
        "post": _public(
            "postHook",
            "Hand in what a program tells; signed as the source in the desk document says",
            {
                "200": _json("A greeting was answered.", _ANY_BODY),
                "202": _json("It was taken in.", ref("TicketId")),
                **dict.fromkeys(("400", "401", "409", "422"), _PROBLEM),
                **dict.fromkeys(("404", "413", "429", "500", "503"), _STOPPED),
            },
            parameters=[_path("source")],
            requestBody={"content": {"application/json": {"schema": {}}}},
        )
    },
    "/healthz": {
        "get": _public("health", "Say that it lives", {"200": _json("It does.", ref("Health"))})
    },
}
"""What the public may send: those routes are another function's, and described by hand."""
