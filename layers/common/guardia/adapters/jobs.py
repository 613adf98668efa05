"""The `Jobs` port over the table."""

from pynamodb.exceptions import PutError, UpdateError

from guardia.adapters import items
from guardia.adapters.items import JobItem
from guardia.adapters.refusals import FAILED
from guardia.adapters.table import Table
from guardia.ports import Job, NotFoundError, StaleError


class TableJobs:
    """Jobs in the table, each written under its revision."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def create(self, job: Job) -> bool:
        """Keep a new job; see `Jobs.create`."""
        try:
            JobItem.of(job).save(condition=JobItem.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == f"{FAILED}Exception":
                return False
            raise
        return True

    def get(self, id_: str) -> Job:
        """Return a job; see `Jobs.get`."""
        key = items.job_key(id_)
        found = self._table.read([key]).get(key)
        if not isinstance(found, JobItem):
            raise NotFoundError("job", id_)
        return found.job()

    def save(self, job: Job) -> Job:
        """Write how a job stands; see `Jobs.save`."""
        item = JobItem.of(job)
        item.revision = job.revision + 1
        try:
            item.update(actions=item.actions(), condition=JobItem.revision == job.revision)
        except UpdateError as error:
            if error.cause_response_code == f"{FAILED}Exception":
                raise StaleError from error
            raise
        return item.job()
