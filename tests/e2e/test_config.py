"""A desk that runs takes another document within ten seconds, says who gave it, and goes back."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import ROOT
from tests.e2e.process import INSTALLED, KEY, Process, eventually, written

pytestmark = INSTALLED

WITHIN = 10.0
RUN = "from infra.cli.main import main; main()"
RULE = """triggers:
  - id: desde-la-api
    when: {field: update, is: create}
    do: [{add_tags: [recien_publicado]}]
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("desk") / "state")
    yield process
    process.end(signal.SIGINT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example desk with one rule more."""
    shutil.copytree(ROOT / "infra" / "desk", tmp_path / "desk")
    (tmp_path / "desk" / "zz-api.yaml").write_text(RULE)
    return tmp_path / "desk"


def guardia(desk: Process, *words: object) -> Any:
    """Run the command against the desk; it must succeed, and answer in JSON."""
    url = desk.lines[0].removeprefix("http: ")
    done = subprocess.run(  # noqa: S603 - the command of this project
        [sys.executable, "-c", RUN, *(str(one) for one in words), "--json"],
        cwd=ROOT,
        env={**os.environ, "GUARDIA_URL": url, "GUARDIA_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tags_of_a_new_ticket(desk: Process, number: int) -> str:
    """Send a mail and return the tags of its ticket."""
    sender = f"p{number}@mail.example"
    desk.mail(written(sender, f"n{number}", "Hola", f"config{number}"), "soporte@acme.example")

    def found() -> list[dict[str, Any]]:
        return [one for one in desk.tickets() if one["subject"] == f"n{number}"]

    return " ".join(eventually(found)[0]["tags"])


def until(question: Callable[[], bool]) -> bool:
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.1)
    return False


def test_a_document_that_is_applied_takes_effect_is_logged_and_is_undone(
    desk: Process, folder: Path
) -> None:
    assert "recien_publicado" not in tags_of_a_new_ticket(desk, 1)

    applied = guardia(desk, "config", "apply", folder, "-m", "una regla más", "--yes")
    numbers = iter(range(2, 100))
    assert until(lambda: "recien_publicado" in tags_of_a_new_ticket(desk, next(numbers)))

    newest = guardia(desk, "config", "log")["items"][0]
    assert (newest["number"], newest["author"], newest["message"]) == (
        applied["number"],
        "eva@acme.example",
        "una regla más",
    )

    guardia(desk, "config", "rollback", "-m", "no era")
    later = iter(range(100, 200))
    assert until(lambda: "recien_publicado" not in tags_of_a_new_ticket(desk, next(later)))


def test_what_was_applied_is_live_after_the_next_start(desk: Process, folder: Path) -> None:
    applied = guardia(desk, "config", "apply", folder, "--yes")
    desk.end(signal.SIGINT)
    desk.start()
    live = desk.call("GET", "/v1/config")
    assert (live["number"], live["hash"]) == (applied["number"], applied["hash"])
    assert live["files"]["zz-api.yaml"] == RULE
