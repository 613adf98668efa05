"""The files of a desk as texts, as they travel to a running desk, and back."""

import os
from collections.abc import Iterator
from pathlib import Path

from guardia.config.document import Files, parts_of, read_document
from guardia.config.node import Node, Place
from guardia.config.problem import UnreadableError


def gather(source: Path) -> Files:
    """Read the files of a desk, those that the document names beside them (calendars) included.

    Paths are those below the desk's folder; of a single file it is the file's name. The document
    must be one without errors.

    Raises:
        UnreadableError: there is no such folder or file, or a file is none of text.
        DocumentError: a file is not valid.
    """
    document = read_document(source)
    if document.folder is None:
        raise UnreadableError(f"{source}: there is no such file or folder")
    paths = parts_of(source) if source.is_dir() else [source]
    paths += [Path(place.file).parent / name for name, place in _named(document.root)]
    return Files({_below(document.folder, one): _text(one) for one in paths})


def _named(root: Node) -> Iterator[tuple[str, Place]]:
    """The files that the document names, and where it does."""
    calendars = root.value.get("calendars")
    for one in (calendars.value or ()) if calendars else ():
        ics = one.value.get("ics")
        if ics is not None and ics.value is not None:
            yield ics.value, ics.place


def _below(folder: Path, path: Path) -> str:
    # By name alone: a link into the folder counts where it lies.
    return Path(os.path.relpath(path, folder)).as_posix()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableError(f"{path}: the file is not written in UTF-8") from None
