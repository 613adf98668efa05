"""Small documents for tests of lint, and what is told of them."""

from typing import Any

from guardia.config.problem import Problem
from guardia.config.validate import validate

STOP: list[Any] = [{"stop": True}]
TAG: list[Any] = [{"add_tags": ["x"]}]
LUIS = {"email": "luis@acme.example", "role": "admin"}
TARGET = {"metric": "first_reply_time", "within": "30m"}
IDLE = {"field": "hours_since.updated", "at_least": "1d"}
OPEN = {"field": "status", "is": "open"}
VIP = {"field": "tags", "includes": ["vip"]}
URGENT = {"field": "priority", "is": "urgent"}


def all_of(*items: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(items)}


def a_rule(id_: str, when: Any = None, do: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id_, **({} if when is None else {"when": when}), "do": do or TAG, **more}


def a_policy(id_: str, when: Any = None, **more: Any) -> dict[str, Any]:
    asked = {} if when is None else {"when": when}
    return {"id": id_, **asked, "targets": [TARGET], **more}


def warned(document: dict[str, Any]) -> tuple[Problem, ...]:
    """The warnings of a document without errors."""
    report = validate(document)
    assert report.ok, report.errors
    return report.warnings
