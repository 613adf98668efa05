"""Jobs: long work that is done in pieces."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from guardia.adapters import codec
from guardia.adapters.items.item import Item
from guardia.adapters.items.keys import job_key
from guardia.adapters.items.tickets import shard_of
from guardia.ports import Job


class JobItem(Item):
    """A job as it stands. One that has not ended stands in `by_due`, so that it goes on."""

    kind = UnicodeAttribute()
    state = UnicodeAttribute()
    asked = UnicodeAttribute()
    cursor = UnicodeAttribute(null=True)
    counts = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    failures = NumberAttribute()
    error = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    taken_until = UTCDateTimeAttribute(null=True)
    revision = NumberAttribute()
    due_shard = UnicodeAttribute(null=True)
    wake_at = UTCDateTimeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    kept_until = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, job: Job) -> "JobItem":
        """Lay a job out."""
        return cls(
            *job_key(job.id),
            kind=job.kind,
            state=job.state,
            asked=codec.dumps(job.asked),
            cursor=job.cursor,
            counts=codec.dumps(job.counts),
            answer=None if job.answer is None else codec.dumps(job.answer),
            failures=job.failures,
            error=job.error,
            created_at=job.created_at,
            updated_at=job.updated_at,
            taken_until=job.taken_until,
            revision=job.revision,
            due_shard=shard_of(job.id) if job.wake_at else None,
            wake_at=job.wake_at,
            expires_at=int(job.expires_at.timestamp()) if job.expires_at else None,
            kept_until=job.expires_at,
        )

    def job(self) -> Job:
        """Read the job back."""
        return Job(
            id=self.pk.removeprefix("J#"),
            kind=self.kind,
            state=self.state,
            asked=codec.plain_loads(self.asked),
            cursor=self.cursor,
            counts=codec.plain_loads(self.counts),
            answer=codec.plain_loads(self.answer) if self.answer else None,
            failures=int(self.failures),
            error=self.error,
            created_at=self.created_at,
            updated_at=self.updated_at,
            taken_until=self.taken_until,
            wake_at=self.wake_at,
            expires_at=self.kept_until,
            revision=int(self.revision),
        )
