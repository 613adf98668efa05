"""A running desk over HTTP, for the commands that talk to one."""

import os
from typing import Any, Final

import httpx
import typer

LOCAL: Final = "http://127.0.0.1:8030"


def get(path: str) -> Any:
    """Read from the desk named by GUARDIA_URL, with the key in GUARDIA_API_KEY.

    Ends the command with one sentence: 1 where the desk says no, 2 where it cannot be asked.
    """
    url = os.environ.get("GUARDIA_URL", LOCAL).rstrip("/")
    key = os.environ.get("GUARDIA_API_KEY", "")
    if not key:
        typer.echo("set GUARDIA_API_KEY to the desk's API key (make run prints it)", err=True)
        raise typer.Exit(2)
    try:
        answer = httpx.get(url + path, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    except (httpx.HTTPError, httpx.InvalidURL):
        typer.echo(f"{url} does not answer; is the desk running? GUARDIA_URL names it", err=True)
        raise typer.Exit(2) from None
    if answer.is_success:
        return answer.json()
    typer.echo(_said(answer), err=True)
    raise typer.Exit(2 if answer.status_code in (401, 403) else 1)


def _said(answer: httpx.Response) -> str:
    if answer.status_code in (401, 403):
        return "the desk does not know this GUARDIA_API_KEY"
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the desk answered with status {answer.status_code}"
