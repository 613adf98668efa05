"""`guardia stuck`: tickets on which time could not pass, and trying again."""

import json
from typing import Annotated
from urllib.parse import quote

import typer

from infra.cli import desk_api, listing

app = typer.Typer(
    no_args_is_help=True,
    help="Tickets whose deadlines and automations could not be carried out, and trying again.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.callback()
def stuck() -> None:
    """Tickets whose deadlines and automations could not be carried out, and trying again."""


@app.command("list")
def list_command(
    *,
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    as_json: Json = False,
) -> None:
    """List tickets that were given up, the latest first: what was due, and when it was given up.

    Why stands in the log of the sweep, under the ticket's id.
    """
    found = listing.read("/v1/stuck", limit=limit, cursor=cursor)
    columns = ("ticket", "due_at", "given_up_at", "failures")
    listing.show(found, columns, empty="No ticket was given up.", as_json=as_json)


@app.command()
def retry(
    tickets: Annotated[
        list[str] | None, typer.Argument(help="Tickets, as `list` shows them.", metavar="ID...")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that were given up, up to a thousand.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let tickets come up again at the next minute, as if they had never failed."""
    if bool(tickets) is everything:
        typer.echo("name tickets, or say --all", err=True)
        raise typer.Exit(2)
    chosen = list(tickets or ())
    if everything:
        listed = listing.read("/v1/stuck", limit=1000, cursor="")
        chosen = [str(one["ticket"]) for one in listed["items"]]
    for ticket in chosen:
        found = desk_api.call("POST", f"/v1/stuck/{quote(ticket, safe='')}/retry")
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            typer.echo(f"{found['ticket']} comes up at the next minute", err=True)
