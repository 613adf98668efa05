"""`guardia hours`: questions about business hours, one JSON object a line."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from guardia.domain.hours import Hours
from guardia.rehearsal.hours import answer_line


def hours(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Questions, one a line; - or nothing: standard input."),
    ] = None,
    desk: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The desk whose schedules may be named by id."),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="JSON; the only form this command has.")
    ] = False,
) -> None:
    """Answer questions about business hours: JSON Lines in, JSON Lines out."""
    del json_output
    schedules = _schedules_of(desk)
    with _opened(file) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                print(json.dumps(answer_line(line, number, schedules)), flush=True)  # noqa: T201 - the answer


def _schedules_of(desk: Path | None) -> Mapping[str, Hours]:
    if desk is None:
        return {}
    # Only here: reading a desk needs YAML and pydantic, which plain questions do without.
    from infra.cli.desk import DeskError, open_desk  # noqa: PLC0415

    try:
        opened = open_desk(desk)
    except DeskError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    return {name: one.hours for name, one in opened.schedules.items()}


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    if file is None or str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    with opened:
        yield opened
