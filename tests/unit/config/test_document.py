"""A desk is one file or a folder of files, and nothing outside of it."""

from datetime import date
from pathlib import Path

import pytest

from guardia.config.load import load_document
from guardia.config.problem import DocumentError, UnreadableError
from guardia.config.validate import validate

ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1@x\r\n"
    "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260106\r\nSUMMARY:Reyes\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)
CALENDAR = "calendars: [{id: festivos, ics: festivos.ics}]\n"


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_lists_of_several_files_are_put_one_after_the_other(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        b_yaml="groups: [{id: third}]\n",
        a_yml="desk: {name: Acme}\ngroups: [{id: first}, {id: second}]\n",
        c_json='{"groups": [{"id": "fourth"}]}',
        more__d_yaml="groups: [{id: fifth}]\n",
    )

    document = load_document(folder)

    assert document["desk"]["name"] == "Acme"
    assert [one["id"] for one in document["groups"]] == [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
    ]


def test_scenarios_and_hidden_files_are_not_the_desk(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        desk_yaml="desk: {name: Acme}\n",
        scenarios__one_yaml="start: now\nsteps: []\n",
    )
    (folder / ".guardia").mkdir()
    (folder / ".guardia" / "x.yaml").write_text("nonsense: true\n", encoding="utf-8")
    (folder / "notes.txt").write_text("nonsense", encoding="utf-8")

    assert validate(folder).ok


def test_a_section_that_is_no_list_stands_in_one_file_only(tmp_path: Path) -> None:
    folder = _write(tmp_path, a_yaml="desk: {name: A}\n", b_yaml="groups: []\ndesk: {name: B}\n")

    report = validate(folder)

    assert [str(one) for one in report.errors] == [
        f"{folder}/b.yaml:2: `desk` stands in {folder}/a.yaml:1 already; keep one of the two"
    ]


def test_mistakes_in_several_files_are_told_together(tmp_path: Path) -> None:
    folder = _write(tmp_path, a_yaml="desk: [\n", b_yaml="groups: {a\n", c_yaml="- x\n")

    report = validate(folder)

    assert [Path(one.file).name for one in report.errors] == ["a.yaml", "b.yaml", "c.yaml"]


def test_an_item_of_the_second_file_is_told_with_its_own_line(tmp_path: Path) -> None:
    folder = _write(tmp_path, a_yaml="groups: [{id: a}]\n", b_yaml="groups:\n  - id: a\n")

    report = validate(folder)

    assert str(report.errors[0]).startswith(f"{folder}/b.yaml:2: `a` stands twice")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "desk:\ntriggers:\n", "{}"])
def test_a_document_without_anything_is_a_working_desk(tmp_path: Path, text: str) -> None:
    report = validate(_write(tmp_path, desk_yaml=text))

    assert (report.ok, report.warnings) == (True, ())


@pytest.mark.parametrize(
    "text", ["automations: []\n", "views: {}\n", "workflows:\n", "sla_policies: []\nshifts: []\n"]
)
def test_empty_sections_that_are_not_built_are_accepted(tmp_path: Path, text: str) -> None:
    assert validate(_write(tmp_path, desk_yaml=text)).ok


def test_no_folder_an_empty_folder_and_a_null_in_the_name_are_no_document(tmp_path: Path) -> None:
    for_nothing = ["missing", ".", "a\0b"]

    for_each = [pytest.raises(UnreadableError) for _ in for_nothing]

    with for_each[0]:
        validate(for_nothing[0], tmp_path)
    with for_each[1]:
        validate(for_nothing[1], tmp_path)
    with for_each[2]:
        validate(for_nothing[2], tmp_path)


def test_a_file_that_is_no_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_bytes("desk:\n  name: Técnicos\n".encode("latin-1"))

    report = validate(file)

    assert str(report.errors[0]) == f"{file}:2: the file is not written in UTF-8"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_bytes(b"\xef\xbb\xbfdesk: {name: Acme}\r\n")

    assert load_document(file)["desk"]["name"] == "Acme"


def test_an_ics_file_is_found_beside_the_file_that_names_it(tmp_path: Path) -> None:
    folder = _write(tmp_path, hours__a_yaml=CALENDAR, hours__festivos_ics=ICS)

    document = load_document(folder)

    assert document["calendars"] == [{"id": "festivos", "dates": ["2026-01-06"]}]


def test_an_ics_file_behind_a_link_out_of_the_desk_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.ics"
    outside.write_text(ICS, encoding="utf-8")
    folder = _write(tmp_path / "desk", a_yaml=CALENDAR)
    (folder / "festivos.ics").symlink_to(outside)

    report = validate(folder)

    assert "lies outside the desk's folder" in report.errors[0].message


def test_an_inline_document_reads_files_from_the_folder_it_is_given(tmp_path: Path) -> None:
    folder = _write(tmp_path, festivos_ics=ICS)
    document = {
        "calendars": [{"id": "festivos", "ics": "festivos.ics", "dates": [date(2026, 5, 2)]}]
    }

    found = load_document(document, folder)

    assert found["calendars"] == [{"id": "festivos", "dates": ["2026-01-06", "2026-05-02"]}]


def test_an_inline_document_without_a_folder_reads_no_files() -> None:
    with pytest.raises(DocumentError, match="came without files"):
        load_document({"calendars": [{"id": "festivos", "ics": "festivos.ics"}]})


def test_a_relative_path_counts_from_the_base(tmp_path: Path) -> None:
    _write(tmp_path, sub__desk_yaml="desk: {name: Acme}\n")

    assert load_document("sub", tmp_path)["desk"]["name"] == "Acme"
    assert load_document("sub/desk.yaml", tmp_path)["desk"]["name"] == "Acme"


def test_a_folder_of_hundreds_of_folders_is_no_desk(tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"folder{number}").mkdir()

    with pytest.raises(UnreadableError, match="is this a desk"):
        validate(tmp_path)
