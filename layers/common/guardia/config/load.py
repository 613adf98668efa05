"""The whole way from a source to the stored form of a desk document."""

from pathlib import Path
from typing import Any

from guardia.config.document import Source
from guardia.config.problem import DocumentError, UnreadableError
from guardia.config.validate import validate

__all__ = ["DocumentError", "UnreadableError", "load_document"]


def load_document(source: Source, base: Path | None = None) -> dict[str, Any]:
    """Read and check a folder, a file or an inline mapping; return its stored form.

    A relative path counts from `base`; so do files that an inline document names.

    Raises:
        UnreadableError: there is no such folder or file.
        DocumentError: the document is wrong; `problems` says where.
    """
    report = validate(source, base)
    if report.document is None:
        raise DocumentError(report.errors)
    return report.document
