"""A path leads to the values RFC 9535 says, and what is not read here is refused by name."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardia.hooks import jsonpath
from guardia.hooks.jsonpath import PathError

BODY: Any = {
    "a": {"b": "deep", "c d": 1, "": "nameless"},
    "list": [{"x": 1}, {"x": 2}, {"y": 3}],
    "ñ": "letter",
    "'": "quote",
    '"': "double",
    "\\": "slash",
    "null": None,
    "_1": True,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [BODY]),
        ("$.a.b", ["deep"]),
        ("$['a']['c d']", [1]),
        ('$["a"]["c d"]', [1]),
        ("$[ 'a' ] .b", None),
        ("$[ 'a' ]['b']", ["deep"]),
        ("$.a['']", ["nameless"]),
        ("$.list[0].x", [1]),
        ("$.list[-1].y", [3]),
        ("$.list[3]", []),
        ("$.list[-4]", []),
        ("$.list[*].x", [1, 2]),
        ("$.list.*.x", [1, 2]),
        ("$.a.*", ["deep", 1, "nameless"]),
        ("$.ñ", ["letter"]),
        ("$['\\u00f1']", ["letter"]),
        ("$['\\'']", ["quote"]),
        ('$["\'"]', ["quote"]),
        ("$['\"']", ["double"]),
        ('$["\\""]', ["double"]),
        ("$['\\\\']", ["slash"]),
        ("$.null", [None]),
        ("$._1", [True]),
        ("$.list.x", []),
        ("$.a[0]", []),
        ("$.a.b.c", []),
        ("$.nothing.at.all", []),
    ],
)
def test_a_path_leads_to(path: str, found: list[Any] | None) -> None:
    if found is None:
        with pytest.raises(PathError):
            jsonpath.read(path)
    else:
        assert jsonpath.read(path).find(BODY) == found


@pytest.mark.parametrize(
    ("path", "at", "words"),
    [
        ("", 0, "begins with `$`"),
        ("customer.email", 0, "begins with `$`"),
        ("$.", 2, "ends in the middle"),
        ("$[", 2, "ends in the middle"),
        ("$['a'", 5, "ends in the middle"),
        ("$a", 1, "`a` does not go on"),
        ("$.a-b", 3, "in ['quotes']"),
        ("$.1a", 2, "`1` does not go on"),
        ("$.a b", 3, "` ` does not go on"),
        ("$..email", 1, "`..` is not read"),
        ("$.a[?(@.x)]", 3, "filters are not read"),
        ("$.a[0:2]", 5, "slices are not read"),
        ("$.a['x','y']", 7, "lists of steps"),
        ("$.a[01]", 5, "`1` does not go on"),
        ("$.a[-0]", 4, "`-` does not go on"),
        ("$['\\x']", 2, "as JSON writes it"),
        ("$['\\ud800']", 2, "as JSON writes it"),
        ("$" + ".a" * 21, 43, "at most 20 steps"),
        ("$." + "a" * 499, 500, "at most 500 characters"),
    ],
)
def test_what_is_no_path_is_told_with_its_place(path: str, at: int, words: str) -> None:
    with pytest.raises(PathError, match=re.escape(words)) as refusal:
        jsonpath.read(path)

    assert refusal.value.at == at


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.text(max_size=5).filter(lambda one: one.isprintable()), inside, max_size=4
        )
    ),
    max_leaves=20,
)


def _leaves(value: Any, path: str = "$") -> list[tuple[str, Any]]:
    pairs: dict[Any, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, list):
        pairs = dict(enumerate(value))
    deeper = (_leaves(one, f"{path}[{json.dumps(key)}]") for key, one in pairs.items())
    return [(path, value), *(leaf for leaves in deeper for leaf in leaves)]


@settings(max_examples=100)
@given(JSON.filter(lambda one: isinstance(one, list | dict)), st.data())
def test_every_value_of_a_body_has_a_path_that_leads_to_it_alone(
    body: Any, data: st.DataObject
) -> None:
    path, value = data.draw(st.sampled_from(_leaves(body)))

    assert jsonpath.read(path).find(body) == [value]


@settings(max_examples=200)
@given(st.text(alphabet="$.[]'\"*\\ab0-9 ?@:,{u", max_size=30))
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    with suppress(PathError):
        assert isinstance(jsonpath.read("$" + text).find(BODY), list)


def test_a_path_leads_to_a_thousand_values_at_most() -> None:
    assert len(jsonpath.read("$[*][*]").find([[0] * 500] * 500)) == 1000
