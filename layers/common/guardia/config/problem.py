"""What can be wrong with a desk document, and where."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from guardia.config.node import Node, Path, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    `line` and `column` count from 1; both are 0 where the document was given without text (from a
    program), and `path` alone (`triggers[0].do[1].email.template`) tells the place.
    """

    file: str
    line: int
    column: int
    message: str
    path: str = ""

    def row(self) -> dict[str, Any]:
        """Write it for programs: places that are not known are null."""
        return {
            "file": self.file or None,
            "line": self.line or None,
            "column": self.column or None,
            "message": self.message,
            "path": self.path or None,
        }

    def __str__(self) -> str:
        """Write it the way compilers do, so that editors can jump to it."""
        if self.line:
            return f"{self.file}:{self.line}: {self.message}"
        place = ": ".join(one for one in (self.file, self.path) if one)
        return f"{place}: {self.message}" if place else self.message


class DocumentError(Exception):
    """The document is wrong; `problems` says what and where, in the document's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems for whoever shows them."""
        super().__init__("\n".join(str(one) for one in problems))
        self.problems = tuple(problems)


class UnreadableError(Exception):
    """There is no document, or it cannot be opened."""


@dataclass(slots=True)
class Findings:
    """What checking has found so far, with the tree that knows the places."""

    root: Node
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _told: set[Path] = field(default_factory=set)

    def error(self, path: Path, message: str, *, key: bool = False, offset: int = 0) -> None:
        """Note that something at `path` is wrong; `key` points at the key itself, `offset` at a
        character of a text. Of several problems of one place the first is told."""
        if path in self._told:
            return
        self._told.add(path)
        self.errors.append(self._problem(path, message, key, offset))

    def warn(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note that something at `path` is allowed but hardly meant."""
        self.warnings.append(self._problem(path, message, key, 0))

    def _problem(self, path: Path, message: str, key: bool, offset: int) -> Problem:
        place = self.root.locate(path, key=key, offset=offset)
        return problem_at(place, message, path)


def problem_at(place: Place, message: str, path: Path = ()) -> Problem:
    """Build a problem from a place of the tree."""
    return Problem(
        file=place.file,
        line=place.line,
        column=place.column,
        message=message,
        path=written_path(path),
    )


def written_path(path: Path) -> str:
    """Write a path for people: `triggers[0].do[1].email`."""
    parts = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in path]
    return "".join(parts).removeprefix(".")


def suggestion(word: Any, among: Iterable[str]) -> str:
    """Say which of the known words was probably meant: `; did you mean …?`, or nothing."""
    found = difflib.get_close_matches(str(word), sorted(set(among)), n=1, cutoff=0.6)
    return f"; did you mean `{found[0]}`?" if found else ""


def listed(words: Iterable[str]) -> str:
    """List words for people, each in backquotes."""
    return ", ".join(f"`{one}`" for one in words)
