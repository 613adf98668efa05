"""`guardia stuck` lists what was given up, and lets it come up again."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app

STUCK = {
    "ticket": "K7Q2M9XD",
    "due_at": "2026-03-06T17:30:00Z",
    "failures": 8,
    "given_up_at": "2026-03-06T19:33:00Z",
}


class Desk:
    """A desk on which some tickets are stuck; `asked` holds what it was asked."""

    def __init__(self, *tickets: str) -> None:
        self.asked: list[tuple[str, str]] = []
        self._tickets = tickets

    def __call__(self, method: str, url: str, **_: Any) -> httpx.Response:
        path = url.removeprefix("http://desk.example")
        self.asked.append((method, path))
        request = httpx.Request(method, url)
        if method == "GET":
            items = [{**STUCK, "ticket": one} for one in self._tickets]
            return httpx.Response(200, json={"items": items, "next": None}, request=request)
        ticket = path.split("/")[3]
        if ticket not in self._tickets:
            told = {"status": 409, "detail": f"{ticket} was not given up"}
            return httpx.Response(409, json=told, request=request)
        again = {**STUCK, "ticket": ticket, "failures": 0, "given_up_at": None}
        return httpx.Response(200, json=again, request=request)


def _run(monkeypatch: pytest.MonkeyPatch, desk: Desk, *words: str) -> Result:
    monkeypatch.setenv("GUARDIA_URL", "http://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_" + "0" * 20)
    monkeypatch.setattr(httpx, "request", desk)
    return CliRunner().invoke(app, ["stuck", *words])


def test_what_was_given_up_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _run(monkeypatch, Desk("K7Q2M9XD"), "list")
    assert found.exit_code == 0
    assert "K7Q2M9XD" in found.stdout
    assert STUCK["given_up_at"] in found.stdout.split()


def test_a_desk_on_which_nothing_was_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _run(monkeypatch, Desk(), "list")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr == "No ticket was given up.\n"


def test_the_list_is_the_desks_own_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _run(monkeypatch, Desk("K7Q2M9XD"), "list", "--json")
    assert json.loads(found.stdout) == {"items": [STUCK], "next": None}


def test_named_tickets_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("AAAAAAA1", "AAAAAAA2")
    assert _run(monkeypatch, desk, "retry", "AAAAAAA1", "AAAAAAA2").exit_code == 0
    assert desk.asked == [
        ("POST", "/v1/stuck/AAAAAAA1/retry"),
        ("POST", "/v1/stuck/AAAAAAA2/retry"),
    ]


def test_all_of_them_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("AAAAAAA1", "AAAAAAA2")
    found = _run(monkeypatch, desk, "retry", "--all", "--json")
    answers = [json.loads(one) for one in found.stdout.splitlines()]
    assert [one["ticket"] for one in answers] == ["AAAAAAA1", "AAAAAAA2"]


def test_a_ticket_that_was_not_given_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _run(monkeypatch, Desk(), "retry", "AAAAAAA1")
    assert (found.exit_code, found.stderr) == (1, "AAAAAAA1 was not given up\n")


@pytest.mark.parametrize("words", [(), ("AAAAAAA1", "--all")])
def test_whoever_names_nothing_or_too_much_is_told(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    desk = Desk("AAAAAAA1")
    found = _run(monkeypatch, desk, "retry", *words)
    assert (found.exit_code, desk.asked) == (2, [])
