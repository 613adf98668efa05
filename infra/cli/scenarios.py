"""`guardia test`: the scenarios beside a desk, run like tests."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from guardia.config.problem import UnreadableError
from guardia.rehearsal import runner

_ALONE: Final = 24
"""Scenarios that one process is done with before another has started."""
_WIDEST: Final = 300


def run_scenarios(
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="The desk's folder, or its one file.")
    ] = Path(),
    *,
    word: Annotated[
        str | None, typer.Option("-k", metavar="WORD", help="Only those whose path has the word.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=64, help="Processes; else one a core.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Run the scenarios that lie in scenarios/ beside a desk: simulations with what is expected of
    them. One that names no desk is about this one.

    Exit status: 0 all as expected, 1 something is not, 2 a scenario cannot be read.
    """
    begun = time.monotonic()
    try:
        files = runner.find(source)
    except UnreadableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    chosen = [one for one in files if word is None or word.lower() in str(one).lower()]
    found = []
    for one in _run(source, chosen, jobs):
        found.append(one)
        if not as_json:
            tell(one)
    if as_json:
        told = {"ok": all(one["ok"] for one in found), "scenarios": found}
        typer.echo(json.dumps(told, ensure_ascii=False))
    _end(source, found, word if files and not chosen else None, time.monotonic() - begun)


def results(source: Path) -> list[dict[str, Any]]:
    """Run all scenarios of a desk; see `runner.run`."""
    return list(_run(source, runner.find(source), None))


def _run(source: Path, files: Sequence[Path], jobs: int | None) -> Iterator[dict[str, Any]]:
    if not files:
        return
    if jobs is None:
        jobs = 1 if len(files) <= _ALONE else os.cpu_count() or 1
    yield from runner.run(files, runner.beside(source), jobs=jobs)


def tell(one: Mapping[str, Any]) -> None:
    """Write what a scenario came to: what went well to standard error, the rest is the answer."""
    if one["ok"]:
        typer.echo(f"  ok   {one['file']}  {_count(one['rows'], 'row')}", err=True)
        return
    if one["error"] is not None:
        typer.echo(f"ERROR  {one['error']}")
        return
    rows = len({json.dumps(each["row"], sort_keys=True) for each in one["failures"]})
    typer.echo(f" FAIL  {one['file']}  {rows} of {_count(one['rows'], 'row')}")
    for each in one["failures"]:
        for line in _failure(each):
            typer.echo(line)


def summary(found: Sequence[Mapping[str, Any]]) -> str:
    """Say how many scenarios went how."""
    wrong = sum(one["error"] is not None for one in found)
    failed = sum(not one["ok"] for one in found) - wrong
    parts = [f"{len(found) - failed - wrong} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{wrong} could not be read"] if wrong else []
    return f"{_count(len(found), 'scenario')}: {', '.join(parts)}"


def _end(
    source: Path, found: Sequence[Mapping[str, Any]], word: str | None, seconds: float
) -> None:
    """Say how it went, and end with the status that follows from it."""
    if word is not None:
        typer.echo(f"no scenario has `{word}` in its path", err=True)
        raise typer.Exit(2)
    if not found:
        folder = runner.folder_of(source)
        typer.echo(
            f"There are no scenarios. Put simulation documents into {folder}{os.sep}, like "
            f"{folder / 'first.yaml'}:\n{EXAMPLE}",
            err=True,
        )
        return
    typer.echo(f"{summary(found)}, in {seconds:.1f} s", err=True)
    if any(one["error"] is not None for one in found):
        raise typer.Exit(2)
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


EXAMPLE: Final = """
  start: 2026-03-06T18:30:00+01:00
  steps:
    - {email: {from: Ana <ana@globex.example>, subject: VPN, text: It does not connect}}
    - {after: 3d, wait: {}}
  expect:
    - {ticket: 1, status: new}
"""


def _failure(one: Mapping[str, Any]) -> Iterator[str]:
    what = ", ".join(
        f"{name} {one['row'][name]}"
        for name in ("ticket", "outbox", "contact", "at")
        if name in one["row"]
    )
    said = ": ".join(part for part in (what, one["member"]) if part)
    yield f"       {one['file']}:{one['line']}: {said}".removesuffix(": ")
    yield f"         wanted  {_json(one['wanted'])}"
    yield f"         got     {_json(one['got'])}"
    entry = one["entry"]
    if entry is not None:
        rules = ", ".join(f"{each['kind']} {each['id']}" for each in entry["rules"])
        by = f"entry {entry['seq']}, {entry['event']} by {entry['actor']} at {entry['at']}"
        yield f"         from    {by}; {rules or 'no rule'} fired there"
    elif one["member"] is not None and "ticket" in one["row"]:
        yield "         from    nothing: no entry ever changed it"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
