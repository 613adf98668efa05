"""The golden events are what the template's sources really send."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.filters import compile_filters
from tests.unit.template.house import ROOT, house

EVENTS = sorted((ROOT / "events").glob("*.json"))
HTTP = [path for path in EVENTS if "routeKey" in path.read_text(encoding="utf-8")]


ANY = "x-amazon-apigateway-any-method"


def _event(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))


def _stream_filter() -> Any:
    mapping = house().properties("OutboxRelayFunctionNewRow")
    patterns = [one["Pattern"] for one in mapping["FilterCriteria"]["Filters"]]
    return compile_filters("OutboxRelayFunctionNewRow", patterns)


@pytest.mark.parametrize("path", HTTP, ids=lambda path: path.stem)
def test_an_http_event_names_a_route_of_the_template(path: Path) -> None:
    routes = {
        f"{'ANY' if method == ANY else method.upper()} {route}"
        for route, methods in house().properties("HttpApi")["Body"]["paths"].items()
        for method in methods
    }

    event = json.loads(path.read_text(encoding="utf-8"))

    assert event["routeKey"] in routes


def test_the_stream_wakes_the_relay_for_a_new_outbox_row() -> None:
    [record] = _event("outbox_row_inserted")["Records"]

    assert _stream_filter()(record)


@pytest.mark.parametrize(
    ("kind", "sk"),
    [("INSERT", "HEAD"), ("INSERT", "E#0000000001"), ("MODIFY", "O#0000000001#0"), ("REMOVE", "O#0000000001#0")],
)  # fmt: skip
def test_the_stream_does_not_wake_the_relay_for(kind: str, sk: str) -> None:
    [record] = _event("outbox_row_inserted")["Records"]
    record["eventName"], record["dynamodb"]["Keys"]["sk"]["S"] = kind, sk

    assert not _stream_filter()(record)


def test_the_key_of_an_outbox_row_is_the_one_the_filter_looks_at() -> None:
    from guardia.adapters.items import outbox_key  # noqa: PLC0415 - the only test that needs AWS

    [record] = _event("outbox_row_inserted")["Records"]
    keys = record["dynamodb"]["Keys"]

    assert (keys["pk"]["S"], keys["sk"]["S"]) == outbox_key("7K3M9QXZ", 1, 0)


def test_every_index_that_the_code_asks_is_in_the_table() -> None:
    adapters = (ROOT / "layers/common/guardia/adapters").glob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in adapters)
    asked = set(re.findall(r'"(by_[a-z]+)"', code))
    made = {
        one["IndexName"] for one in house().properties("GuardiaTable")["GlobalSecondaryIndexes"]
    }

    assert asked
    assert asked <= made
