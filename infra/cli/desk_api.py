"""A running desk over HTTP, for the commands that talk to one."""

import os
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, Final, NoReturn

import httpx
import typer

LOCAL: Final = "http://127.0.0.1:8030"


def get(path: str, *, wrong: Collection[str] = ()) -> Any:
    """Read from the desk; see `call`."""
    return call("GET", path, wrong=wrong)


def call(method: str, path: str, body: Any = None, *, wrong: Collection[str] = ()) -> Any:
    """Ask the desk for something; return its answer's JSON, None where it has none.

    Ends the command with one sentence: 1 where the desk says no, 2 where it cannot be asked, or
    where it cannot read the call or a member of it named in `wrong`.
    """
    answer = ask(method, path, body)
    if not answer.is_success:
        refused(answer, wrong=wrong)
    return answer.json() if answer.content else None


def url() -> str:
    """The desk that is talked to."""
    return os.environ.get("GUARDIA_URL", LOCAL).rstrip("/")


def ask(method: str, path: str, body: Any = None) -> httpx.Response:
    """Ask the desk named by GUARDIA_URL, with the key in GUARDIA_API_KEY; return what it says.

    Ends the command with one sentence and status 2 where it cannot be asked.
    """
    key = os.environ.get("GUARDIA_API_KEY", "")
    if not key:
        typer.echo("set GUARDIA_API_KEY to the desk's API key (make run prints it)", err=True)
        raise typer.Exit(2)
    headers = {"Authorization": f"Bearer {key}"}
    try:
        return httpx.request(method, url() + path, json=body, headers=headers, timeout=60)
    except (httpx.HTTPError, httpx.InvalidURL):
        typer.echo(f"{url()} does not answer; is the desk running? GUARDIA_URL names it", err=True)
        raise typer.Exit(2) from None


def refused(answer: httpx.Response, *, wrong: Collection[str] = ()) -> NoReturn:
    """End the command with what the desk says: 2 where it does not know the key, cannot read the
    call, or finds fault with a member of it named in `wrong`, else 1."""
    told = problem(answer)
    if answer.status_code in (401, 403) and "detail" not in told:
        typer.echo("the desk does not know this GUARDIA_API_KEY", err=True)
        raise typer.Exit(2)
    typer.echo(said(answer.status_code, told), err=True)
    unread = any(one["path"] in wrong for one in told.get("errors", ()))
    raise typer.Exit(2 if unread or answer.status_code == HTTPStatus.BAD_REQUEST else 1)


def said(status: int, told: Mapping[str, Any]) -> str:
    """What a problem document says, a line for each place that it names."""
    detail = told.get("detail", f"the desk answered with status {status}")
    places = [f"{one['path']}: {one['message']}" for one in told.get("errors", ())]
    if len(places) == 1 and places[0].endswith(f": {detail}"):
        return places[0]
    return "\n".join([detail, *(f"  {one}" for one in places)])


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of an answer; empty where it has none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
