"""What came in by local SMTP, and what became of it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from infra.local.clock import Clock, written
from infra.local.journal import Journal

PENDING: Final = "pending"


class Inbound:
    """Keeps a row for each mail; what the table then writes about it gives the outcome."""

    def __init__(self, file: Path, clock: Clock) -> None:
        """Take up what came in before."""
        self._journal = Journal(file)
        self._clock = clock
        self._open = {row["id"] for row in self._items() if row["outcome"] == PENDING}

    @property
    def pending(self) -> bool:
        """Whether the outcome of any mail is still open."""
        return bool(self._open)

    def received(
        self, *, id: str, key: str, sender: str, to: Sequence[str], subject: str, content: bytes
    ) -> None:
        """Note a mail that was taken. `id` is the provider's name for it, `key` the object's."""
        self._open.add(id)
        self._journal.add(
            {
                "id": id,
                "at": written(self._clock.now()),
                "from": sender,
                "to": list(to),
                "subject": subject,
                "key": key,
                "hash": hashlib.sha256(content).hexdigest(),
            }
        )

    def watch(self, change: dict[str, Any]) -> None:
        """Look at a change of the table: an item that names the mail's object tells its outcome."""
        if not self._open or change["eventName"] != "INSERT":
            return
        image = json.dumps(change["dynamodb"].get("NewImage", {}))
        named = [id for id in tuple(self._open) if id in image]
        for id in named:
            outcome = _outcome(change["dynamodb"]["Keys"]["pk"]["S"])
            if outcome:
                self._close(id, outcome)

    def handled(self) -> None:
        """Hear that all is quiet: mail that left no trace of its own was there before, or is
        neither a ticket's nor set aside."""
        seen: set[str] = set()
        for row in self._items():
            if row["outcome"] == PENDING and row["id"] in self._open:
                self._close(row["id"], "duplicate" if row["hash"] in seen else "ignored")
            seen.add(row["hash"])

    def items(self) -> list[dict[str, Any]]:
        """Return the rows as the API shows them, oldest first."""
        return [
            {name: one for name, one in row.items() if name not in {"id", "hash"}}
            for row in self._items()
        ]

    def _close(self, id: str, outcome: str) -> None:
        self._open.discard(id)
        self._journal.add({"id": id, "outcome": outcome})

    def _items(self) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for row in self._journal.rows():
            if "at" in row:
                found[row["id"]] = {**row, "outcome": PENDING}
            elif row["id"] in found:
                found[row["id"]]["outcome"] = row["outcome"]
        return list(found.values())


def _outcome(key: str) -> str | None:
    kind, _, id = key.partition("#")
    return {"T": id, "S": "suspended"}.get(kind)
