"""`guardia backtest` tells what another desk would have done, and `guardia export` gives it files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.rehearsal.records import write
from infra.cli.backtest_text import tell
from infra.cli.main import app
from infra.local.recorded import Maker

EXAMPLE = Path(__file__).parents[3] / "infra" / "desk"
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recorded tickets of the example desk."""
    path = tmp_path_factory.mktemp("recorded") / "export.ndjson"
    desk = compile_desk(load_document(EXAMPLE), version="1")
    lines = [write(one) for one in Maker(desk, seed=1).tickets(60)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The example desk with one rule changed."""
    for one in EXAMPLE.iterdir():
        if one.is_file():
            (tmp_path / one.name).write_bytes(one.read_bytes())
    rules = tmp_path / "triggers.yaml"
    text = rules.read_text(encoding="utf-8")
    assert text.count("set: {priority: urgent}") == 1
    rules.write_text(text.replace("set: {priority: urgent}", "set: {priority: high}"), "utf-8")
    return tmp_path


@pytest.fixture
def run() -> Run:
    runner = CliRunner()
    return lambda *words, **more: runner.invoke(app, ["backtest", *(str(one) for one in words)], **more)  # fmt: skip


def test_the_one_rule_that_was_changed_is_named(run: Run, file: Path, other: Path) -> None:
    done = run(other, "--against", EXAMPLE, "--file", file, "--json")

    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert answer["tickets"] == 60
    assert answer["differing"] > 0
    assert [(one["kind"], one["id"]) for one in answer["because"]] == [("trigger", "vip")]
    assert len(answer["differences"]) == answer["differing"]


def test_people_read_counts_the_rule_and_the_first_tickets(
    run: Run, file: Path, other: Path
) -> None:
    done = run(other, "--against", EXAMPLE, "--file", file, "--show", "1")

    assert done.exit_code == 0
    assert "60 tickets, " in done.stdout
    assert "by trigger vip\n" in done.stdout
    assert "create: trigger vip does otherwise\n    priority: urgent " in done.stdout
    assert "more differ; --show N" in done.stdout


@pytest.mark.parametrize(
    ("event", "before", "after", "said"),
    [
        ("create", True, True, "policy gold promises otherwise"),
        ("change", True, False, "policy gold promised before"),
        ("job", False, True, "policy gold promises now"),
        ("clock", True, True, "policy gold does otherwise"),
        ("clock", False, True, "policy gold fires now"),
        ("clock", True, False, "policy gold fired before"),
    ],
)
def test_what_a_policy_promises_is_told_from_what_it_fires(
    capsys: pytest.CaptureFixture[str], event: str, *, before: bool, after: bool, said: str
) -> None:
    gold = {"kind": "sla_policy", "id": "gold"}
    nothing: dict[str, list[Any]] = {"fields": [], "deadlines": [], "messages": [], "refused": []}
    ticket = {
        "ticket": "K7Q2M9XD",
        "first": {"at": "2026-03-04T12:00:00Z", "event": event, "seq": 1},
        "because": [gold | {"before": before, "after": after}],
    }
    tell(
        {
            "tickets": 1,
            "events": 1,
            "rules": [],
            "differing": 1,
            "differences": [nothing | ticket],
            "because": [gold | {"tickets": 1}],
            "aspects": {"fields": 0, "deadlines": 1, "messages": 0, "refused": 0},
            "assumed": {},
        }
    )

    assert f"K7Q2M9XD  2026-03-04T12:00:00Z  {event}: {said}\n" in capsys.readouterr().out


def test_the_same_desk_makes_no_difference(run: Run, file: Path) -> None:
    done = run(EXAMPLE, "--against", EXAMPLE, "--file", file, "--fail-on-difference")

    assert done.exit_code == 0
    assert "no ticket would differ" in done.stdout


def test_a_difference_can_be_a_failure(run: Run, file: Path, other: Path) -> None:
    done = run(other, "--against", EXAMPLE, "--file", file, "--fail-on-difference")

    assert done.exit_code == 1


def test_a_broken_line_is_named_and_nothing_is_told(
    run: Run, file: Path, other: Path, tmp_path: Path
) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[41] = lines[41][:-20]
    broken = tmp_path / "broken.ndjson"
    broken.write_text("\n".join(lines), encoding="utf-8")

    for more in ((), ("--json",), ("--jobs", "2")):
        done = run(other, "--against", EXAMPLE, "--file", broken, *more)

        assert (done.exit_code, done.stdout) == (2, "")
        assert "line 42: is not JSON" in done.stderr


def test_standard_input_is_a_file_too(run: Run, file: Path) -> None:
    done = run(EXAMPLE, "--against", EXAMPLE, "--file", "-", "--json", input=file.read_bytes())

    assert json.loads(done.stdout)["tickets"] == 60


def test_an_empty_file_says_that_there_is_nothing(run: Run) -> None:
    done = run(EXAMPLE, "--against", EXAMPLE, "--file", "-", input=b"")

    assert (done.exit_code, done.stdout) == (0, "There are no recorded tickets to try the desk on.\n")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("missing", "--against", EXAMPLE, "--file", "-"), 2, "there is no such file or folder"),
        ((EXAMPLE, "--against", "missing", "--file", "-"), 2, "there is no such file or folder"),
        ((EXAMPLE, "--against", EXAMPLE, "--file", "missing"), 2, "No such file"),
        ((EXAMPLE, "--against", EXAMPLE, "--file", EXAMPLE), 2, "Is a directory"),
        ((EXAMPLE, "--file", "-", "--last", "3"), 2, "--file goes without"),
        ((EXAMPLE, "--against", EXAMPLE, "--last", "3", "--since", "1d"), 2, "one of --last and"),
        ((EXAMPLE, "--against", EXAMPLE, "--since", "soon"), 2, "--since: must be a duration"),
        ((EXAMPLE, "--against", EXAMPLE, "--file", "-", "--until", "soon"), 2, "--until: is no"),
        ((EXAMPLE, "--remote", "--against", EXAMPLE), 2, "--remote goes without"),
    ],
)
def test_a_call_that_makes_no_sense_says_so(
    run: Run, words: tuple[Any, ...], status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")

    done = run(*words, input=b"")

    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_desk_that_is_wrong_is_refused_with_its_places(
    run: Run, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "desk.yaml").write_text("desk:\n  nmae: x\n", encoding="utf-8")

    done = run(tmp_path, "--against", EXAMPLE, "--file", file)

    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{tmp_path / 'desk.yaml'}:2: unknown key `nmae`" in done.stderr
