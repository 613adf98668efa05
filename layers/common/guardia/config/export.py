"""The JSON Schema of the desk document, for editors: made from the models and the word lists."""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from guardia.config.schema import SECTIONS, Desk
from guardia.domain import vocabulary

_ID: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE: Final = "#/$defs/{model}"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a whole desk document, or of one of its files."""
    _, models = models_json_schema(
        [(Desk, "validation"), *((model, "validation") for model in SECTIONS.values())],
        ref_template=_REFERENCE,
    )
    sections: dict[str, Any] = {"desk": {"anyOf": [_reference("Desk"), {"type": "null"}]}}
    for section, model in SECTIONS.items():
        sections[section] = {
            "description": (model.__doc__ or "").strip(),
            "anyOf": [
                {"type": "array", "items": _reference(model.__name__)},
                {"type": "object", "maxProperties": 0},
                {"type": "null"},
            ],
        }
    for section in vocabulary.NOT_BUILT_SECTIONS:
        sections[section] = {
            "description": "Not built in this version of Guardia: leave it out or empty.",
            "anyOf": [
                {"type": "array", "maxItems": 0},
                {"type": "object", "maxProperties": 0},
                {"type": "null"},
            ],
        }
    return {
        "$schema": _ID,
        "title": "Guardia desk document",
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "$defs": {**_referring(models["$defs"]), **_rules()},
    }


def _referring(schema: Any) -> Any:
    """Turn the models' `$comment`s into references: pydantic knows only those it made itself."""
    if isinstance(schema, list):
        return [_referring(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _referring(one) for key, one in schema.items() if key != "$comment"}
    return {**_reference(schema["$comment"]), **kept} if "$comment" in schema else kept


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=name)}


def _rules() -> dict[str, Any]:
    """Conditions and recipients, whose words come from the vocabulary."""
    branch = {"type": "array", "items": _reference("Tree")}
    return {
        "Tree": {"anyOf": [_reference("Condition"), _reference("Branch")]},
        "Branch": {
            "type": "object",
            "properties": {"all": branch, "any": branch, "none": branch},
            "minProperties": 1,
            "additionalProperties": False,
        },
        "Condition": {
            "type": "object",
            "properties": {
                "field": {
                    "anyOf": [
                        {"enum": [*vocabulary.TICKET_FIELDS, *vocabulary.timed_fields()]},
                        {"pattern": r"^(fields|requester\.fields|organization\.fields)\.[^.]+$"},
                    ],
                    "type": "string",
                },
                "hours": {"enum": ["calendar", "business"]},
                "schedule": {"type": "string"},
                **{one: _operand(one) for one in vocabulary.OPERATORS},
            },
            "required": ["field"],
            "minProperties": 2,
            "additionalProperties": False,
        },
        "Metric": {"enum": list(vocabulary.SLA_METRICS)},
        "To": {
            "anyOf": [{"enum": list(vocabulary.EMAIL_TO)}, {"type": "string", "format": "email"}]
        },
    }


def _operand(operator: str) -> dict[str, Any]:
    if operator in vocabulary.VALUELESS:
        return {"const": True}
    single = {"type": ["string", "number", "boolean"]}
    if operator in (*vocabulary.EQUALITY, *vocabulary.CONTAINMENT, *vocabulary.SEARCH[:4]):
        return {"anyOf": [single, {"type": "array", "minItems": 1, "items": single}]}
    return single
