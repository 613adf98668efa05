"""Scenarios beside a desk, run like tests: which rows fail, where they stand, and what lies behind.

A scenario is a simulation document in `scenarios/`; where it names no desk, it is about the one
beside it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from guardia.config.document import parse_text
from guardia.config.load import load_document
from guardia.config.node import Node
from guardia.config.problem import DocumentError, UnreadableError
from guardia.rehearsal.expect import same
from guardia.rehearsal.simulate import simulate
from guardia.rehearsal.spread import spread
from guardia.rehearsal.steps import SimulationError

FOLDER: Final = "scenarios"
SUFFIXES: Final = (".yaml", ".yml", ".json")

_PLACE: Final = re.compile(r"^(steps|expect)\[(\d+)\]")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "outbox": ("outbox",), "ticket": ("ticket", "at"), "contact": ("contact",),
}  # fmt: skip
"""Members of a row that say what it is about, and are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The desk beside the scenarios: its stored form, or what is wrong with it."""

    document: Mapping[str, Any] | None
    problem: str = ""


def folder_of(source: Path) -> Path:
    """Where the scenarios of a desk lie: in a folder of its own, beside or inside it."""
    return (source if source.is_dir() else source.parent) / FOLDER


def find(source: Path) -> list[Path]:
    """List the scenarios of a desk by name, those of subfolders too.

    Raises:
        UnreadableError: there is no such desk.
    """
    if not source.exists():
        raise UnreadableError(f"{source}: there is no such file or folder")
    found = folder_of(source).rglob("*")
    return sorted(
        one
        for one in found
        if one.suffix in SUFFIXES and not one.name.startswith((".", "_")) and one.is_file()
    )


def beside(source: Path) -> Beside:
    """Read the desk that scenarios without one are about."""
    try:
        return Beside(document=load_document(source))
    except (DocumentError, UnreadableError) as error:
        return Beside(document=None, problem=str(error))


def run(files: Sequence[Path], desk: Beside, *, jobs: int = 1) -> Iterator[dict[str, Any]]:
    """Run scenarios, on so many processes, and yield what each came to, in their order.

    `{"file", "name", "ok", "rows", "failures", "error", "seconds"}`; a failure is `{"file", "line",
    "row", "member", "wanted", "got", "entry"}`, and `entry` what last changed that member, with the
    rules that fired there. `error` says why a scenario makes no sense.
    """
    told = (json.dumps(desk.document), desk.problem)
    yield from spread(_work, [str(one) for one in files], jobs=jobs, start=_start, told=told)


_desk: list[Beside] = []
"""The desk beside the scenarios, in this process."""


def _start(document: str, problem: str) -> None:
    _desk[:] = [Beside(document=json.loads(document), problem=problem)]


def _work(file: str) -> dict[str, Any]:
    (desk,) = _desk
    return run_one(Path(file), desk)


def run_one(path: Path, desk: Beside) -> dict[str, Any]:
    """Run one scenario; see `run`."""
    begun = perf_counter()
    found: dict[str, Any] = {"file": str(path), "name": path.stem, "rows": 0, "failures": []}
    root = None
    try:
        root = _parsed(path)
        plain = root.plain()
        if isinstance(plain, Mapping):
            found["name"] = str(plain.get("name") or path.stem)
        answer = simulate(_with_desk(plain, desk), lambda one: _load(one, path))
    except (DocumentError, UnreadableError, SimulationError) as error:
        said = _placed(error, path, root)
        return found | {"ok": False, "error": said, "seconds": perf_counter() - begun}
    rows = answer["expect"]
    for place, row in enumerate(rows):
        if not row["ok"]:
            found["failures"] += _failures(row, place, path, root, answer)
    return found | {
        "ok": not found["failures"],
        "rows": len(rows),
        "error": None,
        "seconds": perf_counter() - begun,
    }


def _parsed(path: Path) -> Node:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or 'cannot be read'}") from None
    except UnicodeDecodeError:
        raise UnreadableError(f"{path}: the file is not written in UTF-8") from None
    return parse_text(text, str(path))


def _with_desk(plain: Any, desk: Beside) -> Any:
    if not isinstance(plain, Mapping) or plain.get("desk") is not None:
        return plain
    if desk.document is None:
        raise UnreadableError(f"the desk beside it cannot be used: {desk.problem}")
    return {**plain, "desk": desk}


def _load(source: Any, path: Path) -> Mapping[str, Any]:
    """Read a desk that a scenario names, relative to its file."""
    if isinstance(source, Beside):
        return source.document or {}
    if not isinstance(source, str | Mapping):
        raise SimulationError("desk: must be a path or a desk document")
    return load_document(source, path.parent)


def _placed(error: Exception, path: Path, root: Node | None) -> str:
    """What is wrong with a scenario, with file and line where they are known."""
    said = str(error)
    if said.startswith(str(path)):
        return said
    line = 0
    if root is not None and isinstance(root.value, dict):
        place = _PLACE.match(said)
        where = (place[1], int(place[2]) - 1) if place else (said.partition(":")[0],)
        line = root.locate(where).line if where[0] in root.value else 0
    return f"{path}:{line}: {said}" if line else f"{path}: {said}"


def _failures(
    judged: Mapping[str, Any], place: int, path: Path, root: Node, answer: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """What is wrong in a row, member by member."""
    row, got = judged["row"], judged["got"]
    kind = next((one for one in _NAMES if one in row), "")
    wrong = []
    if kind and isinstance(got, Mapping):
        members = [one for one in row if one not in _NAMES[kind]]
        wrong = [one for one in members if not same(row[one], got[one])]
    for member in wrong or [None]:
        where = ("expect", place) if member is None else ("expect", place, member)
        yield {
            "file": str(path),
            "line": root.locate(where, key=member is not None).line,
            "row": row,
            "member": member,
            "wanted": row if member is None else row[member],
            "got": got if member is None else got[member],
            "entry": _behind(row, member, got, answer),
        }


def _behind(
    row: Mapping[str, Any], member: str | None, got: Any, answer: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The entry that made it so: the one that last changed the member, or that sent the message."""
    if "no_outbox" in row:
        return _sender(got[0], answer) if got else None
    if "outbox" in row:
        number = row["outbox"]
        rows = answer["outbox"]
        return _sender(rows[number - 1], answer) if 1 <= number <= len(rows) else None
    if "ticket" not in row or member is None:
        return None
    entries = _entries(row["ticket"], answer)
    if "at" in row:
        until = datetime.fromisoformat(str(row["at"]))
        entries = [one for one in entries if datetime.fromisoformat(one["at"]) <= until]
    name = member.partition(".")[0]
    told = [one for one in entries if member in one["changes"] or name in one["changes"]]
    if not told and name == "sla":
        told = entries
    return _told(told[-1]) if told else None


def _sender(row: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """The entry in which a message was written: the latest before it in which its rule fired."""
    entries = [one for one in _entries(row["ticket"], answer) if one["at"] <= row["at"]]
    told = [one for one in entries if row["rule"] in {rule["id"] for rule in one["rules"]}]
    if row["rule"] is None:
        told = [one for one in entries if one["comment"] and one["at"] == row["at"]]
    return _told(told[-1]) if told else None


def _entries(number: Any, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (one["entries"] for one in answer["tickets"] if one["number"] == number)
    return list(next(found, []))


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "seq": entry["seq"],
        "at": entry["at"],
        "event": entry["event"],
        "actor": entry["actor"]["email"] or entry["actor"]["kind"],
        "rules": [
            {"kind": one["kind"], "id": one["id"]} for one in entry["rules"] if one["matched"]
        ],
    }
