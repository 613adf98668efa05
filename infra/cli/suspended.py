"""`guardia suspended`: what a running desk set aside."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from infra.cli import desk_api

app = typer.Typer(no_args_is_help=True, help="Messages that were set aside: look, recover, delete.")

Id = Annotated[str, typer.Argument(help="The entry's code, as `list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.callback()
def suspended() -> None:
    """Messages that were set aside: look, recover, delete."""


@app.command("list")
def list_command(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    json_output: Json = False,
) -> None:
    """List what was set aside, newest first, and why."""
    items: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None and len(items) < limit:
        cursor = f"&cursor={quote(following)}" if following else ""
        page = desk_api.get(f"/v1/suspended?limit={min(100, limit - len(items))}{cursor}")
        items += page["items"]
        following = page["next"]
    if json_output:
        typer.echo(json.dumps({"items": items, "next": following}, ensure_ascii=False))
        return
    for one in items:
        typer.echo(f"{one['id']}  {one['at']}  {one['reason']:<28} {one['from'] or '(nobody)'}")
        typer.echo(f"          {_line(one['subject'])}")
    if not items:
        typer.echo("Nothing is set aside.", err=True)


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
        typer.echo(json.dumps({"deleted": entry}))


def _path(entry: str) -> str:
    return f"/v1/suspended/{quote(entry, safe='')}"


def _printable(text: str) -> str:
    """A stranger's text without signs that a terminal would obey."""
    return "".join(
        one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def _line(text: str) -> str:
    return " ".join(_printable(text).split())
