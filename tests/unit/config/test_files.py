"""A desk's files as texts mean what its folder means."""

from pathlib import Path

import pytest

from guardia.config.document import Files
from guardia.config.files import gather
from guardia.config.problem import UnreadableError
from guardia.config.validate import Report, validate
from infra.local.cloud import ROOT

DESK = ROOT / "infra" / "desk"


def check(**texts: str) -> Report:
    return validate(Files({name.replace("__", "/") + ".yaml": one for name, one in texts.items()}))


def test_the_example_desk_means_the_same_as_texts_and_as_a_folder() -> None:
    sent, read = validate(gather(DESK)), validate(DESK)
    assert (sent.errors, sent.document, sent.plain) == ((), read.document, read.plain)


def test_texts_are_merged_in_the_order_in_which_a_folder_is_read(tmp_path: Path) -> None:
    texts = {
        "b.yaml": "groups: [{id: b}]",
        "a.yaml": "groups: [{id: a}]",
        "x/c.yaml": "groups: [{id: c}]",
        "a/y/d.yaml": "groups: [{id: d}]",
        "a/e.yaml": "groups: [{id: e}]",
    }
    paths = {tmp_path / name: text for name, text in texts.items()}
    (tmp_path / "x").mkdir()
    (tmp_path / "a" / "y").mkdir(parents=True)
    _written = [path.write_text(text) for path, text in paths.items()]
    assert validate(Files(texts)).document == validate(tmp_path).document


def test_a_problem_names_the_file_and_the_line_below_the_folder() -> None:
    report = check(reglas__uno="# …\ntriggers: [{id: 'no good'}]")
    assert {(one.file, one.line) for one in report.errors} == {("reglas/uno.yaml", 2)}


def test_hidden_files_and_scenarios_are_no_part_of_the_desk() -> None:
    report = check(desk="desk: {}", _draft="nonsense: 1", scenarios__a="steps: []", x___y="z: 1")
    assert report.ok


@pytest.mark.parametrize("name", ["../a.yaml", "/a.yaml", "a/../b.yaml", "./a.yaml", "a\\b.yaml"])
def test_a_path_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(UnreadableError):
        validate(Files({name: "desk: {}"}))


def test_files_without_a_document_among_them_are_refused() -> None:
    with pytest.raises(UnreadableError):
        validate(Files({"notas.md": "hola"}))


def test_more_files_than_any_desk_has_are_refused() -> None:
    with pytest.raises(UnreadableError):
        validate(Files({f"{number}.yaml": "" for number in range(501)}))


def test_a_single_file_is_gathered_with_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "f.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    )
    (tmp_path / "other.yaml").write_text("desk: {name: Otra}")
    (tmp_path / "desk.yaml").write_text("calendars: [{id: f, ics: f.ics}]")
    assert set(gather(tmp_path / "desk.yaml").texts) == {"desk.yaml", "f.ics"}


def test_line_ends_and_marks_of_order_survive(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_bytes("\ufeffdesk: {name: Á}\r\n".encode())
    texts = gather(tmp_path).texts
    assert texts == {"desk.yaml": "\ufeffdesk: {name: Á}\r\n"}
    assert validate(Files(texts)).ok
