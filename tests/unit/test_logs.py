"""The log says what is on its list, and of an error where it was and what kind, never its words."""

import ast
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from guardia.logs import FIELDS, HIDDEN, Log

FUNCTIONS = Path(__file__).parents[2] / "functions"
SERVICES = count()


def a_log() -> Log:
    """A log that nobody opened before: it writes to what standard output is now."""
    return Log(f"tests-{next(SERVICES)}")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(one) for one in capsys.readouterr().out.splitlines()]


def test_words_numbers_and_codes_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    a_log().info("mail", ticket="K7Q2M9XD", seq=3, again=False, row="K7Q2M9XD.1.0")
    (line,) = lines(capsys)
    assert line["message"] == "mail"
    assert (line["ticket"], line["seq"], line["again"]) == ("K7Q2M9XD", 3, False)


@pytest.mark.parametrize(
    "value", ["ana@globex.example", "No conecta la VPN", "ñ", ["a"], {"a": 1}, b"x", "a" * 101]
)
def test_what_people_wrote_is_hidden_wherever_it_is_put(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    a_log().info("mail", ticket=value)
    assert lines(capsys)[0]["ticket"] == HIDDEN


def test_a_field_that_is_not_on_the_list_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    a_log().info("mail", sender="x", ticket="K7Q2M9XD")
    (line,) = lines(capsys)
    assert "sender" not in line
    assert line["ticket"] == "K7Q2M9XD"


def _logged(path: Path) -> Iterator[str]:
    """The fields that a function writes into its log."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
        ):
            yield from (str(one.arg) for one in node.keywords)


@pytest.mark.parametrize("path", sorted(FUNCTIONS.rglob("*.py")), ids=lambda path: path.parent.name)
def test_every_field_that_the_functions_write_is_on_the_list(path: Path) -> None:
    assert set(_logged(path)) <= FIELDS


def _fails(text: str) -> None:
    try:
        int(text)
    except ValueError as error:
        raise RuntimeError(f"cannot read {text}") from error


def test_an_error_is_told_by_kind_and_place_and_not_by_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError) as raised:
        _fails("ana@globex.example")
    a_log().failure("not read", raised.value)
    printed = capsys.readouterr().out
    line = json.loads(printed)
    assert line["error"] == "RuntimeError"
    assert line["where"][-1] == "after ValueError"
    assert "_fails" in line["where"][-2]
    assert "ana@" not in printed
