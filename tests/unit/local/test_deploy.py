"""What is left out of a deployment into the local AWS, and how its process is found again."""

import json
from pathlib import Path

import pytest

from infra.local import deploy, endpoint
from infra.local.build import this_machine
from infra.local.template import load
from tests.unit.template.house import ROOT

ALARMS = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  One: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: Errors}}
  Sum: {Type: AWS::CloudWatch::Alarm, Properties: {Metrics: [{Id: total, Expression: SUM(METRICS())}]}}
Parameters:
  Mode: {Type: String, AllowedValues: [ses, 'off']}
"""


def test_only_alarms_that_calculate_are_left_out() -> None:
    template, left_out = deploy.known_here(ALARMS)

    assert left_out == ["Sum"]
    assert template["Resources"].keys() == {"Queue", "One"}
    assert template["Parameters"]["Mode"]["AllowedValues"] == ["ses", "off"]


def test_every_parameter_of_a_local_deployment_is_one_of_the_template() -> None:
    given = deploy.parameters("gd_a-key-of-the-tests")

    stack = load(ROOT / "template.yaml", endpoint="http://unused", parameters=given)

    assert stack.receipt is None  # the local AWS knows no receipt rules
    assert given["Runtime"] == f"python{this_machine().python}"


def test_a_key_that_was_made_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUARDIA_API_KEY", raising=False)

    key = deploy.api_key(tmp_path)

    assert key.startswith("gd_")
    assert deploy.api_key(tmp_path) == key
    assert (tmp_path / "api-key").stat().st_mode & 0o077 == 0


def test_a_key_that_is_given_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_given-by-somebody")

    assert deploy.api_key(tmp_path) == "gd_given-by-somebody"


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", json.dumps({"endpoint": "http://127.0.0.1:9", "pid": 1})]
)
def test_a_local_aws_that_is_gone_is_not_running(tmp_path: Path, text: str) -> None:
    (tmp_path / "aws.json").write_text(text, encoding="utf-8")

    assert deploy.running(tmp_path) is None
    assert deploy.end(tmp_path) is False


def test_a_desk_that_ended_leaves_no_address_that_counts(tmp_path: Path) -> None:
    endpoint.leave(tmp_path, "http://127.0.0.1:9")

    assert endpoint.found(tmp_path) is None
