"""Long work: what is done in pieces, each of them written down before the next one begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of long work, as it stands.

    `kind` names who does it, `asked` what of them. `state` is `queued`, `running`, `done` or
    `failed`. `cursor` is where the next piece begins (None: at the start), `counts` what was done
    so far, `answer` what came of it. `failures` counts pieces that failed in a row, `error` is the
    kind of the last failure. `wake_at` is the instant at which somebody sees to it that the job
    goes on, None once it has ended; `taken_until` is set while a piece is being done. The job may
    be forgotten after `expires_at`. `revision` counts the writes.
    """

    id: str
    kind: str
    created_at: datetime
    updated_at: datetime
    asked: Mapping[str, Any] = field(default_factory=dict)
    state: str = "queued"
    cursor: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    answer: Mapping[str, Any] | None = None
    failures: int = 0
    error: str | None = None
    wake_at: datetime | None = None
    taken_until: datetime | None = None
    expires_at: datetime | None = None
    revision: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will be done."""
        return self.state in ("done", "failed")


class Jobs(Protocol):
    """Jobs and how they stand."""

    def create(self, job: Job) -> bool:
        """Keep a new job; return False, and change nothing, where there is one of this id."""

    def get(self, id_: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is none.
        """

    def save(self, job: Job) -> Job:
        """Write how a job stands; return it at its next revision.

        Raises:
            StaleError: it was written since `job` was read.
        """
