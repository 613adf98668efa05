"""`guardia outbox`: what could not be sent, and sending it again."""

import json
from typing import Annotated
from urllib.parse import quote

import typer

from infra.cli import desk_api, listing

app = typer.Typer(
    no_args_is_help=True, help="Messages that go out: what was given up, and sending it again."
)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.callback()
def outbox() -> None:
    """Messages that go out: what was given up, and sending it again."""


@app.command("list")
def list_command(
    *,
    ticket: Annotated[str, typer.Option(help="A ticket: everything that it sent.")] = "",
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    as_json: Json = False,
) -> None:
    """List what was given up, the latest first, and why; with --ticket all that it sent."""
    asked = {"ticket": ticket} if ticket else {}
    found = listing.read("/v1/outbox", limit=limit, cursor=cursor, **asked)
    columns = ("id", "at", "kind", "to", "state", "error")
    empty = f"{ticket} has sent nothing." if ticket else "Nothing was given up."
    listing.show(found, columns, empty=empty, as_json=as_json)


@app.command()
def retry(
    row: Annotated[str, typer.Argument(help="The row's id, as `list` shows it.", metavar="ID")],
    *,
    as_json: Json = False,
) -> None:
    """Send a row again, at the next minute: one that was given up, or a call of a webhook."""
    found = desk_api.call("POST", f"/v1/outbox/{quote(row, safe='')}/retry")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo(f"{found['id']} goes at the next minute", err=True)
