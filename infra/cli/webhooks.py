"""`guardia webhooks`: how endpoints are doing, and what was called."""

import json
from typing import Annotated
from urllib.parse import quote

import typer

from infra.cli import desk_api, listing

app = typer.Typer(no_args_is_help=True, help="The endpoints that rules call, under `webhooks`.")
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Webhook = Annotated[
    str, typer.Argument(help="The webhook's id in the desk document.", metavar="ID")
]


@app.callback()
def webhooks() -> None:
    """The endpoints that rules call, under `webhooks`."""


@app.command("list")
def list_command(*, as_json: Json = False) -> None:
    """List every webhook and whether its endpoint is well (ok), resting or disabled."""
    found = desk_api.get("/v1/webhooks")
    columns = ("id", "state", "until", "reason", "url")
    listing.show(found, columns, empty="The desk has no webhooks.", as_json=as_json)


@app.command()
def deliveries(
    webhook: Webhook,
    *,
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    as_json: Json = False,
) -> None:
    """List the calls of the last two weeks, the latest first.

    `guardia outbox retry ID` makes one again.
    """
    path = f"/v1/webhooks/{quote(webhook, safe='')}/deliveries"
    found = listing.read(path, limit=limit, cursor=cursor)
    columns = ("id", "at", "attempt", "outcome", "status", "took", "error")
    empty = f"{webhook} was not called in the last two weeks."
    listing.show(found, columns, empty=empty, as_json=as_json)


@app.command()
def enable(webhook: Webhook, *, as_json: Json = False) -> None:
    """Let calls go again to an endpoint that rests or was disabled."""
    found = desk_api.call("POST", f"/v1/webhooks/{quote(webhook, safe='')}/enable")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo(
            f"{found['id']} is called again; what was given up: guardia outbox list", err=True
        )
