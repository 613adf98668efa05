"""The question before something that cannot be taken back quietly."""

import typer


def agreed(question: str) -> None:
    """Ask on standard error; ends the command with status 1 unless somebody says yes."""
    try:
        yes = typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo("\nnobody answered; --yes does it without asking", err=True)
        raise typer.Exit(1) from None
    if not yes:
        raise typer.Exit(1)
