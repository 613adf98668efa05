"""What differs between two versions of a desk."""

from typing import Any

import pytest

from guardia.config.diff import Change, Key, changes
from guardia.config.load import load_document

BASE: dict[str, Any] = {
    "desk": {"name": "Acme", "locale": "es"},
    "groups": [{"id": "a"}, {"id": "b"}],
    "triggers": [
        {"id": "uno", "when": {"all": [{"field": "status", "is": "new"}]}, "do": [{"add_tags": ["x"]}]},
        {"id": "dos", "do": [{"add_tags": ["y"]}]},
    ],
}  # fmt: skip


def stored(**sections: Any) -> dict[str, Any]:
    return load_document({**BASE, **sections})


def between(**sections: Any) -> list[Change]:
    return changes(stored(), stored(**sections))


def test_the_same_document_changes_nothing() -> None:
    assert between() == []


def test_what_is_written_out_and_what_is_left_to_its_default_are_the_same() -> None:
    assert between(groups=[{"id": "a", "name": "a"}, {"id": "b"}]) == []


def test_a_changed_key_is_told_with_its_old_and_new_value() -> None:
    (one,) = between(groups=[{"id": "a", "name": "Uno"}, {"id": "b"}])
    assert one == Change(
        section="groups", id="a", change="changed", keys=(Key(key="name", old="a", new="Uno"),)
    )


def test_the_desk_itself_is_compared_key_by_key() -> None:
    (one,) = between(desk={"name": "Beta", "locale": "es"})
    assert (one.section, one.id, one.keys) == (
        "desk",
        None,
        (Key(key="name", old="Acme", new="Beta"),),
    )


@pytest.mark.parametrize(
    ("groups", "change", "old", "new"),
    [([{"id": "a"}], "removed", "b", None), ([*BASE["groups"], {"id": "c"}], "added", None, "c")],
)
def test_an_object_that_comes_or_goes_is_told_with_all_it_says(
    groups: Any, change: str, old: Any, new: Any
) -> None:
    (one,) = between(groups=groups)
    assert one.change == change
    assert Key(key="id", old=old, new=new) in one.keys


def test_a_condition_is_told_the_way_it_is_written() -> None:
    rule = {**BASE["triggers"][0], "when": {"all": [{"field": "status", "is": "open"}]}}
    (one,) = between(triggers=[rule, BASE["triggers"][1]])
    (key,) = one.keys
    assert (key.key, key.old, key.new) == (
        "when.all",
        [{"field": "status", "is": "new"}],
        [{"field": "status", "is": "open"}],
    )


def test_another_order_is_a_change_since_rules_are_looked_at_in_order() -> None:
    (one,) = between(triggers=BASE["triggers"][::-1])
    assert (one.section, one.change, one.keys[0].new) == ("triggers", "reordered", ["dos", "uno"])


def test_of_a_first_version_everything_is_added() -> None:
    assert {one.change for one in changes({}, stored())} == {"added"}
