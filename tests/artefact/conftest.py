"""The build for this machine, made once, and an AWS for it to talk to."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.local.build import ROOT, build_here, this_machine
from infra.local.cloud import Clients, Cloud, environment, provision
from infra.local.template import load
from tests.artefact.built import PYTHON

GOLDEN_MAIL = "in/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"
"""The object that events/email_received.json tells of."""


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_here(tmp_path_factory.mktemp("built") / "build", this_machine(PYTHON))


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The variables with which a function finds an AWS that has the stack's queues and table."""
    cloud = Cloud(tmp_path_factory.mktemp("aws"), keep=False)
    cloud.start()
    try:
        cloud.wait()
        aws = Clients(cloud.endpoint)
        stack = load(ROOT / "template.yaml", endpoint=cloud.endpoint)
        provision(stack, aws)
        aws("s3").put_object(
            Bucket=stack.buckets[0], Key=GOLDEN_MAIL, Body=b"From: a@b.example\n\nHi"
        )
        aws.close()
        yield {**stack.environment, **environment(cloud.endpoint)}
    finally:
        cloud.stop()
