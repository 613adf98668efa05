"""`guardia config plan`: what would change if a desk went live, in the document and in practice."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from guardia.config.document import Files
from guardia.config.load import load_document
from infra.cli import backtest, desk_api, publish, records, scenarios
from infra.cli.backtest_text import tell

_KEEP: Final = 20
"""Tickets that differ which the answer in JSON tells of."""


def plan(
    source: publish.Source = Path(),
    *,
    no_backtest: Annotated[
        bool, typer.Option("--no-backtest", help="Do not try it on recorded tickets.")
    ] = False,
    json_output: publish.Json = False,
) -> None:
    """Show what would change if this desk went live: in its document, in what its own scenarios
    expect, and in the last 200 tickets, had it been live.

    Exit status: 0 it could go live, 1 something in it is wrong or a scenario fails, 2 there is no
    document or no desk.
    """
    planned = publish.planned(source, json_output=json_output)
    if not json_output:
        publish.show(planned)
    tested = scenarios.results(source)
    good = all(one["ok"] for one in tested)
    if not json_output:
        for one in tested:
            if not one["ok"]:
                scenarios.tell(one)
        typer.echo(scenarios.summary(tested) if tested else "No scenarios.", err=not tested)
    tried = None
    if not no_backtest and planned.answer["changes"]:
        tried = _tried(planned.files)
        if tried is not None and not json_output:
            tell(tried, tickets=False)
    if json_output:
        row = {**planned.row(), "ok": planned.answer["ok"] and good}
        typer.echo(json.dumps(row | {"scenarios": tested, "backtest": tried}, ensure_ascii=False))
    raise typer.Exit(0 if good else 1)


def _tried(files: Mapping[str, str]) -> dict[str, Any] | None:
    """Take the last tickets through the live desk and this one; None where the key may not read
    them."""
    answer = desk_api.ask("GET", "/v1/records?limit=1")
    if answer.status_code == HTTPStatus.FORBIDDEN:
        typer.echo("No backtest: this key may not read records (its scope).", err=True)
        return None
    lines = backtest.Lines(records.read(last=records.LAST), "tickets")
    return backtest.run(
        lines,
        backtest.live(),
        load_document(Files(files)),
        total=records.LAST,
        keep=_KEEP,
        jobs=1,
    )
