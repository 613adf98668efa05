"""Every test of the `Store` port runs on each of the places, each time on an empty one."""

from collections.abc import Callable, Iterator

import pytest

from infra.local.cloud import ROOT
from tests.store.places import InMemory, InTable, Place, in_ministack, in_moto

MINISTACK = pytest.param(
    "ministack",
    marks=pytest.mark.skipif(
        not (ROOT / ".tools/ministack/bin/python").exists(),
        reason="ministack is not installed; `make install` does",
    ),
)
Fresh = Callable[[], Place]


@pytest.fixture(scope="module", autouse=True)
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield


@pytest.fixture(scope="module")
def memory() -> Fresh:
    return InMemory


@pytest.fixture(scope="module")
def moto() -> Iterator[Fresh]:
    with in_moto() as aws:
        yield aws.fresh


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    with in_ministack(tmp_path_factory.mktemp("aws")) as aws:
        yield aws.fresh


@pytest.fixture(scope="module", params=["memory", "moto", MINISTACK])
def anywhere(request: pytest.FixtureRequest) -> Fresh:
    found: Fresh = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def place(anywhere: Fresh) -> Place:
    return anywhere()


@pytest.fixture(scope="module", params=["moto", MINISTACK])
def in_aws(request: pytest.FixtureRequest) -> Callable[[], InTable]:
    found: Callable[[], InTable] = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def in_table(in_aws: Callable[[], InTable]) -> InTable:
    return in_aws()
