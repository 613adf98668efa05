"""`guardia config`: the desk document; checking it here, and what `plan` and `publish` do with a
running desk."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from guardia.config.problem import Problem, UnreadableError
from guardia.config.validate import Report, validate
from infra.cli import plan, publish

app = typer.Typer(no_args_is_help=True, help="The desk document: check it, publish it, go back.")


@app.callback()
def config() -> None:
    """The desk document: check it, publish it, go back."""


@app.command("validate")
def validate_document(
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="The desk's folder, or its one file.")
    ] = Path(),
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Check a desk: its shape, what it names, and what it hardly means.

    Exit status: 0 it can go live, 1 something in it is wrong, 2 there is no document.
    """
    try:
        report = validate(source)
    except UnreadableError as error:
        if json_output:
            typer.echo(json.dumps(_unreadable(source, error), ensure_ascii=False))
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if json_output:
        typer.echo(json.dumps(_answer(report), ensure_ascii=False))
    else:
        _tell(report)
    raise typer.Exit(0 if report.ok else 1)


app.command("plan")(plan.plan)
app.command("apply")(publish.apply)
app.command("rollback")(publish.rollback)
app.command("log")(publish.log)
app.command("pull")(publish.pull)


def _tell(report: Report) -> None:
    """Problems are the answer and go to standard output, the summary to standard error."""
    for one in report.errors:
        typer.echo(str(one))
    for one in report.warnings:
        typer.echo(_marked(one))
    counted = f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    typer.echo(counted if report.errors or report.warnings else "The desk is valid.", err=True)


def _marked(problem: Problem) -> str:
    text = str(problem)
    return text.removesuffix(problem.message) + f"warning: {problem.message}"


def _count(problems: tuple[Problem, ...], word: str) -> str:
    return f"{len(problems)} {word}{'' if len(problems) == 1 else 's'}"


def _answer(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "errors": [one.row() for one in report.errors],
        "warnings": [one.row() for one in report.warnings],
    }


def _unreadable(source: Path, error: UnreadableError) -> dict[str, Any]:
    problem = {"file": str(source), "line": None, "column": None, "message": str(error)}
    return {"ok": False, "errors": [problem], "warnings": []}
