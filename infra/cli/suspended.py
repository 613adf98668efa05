"""`guardia suspended`: what a running desk set aside."""

import json
from typing import Annotated
from urllib.parse import quote

import typer

from infra.cli import desk_api, listing

app = typer.Typer(no_args_is_help=True, help="Messages that were set aside: look, recover, delete.")

Id = Annotated[str, typer.Argument(help="The message's id, as `list` shows it.", metavar="ID")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.callback()
def suspended() -> None:
    """Messages that were set aside: look, recover, delete."""


@app.command("list")
def list_command(
    *,
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    json_output: Json = False,
) -> None:
    """List what was set aside, the latest first, and why."""
    found = listing.read("/v1/suspended", limit=limit, cursor=cursor)
    if json_output:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["items"]:
        typer.echo(f"{one['id']}  {one['at']}  {one['reason']:<28} {one['from'] or '(nobody)'}")
        typer.echo(f"          {_line(one['subject'])}")
    if not found["items"]:
        typer.echo("Nothing is set aside.", err=True)
    listing.tell_more(found)


@app.command("show")
def show(entry: Id, *, json_output: Json = False) -> None:
    """Show what a message says, and why it was set aside."""
    found = desk_api.get(_path(entry))
    if json_output:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"From: {found['from'] or '(nobody)'}")
    typer.echo(f"Subject: {_line(found['subject'])}")
    typer.echo(f"Received: {found['at']}; goes away {found['expires_at']}")
    typer.echo(f"Set aside: {found['explanation']} ({found['reason']})")
    for name in found["attachments"]:
        typer.echo(f"Attachment: {_line(name)}")
    typer.echo("\n" + _printable(found["text"]))


@app.command("recover")
def recover(entry: Id, *, json_output: Json = False) -> None:
    """Take a message in after all; prints its ticket."""
    found = desk_api.call("POST", f"{_path(entry)}/recover")
    typer.echo(json.dumps(found) if json_output else found["ticket"])


@app.command("delete")
def delete(entry: Id, *, json_output: Json = False) -> None:
    """Throw a message away for good."""
    desk_api.call("DELETE", _path(entry))
    if json_output:
        typer.echo(json.dumps({"id": entry, "deleted": True}))
    else:
        typer.echo(f"{entry} is gone", err=True)


def _path(entry: str) -> str:
    return f"/v1/suspended/{quote(entry, safe='')}"


def _printable(text: str) -> str:
    """A stranger's text without signs that a terminal would obey."""
    return "".join(
        one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def _line(text: str) -> str:
    return " ".join(_printable(text).split())
