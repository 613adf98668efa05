"""Recorded tickets of a running desk, and `guardia export`, which writes them into a file."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer

from guardia.rehearsal.simulate import duration
from guardia.rehearsal.steps import SimulationError
from infra.cli import desk_api
from infra.cli.progress import Far

LAST: Final = 200
"""How many tickets are taken where nobody says."""

_PAGE: Final = 20
"""Tickets of a request: each comes with its whole history."""

Last = Annotated[
    int | None,
    typer.Option("--last", min=1, max=1_000_000, help="The N tickets that changed last."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="30d", help="Tickets that changed since then.")
]


def export(*, last: Last = None, since: Since = None) -> None:
    """Write recorded tickets to standard output, one a line, for `guardia backtest --file`.

    Without --last and --since all tickets. The file holds what customers wrote: keep it as
    carefully as the desk itself.

    Exit status: 0 written, 1 the desk says no, 2 it cannot be asked.
    """
    number = 0
    asked = chosen(last, since)
    with Far("tickets", last) as far:
        for number, line in enumerate(read(**asked), 1):
            sys.stdout.buffer.write(line + b"\n")
            far.tell(number, number)
    sys.stdout.buffer.flush()
    typer.echo(f"{number:,} tickets", err=True)


def chosen(last: int | None, since: str | None) -> dict[str, Any]:
    """Return what `read` is asked for; ends the command with status 2 where that makes no sense."""
    if last is not None and since is not None:
        typer.echo("say one of --last and --since", err=True)
        raise typer.Exit(2)
    if since is None:
        return {"last": last}
    try:
        return {"since": datetime.now(UTC) - duration(since, "--since")}
    except (OverflowError, SimulationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def read(*, last: int | None = None, since: datetime | None = None) -> Iterator[bytes]:
    """Read records of the running desk, those that changed last first, one a line.

    Ends the command where the desk says no or cannot be asked.
    """
    cursor: str | None = ""
    left = last
    while cursor is not None and left != 0:
        asked: dict[str, Any] = {"limit": _PAGE if left is None else min(_PAGE, left)}
        if cursor:
            asked["cursor"] = cursor
        if since is not None:
            asked["updated_since"] = since.isoformat()
        page = desk_api.get(f"/v1/records?{urlencode(asked)}")
        for one in page["items"]:
            yield json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()
        for id_ in page["left_out"]:
            typer.echo(f"{id_} is left out: its history is too long for an answer", err=True)
        if left is not None:
            left -= len(page["items"]) + len(page["left_out"])
        cursor = page["next"]
