"""`guardia test` runs the scenarios beside a desk and says of each failing row what lies behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app

EXAMPLE = Path(__file__).parents[3] / "infra" / "desk"
DESK = """
desk: {name: Acme, addresses: [help@acme.example]}
organizations: [{id: globex, domains: [globex.example], tags: [vip]}]
triggers:
  - {id: vip, when: {all: [{field: tags, includes: [vip]}]}, do: [{set: {priority: urgent}}]}
  - {id: ack, when: {all: [{field: update, is: create}]}, do: [{email: {to: requester, subject: Hello, body: Thanks}}]}
"""
STORY = """start: 2026-03-04T12:00:00Z
steps:
  - {email: {from: Ana <ana@globex.example>, subject: VPN, text: It broke}}
expect:
"""
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    runner = CliRunner()
    return lambda *words: runner.invoke(app, ["test", *(str(one) for one in words)])


def put(folder: Path, name: str, rows: str, story: str = STORY) -> Path:
    path = folder / "scenarios" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(story + rows, encoding="utf-8")
    return path


def test_scenarios_of_the_desk_beside_them_pass(run: Run, tmp_path: Path) -> None:
    path = put(tmp_path, "vip/first.yaml", "  - {ticket: 1, priority: urgent}\n  - {tickets: 1}\n")

    done = run(tmp_path)

    assert (done.exit_code, done.stdout) == (0, "")
    assert f"ok   {path}  2 rows" in done.stderr
    assert "1 scenario: 1 passed, in " in done.stderr


def test_a_failing_row_is_told_with_its_place_and_the_rule_behind_it(
    run: Run, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.yaml", "  - ticket: 1\n    status: new\n    priority: low\n")

    done = run(tmp_path)

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f" FAIL  {path}  1 of 1 row",
        f"       {path}:7: ticket 1: priority",
        '         wanted  "low"',
        '         got     "urgent"',
        "         from    entry 1, create by ana@globex.example at 2026-03-04T12:00:00Z;"
        " trigger vip, trigger ack fired there",
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("  - {ticket: 1, assignee: eva@acme.example}\n", "from    nothing: no entry ever changed it"),
        ("  - {tickets: 2}\n", 'wanted  {"tickets": 2}'),
        ("  - {outbox: 1, to: zoe@mail.example}\n", "trigger vip, trigger ack fired there"),
        ("  - {no_outbox: {kind: email}}\n", "trigger vip, trigger ack fired there"),
        ("  - {outbox: 1, at: 2026-03-04T12:01:00Z}\n", 'got     "2026-03-04T12:00:00Z"'),
        ("  - {outbox: 2, to: zoe@mail.example}\n", "got     null"),
        ("  - {ticket: 1, at: 2026-03-04T11:00:00Z, status: new}\n", "got     null"),
        ("  - {ticket: 1, at: 2026-03-04T12:00:00Z, status: open}\n", "from    entry 1"),
        ("  - {contact: ana@globex.example, name: Bea}\n", 'got     "Ana"'),
    ],
)  # fmt: skip
def test_each_kind_of_row_says_what_was_there(
    run: Run, tmp_path: Path, row: str, said: str
) -> None:
    put(tmp_path, "a.yaml", row)

    done = run(tmp_path)

    assert done.exit_code == 1
    assert said in done.stdout


def test_a_scenario_that_makes_no_sense_is_told_with_its_line_and_the_others_run(
    run: Run, tmp_path: Path
) -> None:
    odd = put(tmp_path, "a.yaml", "", STORY.replace("email:", "emial:"))
    put(tmp_path, "b.yaml", "  - {tickets: 1}\n")

    done = run(tmp_path)

    assert done.exit_code == 2
    assert done.stdout.startswith(f"ERROR  {odd}:3: steps[1]: ")
    assert "2 scenarios: 1 passed, 1 could not be read" in done.stderr


@pytest.mark.parametrize("content", [b"\xff", b"a: [", b"7"])
def test_a_file_that_cannot_be_read_is_status_2(run: Run, tmp_path: Path, content: bytes) -> None:
    put(tmp_path, "a.yaml", "").write_bytes(content)

    done = run(tmp_path)

    assert done.exit_code == 2
    assert f"ERROR  {tmp_path / 'scenarios' / 'a.yaml'}" in done.stdout


def test_a_scenario_may_name_a_desk_of_its_own(run: Run, tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", "  - {ticket: 1, priority: null}\n", "desk: {}\n" + STORY)

    assert run(tmp_path).exit_code == 0


def test_the_desk_may_be_one_file(run: Run, tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", "  - {ticket: 1, priority: urgent}\n")

    assert run(tmp_path / "desk.yaml").exit_code == 0


def test_where_the_desk_is_wrong_scenarios_that_need_it_say_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("desk:\n  nmae: x\n", encoding="utf-8")
    put(tmp_path, "a.yaml", "  - {tickets: 1}\n")
    put(tmp_path, "b.yaml", "  - {tickets: 1}\n", "desk: {}\n" + STORY)

    done = run(tmp_path)

    assert done.exit_code == 2
    assert f"{tmp_path / 'desk.yaml'}:2: unknown key `nmae`" in done.stdout
    assert "1 passed" in done.stderr


def test_without_scenarios_it_says_where_they_go(run: Run, tmp_path: Path) -> None:
    done = run(tmp_path)

    assert (done.exit_code, done.stdout) == (0, "")
    assert f"Put simulation documents into {tmp_path / 'scenarios'}/" in done.stderr


def test_the_example_it_shows_is_one_that_passes(run: Run, tmp_path: Path) -> None:
    shown = run(tmp_path).stderr.partition("first.yaml:\n")[2]

    put(tmp_path, "first.yaml", "", "\n".join(line[2:] for line in shown.splitlines()))

    assert run(tmp_path).exit_code == 0


def test_no_desk_at_all_is_status_2(run: Run, tmp_path: Path) -> None:
    done = run(tmp_path / "missing")

    assert done.exit_code == 2
    assert "there is no such file or folder" in done.stderr


def test_a_word_chooses_by_path(run: Run, tmp_path: Path) -> None:
    put(tmp_path, "good.yaml", "  - {tickets: 1}\n")
    put(tmp_path, "bad.yaml", "  - {tickets: 9}\n")

    assert run(tmp_path, "-k", "GOOD").exit_code == 0
    assert run(tmp_path, "-k", "nothing-like-it").exit_code == 2


def test_json_tells_everything(run: Run, tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", "  - {ticket: 1, priority: low}\n")
    put(tmp_path, "b.yaml", "  - {tickets: 1}\n")

    done = run(tmp_path, "--json")

    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["ok"]) == (1, False)
    assert [(one["name"], one["ok"]) for one in answer["scenarios"]] == [("a", False), ("b", True)]
    (failure,) = answer["scenarios"][0]["failures"]
    assert (failure["line"], failure["wanted"], failure["got"]) == (5, "low", "urgent")
    assert failure["entry"]["rules"][0] == {"kind": "trigger", "id": "vip"}


def test_several_processes_say_what_one_says(run: Run, tmp_path: Path) -> None:
    for n in range(5):
        put(tmp_path, f"{n}.yaml", f"  - {{tickets: {n % 2}}}\n")

    alone, together = run(tmp_path), run(tmp_path, "--jobs", "2")

    assert alone.exit_code == together.exit_code == 1
    assert alone.stdout == together.stdout


def test_the_example_desk_keeps_its_own_scenarios(run: Run) -> None:
    done = run(EXAMPLE)

    assert (done.exit_code, done.stdout) == (0, "")
    assert ": 0 passed" not in done.stderr
