"""`guardia outbox`: what could not be sent, and sending it again."""

import json
from typing import Annotated
from urllib.parse import quote, urlencode

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
    ticket: Annotated[str, typer.Option(help="Everything that this ticket sent.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 50,
    cursor: Annotated[str, typer.Option(help="Goes on where a list ended.")] = "",
    as_json: Json = False,
) -> None:
    """List what was given up, the latest first, and why."""
    asked = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    asked |= {"ticket": ticket} if ticket else {}
    found = desk_api.get(f"/v1/outbox?{urlencode(asked)}")
    columns = ("id", "at", "kind", "to", "state", "error")
    listing.show(found, columns, empty="Nothing was given up.", as_json=as_json)


@app.command()
def retry(
    row: Annotated[str, typer.Argument(help="The row's name, as `list` shows it.")],
    *,
    as_json: Json = False,
) -> None:
    """Send a row again, at the next minute: one that was given up, or a call of a webhook."""
    found = desk_api.call("POST", f"/v1/outbox/{quote(row, safe='')}/retry")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo(f"{found['id']} goes at the next minute", err=True)
