"""`guardia keys`: who may call the desk's API, and what they may do."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from infra.cli import desk_api, listing

app = typer.Typer(no_args_is_help=True, help="The API's keys: make, list, revoke, replace them.")
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Key = Annotated[str, typer.Argument(help="The key's id, the part after gd_.", metavar="ID")]


@app.callback()
def keys() -> None:
    """The API's keys: make, list, revoke, replace them."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, like `online shop`.")],
    *,
    scopes: Annotated[
        list[str], typer.Option("--scope", help="What it may do, like tickets:read; or all.")
    ],
    agent: Annotated[str, typer.Option(help="Whom it acts as; else the first admin.")] = "",
    expires_in: Annotated[str, typer.Option(help="How long it is good, like 90d.")] = "",
    as_json: Json = False,
) -> None:
    """Make a key and print it, this once: the desk keeps only its hash."""
    body: dict[str, Any] = {"name": name, "scopes": scopes}
    if agent:
        body["agent"] = agent
    if expires_in:
        body["expires_in"] = expires_in
    _tell(desk_api.call("POST", "/v1/keys", body), as_json=as_json)


@app.command("list")
def list_command(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, the newest first.")] = 50,
    cursor: Annotated[str, typer.Option(help="Goes on where a list ended.")] = "",
    as_json: Json = False,
) -> None:
    """List the keys; never the keys themselves."""
    asked = urlencode({"limit": limit, **({"cursor": cursor} if cursor else {})})
    found = desk_api.get(f"/v1/keys?{asked}")
    columns = ("id", "name", "agent", "scopes", "created_at", "last_used_at", "expires_at",
               "revoked_at")  # fmt: skip
    empty = "There is only the first key, the stack's own parameter."
    listing.show(found, columns, empty=empty, as_json=as_json)


@app.command()
def revoke(key: Key, *, as_json: Json = False) -> None:
    """End a key. It opens nothing any more after a minute."""
    desk_api.call("DELETE", f"/v1/keys/{quote(key, safe='')}")
    if as_json:
        typer.echo(json.dumps({"id": key.upper(), "revoked": True}))
    else:
        typer.echo(f"{key.upper()} is revoked; it opens nothing after a minute", err=True)


@app.command()
def rotate(key: Key, *, as_json: Json = False) -> None:
    """Make a new key in the place of one, and print it; the old one is good for 24 hours more."""
    found = desk_api.call("POST", f"/v1/keys/{quote(key, safe='')}/rotate")
    _tell(found, as_json=as_json)


def _tell(made: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
        return
    until = made["expires_at"] or "it is revoked"
    typer.echo(f"key {made['id']}, good until {until}; it is shown only now", err=True)
    typer.echo(made["key"])
