"""Rules that nothing reaches, and conditions that contradict each other."""

from typing import Any

import pytest

from tests.unit.config.rule_documents import (
    IDLE,
    LUIS,
    OPEN,
    STOP,
    URGENT,
    VIP,
    a_policy,
    a_rule,
    all_of,
    warned,
)


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        pytest.param(None, VIP, False, id="everything before something"),
        pytest.param(VIP, None, True, id="something before everything"),
        pytest.param(VIP, VIP, False, id="the same"),
        pytest.param(VIP, all_of(OPEN, VIP), False, id="a narrower one"),
        pytest.param(all_of(OPEN, VIP), VIP, True, id="a wider one"),
        pytest.param(
            {"field": "status", "less_than": "solved"}, OPEN, False, id="a status in an order"
        ),
        pytest.param(
            {"field": "priority", "at_least": "high"}, URGENT, False, id="a priority in an order"
        ),
        pytest.param(
            {"field": "status", "is": ["new", "open"]}, OPEN, False, id="one of several values"
        ),
        pytest.param(
            {"field": "tags", "includes": ["vip", "gold"]}, VIP, False, id="one of several tags"
        ),
        pytest.param({"any": [OPEN, VIP]}, VIP, False, id="one of two conditions"),
        pytest.param({"any": [OPEN, VIP]}, {"any": [VIP, OPEN]}, False, id="the same two"),
        pytest.param(
            {"none": [{"field": "status", "is": "closed"}]}, OPEN, False, id="all but one status"
        ),
        pytest.param(
            {"field": "subject", "includes_words": ["vpn", "red"]},
            {"field": "subject", "includes_words": ["vpn"]},
            False,
            id="one of several words",
        ),
        pytest.param(
            {"field": "subject", "includes_words": ["vpn red"]},
            {"field": "subject", "includes_words": "vpn red"},
            True,
            id="words in a row, or any of them",
        ),
        pytest.param(
            {"field": "replies", "greater_than": 1},
            {"field": "replies", "at_least": 3},
            False,
            id="a larger number",
        ),
        pytest.param(
            {"field": "status", "changed": True},
            {"field": "status", "changed_to": "open"},
            False,
            id="a certain change",
        ),
        pytest.param(
            {"field": "status", "changed_to": "open"},
            {"field": "status", "changed": True},
            True,
            id="any change",
        ),
        pytest.param(
            {"field": "actor", "is": ["agent", "system"]},
            {"field": "actor", "is": "agent"},
            False,
            id="one of several actors",
        ),
        pytest.param(
            {"field": "actor", "is": "agent"},
            {"field": "actor", "is": "luis@acme.example"},
            True,
            id="a person, who may be a customer",
        ),
        pytest.param(
            {"field": "comment_public", "is": "any"},
            {"field": "comment_public", "is": "true"},
            False,
            id="any comment",
        ),
        pytest.param(
            {"field": "hours_since.created", "at_least": "1h"},
            {"field": "hours_since.created", "at_least": "2h", "hours": "business"},
            True,
            id="another clock",
        ),
    ],
)
def test_a_trigger_is_reached_unless_one_that_stops_takes_all_before_it(
    first: Any, second: Any, reached: bool
) -> None:
    found = warned({"triggers": [a_rule("a", first, STOP), a_rule("b", second)]})

    assert [one.path for one in found] == ([] if reached else ["triggers[1]"])
    assert all("never reached: `a` before it" in one.message for one in found)


def test_a_trigger_that_does_not_stop_leaves_the_others_alone() -> None:
    assert warned({"triggers": [a_rule("a", None), a_rule("b", VIP)]}) == ()


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [(None, VIP, False), (VIP, all_of(VIP, URGENT), False), (VIP, URGENT, True), (VIP, None, True)],
)
def test_a_policy_is_reached_unless_an_earlier_one_takes_all_its_tickets(
    first: Any, second: Any, reached: bool
) -> None:
    found = warned({"sla_policies": [a_policy("a", first), a_policy("b", second)]})

    assert [one.path for one in found] == ([] if reached else ["sla_policies[1]"])
    assert all("`a` before it takes every ticket" in one.message for one in found)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (
            all_of(OPEN, {"all": [{"field": "status", "is_not": "open"}]}),
            "cannot be `open` and `is_not open` at once",
        ),
        (
            all_of({"field": "priority", "present": True}, {"field": "priority", "is": "none"}),
            "cannot be `present` and `none` at once",
        ),
        (
            all_of({"field": "replies", "at_most": 2}, {"field": "replies", "greater_than": 2}),
            "cannot be `at_most 2` and `greater_than 2` at once",
        ),
        ({"field": "replies", "less_than": 0}, "`replies` cannot be `less_than 0`"),
        (
            all_of(
                {"field": "fields.until", "less_than": "2026-12-24"},
                {"field": "fields.until", "at_least": "2026-12-24"},
            ),
            "cannot be `less_than 2026-12-24` and `at_least 2026-12-24` at once",
        ),
        (
            all_of(
                {"field": "group", "is": "g"},
                {"any": [{"field": "group", "not_present": True}, {"field": "group", "is": "h"}]},
            ),
            "`group` cannot be",
        ),
        (
            all_of({"field": "actor", "is": "agent"}, {"field": "actor", "is": "end_user"}),
            "cannot be `agent` and `end_user` at once",
        ),
        (
            all_of(
                {"field": "status", "changed_to": "open"},
                {"field": "status", "changed_from": "open"},
            ),
            "`status` cannot be",
        ),
        (
            all_of(
                {"field": "in_business_hours", "is": True},
                {"field": "in_business_hours", "is": False},
            ),
            "`in_business_hours` cannot be",
        ),
        ({"none": [{"any": [OPEN, {"field": "status", "is_not": "open"}]}]}, "`status` cannot be"),
    ],
)
def test_a_trigger_that_contradicts_itself_never_matches(when: Any, words: str) -> None:
    document = {
        "agents": [LUIS | {"groups": ["g", "h"]}],
        "groups": [{"id": "g"}, {"id": "h"}],
        "fields": [{"id": "until", "type": "date"}],
        "triggers": [a_rule("a", when)],
    }

    (found,) = warned(document)

    assert (found.path, found.message.partition(": ")[0]) == ("triggers[0].when", "never matches")
    assert words in found.message


@pytest.mark.parametrize(
    "when",
    [
        all_of(
            VIP, {"field": "tags", "includes": ["gold"]}, {"field": "tags", "not_includes": ["x"]}
        ),
        all_of(
            {"field": "requester", "is": "a@b.example"}, {"field": "requester", "is": "c@d.example"}
        ),
        all_of({"field": "subject", "matches": "a"}, {"field": "subject", "not_includes": ["a"]}),
        all_of(
            {"field": "priority", "less_than": "low"}, {"field": "priority", "not_present": True}
        ),
        all_of({"field": "replies", "at_least": 2}, {"field": "replies", "at_most": 2}),
        all_of(
            {"field": "assignee", "is": "current_user"},
            {"field": "assignee", "is": "luis@acme.example"},
        ),
        all_of({"field": "actor", "is": "agent"}, {"field": "actor", "is": "luis@acme.example"}),
        all_of(
            {"field": "hours_since.created", "at_least": "2h"},
            {"field": "hours_since.created", "at_most": "1h", "hours": "business"},
        ),
        all_of({"field": "subject", "is": "café"}, {"field": "subject", "is": "CAFE"}),
        all_of({"field": "status", "changed_from": "new"}, OPEN),
    ],
)
def test_what_can_be_so_is_not_called_a_contradiction(when: Any) -> None:
    assert warned({"agents": [LUIS], "triggers": [a_rule("a", when)]}) == ()


def test_an_automation_that_waits_for_nothing_is_told() -> None:
    (found,) = warned({"automations": [a_rule("a", VIP)]})

    assert found.path == "automations[0]"
    assert found.message.startswith("asks nothing about time")


@pytest.mark.parametrize(
    "when",
    [
        all_of(IDLE, {"field": "status", "is": ["solved", "closed"]}),
        all_of(IDLE, {"field": "hours_since.closed", "not_present": True}),
        all_of(IDLE, {"none": [{"field": "hours_since.closed", "at_least": "1h"}]}),
        {"any": [IDLE, {"field": "hours_since.closed", "at_least": "1h"}]},
    ],
)
def test_an_automation_that_also_acts_on_what_is_not_closed_passes(when: Any) -> None:
    assert warned({"automations": [a_rule("a", when)]}) == ()


@pytest.mark.parametrize(
    "when",
    [
        {"field": "sla.next_reply_time.state", "is": ["active", "fulfilled"]},
        {"field": "sla.next_reply_time.remaining", "at_most": "1h"},
        {"any": [IDLE, {"field": "until.sla.next_reply_time", "at_most": "1h"}]},
        all_of(IDLE, {"field": "until.sla.next_reply_time", "not_present": True}),
    ],
)
def test_what_a_ticket_may_still_have_of_an_earlier_policy_or_lack_is_only_warned_about(
    when: Any,
) -> None:
    document = {"sla_policies": [a_policy("p")], "automations": [a_rule("a", when)]}

    (found,) = warned(document)

    assert (found.path, "it has no clock" in found.message) == ("automations[0].when", True)


@pytest.mark.parametrize("field", ["until.due", "due_in", "hours_since.due"])
def test_without_policies_nothing_is_ever_due(field: str) -> None:
    when = {"any": [IDLE, {"field": field, "at_most": "1h"}]}

    (found,) = warned({"automations": [a_rule("a", when)]})

    assert found.message == "there is no policy: nothing is ever due"


@pytest.mark.parametrize(
    ("stamp", "status"),
    [("opened", "open"), ("pending", "pending"), ("on_hold", "hold"), ("solved", "solved")],
)
def test_a_time_since_a_status_counts_on_unless_the_status_is_asked_for(
    stamp: str, status: str
) -> None:
    since = {"field": f"hours_since.{stamp}", "at_least": "1d"}
    other = {"field": "status", "less_than": "closed"}

    (found,) = warned({"automations": [a_rule("a", since)]})

    assert found.path == "automations[0].when"
    assert f"`hours_since.{stamp}` counts on after the ticket has left the status `{status}`" in (
        found.message
    )
    assert warned({"automations": [a_rule("a", all_of(since, other))]}) == ()
    view = {"views": [{"id": "v", "when": other}]}
    assert warned({**view, "automations": [a_rule("a", since, view="v")]}) == ()


def test_whether_a_ticket_ever_had_a_status_is_no_time_since_it() -> None:
    when = all_of(IDLE, {"field": "hours_since.solved", "is": "none"})

    assert warned({"automations": [a_rule("a", when)]}) == ()


@pytest.mark.parametrize(
    "automation",
    [
        a_rule("a", all_of(VIP, {"field": "until.due", "at_most": "1h"})),
        a_rule("a", all_of(VIP, {"field": "in_business_hours", "is": True})),
        a_rule("a", VIP, every={"at": "09:00"}),
        a_rule("a", VIP, view="v"),
    ],
)
def test_an_automation_waits_for_a_time_of_its_own_or_of_its_view(
    automation: dict[str, Any],
) -> None:
    document = {
        "views": [{"id": "v", "when": IDLE}],
        "automations": [automation],
        "sla_policies": [a_policy("p")],
    }

    assert warned(document) == ()


def test_a_view_that_contradicts_itself_is_always_empty() -> None:
    when = all_of(OPEN, {"field": "status", "is": "new"})

    (found,) = warned({"views": [{"id": "v", "when": when}]})

    assert (found.path, "always empty" in found.message) == ("views[0].when", True)
