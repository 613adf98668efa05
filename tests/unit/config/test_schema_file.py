"""The committed JSON Schema is the one that the code makes, and judges as the code does."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from guardia.config.document import read_document
from guardia.config.export import json_schema
from guardia.config.validate import validate
from infra.cli.schema import TARGET, written

VALIDATOR = Draft202012Validator(json_schema())


def test_the_committed_schema_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == written()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(written()))


@pytest.mark.parametrize("file", sorted((TARGET.parents[1] / "infra" / "desk").glob("*.yaml")))
def test_the_schema_accepts_each_file_of_the_example_desk(file: Any) -> None:
    assert list(VALIDATOR.iter_errors(read_document(file).root.plain())) == []


@pytest.mark.parametrize(
    "document",
    [
        {"triggrs": []},
        {"automations": [{"id": "a"}]},
        {"automations": [{"id": "a", "do": [{"stop": True}], "every": {"at": "9:00"}}]},
        {
            "automations": [
                {"id": "a", "do": [{"stop": True}], "every": {"at": "09:00", "days": []}}
            ]
        },
        {"automations": [{"id": "a", "do": [{"stop": True}], "if_late": "never"}]},
        {"sla_policies": [{"id": "a"}]},
        {"sla_policies": [{"id": "a", "targets": [{"metric": "first_reply", "within": "1h"}]}]},
        {"desk": {"close_after": "later"}},
        {"shifts": [{"id": "a"}]},
        {"desk": {"nmae": "A"}},
        {"desk": {"conversation_window": "soon"}},
        {"groups": [{"name": "A"}]},
        {"groups": [{"id": "Bad Id"}]},
        {"agents": [{"email": "a@b.example", "role": "boss"}]},
        {"schedules": [{"id": "a", "hours": {"lunes": []}}]},
        {"schedules": [{"id": "a", "holidays": [{"from": "2026-01-01"}]}]},
        {"templates": [{"id": "a", "body": {"spanish": "x"}}]},
        {"triggers": [{"id": "a", "do": [{"webhook": {"url": "x"}}]}]},
        {"triggers": [{"id": "a", "do": [{"stop": True, "set_tags": []}]}]},
        {"triggers": [{"id": "a", "do": [{"stop": True}], "when": {"field": "statsu", "is": "x"}}]},
        {"triggers": [{"id": "a", "do": [{"stop": True}], "when": {"field": "status"}}]},
        {"triggers": [{"id": "a", "do": [{"stop": True}], "when": {"field": "status", "si": "x"}}]},
        {
            "triggers": [
                {"id": "a", "do": [{"stop": True}], "when": {"field": "status", "changed": False}}
            ]
        },
    ],
)
def test_the_schema_refuses_what_validating_refuses(document: dict[str, Any]) -> None:
    assert not validate(document).ok
    assert not VALIDATOR.is_valid(document)
