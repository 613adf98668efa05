"""Commands that ask AWS say what they miss, and take the region where everything else finds it."""

import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL",
                 "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def run() -> Result:
    return CliRunner().invoke(app, ["doctor"])


def test_without_a_region_the_variable_is_named() -> None:
    done = run()

    assert done.exit_code == 2
    assert "set AWS_REGION" in done.stderr


def test_aws_region_names_the_region_and_credentials_are_asked_for_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    done = run()

    assert done.exit_code == 2
    assert "set AWS_PROFILE" in done.stderr
