"""What differs between two versions of a desk."""

import json
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
        "when.all[0]",
        {"field": "status", "is": "new"},
        {"field": "status", "is": "open"},
    )


TARGETS: list[dict[str, Any]] = [
    {"metric": "first_reply_time", "priority": ["urgent"], "within": "30m", "hours": "business"},
    {"metric": "first_reply_time", "within": "2h", "hours": "business"},
    {"metric": "agent_work_time", "within": "8h", "hours": "business"},
]


def policy(**parts: Any) -> dict[str, Any]:
    return {"id": "gold", "targets": TARGETS} | parts


def of_policy(was: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The keys that differ between two policies, of which the first comes out of a store: there
    keys stand in the order of the alphabet."""
    old, new = (stored(sla_policies=[one]) for one in (was, now))
    (found,) = changes(json.loads(json.dumps(old, sort_keys=True)), new)
    return [(one.key, one.old, one.new) for one in found.keys]


def test_of_a_list_the_one_item_that_differs_is_told() -> None:
    slower = TARGETS[1] | {"within": "1d4h"}

    ((key, old, new),) = of_policy(policy(), policy(targets=[TARGETS[0], slower, TARGETS[2]]))

    assert (key, old["within"], new["within"]) == ("targets[1]", "2h", "1d4h")


def test_both_sides_name_their_keys_in_the_same_order() -> None:
    slower = TARGETS[1] | {"within": "4h"}

    ((_, old, new),) = of_policy(policy(), policy(targets=[TARGETS[0], slower, TARGETS[2]]))

    assert list(old) == list(new) == ["metric", "within", "hours"]


def test_an_item_that_came_and_one_that_went_leave_the_others_alone() -> None:
    new = {"metric": "next_reply_time", "within": "45s", "hours": "calendar"}

    found = of_policy(policy(), policy(targets=[TARGETS[0], new, TARGETS[1]]))

    assert [(key, old and old["metric"], new and new["within"]) for key, old, new in found] == [
        ("targets[1]", None, "45s"),
        ("targets[2]", "agent_work_time", None),
    ]


def test_an_item_that_went_names_its_keys_as_the_document_does() -> None:
    ((key, old, new),) = of_policy(policy(), policy(targets=TARGETS[:2]))
    assert (key, list(old), new) == ("targets[2]", ["metric", "within", "hours"], None)


def test_a_changed_item_is_known_again_beside_a_new_one() -> None:
    slower = TARGETS[2] | {"within": "9h"}
    new = {"metric": "next_reply_time", "within": "1h", "hours": "calendar"}

    found = of_policy(policy(), policy(targets=[*TARGETS[:2], new, slower]))

    assert [(key, old and old["within"], new["within"]) for key, old, new in found] == [
        ("targets[2]", None, "1h"),
        ("targets[3]", "8h", "9h"),
    ]


def test_deep_inside_an_item_the_very_key_is_told() -> None:
    def level(after: str, tag: str) -> dict[str, Any]:
        done = [{"email": {"to": "requester", "subject": tag, "body": "Soon"}}]
        return {"metric": "first_reply_time", "after": after, "do": done}

    was = policy(escalate=[level("0m", "one"), level("1h", "two")])
    now = policy(escalate=[level("0m", "one"), level("90m", "three")])

    assert of_policy(was, now) == [
        ("escalate[1].after", "1h", "1h30m"),
        ("escalate[1].do[0].email.subject.es", "two", "three"),
    ]


def test_a_short_list_of_words_is_told_as_a_whole_and_a_long_one_item_by_item() -> None:
    days = [f"2026-12-{day:02}" for day in range(1, 20)]

    def hours(*holidays: str) -> dict[str, Any]:
        return stored(schedules=[{"id": "office", "timezone": "UTC", "holidays": holidays}])

    (short,) = changes(hours("2026-12-25"), hours("2026-12-25", "2027-01-01"))
    (long,) = changes(hours(*days), hours(*days[:3], *days[4:]))

    assert [one.key for one in short.keys] == ["holidays"]
    assert [(one.key, one.new) for one in long.keys] == [("holidays[3]", None)]


def test_a_list_too_long_to_compare_is_told_as_a_whole() -> None:
    def tagged(count: int) -> dict[str, Any]:
        return stored(triggers=[{"id": "uno", "do": [{"add_tags": ["x"]}] * count}])

    (one,) = changes(tagged(1_100), tagged(1_200))

    assert [each.key for each in one.keys] == ["do"]


def test_durations_are_told_as_they_are_written() -> None:
    waits = {"field": "hours_since.pending", "at_least": "3d"}
    automation = {"id": "nudge", "when": waits, "do": [{"add_tags": ["x"]}]}
    later = automation | {"when": waits | {"at_least": "5d12h"}}

    (rule,) = changes(stored(automations=[automation]), stored(automations=[later]))
    (desk,) = between(desk={**BASE["desk"], "close_after": "7d"})

    assert [(one.key, one.old["at_least"], one.new["at_least"]) for one in rule.keys] == [("when", "3d", "5d12h")]  # fmt: skip
    assert [(one.key, one.old, one.new) for one in desk.keys] == [("close_after", "28d", "7d")]


def test_a_number_of_an_organisation_is_no_duration() -> None:
    def of_size(count: int) -> dict[str, Any]:
        fields = [{"id": "within", "type": "number", "title": "Size"}]
        return stored(
            fields=fields,
            organizations=[{"id": "globex", "name": "Globex", "fields": {"within": count}}],
        )

    (one,) = changes(of_size(60), of_size(120))

    assert [(each.key, each.old, each.new) for each in one.keys] == [("fields.within", 60, 120)]


def test_conditions_that_become_a_group_are_told_as_a_whole() -> None:
    waits = {"field": "hours_since.pending", "at_least": "3d"}
    both = {"all": [waits, {"field": "status", "is": "pending"}]}
    rule = {"id": "nudge", "when": waits, "do": [{"add_tags": ["x"]}]}

    (one,) = changes(stored(automations=[rule]), stored(automations=[rule | {"when": both}]))

    assert [each.key for each in one.keys] == ["when"]
    assert one.keys[0].new["all"][1] == {"field": "status", "is": "pending"}


def test_another_order_is_a_change_since_rules_are_looked_at_in_order() -> None:
    (one,) = between(triggers=BASE["triggers"][::-1])
    assert (one.section, one.change, one.keys[0].new) == ("triggers", "reordered", ["dos", "uno"])


def test_of_a_first_version_everything_is_added() -> None:
    assert {one.change for one in changes({}, stored())} == {"added"}
