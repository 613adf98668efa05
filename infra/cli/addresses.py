"""`guardia addresses`: who takes no mail of ours, and trying again."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from infra.cli import desk_api

app = typer.Typer(no_args_is_help=True, help="Addresses that the desk writes to: do they take it?")
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Address = Annotated[str, typer.Argument(help="An email address.", metavar="ADDRESS")]


@app.callback()
def addresses() -> None:
    """Addresses that the desk writes to: do they take it?"""


@app.command()
def show(address: Address, *, as_json: Json = False) -> None:
    """Tell whether an address bounced or complained, and how much it was sent today."""
    _tell(desk_api.get(f"/v1/addresses/{quote(address, safe='@')}"), as_json=as_json)


@app.command()
def clear(address: Address, *, as_json: Json = False) -> None:
    """Let automatic mail go again to an address that bounced or complained.

    SES keeps a list of its own; take the address off it with
    `aws sesv2 delete-suppressed-destination --email-address ADDRESS`.
    """
    _tell(desk_api.call("POST", f"/v1/addresses/{quote(address, safe='@')}/clear"), as_json=as_json)


def _tell(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    state = found["state"] or "takes mail"
    since = f" since {found['since']}: {found['reason']}" if found["since"] else ""
    sent = found["sent_today"]
    mails = f"{sent} automatic mail{'' if sent == 1 else 's'} today"
    typer.echo(f"{found['address']} {state}{since}; {mails}")
