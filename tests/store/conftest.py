"""Every test of the `Store` port runs on each of the places, each time on an empty one."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import ROOT
from tests.store import places
from tests.store.places import Aws, InMemory, InTable, Place

MINISTACK = pytest.param(
    "ministack",
    marks=pytest.mark.skipif(
        not (ROOT / ".tools/ministack/bin/python").exists(),
        reason="ministack is not installed; `make install` does",
    ),
)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with places.ministack(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture
def moto() -> Iterator[Aws]:
    with places.moto() as aws:
        yield aws


@pytest.fixture
def memory() -> InMemory:
    return InMemory()


@pytest.fixture(params=["memory", "moto", MINISTACK])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        yield request.getfixturevalue("memory")
    else:
        with request.getfixturevalue(request.param).place() as made:
            yield made


@pytest.fixture(params=["moto", MINISTACK])
def in_table(request: pytest.FixtureRequest) -> Iterator[InTable]:
    with request.getfixturevalue(request.param).place() as made:
        yield made
