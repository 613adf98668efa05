"""A desk's folder on this machine, and which version of a running desk it stands for.

That is noted in `.guardia-version`, by the desk's address: a convenience, not a part of the desk.
Without it a folder is taken to be made from whatever is live.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

NOTE: Final = ".guardia-version"


@dataclass(frozen=True, slots=True)
class Known:
    """A version that a folder was pulled from or applied as, with its hash."""

    number: int
    hash: str


def recall(source: Path, url: str) -> Known | None:
    """Return which version of the desk at `url` a folder stands for, None where that is unknown."""
    found = _notes(source).get(url)
    if not isinstance(found, Mapping):
        return None
    number, digest = found.get("number"), found.get("hash")
    return Known(number, digest) if isinstance(number, int) and isinstance(digest, str) else None


def note(source: Path, url: str, version: Mapping[str, Any]) -> None:
    """Note which version a folder stands for; a single file keeps no note."""
    if source.is_dir():
        notes = {**_notes(source), url: {"number": version["number"], "hash": version["hash"]}}
        (source / NOTE).write_text(json.dumps(notes, indent=1, sort_keys=True) + "\n")


def _notes(source: Path) -> Mapping[str, Any]:
    try:
        found = json.loads((source / NOTE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}


def files_of(version: Mapping[str, Any]) -> dict[str, str]:
    """The files of a version: as they were sent, or its document as one file."""
    if version["files"]:
        return dict(version["files"])
    text = json.dumps(version["document"], ensure_ascii=False, indent=2) + "\n"
    return {"desk.json": text} if version["document"] else {}


def is_inside(name: str) -> bool:
    """Whether a path that somebody else named stays below the folder."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts and str(path) == name
    return plain and os.sep not in name.replace("/", "") and "\0" not in name


def conflicts(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Name the files that were changed here: neither as they were pulled nor as they become."""
    wanted = {**dict.fromkeys(old, ""), **new}
    return [
        name
        for name in sorted(wanted)
        if (folder / name).exists() and _text(folder / name) not in (old.get(name), new.get(name))
    ]


def write(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Let the folder hold the new files, and none that only the old version had."""
    for name in old.keys() - new.keys():
        (folder / name).unlink(missing_ok=True)
    for name, text in new.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
