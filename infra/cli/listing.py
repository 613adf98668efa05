"""Lists of a desk on a terminal, or as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table


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
    if found["next"]:
        typer.echo("There are more; --cursor goes on:", err=True)
        typer.echo(found["next"], err=True)


def _cell(value: Any) -> str:
    """A value on one line. What people wrote may hold signs that command a terminal."""
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = "" if value is None else str(value)
    return "".join(one if one.isprintable() else " " for one in text)
