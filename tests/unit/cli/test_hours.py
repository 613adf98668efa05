"""`guardia hours`: lines in, lines out, whatever they hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app

DESK = """
schedules:
  - {id: oficina, timezone: Europe/Madrid, hours: {fri: [["09:00", "15:00"]]}, calendars: [festivos]}
calendars: [{id: festivos, dates: [2026-03-13]}]
"""
ASKED = {"id": 1, "op": "next_open", "schedule": "oficina", "at": "2026-03-06T15:00:00+01:00"}


def run(*arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(app, ["hours", *arguments], input=lines)


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(DESK, encoding="utf-8")
    return path


def test_a_schedule_of_the_desk_answers_with_its_shared_holidays(desk: Path) -> None:
    result = run("--desk", str(desk), lines=json.dumps(ASKED))

    assert result.exit_code == 0
    assert answers(result) == [{"id": 1, "at": "2026-03-20T08:00:00Z"}]


def test_every_line_is_answered_in_order_and_a_bad_one_stops_nothing() -> None:
    good = json.dumps({"id": 3, "op": "between", "schedule": {},
                       "start": "2026-03-06T15:00:00Z", "end": "2026-03-07T15:00:00Z"})  # fmt: skip

    result = run("--json", lines=f"hola\n\n{good}\n")

    assert result.exit_code == 0
    assert [(one.get("id"), one.get("line")) for one in answers(result)] == [(None, 1), (3, None)]


def test_questions_are_read_from_a_file(tmp_path: Path, desk: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(ASKED), encoding="utf-8")

    assert [one["id"] for one in answers(run(str(file), "--desk", str(desk)))] == [1]


def test_a_file_that_cannot_be_opened_is_a_wrong_call(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none.jsonl"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such file" in result.stderr


def test_a_desk_that_is_not_there_is_told_and_answers_nothing(tmp_path: Path) -> None:
    result = run("--desk", str(tmp_path / "none.yaml"), lines=json.dumps(ASKED))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "none.yaml" in result.stderr


def test_a_desk_that_is_wrong_is_told_with_its_place_and_answers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text("schedules: [{id: a, hours: {lun: []}}]", encoding="utf-8")

    result = run("--desk", str(path), lines=json.dumps(ASKED))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "desk.yaml:1: unknown weekday `lun`" in result.stderr
