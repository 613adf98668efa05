"""A list that survives a restart: one JSON object a line, appended as things happen."""

import json
import threading
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Journal:
    """Rows in the order in which they were added."""

    def __init__(self, file: Path) -> None:
        """Read what is there; a last line that a crash cut off is left out."""
        self._file = file
        self._lock = threading.Lock()
        self._rows: list[Row] = []
        if file.exists():
            for line in file.read_bytes().split(b"\n"):
                try:
                    self._rows.append(json.loads(line))
                except ValueError:
                    continue
            self._rewrite()

    def add(self, row: Row) -> None:
        """Append a row; it is written when this returns."""
        with self._lock, self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
            self._rows.append(row)

    def rows(self) -> list[Row]:
        """Return all rows, oldest first."""
        with self._lock:
            return list(self._rows)

    def _rewrite(self) -> None:
        text = "".join(json.dumps(row) + "\n" for row in self._rows)
        draft = self._file.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._file)
