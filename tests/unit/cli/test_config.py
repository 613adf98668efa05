"""`guardia config validate` answers on standard output and exits with 0, 1 or 2."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guardia.config.load import load_document
from guardia.config.normal import hash_of
from infra.cli.config import app
from infra.cli.desk import DeskError, open_desk

EXAMPLE = Path(__file__).parents[3] / "infra" / "desk"


def test_a_desk_without_fault_is_answered_with_status_0() -> None:
    done = CliRunner().invoke(app, ["validate", str(EXAMPLE)])

    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "The desk is valid.\n"


def test_the_current_folder_is_the_desk_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text("desk:\n  nmae: x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, ["validate"])

    assert done.exit_code == 1
    assert done.stdout == "a.yaml:2: unknown key `nmae`; did you mean `name`?\n"
    assert done.stderr == "1 error, 0 warnings\n"


def test_warnings_alone_do_not_fail(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("groups:\n  - id: a\n", encoding="utf-8")

    done = CliRunner().invoke(app, ["validate", str(file)])

    assert done.exit_code == 0
    assert done.stdout == f"{file}:2: warning: nobody is in the group `a`\n"


def test_json_holds_file_line_column_and_message(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("groups:\n  - id: a\n    schedule: b\n", encoding="utf-8")

    done = CliRunner().invoke(app, ["validate", str(file), "--json"])

    assert done.exit_code == 1
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["warnings"]) == (False, [])
    assert answer["errors"] == [
        {
            "file": str(file),
            "line": 3,
            "column": 15,
            "message": "there is no schedule `b`: the document lists no schedules",
            "path": "groups[0].schedule",
        }
    ]


@pytest.mark.parametrize("name", [".", "missing", "missing.yaml"])
def test_no_document_is_status_2(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(app, ["validate", str(tmp_path / name), "--json"])

    assert done.exit_code == 2
    assert json.loads(done.stdout)["ok"] is False
    assert str(tmp_path) in done.stderr


def test_a_desk_that_is_wrong_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("desk:\n  nmae: x\n", encoding="utf-8")

    with pytest.raises(DeskError) as caught:
        open_desk(tmp_path)
    with pytest.raises(DeskError, match="no such file or folder"):
        open_desk(tmp_path / "missing")

    assert caught.value.problems == (
        f"{tmp_path}/a.yaml:2: unknown key `nmae`; did you mean `name`?",
    )


def test_an_opened_desk_names_its_version_by_what_is_in_it() -> None:
    assert open_desk(EXAMPLE).version == hash_of(load_document(EXAMPLE))
