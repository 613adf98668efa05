"""The artefacts are complete, small, for the right machine, and start by themselves."""

import json
from pathlib import Path

import pytest

from tests.artefact.built import BUILD, ROOT, Shipped, functions, isolated, megabytes, packages

FUNCTIONS = functions()
ELF_MACHINE, AARCH64 = slice(18, 20), (183).to_bytes(2, "little")
LAYER = BUILD / "CommonLayer/python"
LAYER_MB, FUNCTION_MB = 30, 15
"""Well below Lambda's 250 MB: what is loaded is paid for at each cold start."""
SERVICES = {"dynamodb", "s3", "sesv2", "sqs", "ssm"}
NEVER = {"boto3", "cryptography", "icalendar", "jinja2", "moto", "pytest", "ruamel", "typer"}
OWN = {
    "email_ingress": {"fast_mail_parser", "nh3", "selectolax"},
    "http_api": {"annotated_types", "pydantic", "pydantic_core"},
}
ONLY_SOMEWHERE = set().union(*OWN.values())
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
    assert loaded & ONLY_SOMEWHERE <= OWN.get(function.folder, set())


def test_the_desk_says_that_it_lives(here: Path) -> None:
    [intake] = [one for one in FUNCTIONS if one.folder == "intake"]
    event = json.loads((ROOT / "events/healthz.json").read_text(encoding="utf-8"))

    answer = isolated(here, intake, event)["answer"]

    assert answer["statusCode"] == 200


def test_the_authorizer_lets_nobody_in_while_there_is_no_key(here: Path) -> None:
    [authorizer] = [one for one in FUNCTIONS if one.folder == "authorizer"]
    event = json.loads((ROOT / "events/authorizer_asked.json").read_text(encoding="utf-8"))

    assert isolated(here, authorizer, event)["answer"]["isAuthorized"] is False
