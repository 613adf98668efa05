"""The document of the API is the one that is committed, and the API keeps to it whatever comes."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from functions.http_api.operations import OPERATIONS
from functions.http_api.scopes import PUBLIC, SCOPES
from infra.cli.openapi import TARGET, written
from infra.local.clock import Clock
from infra.local.gateway import choose
from tests.integration.caller import Caller
from tests.integration.stage import AT, KEY, Stage, described, golden
from tests.integration.web import Web

DOCUMENT = json.loads(TARGET.read_text(encoding="utf-8"))
LABELS = sorted(
    f"{method.upper()} {path}"
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
)
EXAMPLES = 12
REFUSALS = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"with-security-parameters": False},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
    }
)
NOT_OURS = [ignored_auth, positive_data_acceptance]
"""Checks that do not fit: who comes in is tested with the authorizer, and a value that this desk
does not know (a group, an agent) is refused though it has the right form."""


def test_the_committed_document_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == written()


def test_the_document_that_is_served_is_the_committed_one(stage: Stage) -> None:
    assert stage.api(golden("openapi_read")).body == DOCUMENT


@pytest.mark.parametrize("label", LABELS)
def test_every_operation_is_reached_by_a_route_of_the_template(label: str) -> None:
    method, path = label.split(" ")
    assert choose(described().routes, method, path) is not None


def test_every_route_of_the_template_leads_to_an_operation() -> None:
    found = (choose(described().routes, *label.split(" ")) for label in LABELS)
    assert {one[0] for one in found if one} == set(described().routes)


def test_every_route_of_the_api_says_what_it_asks_for() -> None:
    assert OPERATIONS.keys() == SCOPES.keys()
    told = {key: DOCUMENT["paths"][key[1]][key[0].lower()].get("description", "") for key in SCOPES}
    assert [key for key, text in told.items() if f"`{SCOPES[key]}`" not in text] == [
        key for key, scope in SCOPES.items() if scope == PUBLIC
    ]


def test_names_of_operations_are_used_once() -> None:
    names = [one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def test_every_answer_in_the_document_says_what_it_is() -> None:
    answers = [
        (path, method, status)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if answer.get("content", {}).get("application/json", {}).get("schema") == {}
    ]
    assert answers == []


@pytest.fixture
def api(stage: Stage, tmp_path: Path) -> tuple[Any, str]:
    """The API over HTTP, with a ticket in it: its document read by schemathesis, and the ticket."""
    ticket = stage.opened()
    Caller(stage)("PATCH", f"/v1/tickets/{ticket}", {"status": "pending"})
    clock = Clock(tmp_path / "clock")
    clock.hold(AT)
    web = Web(clock)
    return schemathesis.openapi.from_wsgi("/openapi.json", web, config=CONFIG), ticket


@pytest.mark.parametrize("label", LABELS)
def test_whatever_is_sent_no_answer_is_a_fault_or_undocumented(api: Any, label: str) -> None:
    schema, ticket = api
    method, path = label.split()
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | _negative(operation))
    def fuzz(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {KEY}"})
        case.validate_response(answer, excluded_checks=NOT_OURS)
        if path.startswith("/v1/tickets/{id}"):
            case.path_parameters = {"id": ticket}  # the same, of a ticket that is there
            case.validate_response(
                case.call(headers={"Authorization": f"Bearer {KEY}"}), excluded_checks=NOT_OURS
            )

    fuzz()


def _negative(operation: Any) -> Any:
    """Requests that the document forbids, where there are any."""
    if not (operation.body or operation.query):
        return operation.as_strategy()
    return operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
