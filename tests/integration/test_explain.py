"""A ticket's story through the deployed functions and the sweep, and what the API explains of it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from tests.integration import stories
from tests.scenarios.moto_cloud import MotoCloud
from tests.unit.rehearsal import told
from tests.unit.rehearsal.cases import ask
from tests.unit.rehearsal.weekend import NOW, PARTS, READS, STORY, parts_of


@pytest.fixture(scope="module")
def weekend() -> Iterator[tuple[MotoCloud, str]]:
    with stories.lived(STORY) as (cloud, tickets):
        yield cloud, tickets[0]


def explained(weekend: tuple[MotoCloud, str], query: str = "") -> dict[str, Any]:
    return stories.explained(*weekend, query)


def test_a_weekend_a_pause_and_a_new_priority_sum_to_the_clock(
    weekend: tuple[MotoCloud, str],
) -> None:
    answer = explained(weekend)

    (clock,) = answer["clocks"]
    assert parts_of(clock) == PARTS
    assert (clock["elapsed_seconds"], sum(part[3] for part in PARTS)) == (READS, READS)


def test_the_command_tells_each_stretch_and_the_sum(
    weekend: tuple[MotoCloud, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, ticket = weekend

    def answer(method: str, url: str, **_: Any) -> httpx.Response:
        status, body = cloud.api(method, url.removeprefix("http://desk.example"))
        return httpx.Response(status, json=body, request=httpx.Request(method, url))

    monkeypatch.setattr(httpx, "request", answer)
    monkeypatch.setenv("GUARDIA_URL", "http://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")

    result = CliRunner().invoke(app, ["explain", ticket])

    said = [" ".join(one.split()) for one in result.stdout.splitlines()]
    start = next(place for place, one in enumerate(said) if one.startswith("agent_work_time"))
    assert [one.split("oficina ")[-1] for one in said[start + 1 : start + 10]] == [
        "1h 00m of 10h",
        "closed",
        "0h 30m of 10h",
        "pending",
        "1h 00m of 10h",
        "3h 00m of 6h",
        "closed",
        "1h 00m of 6h",
        "sum 6h 30m",
    ]


def test_what_is_explained_of_real_entries_is_what_is_explained_in_a_rehearsal(
    weekend: tuple[MotoCloud, str],
) -> None:
    answer = explained(weekend)
    rehearsed = ask(told.of_document(STORY)[0], NOW)

    assert [one["replayed"] for one in answer["entries"]] == [one["replayed"] for one in rehearsed["entries"]]  # fmt: skip
    assert [one["rules"] for one in answer["entries"]] == [one["rules"] for one in rehearsed["entries"]]  # fmt: skip
    assert answer["coming"] == rehearsed["coming"]


def test_a_rule_and_an_instant_are_answered_together(weekend: tuple[MotoCloud, str]) -> None:
    answer = explained(weekend, "?rule=nudge&at=%2B1d")

    assert [one["id"] for one in answer["rules"]] == ["nudge"]
    assert [one["due"]["kind"] for one in answer["then"]["happens"]] == ["escalate"]
    assert answer["then"]["ticket"]["priority"] == "urgent"


@pytest.mark.parametrize("query", ["", "?rule=standard", "?at=%2B40d", "?at=-1d", "?at=-90d", "?limit=2"])  # fmt: skip
def test_explaining_writes_nothing(weekend: tuple[MotoCloud, str], query: str) -> None:
    cloud, _ = weekend
    before = _table(cloud)
    explained(weekend, query)
    assert _table(cloud) == before


def test_a_history_is_explained_page_by_page(weekend: tuple[MotoCloud, str]) -> None:
    first = explained(weekend, "?limit=5")
    rest = explained(weekend, f"?limit=5&cursor={first['next']}")
    seqs = [one["seq"] for one in (*first["entries"], *rest["entries"])]
    assert (seqs, rest["next"]) == (list(range(1, 9)), None)


@pytest.mark.parametrize(
    ("query", "path"), [("?rule=nobody", "rule"), ("?at=soon", "at"), ("?at=%2B9000d", "at")]
)
def test_what_makes_no_sense_is_refused_by_its_place(
    weekend: tuple[MotoCloud, str], query: str, path: str
) -> None:
    cloud, ticket = weekend
    status, answer = cloud.api("GET", f"/v1/tickets/{ticket}/explain{query}")
    assert (status, answer["errors"][0]["path"]) == (422, path)


def _table(cloud: MotoCloud) -> list[str]:
    """Every item of the table but how often and when keys were used."""
    table = cloud.stack.environment["TABLE_NAME"]
    found = cloud.aws("dynamodb").scan(TableName=table)["Items"]
    kept = [one for one in found if not one["pk"]["S"].startswith("KEY")]
    return sorted(json.dumps(one, sort_keys=True, default=str) for one in kept)
