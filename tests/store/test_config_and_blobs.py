"""Versions of the desk document, and objects."""

import pytest

from guardia.adapters.config import TableConfig
from guardia.ports import DriftError, Lookup, NotFoundError, StaleError
from tests.store.places import InTable, Place
from tests.store.samples import AT

ONE: dict[str, object] = {"desk": {"name": "Acme", "locale": "es"}, "groups": []}
TWO: dict[str, object] = {"desk": {"name": "Ácme 2"}}


def publish(config: TableConfig, document: dict[str, object], parent: int) -> int:
    return config.publish(document, author="eva", message="…", at=AT, parent=parent)


def test_a_published_document_is_live_and_is_read_as_it_was(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    assert config.live() == 0
    assert (publish(config, ONE, 0), publish(config, TWO, 1)) == (1, 2)
    assert (config.live(), config.read(1), config.read(2)) == (2, ONE, TWO)
    assert in_table.store.find(Lookup()).live == 2


def test_the_same_document_is_no_new_version(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    publish(config, ONE, 0)
    before = in_table.everything()
    assert publish(config, dict(reversed(ONE.items())), 1) == 1
    assert in_table.everything() == before


def test_an_older_document_comes_back_as_a_version_of_its_own(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    versions = [publish(config, one, n) for n, one in enumerate((ONE, TWO, ONE))]
    assert versions == [1, 2, 3]
    assert config.read(3) == ONE


@pytest.mark.parametrize("document", [ONE, TWO, {"desk": {"name": "third"}}])
def test_a_publish_that_raced_is_refused_and_changes_nothing(
    in_table: InTable, document: dict[str, object]
) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    publish(config, ONE, 0)
    publish(config, TWO, 1)
    before = in_table.everything()
    with pytest.raises(StaleError):
        publish(config, document, 1)
    assert in_table.everything() == before


def test_two_first_publishes_make_one_version(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    publish(config, ONE, 0)
    with pytest.raises(StaleError):
        publish(config, TWO, 0)
    assert (config.live(), config.read(1)) == (1, ONE)


def test_a_version_tells_who_made_it_when_and_why(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    publish(config, ONE, 0)
    found = config.version(1)
    assert (found.number, found.author, found.message, found.at, found.parent) == (
        1, "eva", "…", AT, 0
    )  # fmt: skip


def test_what_was_sent_comes_back_as_it_was(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    sent = {"files": {"desk.yaml": "# ñ\r\ndesk: {}"}, "document": {"desk": {}}}
    config.publish(ONE, author="eva", message="", at=AT, parent=0, source=sent)
    publish(config, TWO, 1)
    assert (config.source(1), config.source(2)) == (sent, {})


def test_the_same_meaning_in_other_files_is_a_new_version(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    texts = ("# a", "# a", "# b")
    versions = [
        config.publish(ONE, author="eva", message="", at=AT, parent=parent,
                       source={"files": {"desk.yaml": text}})
        for parent, text in zip((0, 1, 1), texts, strict=True)
    ]  # fmt: skip
    assert versions == [1, 1, 2]


@pytest.mark.parametrize(
    ("newest", "limit", "numbers"), [(3, 2, [3, 2]), (1, 9, [1]), (3, 9, [3, 2, 1]), (0, 9, [])]
)
def test_versions_are_listed_downwards(
    in_table: InTable, newest: int, limit: int, numbers: list[int]
) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    _made = [publish(config, one, n) for n, one in enumerate((ONE, TWO, ONE))]
    assert [one.number for one in config.versions(newest, limit)] == numbers


def test_who_is_too_late_hears_which_version_is_live(in_table: InTable) -> None:
    config = TableConfig(in_table.table, in_table.blobs)
    publish(config, ONE, 0)
    publish(config, TWO, 1)
    with pytest.raises(DriftError) as refused:
        publish(config, ONE, 1)
    assert (refused.value.parent, refused.value.live) == (1, 2)


@pytest.mark.parametrize("version", [0, 7])
def test_a_version_that_does_not_exist_is_not_found(in_table: InTable, version: int) -> None:
    with pytest.raises(NotFoundError):
        TableConfig(in_table.table, in_table.blobs).read(version)


def test_an_object_comes_back_byte_by_byte(place: Place) -> None:
    body = bytes(range(256)) * 4
    place.blobs.put("t/1/ñ", body, content_type="image/png", pending=True)
    place.blobs.keep("t/1/ñ")
    assert place.blobs.get("t/1/ñ") == body


def test_a_moved_object_is_in_its_new_place_alone(place: Place) -> None:
    place.blobs.put("in/1", b"mail", content_type="message/rfc822", pending=False)
    place.blobs.move("in/1", "raw/1")
    assert place.blobs.get("raw/1") == b"mail"
    with pytest.raises(NotFoundError):
        place.blobs.get("in/1")


def test_moving_again_what_was_moved_harms_nothing(place: Place) -> None:
    place.blobs.put("in/1", b"mail", content_type="message/rfc822", pending=False)
    place.blobs.move("in/1", "raw/1")
    place.blobs.move("in/1", "raw/1")
    assert place.blobs.get("raw/1") == b"mail"


def test_a_deleted_object_is_gone_and_may_be_deleted_again(place: Place) -> None:
    place.blobs.put("suspended/1", b"mail", content_type="message/rfc822", pending=False)
    place.blobs.delete("suspended/1")
    place.blobs.delete("suspended/1")
    with pytest.raises(NotFoundError):
        place.blobs.get("suspended/1")
