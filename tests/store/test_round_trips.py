"""What was written comes back as it was, field by field."""

from dataclasses import MISSING, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardia.adapters import codec
from guardia.domain.model import Comment, Entry, OutboxRow
from guardia.ports import Commit, Lookup, StaleError
from tests.store.places import InTable, Place
from tests.store.samples import (
    AT,
    FULL,
    contact,
    entry,
    full_contact,
    full_entry,
    full_row,
    full_ticket,
    opening,
    said,
    ticket,
)


def _defaults(value: Any) -> dict[str, Any]:
    return {
        one.name: one.default if one.default_factory is MISSING else one.default_factory()
        for one in fields(value)
    }


@pytest.mark.parametrize("value", [*FULL, full_entry.comment, full_row.attachments[0]])
def test_the_full_examples_leave_no_field_at_its_default(value: Any) -> None:
    same = [name for name, default in _defaults(value).items() if getattr(value, name) == default]
    assert same == []


def test_every_field_of_a_ticket_survives(place: Place) -> None:
    place.store.commit(Commit(ticket=full_ticket, entries=(full_entry,)))
    found = place.store.find(Lookup(tickets=(full_ticket.id,))).tickets
    assert found == {full_ticket.id: full_ticket}


def test_every_field_of_a_ticket_that_was_emptied_comes_back_empty(place: Place) -> None:
    place.store.commit(Commit(ticket=full_ticket, entries=(full_entry,)))
    bare = replace(ticket(full_ticket.id), version=8)
    place.store.commit(Commit(ticket=bare, expected=7, entries=(entry(8),)))
    assert place.store.find(Lookup(tickets=(full_ticket.id,))).tickets == {full_ticket.id: bare}


def test_every_field_of_a_contact_survives_at_its_next_version(place: Place) -> None:
    new = replace(full_contact, version=0)
    place.store.commit(Commit(contact=new))
    found = place.store.find(Lookup(contacts=(new.id,))).contacts
    assert found == {new.id: replace(new, version=1)}


def test_every_field_of_an_entry_survives(place: Place) -> None:
    place.store.commit(Commit(ticket=full_ticket, entries=(full_entry,)))
    assert place.store.entries(full_ticket.id, 0, 10) == ([full_entry], False)


def test_every_field_of_an_outbox_row_survives(place: Place) -> None:
    place.store.commit(Commit(ticket=full_ticket, entries=(full_entry,), outbox=(full_row,)))
    found = place.store.delivery(full_row.ticket, full_row.seq, full_row.n)
    assert (found.row, found.state, found.wake_at) == (full_row, "new", full_row.not_before)


def test_how_a_delivery_went_survives(place: Place) -> None:
    place.store.commit(opening(outbox=(replace(full_row, ticket="AAAAAAA1"),)))
    taken = place.store.lease(
        "AAAAAAA1", 7, 2, now=full_row.first_offer, until=AT.replace(year=2027)
    )
    told = replace(taken, state="parked", wake_at=None, provider_id="<9@ses>", error="so «kaput»",
                   recipients={"ana@globex.example": "bounced"})  # fmt: skip
    place.store.settle(told)
    assert place.store.delivery("AAAAAAA1", 7, 2) == replace(told, revision=told.revision + 1)


LONG = "ñ" * 120_000


def test_a_body_of_more_than_100_kb_comes_back_whole(place: Place) -> None:
    long = entry(1, comment=said(LONG))
    place.store.commit(opening(entries=(long, entry(2))))
    assert place.store.entries("AAAAAAA1", 0, 10) == ([long, entry(2)], False)
    assert place.store.latest_comment("AAAAAAA1") == LONG


def test_a_long_body_lies_in_the_blob_store_and_is_kept_after_the_commit(in_table: InTable) -> None:
    in_table.store.commit(opening(entries=(entry(1, comment=said(LONG)),)))
    item = in_table.item("T#AAAAAAA1", "E#0000000001")
    key = item["blob"]["S"]
    tags = in_table.blobs._client.get_object_tagging(Bucket=in_table.table.name, Key=key)
    assert key.startswith("t/AAAAAAA1/")
    assert "body" not in item
    assert tags["TagSet"] == []


def test_a_long_body_whose_commit_failed_goes_away_by_itself(in_table: InTable) -> None:
    in_table.store.commit(opening())
    with pytest.raises(StaleError):
        in_table.store.commit(opening(mark="2", entries=(entry(1, comment=said(LONG)),)))
    s3, bucket = in_table.blobs._client, in_table.table.name
    (left,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert s3.get_object_tagging(Bucket=bucket, Key=left["Key"])["TagSet"] == [
        {"Key": "state", "Value": "pending"}
    ]


words = st.text(max_size=20)
instants = st.datetimes().map(lambda at: at.replace(tzinfo=AT.tzinfo))
plain = st.none() | st.booleans() | st.integers() | words | instants | st.lists(words).map(tuple)
facts = st.dictionaries(words.filter(lambda key: key != "@"), plain, max_size=4)


@settings(max_examples=100, deadline=None)
@given(facts=facts, text=words, at=instants, old=plain, new=plain)
def test_whatever_an_entry_holds_is_read_as_it_was_written(
    facts: dict[str, Any], text: str, at: Any, old: Any, new: Any
) -> None:
    one = entry(1, at=at, facts=facts, changes={"status": (old, new)}, comment=Comment(text=text))
    assert codec.loads(Entry, codec.dumps(one)) == one


def test_fields_that_a_newer_version_wrote_are_passed_over() -> None:
    newer = codec.dumps(full_row).replace("{", '{"shade": {"of": ["green"]},', 1)
    assert codec.loads(OutboxRow, newer) == full_row


def test_a_contact_without_anything_is_still_a_contact(place: Place) -> None:
    place.store.commit(Commit(contact=contact("CCCCCCC9")))
    assert place.store.find(Lookup(contacts=("CCCCCCC9",))).contacts["CCCCCCC9"].name is None
