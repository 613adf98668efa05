"""The simulation documents of this folder, and how their desks are read."""

from pathlib import Path
from typing import Any, Final

from guardia.config.document import parse_text
from guardia.config.load import load_document
from guardia.rehearsal.simulate import Load

FOLDER: Final = Path(__file__).parent
FILES: Final = tuple(
    path for path in sorted(FOLDER.rglob("*.yaml")) if path.parent != FOLDER / "desks"
)


def name_of(path: Path) -> str:
    """The name of a scenario: its folder and file."""
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def read(path: Path) -> Any:
    """The simulation document in a file."""
    return parse_text(path.read_text(encoding="utf-8"), str(path)).plain()


def loader(path: Path) -> Load:
    """What reads the desks that a document names, relative to its file."""
    return lambda source: load_document(source, path.parent)


def failed(answer: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The expectations that do not hold, each with what there was."""
    return [(one["row"], one["got"]) for one in answer["expect"] if not one["ok"]]
