"""A stored document becomes a desk; what leads nowhere makes a rule dead, not the desk."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.config.normal import hash_of
from guardia.domain.automations import compile_automations
from guardia.domain.desk import (
    Branch,
    Condition,
    Desk,
    Email,
    Notify,
    Set,
    Source,
    Tag,
    Trigger,
)
from guardia.domain.sla import compile_policies
from guardia.domain.triggers import compile_rules

EXAMPLE = Path(__file__).parents[3] / "infra" / "desk"


def _trigger(when: Any = None, do: list[Any] | None = None, **sections: Any) -> Trigger:
    rule = {"id": "a", "do": do or [{"stop": True}], **({"when": when} if when else {})}
    desk = compile_desk(load_document({**sections, "triggers": [rule]}))
    return desk.rules.triggers[0]


def _condition(one: dict[str, Any], **sections: Any) -> Condition:
    found = _trigger(one, **sections).when
    assert isinstance(found, Condition)
    return found


def test_nothing_compiles_to_a_desk_of_defaults() -> None:
    defaults = Desk(
        rules=compile_rules((), {}),
        automations=compile_automations((), {}),
        promises=compile_policies((), {}),
    )

    assert compile_desk({}) == defaults
    assert compile_desk(load_document({})) == defaults


def test_a_source_is_compiled_with_its_defaults_and_its_fields_by_their_full_name() -> None:
    mapped = {"email": "$.who", "subject": "$.title", "code": "$.sku"}
    desk = compile_desk(
        load_document({"fields": [{"id": "code"}], "sources": [{"id": "shop", "map": mapped}]})
    )

    assert desk.sources["shop"] == Source(
        id="shop",
        secret="shop",
        scheme="standard",
        map={"email": "$.who", "subject": "$.title", "fields.code": "$.sku"},
        verified=True,
    )


def test_every_default_of_a_document_is_written_out() -> None:
    document = load_document(
        {
            "desk": {"locale": "es"},
            "groups": [{"id": "tecnicos"}],
            "agents": [{"email": "Luis@Acme.example", "groups": ["tecnicos"]}],
            "fields": [{"id": "code"}],
            "templates": [{"id": "t", "body": {"en": "Hello", "fr": "Bonjour"}}],
            "forms": [{"id": "f"}],
            "triggers": [{"id": "x", "do": [{"email": {"to": "requester", "template": "t"}}]}],
        }
    )
    desk = compile_desk(document)

    assert document["desk"]["locales"] == ["es", "en", "fr"]
    assert desk.timezone == "UTC"
    assert desk.assign_on_reply is True
    assert desk.groups["tecnicos"].name == "tecnicos"
    assert desk.groups["tecnicos"].agents == ("luis@acme.example",)
    assert desk.agents["luis@acme.example"].role == "agent"
    assert desk.agents["luis@acme.example"].means == ("email",)
    assert desk.fields["code"].type == "text"
    assert desk.fields["code"].title == {"es": "code"}
    assert list(desk.templates["t"].subject) == ["es"]
    assert [(one.id, one.required) for one in desk.forms["f"].fields] == [
        ("email", True),
        ("name", False),
        ("subject", False),
        ("message", True),
    ]


def test_a_schedule_goes_by_the_desks_zone_where_it_names_none() -> None:
    desk = compile_desk(
        load_document(
            {
                "desk": {"timezone": "Europe/Madrid"},
                "schedules": [{"id": "a", "hours": {"mon": [["09:00", "14:00"]]}}],
            }
        )
    )

    assert desk.schedules["a"].hours.is_open(datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
    assert not desk.schedules["a"].hours.is_open(datetime(2026, 1, 5, 13, 0, tzinfo=UTC))


def test_the_dates_of_a_shared_calendar_close_each_schedule_that_names_it() -> None:
    hours = {"mon": [["09:00", "14:00"]]}
    desk = compile_desk(
        load_document(
            {
                "schedules": [
                    {"id": "a", "hours": hours, "calendars": ["c"]},
                    {"id": "b", "hours": hours},
                ],
                "calendars": [{"id": "c", "dates": ["2026-01-05"]}],
            }
        )
    )
    monday = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

    assert [desk.schedules[one].hours.is_open(monday) for one in ("a", "b")] == [False, True]


@pytest.mark.parametrize(
    ("written", "operator", "value"),
    [
        ({"field": "status", "is": "open"}, "is", "open"),
        ({"field": "status", "is": ["new", "open"]}, "is", ("new", "open")),
        ({"field": "priority", "less_than": "none"}, "less_than", "none"),
        ({"field": "in_business_hours", "is": False}, "is", False),
        ({"field": "in_business_hours", "is": "false"}, "is", False),
        ({"field": "comment_public", "is": True}, "is", "true"),
        ({"field": "tags", "includes": ["VIP"]}, "includes", ("vip",)),
        (
            {"field": "subject", "includes_words": 'money "money back"'},
            "includes_words",
            'money "money back"',
        ),
        ({"field": "subject", "includes_string": 500}, "includes_string", "500"),
        ({"field": "replies", "at_least": 2}, "at_least", 2),
        ({"field": "attachments", "is": True}, "is", True),
        ({"field": "requester", "is": "Ana@Globex.example"}, "is", "ana@globex.example"),
        ({"field": "actor", "is": "Ana@Globex.example"}, "is", "ana@globex.example"),
        ({"field": "assignee", "is": "none"}, "is", "none"),
        ({"field": "group", "changed": True}, "changed", True),
        ({"field": "fields.due", "within_next": 7}, "within_next", 7 * 86_400),
        ({"field": "fields.due", "within_next": "2d"}, "within_next", 2 * 86_400),
        ({"field": "fields.due", "less_than": "2026-12-24"}, "less_than", "2026-12-24"),
        ({"field": "fields.size", "is": "big"}, "is", "big"),
        ({"field": "hours_since.created", "at_least": "1h30m"}, "at_least", 5_400),
    ],
)
def test_values_are_kept_in_the_form_that_conditions_compare(
    written: dict[str, Any], operator: str, value: Any
) -> None:
    fields = [{"id": "due", "type": "date"}, {"id": "size", "type": "dropdown", "options": ["big"]}]

    found = _condition(written, fields=fields)

    assert (found.operator, found.value) == (operator, value)
    assert type(found.value) is type(value)


def test_a_schedule_of_a_duration_means_business_hours() -> None:
    found = _condition(
        {"field": "hours_since.created", "at_least": "3h", "schedule": "a"},
        schedules=[{"id": "a", "hours": {"mon": [["09:00", "14:00"]]}}],
    )

    assert (found.hours, found.schedule) == ("business", "a")


def test_several_branches_in_one_mapping_must_all_hold() -> None:
    new, open_ = {"field": "status", "is": "new"}, {"field": "status", "is": "open"}

    found = _trigger({"any": [new, open_], "none": [{"field": "tags", "includes": "spam"}]}).when

    assert isinstance(found, Branch)
    assert found.kind == "all"
    assert [one.kind for one in found.items if isinstance(one, Branch)] == ["any", "none"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("aver[ií]a", "una averia grave", True),
        ("AVERÍA", "una averia grave", True),
        (r"\bpedido \d{4}\b", "el pedido 1234 no llega", True),
        (r"\bpedido \d{4}\b", "el pedido 12345 no llega", False),
        ("(?-i)Pedido", "el pedido 1234", False),
        ("straße", "hauptstrasse 1", True),
    ],
)
def test_a_search_finds_folded_text_without_regard_to_case(
    pattern: str, text: str, found: bool
) -> None:
    condition = _condition({"field": "subject", "matches": pattern})

    assert condition.search is not None
    assert condition.search(text) is found
    assert condition.value == pattern


def test_a_regexp_field_takes_only_whole_matches() -> None:
    desk = compile_desk(
        load_document({"fields": [{"id": "code", "type": "regexp", "pattern": "[A-Z]{2}-[0-9]+"}]})
    )
    matches = desk.fields["code"].matches

    assert matches is not None
    assert [matches(one) for one in ("AB-12", "ab-12", "xAB-12", "AB-12 ")] == [
        True,
        False,
        False,
        False,
    ]


def test_each_action_becomes_what_the_domain_carries_out() -> None:
    found = _trigger(
        do=[
            {
                "email": {
                    "to": ["requester", "Boss@b.example", "requester"],
                    "body": "Hi {{ticket.id}}",
                }
            },
            {"notify": {"group": True, "text": "x", "hold": "until_hours"}},
            {"notify": {"agent": "Eva@acme.example"}},
            {"set": {"priority": "high", "group": "none"}},
            {"set_tags": []},
            {"stop": True},
        ],
        agents=[{"email": "eva@acme.example"}],
    ).actions

    email, told, eva, set_, tags, _ = found
    assert isinstance(email, Email)
    assert email.to == ("requester", "boss@b.example")
    assert email.body is not None
    assert email.subject is not None
    assert email.subject["en"].paths() == {"ticket.subject"}
    assert isinstance(told, Notify)
    assert (told.target, told.id, told.until_hours) == ("group", None, True)
    assert isinstance(eva, Notify)
    assert (eva.target, eva.id) == ("agent", "eva@acme.example")
    assert set_ == Set(values={"priority": "high", "group": None})
    assert tags == Tag(mode="set", tags=())


@pytest.mark.parametrize(
    ("part", "dead"),
    [
        ({"when": {"field": "group", "operator": "is", "value": "x"}}, "group x"),
        ({"when": {"field": "organization", "operator": "is", "value": ["x"]}}, "organization x"),
        ({"when": {"field": "fields.x", "operator": "is", "value": "y"}}, "field fields.x"),
        ({"do": [{"email": {"to": ["requester"], "template": "x"}}]}, "template x"),
        ({"do": [{"notify": {"agent": "x@y.example"}}]}, "agent x@y.example"),
        ({"do": [{"assign": {"group": "x"}}]}, "group x"),
        ({"do": [{"set": {"assignee": "x@y.example"}}]}, "agent x@y.example"),
        ({"do": [{"set": {"fields.x": 1}}]}, "field fields.x"),
        ({"do": [{"set_schedule": "x"}]}, "schedule x"),
    ],
)
def test_a_reference_that_leads_nowhere_makes_its_rule_dead(
    part: dict[str, Any], dead: str
) -> None:
    stored = {"triggers": [{"id": "a", "do": [{"stop": True}], **part}]}

    desk = compile_desk(stored)

    assert desk.rules.triggers[0].dead == (dead,)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [({}, 28 * 86_400), ({"close_after": "7d"}, 7 * 86_400), ({"close_after": "never"}, None)],
)
def test_a_solved_ticket_closes_after_so_long(written: Any, seconds: int | None) -> None:
    assert compile_desk(load_document({"desk": written})).close_after == seconds


def test_groups_that_are_gone_are_taken_from_their_agents() -> None:
    stored = load_document(
        {"groups": [{"id": "a"}], "agents": [{"email": "x@y.example", "groups": ["a"]}]}
    )
    stored["groups"] = []

    assert compile_desk(stored).agents["x@y.example"].groups == ()


def test_the_stored_form_survives_json_and_keeps_its_hash() -> None:
    stored = load_document(EXAMPLE)

    again = json.loads(json.dumps(stored))

    assert again == stored
    assert hash_of(again) == hash_of(stored)
    assert hash_of({**stored, "desk": {**stored["desk"], "name": "Other"}}) != hash_of(stored)


def test_the_version_of_a_desk_is_the_one_it_is_given() -> None:
    desk = compile_desk({}, "7", code="1.0", tzdata="2026.6")

    assert (desk.version, desk.code, desk.tzdata) == ("7", "1.0", "2026.6")


_BLOCKED = """
import json, sys
for name in ("pydantic", "pydantic_core", "ruamel", "ruamel.yaml", "yaml", "icalendar"):
    sys.modules[name] = None
from guardia.config.compile import compile_desk
desk = compile_desk(json.load(sys.stdin))
print(desk.name, len(desk.rules.triggers), len(desk.templates))
"""


def test_compiling_needs_neither_pydantic_nor_yaml_nor_icalendar() -> None:
    stored = load_document(EXAMPLE)

    done = subprocess.run(  # noqa: S603 - this interpreter and a text of our own
        [sys.executable, "-c", _BLOCKED],
        input=json.dumps(stored),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.split(), done.stderr) == (["Acme", "7", "11"], "")
