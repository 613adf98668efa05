"""`guardia hooks`: what programs sent in, and a delivery of one's own to try a source out."""

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn
from urllib.parse import quote

import httpx
import typer

from guardia.hooks import signatures
from infra.cli import desk_api, listing

app = typer.Typer(
    no_args_is_help=True,
    help="Deliveries of the programs that are listed under `sources`.",
)
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
SourceArgument = Annotated[
    str, typer.Argument(help="The source's id in the desk document.", metavar="SOURCE")
]
_COLUMNS: Final = ("at", "outcome", "status", "ticket", "id")


@app.command()
def deliveries(
    source: SourceArgument,
    *,
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    as_json: JsonOption = False,
) -> None:
    """List what a source sent in the last two weeks, the latest first, and what became of it."""
    path = f"/v1/sources/{quote(source, safe='')}/deliveries"
    found = listing.read(path, limit=limit, cursor=cursor)
    empty = f"{source} sent nothing in the last two weeks."
    listing.show(found, _COLUMNS, empty=empty, as_json=as_json)


@app.command()
def send(
    source: SourceArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The body, JSON; - is standard input.", allow_dash=True
        ),
    ],
    *,
    secret: Annotated[
        str,
        typer.Option(help="The secret's name in the document, where it is not the source's id."),
    ] = "",
    scheme: Annotated[
        str, typer.Option(help=f"How it is signed: {', '.join(signatures.SCHEMES)}.")
    ] = "standard",
    id_: Annotated[
        str, typer.Option("--id", help="The delivery's id: the same one again is a repeat.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Sign a delivery and send it to the desk at GUARDIA_URL.

    The secret is read from the variable GUARDIA_SECRET_ and its name in capitals, `-` as `_`:
    GUARDIA_SECRET_SHOP_SECRET for `--secret shop-secret`.
    """
    if scheme not in signatures.SCHEMES:
        _stop(f"--scheme must be one of {', '.join(signatures.SCHEMES)}")
    keys = _keys(scheme, secret or source)
    try:
        body = typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _stop(f"{file}: {error.strerror}")
    name = id_ or f"msg_{secrets.token_hex(12)}"
    signed = signatures.sign_as(scheme, name, datetime.now(UTC), body, keys)
    url = desk_api.url()
    headers = {"content-type": "application/json", **signed}
    try:
        answer = httpx.post(
            f"{url}/hooks/{quote(source, safe='')}", content=body, headers=headers, timeout=30
        )
    except (httpx.HTTPError, httpx.InvalidURL):
        _stop(f"{url} does not answer; is the desk running? GUARDIA_URL names it")
    _tell(answer, as_json=as_json)


def _keys(scheme: str, name: str) -> tuple[bytes, ...]:
    variable = "GUARDIA_SECRET_" + name.upper().replace("-", "_")
    if variable not in os.environ:
        _stop(
            f"set {variable} to the source's secret (make run prints those that it makes);"
            " --secret says its name where that is not the source's id"
        )
    try:
        return signatures.keys(scheme, os.environ[variable])
    except signatures.SecretError as error:
        _stop(f"{variable}: {error}")


def _tell(answer: httpx.Response, *, as_json: bool) -> None:
    try:
        told = answer.json()
    except ValueError:
        told = {"status": answer.status_code}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif answer.is_success:
        typer.echo(told.get("ticket") or json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(desk_api.said(answer.status_code, told), err=True)
    raise typer.Exit(0 if answer.is_success else 1)


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
