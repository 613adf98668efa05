"""What makes a container start fast: parts made at once, and data cut to what is read."""

import gc
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guardia import wiring

ROOT = Path(__file__).parents[3]
APPS = sorted(ROOT.glob("functions/*/app.py"))


@pytest.fixture
def frozen() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen")
def test_on_lambda_parts_are_made_while_the_container_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sweep")
    monkeypatch.setattr(gc, "freeze", lambda: made.append("frozen"))
    gc.disable()

    wiring.prepare(lambda: made.append("part"))

    assert made == ["part", "frozen"]
    assert gc.isenabled()


def test_elsewhere_no_part_is_made_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)

    wiring.prepare(lambda: made.append("part"))

    assert made == []


@pytest.mark.parametrize("app", APPS, ids=[one.parent.name for one in APPS])
def test_each_function_prepares_its_parts_as_the_last_thing_it_does(app: Path) -> None:
    last = app.read_text(encoding="utf-8").rstrip().rpartition("\n\n")[2]

    assert "\nwiring.prepare(" in last


def _write(file: Path, value: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(value).encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


def test_the_data_of_the_services_we_call_keeps_all_but_its_documentation(tmp_path: Path) -> None:
    named = {"documentation": {"shape": "Text"}}
    model = {"shapes": {"A": {"type": "string", "documentation": "<p>…", "members": named}}}
    _write(tmp_path / "sqs/2012-11-05/service-2.json.gz", model)
    _write(tmp_path / "sqs/2012-11-05/examples-1.json", {})
    _write(tmp_path / "ec2/2016-11-15/service-2.json.gz", model)
    services: dict[str, Any] = {"sqs": {"endpoints": {}}, "ec2": {"endpoints": {}}}
    _write(tmp_path / "endpoints.json", {"partitions": [{"services": services, "regions": {}}]})

    trim = [sys.executable, str(ROOT / "layers/common/trim.py"), str(tmp_path), "sqs"]
    subprocess.run(trim, check=True)  # noqa: S603 - our own script

    left = {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}
    assert left == {"endpoints.json", "sqs/2012-11-05/service-2.json"}
    assert json.loads((tmp_path / "sqs/2012-11-05/service-2.json").read_bytes()) == {
        "shapes": {"A": {"type": "string", "members": named}}
    }
    assert json.loads((tmp_path / "endpoints.json").read_bytes()) == {
        "partitions": [{"services": {"sqs": {"endpoints": {}}}, "regions": {}}]
    }


def test_files_that_share_their_content_with_an_installers_cache_are_left_alone(
    tmp_path: Path,
) -> None:
    whole: dict[str, Any] = {"partitions": [{"services": {"ec2": {}}}]}
    _write(tmp_path / "cache/endpoints.json", whole)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/endpoints.json").hardlink_to(tmp_path / "cache/endpoints.json")

    trim = [sys.executable, str(ROOT / "layers/common/trim.py"), str(tmp_path / "data"), "sqs"]
    subprocess.run(trim, check=True)  # noqa: S603 - our own script

    assert json.loads((tmp_path / "cache/endpoints.json").read_bytes()) == whole
