"""The `Jobs` port in memory, beside a store: what should go on is due there."""

from dataclasses import replace

from guardia.adapters.memory import MemoryStore
from guardia.adapters.memory_timers import JOB
from guardia.ports import Job, NotFoundError, StaleError


class MemoryJobs:
    """Jobs in a dictionary."""

    def __init__(self, store: MemoryStore) -> None:
        """Take the store that tells what is due."""
        self._store = store
        self._jobs: dict[str, Job] = {}

    def create(self, job: Job) -> bool:
        """Keep a new job; see `Jobs.create`."""
        if job.id in self._jobs:
            return False
        self._keep(job)
        return True

    def get(self, id_: str) -> Job:
        """Return a job; see `Jobs.get`."""
        if id_ not in self._jobs:
            raise NotFoundError("job", id_)
        return self._jobs[id_]

    def save(self, job: Job) -> Job:
        """Write how a job stands; see `Jobs.save`."""
        kept = self._jobs.get(job.id)
        if kept is None or kept.revision != job.revision:
            raise StaleError
        return self._keep(replace(job, revision=job.revision + 1))

    def _keep(self, job: Job) -> Job:
        self._jobs[job.id] = job
        self._store.timers.put((job.id, *JOB), job.wake_at)
        return job
