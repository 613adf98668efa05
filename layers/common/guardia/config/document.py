"""Finding, reading and merging the files of a desk document.

A folder is read with its subfolders, except `scenarios/` (tests of the desk, not part of it) and
hidden ones; files may also come as texts by path, as they travel to a running desk and back.
Sections that are lists are put one after the other in the order of the file names; every other key
stands in one file only.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Final

from guardia.config.json_text import parse_json
from guardia.config.node import Node, Place, ValueRefusedError, bounded, from_plain
from guardia.config.problem import DocumentError, Problem, UnreadableError, problem_at
from guardia.config.yaml_text import parse_yaml

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_NOT_THE_DESK: Final = ("scenarios",)
_MAX_FILES: Final = 500
_MAX_FOLDERS: Final = 200
_MAX_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A desk document as it was read.

    `folder` is the folder outside of which nothing is read (None: the document came without one);
    `files` are the texts by path of a document that came as such. Files that the document names are
    looked for beside the file that names them.
    """

    root: Node
    folder: Path | None = None
    files: Mapping[str, str] | None = None

    def beside(self, place: Place) -> Path | None:
        """The folder of the file that a place lies in; None for a document that lies in none."""
        if self.folder is None or not place.file:
            return self.folder
        return Path(place.file).parent

    def attached(self, name: str, place: Place) -> bytes:
        """Read a file that the document names at `place`.

        Raises:
            UnreadableError: it is not there, too large, or lies outside the desk's folder.
        """
        if self.files is not None:
            sent = posixpath.normpath(posixpath.join(posixpath.dirname(place.file), name))
            if sent not in self.files:
                raise UnreadableError(f"`{name}` is not among the files that were sent")
            return self.files[sent].encode()
        start = self.beside(place)
        if start is None or self.folder is None:
            raise UnreadableError(
                f"`{name}` cannot be read: this document came without files beside it; "
                "write the dates instead"
            )
        path = start / name
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise UnreadableError(
                f"`{name}` lies outside the desk's folder; keep it beside the desk"
            )
        return _read_bytes(path, name)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a desk as texts, by path below the desk's folder (`agents/team.yaml`)."""

    texts: Mapping[str, str]


Source = Path | str | Mapping[str, Any] | Node | Files


def read_document(source: Source, base: Path | None = None) -> Document:
    """Read a folder, a file, files that were sent, or a document that is there already.

    A relative path counts from `base`; of a document given as values `base` is the folder in
    which the files it names lie.

    Raises:
        UnreadableError: there is no such folder or file, or it cannot be opened.
        DocumentError: a file is not valid, or two files disagree.
    """
    if isinstance(source, Files):
        return Document(_sent(source.texts), files=source.texts)
    if isinstance(source, Node):
        return Document(_only_mapping(source), base)
    if isinstance(source, Mapping):
        try:
            return Document(_only_mapping(from_plain(source)), base)
        except ValueRefusedError as error:
            raise DocumentError([problem_at(Place(), str(error))]) from None
    path = Path(base, source) if base else Path(source)
    try:
        if path.is_dir():
            return Document(_merged(path), path)
        if path.exists():
            return Document(_only_mapping(_parsed(path)), path.parent)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise UnreadableError(f"{str(source)!r} is no path") from None
    raise UnreadableError(f"{path}: there is no such file or folder")


def parse_text(text: str, file: str) -> Node:
    """Read YAML, or JSON where the file's name says so.

    Raises:
        DocumentError: the text is not valid.
    """
    return parse_json(text, file) if file.endswith(".json") else parse_yaml(text, file)


def _merged(folder: Path) -> Node:
    files = parts_of(folder)
    if not files:
        raise UnreadableError(
            f"{folder}: the folder holds no desk document (*.yaml, *.yml, *.json)"
        )
    return _joined(str(folder), [(str(one), one) for one in files])


def _sent(texts: Mapping[str, str]) -> Node:
    """Merge files that came as texts, in the order in which a folder's are read."""
    paths = {one: PurePosixPath(one) for one in texts}
    if len(texts) > _MAX_FILES or sum(map(len, texts.values())) > _MAX_BYTES:
        raise UnreadableError(f"at most {_MAX_FILES} files of {_MAX_BYTES // 2**20} MiB together")
    for name, path in paths.items():
        if str(path) != name or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise UnreadableError(f"{name!r} is no path below the desk's folder, like a/b.yaml")
    parts = [one for one in paths if _is_sent_part(paths[one])]
    if not parts:
        raise UnreadableError("the files hold no desk document (*.yaml, *.yml, *.json)")
    parts.sort(key=lambda one: (len(paths[one].parts), paths[one].parts))
    return _joined("", [(one, texts[one]) for one in parts])


def _is_sent_part(path: PurePosixPath) -> bool:
    folders = path.parts[:-1]
    return _is_part(path) and not any(_is_apart(one) for one in folders)


def _joined(folder: str, files: Sequence[tuple[str, Path | str]]) -> Node:
    """Merge files (one at least), each a path to read or its text."""
    values: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    problems: list[Problem] = []
    for name, file in files:
        try:
            root = _only_mapping(
                _parsed(file)
                if isinstance(file, Path)
                else parse_text(file.removeprefix("\ufeff"), name)
            )
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        for key, node in root.value.items():
            if key not in values or values[key].value is None:
                values[key], keys[key] = node, root.keys[key]
            elif isinstance(node.value, list) and isinstance(values[key].value, list):
                first = values[key]
                values[key] = Node(
                    [*first.value, *node.value], first.place, size=first.size + node.size
                )
            elif node.value is not None:
                other = keys[key]
                message = (
                    f"`{key}` stands in {other.file}:{other.line} already; keep one of the two"
                )
                problems.append(problem_at(root.keys[key], message, (key,)))
    if problems:
        raise DocumentError(problems)
    try:
        bounded(sum(one.size for one in values.values()))
    except ValueRefusedError as error:
        raise DocumentError([problem_at(Place(folder), str(error))]) from None
    return Node(values, Place(files[0][0], 1, 1), keys)


def parts_of(folder: Path) -> list[Path]:
    """List the document's files, those of a folder before those of its subfolders.

    Raises:
        UnreadableError: there is so much in the folder that it can hardly be a desk.
    """
    files: list[Path] = []
    waiting, seen = [folder], 0
    while waiting:
        found = sorted(waiting.pop(0).iterdir())
        seen += 1
        files += [one for one in found if _is_part(one) and one.is_file()]
        waiting += [one for one in found if _is_desks(one)]
        if seen + len(waiting) > _MAX_FOLDERS or len(files) > _MAX_FILES:
            raise UnreadableError(f"{folder}: too many files and folders; is this a desk?")
    return files


def _is_part(file: PurePath) -> bool:
    return file.suffix in _SUFFIXES and not file.name.startswith((".", "_"))


def _is_apart(folder: str) -> bool:
    """Whether what lies in a folder of this name is no part of the desk."""
    return folder.startswith((".", "_")) or folder in _NOT_THE_DESK


def _is_desks(folder: Path) -> bool:
    return not _is_apart(folder.name) and folder.is_dir() and not folder.is_symlink()


def _parsed(path: Path) -> Node:
    raw = _read_bytes(path, str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        place = Place(str(path), line, 1)
        raise DocumentError([problem_at(place, "the file is not written in UTF-8")]) from None
    return parse_text(text, str(path))


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnreadableError(f"{name}: larger than {_MAX_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror}") from None
    except ValueError:
        raise UnreadableError(f"{name!r} is no path") from None


def _only_mapping(root: Node) -> Node:
    if root.value is None:
        return Node({}, root.place)
    if not isinstance(root.value, dict):
        message = "a desk document is a mapping of sections (`desk:`, `schedules:`, `triggers:` …)"
        raise DocumentError([problem_at(root.place, message)])
    return root
