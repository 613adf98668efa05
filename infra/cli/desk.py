"""Opening a desk document for the commands that need a desk."""

from collections.abc import Sequence
from pathlib import Path

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.config.normal import hash_of
from guardia.config.problem import DocumentError, UnreadableError
from guardia.domain.desk import Desk


class DeskError(Exception):
    """A desk cannot be opened; `problems` are lines for people."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def open_desk(path: Path) -> Desk:
    """Read, check and compile a desk; its version is the hash of its stored form.

    Raises:
        DeskError: there is none, or it is wrong.
    """
    try:
        document = load_document(path)
    except UnreadableError as error:
        raise DeskError([str(error)]) from None
    except DocumentError as error:
        raise DeskError([str(one) for one in error.problems]) from None
    return compile_desk(document, hash_of(document))
