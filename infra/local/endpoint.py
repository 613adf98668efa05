"""Where the local AWS of a running desk is: a file in the desk's state folder says so."""

import os
import urllib.request
from pathlib import Path
from typing import Final

FILE: Final = "aws-endpoint"
_PATIENCE: Final = 2.0


def leave(folder: Path, endpoint: str) -> None:
    """Let other commands find the local AWS of the desk that keeps its state in `folder`."""
    (folder / FILE).write_text(endpoint + "\n", encoding="utf-8")


def found(folder: Path | None = None) -> str | None:
    """Return the local AWS's address, if the desk is running. Without `folder`, that of `make run`:
    STATE, else `.guardia`."""
    state = folder or Path(os.environ.get("STATE") or ".guardia")
    try:
        endpoint = (state / FILE).read_text(encoding="utf-8").strip()
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=_PATIENCE):  # noqa: S310 - our own file
            return endpoint
    except (OSError, ValueError):
        return None
