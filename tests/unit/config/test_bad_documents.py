"""What is wrong is told with file and line, in words that say what to do.

`bad/*.txt` hold documents with one mistake each, marked where it must be told.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from guardia.config.validate import validate

ARROW = "# <- "


def _marked() -> Iterator[object]:
    """Cut the files into documents, with the line and the words of the mark."""
    for file in sorted((Path(__file__).parent / "bad").glob("*.txt")):
        for part in file.read_text(encoding="utf-8").split("\n### ")[1:]:
            name, _, text = part.partition("\n")
            lines = text.splitlines()
            line = next(number for number, one in enumerate(lines, 1) if ARROW in one)
            words = lines[line - 1].partition(ARROW)[2]
            yield pytest.param(text, line, words, id=f"{file.stem}: {name}")


SYNTAX = [
    pytest.param("desk: [a\n", 2, "invalid YAML", id="an open bracket"),
    pytest.param("desk:\n  name: A: B\n", 2, "mapping values are not", id="two colons"),
    pytest.param("desk:\n\tname: A\n", 2, "cannot start any token", id="a tab"),
    pytest.param("desk:\n  name: 'A\n", 3, "unexpected end of stream", id="an open quote"),
    pytest.param("desk:\n  name: *a\n", 2, "`*a` has no anchor", id="an alias to nothing"),
    pytest.param("desk:\n  name: !!binary aGk=\n", 2, "the tag", id="a tag"),
    pytest.param("desk: {}\n---\ndesk: {}\n", 2, "one document", id="two documents"),
    pytest.param("desk:\n  name: A\n  name: B\n", 3, "`name` is given twice", id="a key twice"),
    pytest.param("desk: {}\ndesk: {}\n", 2, "`desk` is given twice", id="a section twice"),
    pytest.param("desk:\n  ? [a]\n  : b\n", 2, "a key must be a word", id="a list as key"),
    pytest.param('desk:\n  name: "\\ud800"\n', 2, "surrogate", id="half a character"),
    pytest.param("desk:\n  name: a\x07b\n", 2, "control character", id="a control character"),
    pytest.param("x: " + "[" * 60 + "]" * 60, 1, "more than 40 levels", id="too many levels"),
    pytest.param("- desk\n", 1, "mapping of sections", id="a list"),
    pytest.param("Hello\n", 1, "mapping of sections", id="a word"),
]


@pytest.mark.parametrize(("text", "line", "words"), [*SYNTAX, *_marked()])
def test_a_mistake_is_told_with_its_line_and_alone(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(text, encoding="utf-8")

    report = validate(file)

    assert not report.ok
    assert report.document is None
    assert [str(one).partition(": ")[0] for one in report.errors] == [f"{file}:{line}"]
    assert words in report.errors[0].message
    assert report.errors[0].column >= 1


def test_every_mistake_of_a_document_is_told_in_one_run(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        "desk:\n  nmae: A\n  schedule: x\ntriggers:\n  - id: a\n    whne: {}\n"
        "    do: [{emial: {}}, {set_schedule: y}]\n",
        encoding="utf-8",
    )

    report = validate(file)

    assert [(one.line, one.column) for one in report.errors] == [(2, 3), (6, 5), (7, 11), (7, 38)]


def test_a_document_given_as_values_names_the_path_instead_of_a_line() -> None:
    report = validate({"triggers": [{"id": "a", "do": [{"set_schedule": "x"}]}]})

    assert [str(one) for one in report.errors] == [
        "triggers[0].do[0].set_schedule: there is no schedule `x`: the document lists no schedules"
    ]
