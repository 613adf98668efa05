"""`guardia simulate`: what a desk would do, step by step on a virtual clock."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from guardia.config.document import parse_text
from guardia.config.load import load_document
from guardia.config.problem import DocumentError, UnreadableError
from guardia.rehearsal import simulate as rehearsal
from guardia.rehearsal.steps import SimulationError

_WRONG = (SimulationError, DocumentError, UnreadableError)


def simulate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The simulation; - or nothing: standard input.")
    ] = "-",
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer with everything, in JSON.")
    ] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One simulation a line, one answer a line.")
    ] = False,
) -> None:
    """Run a simulation and compare it with what it expects.

    Exit status: 0 all as expected, 1 something is not, 2 the document makes no sense.
    """
    name, data, base = _read(file)
    if jsonl:
        raise typer.Exit(_lines(data, base))
    try:
        answer = rehearsal.simulate(parse_text(_text(data), name).plain(), _loader(base))
    except _WRONG as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for line in _told(answer):
            typer.echo(line)
    raise typer.Exit(0 if _holds(answer) else 1)


def _read(file: str) -> tuple[str, bytes, Path]:
    if file == "-":
        return "-", sys.stdin.buffer.read(), Path.cwd()
    path = Path(file)
    try:
        return file, path.read_bytes(), path.parent
    except OSError as error:
        typer.echo(f"{file}: {error.strerror or 'cannot be read'}", err=True)
        raise typer.Exit(2) from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        typer.echo("the simulation is not UTF-8", err=True)
        raise typer.Exit(2) from None


def _loader(base: Path) -> rehearsal.Load:
    """Read desks relative to the simulation; the same desk is checked once."""
    known: dict[str, Mapping[str, Any]] = {}

    def load(source: Any) -> Mapping[str, Any]:
        if not isinstance(source, str | Mapping):
            raise SimulationError("desk: must be a path or a desk document")
        key = json.dumps(source, sort_keys=True, default=str)
        if key not in known:
            known[key] = load_document(source, base)
        return known[key]

    return load


def _lines(data: bytes, base: Path) -> int:
    load, status = _loader(base), 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        answer = _answered(line, number, load)
        if "error" in answer or not _holds(answer):
            status = 1
        print(json.dumps(answer, ensure_ascii=False), flush=True)  # noqa: T201 - the answer
    return status


def _answered(line: bytes, number: int, load: rehearsal.Load) -> dict[str, Any]:
    name = None
    try:
        document = json.loads(line)
        if not isinstance(document, Mapping):
            raise SimulationError("a line must be a JSON object")
        name = document.get("id")
        return {"id": name, **rehearsal.simulate(document, load)}
    except _WRONG as error:
        return {"id": name, "line": number, "error": str(error)}
    except (ValueError, RecursionError):
        return {"id": name, "line": number, "error": "not valid JSON"}


def _holds(answer: Mapping[str, Any]) -> bool:
    return all(row["ok"] for row in answer["expect"])


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    """The story, line by line, then what was expected."""
    for line in answer["timeline"]:
        ticket = f"ticket {line['ticket']}" if line["ticket"] else ""
        came = f"refused: {line['refused']}" if line["refused"] else ticket
        yield f"{line['at']}  {line['step']:>3} {line['kind']:<8} {came}".rstrip()
    for number, row in enumerate(answer["outbox"], 1):
        to = row["to"] if isinstance(row["to"], str) else ", ".join(row["to"])
        yield f"{row['at']}  out {number:<4} {row['kind']} to {to}: {row['subject']}"
    for row in answer["expect"]:
        asked = json.dumps(row["row"], ensure_ascii=False)
        if row["ok"]:
            yield f"ok      {asked}"
        else:
            yield f"FAILED  {asked}"
            yield f"        got {json.dumps(row['got'], ensure_ascii=False)}"
