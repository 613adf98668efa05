"""YAML 1.2 and JSON become the same tree, with places, and within bounds."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardia.config.document import parse_text
from guardia.config.json_text import parse_json
from guardia.config.node import Place, ValueRefusedError, from_plain
from guardia.config.problem import DocumentError
from guardia.config.yaml_text import parse_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("14:00", "14:00"),
        ("1:30:00", "1:30:00"),
        ("2026-12-25", "2026-12-25"),
        ("2026-01-05T09:00", "2026-01-05T09:00"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0o14", 12),
        ("0x1F", 31),
        ("010", 10),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("9" * 40, "9" * 40),
        ('"12"', "12"),
        ("'on'", "on"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ('"\\uD83D\\uDE00"', "😀"),
        ("<<", "<<"),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(written: str, value: Any) -> None:
    found = parse_yaml(f"a: {written}\n", "x.yaml").plain()["a"]

    assert found == value
    assert type(found) is type(value)


def test_keys_are_words_whatever_they_look_like() -> None:
    found = parse_yaml("on: 1\n2026-12-24: 2\n14:00: 3\nnull: 4\n5: 6\n", "x.yaml").plain()

    assert found == {"on": 1, "2026-12-24": 2, "14:00": 3, "null": 4, "5": 6}


def test_an_anchor_can_be_used_again() -> None:
    found = parse_yaml("a: &day [x, y]\nb: *day\n", "x.yaml").plain()

    assert found == {"a": ["x", "y"], "b": ["x", "y"]}


def test_aliases_cannot_make_a_small_file_a_huge_document() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(DocumentError, match="more than 200000 values") as caught:
        parse_yaml("\n".join(lines), "x.yaml")

    assert caught.value.problems[0].line == 6


def test_an_alias_cannot_hold_itself() -> None:
    with pytest.raises(DocumentError, match="no anchor before it"):
        parse_yaml("a: &a [*a]\n", "x.yaml")


def test_a_deeply_nested_file_is_refused_and_does_not_exhaust_the_stack() -> None:
    with pytest.raises(DocumentError, match="more than 40 levels"):
        parse_yaml("[" * 50_000, "x.yaml")
    with pytest.raises(DocumentError, match="more than 40 levels"):
        parse_json("[" * 50_000, "x.json")


def test_places_lead_to_keys_values_and_lines_of_a_text() -> None:
    root = parse_yaml("a:\n  - b: c\n    d: |\n      one\n      two\n", "x.yaml")

    assert root.locate(("a", 0, "b")) == Place("x.yaml", 2, 8)
    assert root.locate(("a", 0, "b"), key=True) == Place("x.yaml", 2, 5)
    assert root.locate(("a", 0, "missing")) == Place("x.yaml", 2, 5)
    assert root.locate(("a", 0, "d"), offset=5) == Place("x.yaml", 5, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": 1,\n "a": 2}', 2, 2, "`a` is given twice; it stands in line 1"),
        ('{"a": 1,}', 1, 9, "a key in double quotes"),
        ("{a: 1}", 1, 2, "a key in double quotes"),
        ('{"a" 1}', 1, 6, "`:` is expected"),
        ("[1 2]", 1, 4, "`,` is expected"),
        ("[1,]", 1, 4, "a value is expected"),
        ("[01]", 1, 2, "a value is expected"),
        ("[NaN]", 1, 2, "a value is expected"),
        ("[1] 2", 1, 5, "something follows"),
        ('["a', 1, 2, "Unterminated string"),
        ('["\\ud800"]', 1, 2, "surrogate"),
        ("", 1, 1, "a value is expected"),
    ],
)
def test_wrong_json_is_told_with_line_and_column(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        parse_json(text, "x.json")

    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == ("x.json", line, column)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=6), inside, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON)
@settings(max_examples=150, deadline=None)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    written = json.dumps(value, indent=1)

    assert parse_json(written, "x.json").plain() == json.loads(written)
    assert from_plain(value).plain() == value


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@?,\n\t 01~.\x00\ud7ff", max_size=40))
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("file", ["x.yaml", "x.json"])
def test_any_text_is_read_or_refused_with_a_place(file: str, text: str) -> None:
    try:
        plain, lines = parse_text(text, file).plain(), [1]
    except DocumentError as error:
        plain, lines = None, [one.line for one in error.problems]

    assert json.loads(json.dumps(plain)) == plain
    assert min(lines) >= 1


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan"), float("inf"), b"a", "\ud800"])
def test_values_that_json_cannot_write_are_refused(value: Any) -> None:
    with pytest.raises(ValueRefusedError):
        from_plain({"a": [value]})
