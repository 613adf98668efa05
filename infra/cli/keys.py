"""`guardia keys`: who may call the desk's API, and what they may do."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

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
    name: Annotated[
        str, typer.Argument(help="What it is for, like `online shop`.", metavar="NAME")
    ],
    *,
    scopes: Annotated[
        list[str],
        typer.Option("--scope", help="What it may do, like tickets:read, or all; once for each."),
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
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    as_json: Json = False,
) -> None:
    """List the keys, the latest first: whose, for what, until when; never the keys themselves."""
    found = listing.read("/v1/keys", limit=limit, cursor=cursor)
    columns = ("id", "name", "agent", "scopes", "created_at", "last_used_at", "expires_at",
               "revoked_at")  # fmt: skip
    empty = "There is only the first key, which the stack was made with."
    listing.show(found, columns, empty=empty, as_json=as_json)


@app.command()
def revoke(key: Key, *, as_json: Json = False) -> None:
    """End a key; after a minute it opens nothing."""
    name = _id(key)
    desk_api.call("DELETE", f"/v1/keys/{quote(name, safe='')}")
    if as_json:
        typer.echo(json.dumps({"id": name, "revoked": True}))
    else:
        typer.echo(f"{name} is revoked; after a minute it opens nothing", err=True)


@app.command()
def rotate(key: Key, *, as_json: Json = False) -> None:
    """Make a new key in the place of one, and print it; the old one is good for 24 hours more."""
    found = desk_api.call("POST", f"/v1/keys/{quote(_id(key), safe='')}/rotate")
    _tell(found, as_json=as_json)


def _id(key: str) -> str:
    """A key's id; of a whole key, which belongs in no address, the part that is one."""
    return key.removeprefix("gd_").split("_")[0].upper()


def _tell(made: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
        return
    until = made["expires_at"] or "it is revoked"
    typer.echo(f"key {made['id']}, good until {until}; it is shown only now", err=True)
    typer.echo(made["key"])
