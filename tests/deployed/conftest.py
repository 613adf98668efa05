"""One local AWS and one deployment for all tests here."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.cloud import Clients, Cloud
from infra.local.deploy import deploy, parameters, publish, resources
from tests.deployed.place import HERE, Deployed


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    state: Path = tmp_path_factory.mktemp("aws")
    with ExitStack() as ending:
        cloud = Cloud(state, keep=False)
        cloud.start()
        ending.callback(cloud.stop)
        cloud.wait()
        key = f"gd_{secrets.token_urlsafe(24)}"
        outputs = deploy(tmp_path_factory.mktemp("built"), cloud.endpoint, parameters(key))
        publish(HERE / "desk.yaml", cloud.endpoint, outputs)
        aws = Clients(cloud.endpoint)
        ending.callback(aws.close)
        yield Deployed(
            aws=aws,
            endpoint=cloud.endpoint,
            names=resources(aws),
            url=outputs["ApiUrl"],
            key=key,
        )
