"""Jobs: kept once, written under their revision, due while they have not ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from guardia.ports import DueJob, Job, NotFoundError, StaleError
from tests.store.places import InTable, Place
from tests.store.samples import AT, MINUTE

FULL = Job(
    id="recompute-3", kind="recompute", created_at=AT, updated_at=AT + MINUTE,
    asked={"version": 3, "since": AT, "ids": ("a", "b")}, state="running", cursor="weiter",
    counts={"seen": 100, "failed": 2}, answer={"superseded_by": 4, "at": AT}, failures=2,
    error="ValueError", wake_at=AT + 2 * MINUTE, taken_until=AT + 3 * MINUTE,
    expires_at=AT + timedelta(days=14), revision=0,
)  # fmt: skip
BARE = Job(id="J1", kind="x", created_at=AT, updated_at=AT)
NEVER = AT + timedelta(days=4000)


@pytest.mark.parametrize("job", [FULL, BARE], ids=["full", "bare"])
def test_every_field_of_a_job_survives(place: Place, job: Job) -> None:
    assert place.jobs.create(job)
    assert place.jobs.get(job.id) == job


def test_a_job_is_kept_once(place: Place) -> None:
    place.jobs.create(FULL)
    before = place.everything()
    assert not place.jobs.create(replace(FULL, state="queued", cursor=None))
    assert place.everything() == before


def test_every_field_of_a_job_can_be_emptied(place: Place) -> None:
    place.jobs.create(FULL)
    bare = replace(BARE, id=FULL.id)
    assert place.jobs.save(bare) == replace(bare, revision=1)
    assert place.jobs.get(FULL.id) == replace(bare, revision=1)


def test_what_somebody_else_has_written_is_not_overwritten(place: Place) -> None:
    place.jobs.create(FULL)
    place.jobs.save(replace(FULL, cursor="2"))
    before = place.everything()
    with pytest.raises(StaleError):
        place.jobs.save(replace(FULL, cursor="3"))
    assert place.everything() == before


def test_a_job_that_does_not_exist_is_neither_found_nor_made(place: Place) -> None:
    before = place.everything()
    with pytest.raises(NotFoundError):
        place.jobs.get("J1")
    with pytest.raises(StaleError):
        place.jobs.save(BARE)
    assert place.everything() == before


def test_a_job_is_due_at_its_instant_until_it_has_ended(place: Place) -> None:
    place.jobs.create(FULL)
    at = FULL.wake_at
    assert at is not None
    assert place.store.due(at - timedelta(microseconds=1), 10) == []
    assert place.store.due(at, 10) == [DueJob(job=FULL.id, wake_at=at)]
    place.jobs.save(replace(FULL, state="done", wake_at=None))
    assert place.store.due(NEVER, 10) == []


def test_a_job_may_be_forgotten_after_its_end(in_table: InTable) -> None:
    in_table.jobs.create(FULL)
    expires_at = in_table.item("J#recompute-3", "HEAD")["expires_at"]["N"]
    assert int(expires_at) == int((AT + timedelta(days=14)).timestamp())


def test_attributes_of_a_newer_version_survive(in_table: InTable) -> None:
    in_table.jobs.create(BARE)
    in_table.put(**{**in_table.item("J#J1", "HEAD"), "mood": {"S": "calm"}})
    in_table.jobs.save(replace(BARE, state="done"))
    assert in_table.item("J#J1", "HEAD")["mood"] == {"S": "calm"}
