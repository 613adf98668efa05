"""Lists of a desk on a terminal, or as JSON."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from infra.cli import desk_api

Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]
Cursor = Annotated[str, typer.Option(help="Where an earlier list ended: goes on from there.")]

_PAGE: Final = 100
"""The most that one request gives."""


def read(path: str, *, limit: int, cursor: str, **asked: str) -> dict[str, Any]:
    """Read a list of the desk, page by page, up to `limit` items; `next` goes on behind them."""
    items: list[Any] = []
    following: str | None = cursor
    while following is not None and len(items) < limit:
        page = {"limit": min(_PAGE, limit - len(items))} | asked
        page |= {"cursor": following} if following else {}
        found = desk_api.get(f"{path}?{urlencode(page)}")
        items += found["items"]
        following = found["next"]
    return {"items": items, "next": following}


def show(found: Mapping[str, Any], columns: Sequence[str], *, empty: str, as_json: bool) -> None:
    """Print a page of a list: a column for each member named, or the page's JSON."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found["items"]:
        typer.echo(empty, err=True)
        return
    table = Table(*columns, box=None)
    for one in found["items"]:
        table.add_row(*(_cell(one.get(name)) for name in columns))
    Console(width=None if Console().is_terminal else 200, markup=False).print(table)
    tell_more(found)


def tell_more(found: Mapping[str, Any]) -> None:
    """Say how to see the rest of a list, where there is one."""
    if found["next"]:
        typer.echo(f"There are more: --cursor {shlex.quote(found['next'])}", err=True)


def _cell(value: Any) -> str:
    """A value on one line. What people wrote may hold signs that command a terminal."""
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = "" if value is None else str(value)
    return "".join(one if one.isprintable() else " " for one in text)
