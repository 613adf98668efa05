"""`guardia backtest`: recorded tickets through the live desk and through another one."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from guardia.config.document import Files
from guardia.config.load import load_document
from guardia.config.problem import DocumentError, UnreadableError
from guardia.rehearsal import files
from guardia.rehearsal.backtest import KEEP
from guardia.rehearsal.records import RecordError
from guardia.rehearsal.simulate import instant
from guardia.rehearsal.steps import SimulationError
from infra.cli import backtest_job, desk_api, records
from infra.cli.backtest_text import tell
from infra.cli.progress import Far

SHOW: Final = 10
"""How many tickets that differ are told of, where nobody says how many."""

_ALONE: Final = {"tickets": 400, "bytes": 2_000_000}
"""What one process is done with before another has started."""


def backtest(
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="The desk to try: its folder, or its file.")
    ] = Path(),
    *,
    last: records.Last = None,
    since: records.Since = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="FILE", help="What guardia export wrote; - standard input."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="DIR", help="The desk before; else the live one."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Let time pass up to an instant; else each ticket's last."),
    ] = None,
    show: Annotated[
        int | None, typer.Option("--show", min=0, max=100_000, help="Tickets to tell of.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=64, help="Processes; else one a core.")
    ] = None,
    remote: Annotated[
        bool, typer.Option("--remote", help="Let the running desk do it, as a job, and wait.")
    ] = False,
    fail: Annotated[
        bool,
        typer.Option("--fail-on-difference", help="Exit with 1 where a ticket would differ."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell what would have been otherwise if this desk had been live: how often each rule fires,
    and which tickets' fields, deadlines or messages differ, and why. Nothing is sent or changed.

    Takes the last 200 tickets of the running desk, or what --last, --since or --file say.

    Exit status: 0 done, 1 the desk is wrong or says no, 2 something cannot be read.
    """
    if file is not None and (last is not None or since is not None or remote):
        raise _wrong("--file goes without --last, --since and --remote")
    if remote and (against is not None or until is not None):
        raise _wrong("--remote goes without --against and --until")
    keep = show if show is not None else (KEEP if as_json else SHOW)
    after = opened(source)
    if remote:
        answer = backtest_job.run(source, records.chosen(last, since), keep)
    else:
        before = opened(against) if against is not None else live()
        total, lines = _lines(file, last, since)
        if jobs is None:
            jobs = 1 if total is not None and total <= _ALONE[lines.unit] else os.cpu_count() or 1
        answer = run(lines, before, after, total=total, keep=keep, jobs=jobs, until=_until(until))
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        tell(answer)
    raise typer.Exit(1 if fail and answer["differing"] else 0)


def opened(source: Path) -> Mapping[str, Any]:
    """The stored document of a desk; ends the command where it is wrong or not there."""
    try:
        return load_document(source)
    except DocumentError as error:
        for one in error.problems:
            typer.echo(str(one), err=True)
        raise typer.Exit(1) from None
    except UnreadableError as error:
        raise _wrong(str(error)) from None


def live() -> Mapping[str, Any]:
    """The stored document of the running desk."""
    found = desk_api.get("/v1/config")
    try:
        return load_document(Files(found["files"]) if found["files"] else found["document"])
    except (DocumentError, UnreadableError) as error:
        raise _wrong(f"the live desk cannot be read by this version of guardia: {error}") from None


class Lines:
    """Lines that are read as they are needed, somewhat ahead of what is done with them. Their size
    is counted in `unit`: `bytes` or `tickets`."""

    def __init__(self, lines: Iterable[bytes], unit: str) -> None:
        """Take the lines."""
        self._lines, self.unit = lines, unit
        self._read, self._number = 0, 0

    def __iter__(self) -> Iterator[bytes]:
        """Read them."""
        for line in self._lines:
            self._read += len(line) if self.unit == "bytes" else 1
            self._number += 1
            yield line

    def done(self, number: int) -> float:
        """How much so many of them are, as far as that is known before all are done."""
        return self._read * number / max(self._number, 1)


def run(
    lines: Lines,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    total: float | None,
    keep: int,
    jobs: int,
    until: datetime | None = None,
) -> dict[str, Any]:
    """Take recorded tickets through two stored documents, telling how far it is; return what was
    found, with `seconds`. Ends the command with status 2 at a line that is no recorded ticket."""
    with Far("tickets", total) as far:
        try:
            found = files.backtest(
                lines,
                before,
                after,
                until=until,
                keep=keep,
                jobs=jobs,
                told=lambda tally: far.tell(tally.tickets, lines.done(tally.tickets)),
            )
        except RecordError as error:
            raise _wrong(str(error)) from None
        return found.answer() | {"seconds": round(far.seconds, 3)}


def _lines(file: str | None, last: int | None, since: str | None) -> tuple[float | None, Lines]:
    """The records to take, and how much there is of them, as far as somebody knows."""
    if file is None:
        asked = records.chosen(records.LAST if last is None and since is None else last, since)
        return asked.get("last"), Lines(records.read(**asked), "tickets")
    if file == "-":
        return None, Lines(sys.stdin.buffer, "bytes")
    try:
        path = Path(file)
        return path.stat().st_size, Lines(_read(path), "bytes")
    except OSError as error:
        raise _wrong(f"{file}: {error.strerror or 'cannot be read'}") from None


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as lines:
            yield from lines
    except OSError as error:
        raise _wrong(f"{path}: {error.strerror or 'cannot be read'}") from None


def _until(text: str | None) -> datetime | None:
    try:
        return instant(text, "--until") if text is not None else None
    except SimulationError as error:
        raise _wrong(str(error)) from None


def _wrong(said: str) -> typer.Exit:
    typer.echo(said, err=True)
    return typer.Exit(2)
