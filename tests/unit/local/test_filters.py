"""Filters of event sources pass what Lambda's pass."""

import json
from typing import Any

import pytest

from infra.local.filters import compile_filters
from infra.local.intrinsics import TemplateError

RECORD = {
    "eventName": "INSERT",
    "dynamodb": {"Keys": {"sk": {"S": "O#0000000001#0"}}, "NewImage": {"n": {"N": "7"}}},
    "tags": ["a", "b"],
    "nothing": None,
}


def passes(pattern: Any, record: Any = RECORD) -> bool:
    return compile_filters("F", [json.dumps(pattern)])(record)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["MODIFY", "INSERT"]}, True),
        ({"eventName": ["insert"]}, False),
        ({"eventName": [{"equals-ignore-case": "insert"}]}, True),
        ({"eventName": [{"anything-but": ["INSERT"]}]}, False),
        ({"eventName": [{"anything-but": {"prefix": "MOD"}}]}, True),
        ({"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "O#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "E#"}]}}}}, False),
        ({"dynamodb": {"Keys": {"sk": {"S": [{"suffix": "#0"}]}}}}, True),
        ({"dynamodb": {"OldImage": {"n": {"N": [{"exists": False}]}}}}, True),
        ({"dynamodb": {"NewImage": {"n": {"N": [{"exists": True}]}}}}, True),
        ({"dynamodb": {"NewImage": {"n": [{"exists": True}]}}}, False),
        ({"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 5, "<=", 7]}]}}}}, True),
        ({"dynamodb": {"NewImage": {"n": {"N": [{"numeric": ["<", 7]}]}}}}, False),
        ({"tags": ["b"]}, True),
        ({"nothing": [None]}, True),
        ({"eventName": ["INSERT"], "tags": ["c"]}, False),
        ({"missing": [None]}, False),
    ],
)
def test_a_record_passes_where_every_part_of_the_pattern_holds(
    pattern: Any, expected: bool
) -> None:
    assert passes(pattern) is expected


def test_any_of_several_filters_will_do_and_without_one_all_pass() -> None:
    either = compile_filters("F", ['{"a": [1]}', '{"a": [2]}'])
    assert [either({"a": at}) for at in (1, 2, 3)] == [True, True, False]
    assert compile_filters("F", [])({})


@pytest.mark.parametrize(
    "text", ["no json", "[]", '{"a": "x"}', '{"a": []}', '{"a": [{"cidr": "10.0.0.0/8"}]}']
)
def test_a_filter_that_is_not_understood_is_an_error_of_its_function(text: str) -> None:
    with pytest.raises(TemplateError, match="Relay: "):
        compile_filters("Relay", [text])
