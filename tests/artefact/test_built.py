"""The artefacts are complete, small, for the right machine, and start by themselves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.artefact.built import BUILD, ROOT, Shipped, functions, isolated, megabytes, packages

FUNCTIONS = functions()
ELF_MACHINE, AARCH64 = slice(18, 20), (183).to_bytes(2, "little")
LAYER = BUILD / "CommonLayer/python"
LAYER_MB, FUNCTION_MB = 15, 25
"""Well below Lambda's 250 MB: what is loaded is paid for at each cold start."""
SERVICES = {"dynamodb", "s3", "sesv2", "sqs", "ssm"}
NEVER = {"boto3", "cryptography", "jinja2", "moto", "pytest", "rich", "typer"}
MAIL = {
    "fast_mail_parser": "mail fields, 60 times faster than the standard library",
    "nh3": "cleans the HTML of mail",
    "selectolax": "makes text of the HTML of mail",
}
OWN: dict[str, dict[str, str]] = {
    "email_ingress": MAIL,
    "http_api": {
        **MAIL,  # takes in mail that was set aside
        "annotated_types": "of pydantic",
        "pydantic": "checks what callers send",
        "pydantic_core": "of pydantic",
        "icalendar": "reads holidays of a desk document",
        "ruamel": "reads desk documents",
    },
}
"""What a function ships besides the layer, and why."""

ONLY_SOMEWHERE = {name for own in OWN.values() for name in own}
ANSWERS: dict[str, tuple[str, Any]] = {
    "authorizer": ("authorizer_asked", lambda said: said["isAuthorized"] is False),
    "delivery_events": ("mail_delivered", lambda said: said == {"batchItemFailures": []}),
    "email_ingress": ("email_received", lambda said: said == {"batchItemFailures": []}),
    "housekeeping": ("housekeeping", lambda said: said == {"found": 0, "offered": 0, "kept": 0}),
    "http_api": ("tickets_listed", lambda said: said["statusCode"] == 200),
    "intake": ("healthz", lambda said: said["statusCode"] == 200),
    "jobs": ("job_handed_out", lambda said: said == {"batchItemFailures": []}),
    "outbox_relay": ("outbox_row_inserted", lambda said: "batchItemFailures" in said),
    "sweep": ("due_minute", lambda said: said["offered"] == 0),
    "webhook_sender": ("webhook_called", lambda said: said == {"batchItemFailures": []}),
}
"""The golden event of each function, and its answer where the table and the queues are empty: the
key is unknown, the row is not there."""

START_MS = 3000
"""A bound for this machine, not a promise: something foreign at import time would break it."""

each = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.folder)


@each
def test_a_function_ships_its_folder_and_no_other(function: Shipped) -> None:
    shipped = {one.name for one in (BUILD / function.id / "functions").iterdir()} - {"__pycache__"}

    assert shipped == {"__init__.py", function.folder}


@each
def test_a_function_is_small(function: Shipped) -> None:
    size = megabytes(BUILD / function.id)

    print(f"{function.folder}: {size:.1f} MB")  # noqa: T201 - shown by pytest -s
    assert size < FUNCTION_MB


def test_the_layer_is_small() -> None:
    size = megabytes(LAYER)

    print(f"layer: {size:.1f} MB")  # noqa: T201 - shown by pytest -s
    assert size < LAYER_MB


def test_the_layer_ships_what_its_requirements_say_and_the_package() -> None:
    lines = (ROOT / "layers/common/requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = {line.split("==")[0].replace("_", "-") for line in lines if "==" in line}

    assert packages(LAYER) == wanted
    assert (LAYER / "guardia/wiring.py").exists()


def test_the_layer_knows_the_services_we_call_and_no_other() -> None:
    data = LAYER / "botocore/data"

    assert {one.name for one in data.iterdir() if one.is_dir()} == SERVICES


def test_every_binary_is_for_arm() -> None:
    binaries = [*BUILD.rglob("*.so"), *BUILD.rglob("*.so.*")]

    assert binaries
    assert [one for one in binaries if one.read_bytes()[ELF_MACHINE] != AARCH64] == []


@each
def test_a_handler_starts_with_nothing_but_its_folder_and_the_layer(
    here: Path, function: Shipped
) -> None:
    found = isolated(here, function)

    print(f"{function.folder}: import {found['ms']:.0f} ms")  # noqa: T201 - shown by pytest -s
    assert found["ms"] < START_MS


@each
def test_a_handler_imports_nothing_that_is_not_its_own(here: Path, function: Shipped) -> None:
    loaded = {name.partition(".")[0] for name in isolated(here, function)["modules"]}

    assert loaded & NEVER == set()
    assert loaded & ONLY_SOMEWHERE <= OWN.get(function.folder, {}).keys()


@each
def test_a_function_ships_nothing_without_a_reason(function: Shipped) -> None:
    shipped = {one.name for one in (BUILD / function.id).iterdir()}

    assert shipped & (NEVER | ONLY_SOMEWHERE) == OWN.get(function.folder, {}).keys()


@each
def test_a_function_answers_its_golden_event(
    here: Path, function: Shipped, local_aws: Mapping[str, str]
) -> None:
    name, right = ANSWERS[function.folder]
    event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))

    answer = isolated(here, function, event, local_aws)["answer"]

    assert right(answer), answer
