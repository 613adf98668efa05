"""The question before something that cannot be taken back quietly."""

import sys
from typing import Final

import typer

_YES: Final = ("y", "yes")


def agreed(question: str) -> None:
    """Ask on standard error; ends the command with status 1 unless somebody says yes.

    typer's own question leaves a blank on standard output, where only data goes.
    """
    typer.echo(f"{question} [y/N]: ", err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer:
        typer.echo("\nnobody answered; --yes does it without asking", err=True)
    if answer.strip().lower() not in _YES:
        raise typer.Exit(1)
