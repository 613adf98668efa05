"""One transaction: all of it is written, or none."""

from dataclasses import replace
from typing import Any

import pytest

from guardia.ports import AlreadyHandledError, Commit, Lookup, StaleError
from tests.store.places import InTable, Place
from tests.store.samples import AT, MINUTE, change, contact, entry, opening, row, ticket


def test_an_event_that_was_handled_is_refused_with_the_answer_it_was_given(place: Place) -> None:
    place.store.commit(opening(answer={"ticket": "AAAAAAA1", "at": AT}))
    before = place.everything()
    with pytest.raises(AlreadyHandledError) as refused:
        place.store.commit(opening("BBBBBBB2", mark="mark of AAAAAAA1"))
    assert refused.value.answer == {"ticket": "AAAAAAA1", "at": AT}
    assert place.everything() == before


def test_a_handled_event_is_told_from_a_stale_one_when_it_is_both(place: Place) -> None:
    place.store.commit(opening())
    with pytest.raises(AlreadyHandledError):
        place.store.commit(opening(references=("<2@mail>",)))


def test_a_mark_alone_can_be_looked_up(place: Place) -> None:
    place.store.commit(Commit(mark="m", answer={"suspended": "spam"}))
    assert place.store.find(Lookup(mark="m")).mark == {"suspended": "spam"}
    assert place.store.find(Lookup(mark="another")).mark is None


def _known(place: Place) -> None:
    person = contact("CCCCCCC1", "ana@globex.example")
    place.store.commit(opening(contact=person, references=("<1@mail>",), outbox=(row(),)))


REFUSED = {
    "a new ticket under an id that is taken": opening(mark="2"),
    "a change of an older version": replace(change(ticket(version=0)), mark="2"),
    "a change of a version that is not there yet": replace(change(ticket(version=4)), mark="2"),
    "a change of a ticket that does not exist": replace(change(ticket("NNNNNNN1")), mark="2"),
    "a new contact under an id that is taken": opening("BBBBBBB2", contact=contact("CCCCCCC1")),
    "a change of a contact at another version": opening(
        "BBBBBBB2", contact=contact("CCCCCCC1", version=7), contact_expected=7
    ),
    "a change of a contact that does not exist": opening(
        "BBBBBBB2", contact=contact("CCCCCCC9", version=1), contact_expected=1
    ),
    "an address that is somebody else's": opening(
        "BBBBBBB2", contact=contact("CCCCCCC2", "bea@globex.example", "ana@globex.example")
    ),
    "a message-id that leads to another ticket": opening("BBBBBBB2", references=("<1@mail>",)),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=list(REFUSED))
def test_a_commit_that_is_stale_writes_nothing(place: Place, refused: Commit) -> None:
    _known(place)
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.commit(replace(refused, outbox=(row("BBBBBBB2", n=9),)))
    assert place.everything() == before
    assert place.store.find(Lookup(mark=refused.mark)).mark is None


def test_a_reference_leads_to_the_ticket_it_was_written_with(place: Place) -> None:
    _known(place)
    found = place.store.find(Lookup(references=("<1@mail>", "<2@mail>")))
    assert dict(found.references) == {"<1@mail>": "AAAAAAA1"}
    assert set(found.tickets) == {"AAAAAAA1"}


def test_a_sent_message_id_never_takes_a_reference_from_its_ticket(place: Place) -> None:
    _known(place)
    place.store.commit(opening("BBBBBBB2", outbox=(row("BBBBBBB2"),)))
    taken = place.store.lease("BBBBBBB2", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state="accepted", wake_at=None), reference="<1@mail>")
    assert place.store.find(Lookup(references=("<1@mail>",))).references["<1@mail>"] == "AAAAAAA1"
    assert place.store.delivery("BBBBBBB2", 1, 1).state == "accepted"


def test_what_a_lookup_leads_to_is_brought_with_it(place: Place) -> None:
    person = contact("CCCCCCC1", "ana@globex.example")
    place.store.commit(
        opening(ticket=ticket(requester="CCCCCCC1"), contact=person, references=("<1@mail>",))
    )
    by_reference = place.store.find(Lookup(references=("<1@mail>",)))
    by_id = place.store.find(Lookup(tickets=("AAAAAAA1",)))
    by_address = place.store.find(Lookup(identities=(("email", "ana@globex.example"),)))
    assert set(by_reference.contacts) == set(by_id.contacts) == {"CCCCCCC1"}
    assert dict(by_address.identities) == {("email", "ana@globex.example"): "CCCCCCC1"}
    assert by_address.contacts["CCCCCCC1"].email == "ana@globex.example"


def test_the_requester_of_a_referred_ticket_is_the_one_it_has_now(place: Place) -> None:
    first, second = contact("CCCCCCC1", "ana@a.example"), contact("CCCCCCC2", "bea@a.example")
    head = ticket(requester="CCCCCCC1")
    place.store.commit(opening(ticket=head, contact=first, references=("<1@mail>",)))
    place.store.commit(replace(change(head, requester="CCCCCCC2"), contact=second))
    found = place.store.find(Lookup(references=("<1@mail>",)))
    assert "CCCCCCC2" in found.contacts


def test_a_contact_keeps_its_addresses_through_its_versions(place: Place) -> None:
    one = contact("CCCCCCC1", "ana@a.example")
    place.store.commit(Commit(contact=one))
    known = place.store.find(Lookup(contacts=("CCCCCCC1",))).contacts["CCCCCCC1"]
    more = contact("CCCCCCC1", "ana@a.example", "ana@b.example")
    place.store.commit(Commit(contact=replace(more, version=1), contact_expected=known.version))
    found = place.store.find(Lookup(identities=(("email", "ana@b.example"),)))
    assert found.contacts["CCCCCCC1"].version == 2
    assert found.identities[("email", "ana@b.example")] == "CCCCCCC1"


def test_nothing_is_found_of_what_was_never_written(place: Place) -> None:
    asked = Lookup(
        mark="m", references=("<1@mail>",), identities=(("email", "a@b.example"),),
        domain="b.example", tickets=("AAAAAAA1", ""), contacts=("CCCCCCC1", ""), organizations=("",),
    )  # fmt: skip
    found = place.store.find(asked)
    assert (found.mark, found.live) == (None, 0)
    assert not any(
        (found.references, found.identities, found.domains, found.tickets, found.contacts)
    )


def test_attributes_of_a_newer_version_survive_an_update_of_the_head(in_table: InTable) -> None:
    in_table.store.commit(opening())
    head = in_table.item("T#AAAAAAA1", "HEAD")
    in_table.put(**head, mood={"M": {"of": {"S": "the day"}}})
    in_table.store.commit(change(ticket(), status="open", priority=None))
    after = in_table.item("T#AAAAAAA1", "HEAD")
    assert after["mood"] == {"M": {"of": {"S": "the day"}}}
    assert after["status"] == {"S": "open"}


@pytest.mark.parametrize(
    ("pk", "sk"), [("P#CCCCCCC1", "HEAD"), ("I#email#ana@a.example", "ID")], ids=["person", "way"]
)
def test_attributes_of_a_newer_version_survive_an_update_of_a_contact(
    in_table: InTable, pk: str, sk: str
) -> None:
    one = contact("CCCCCCC1", "ana@a.example")
    in_table.store.commit(Commit(contact=one))
    in_table.put(**in_table.item(pk, sk), mood={"S": "good"})
    in_table.store.commit(Commit(contact=replace(one, version=1, name="A"), contact_expected=1))
    assert in_table.item(pk, sk)["mood"] == {"S": "good"}


def test_attributes_of_a_newer_version_survive_a_delivery(in_table: InTable) -> None:
    in_table.store.commit(opening(outbox=(row(),)))
    key = ("T#AAAAAAA1", "O#0000000001#1")
    in_table.put(**in_table.item(*key), mood={"S": "good"})
    taken = in_table.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    in_table.store.settle(replace(taken, state="accepted", wake_at=None))
    assert in_table.item(*key)["mood"] == {"S": "good"}


UNKNOWN: list[dict[str, Any]] = [
    {"pk": {"S": "T#AAAAAAA1"}, "sk": {"S": "Z#1"}, "what": {"S": "a later kind"}},
    {"pk": {"S": "T#AAAAAAA1"}, "sk": {"S": "E#0000000001#draft"}, "body": {"S": "{}"}},
]


def test_kinds_that_this_version_does_not_know_are_read_as_plain_items(in_table: InTable) -> None:
    in_table.put(**UNKNOWN[0])
    key = ("T#AAAAAAA1", "Z#1")
    assert set(in_table.table.read([key])) == {key}


def test_kinds_that_this_version_does_not_know_do_not_disturb_a_history(in_table: InTable) -> None:
    in_table.store.commit(opening(entries=(entry(1),)))
    in_table.put(**UNKNOWN[0])
    assert in_table.store.entries("AAAAAAA1", 0, 10) == ([entry(1)], False)
