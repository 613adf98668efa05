"""`guardia hooks` lists deliveries and sends one, signed as the desk proves it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from guardia import environment
from guardia.hooks import signatures
from infra.cli.main import app

SECRET = "whsec_YSBzZWNyZXQgdGhhdCBhbGwgdGhlIHdvcmxkIGtub3dz"
LISTED = {
    "at": "2026-03-06T17:30:00Z",
    "id": "m1",
    "outcome": "ticket",
    "status": 202,
    "ticket": "K7Q2M9XD",
}


class Desk:
    """What answers; `asked` holds the requests."""

    def __init__(self, status: int, body: Any) -> None:
        self.asked: list[httpx.Request] = []
        self._status, self._body = status, body

    def answer(self, method: str, url: str, **given: Any) -> httpx.Response:
        known = {name: given[name] for name in ("headers", "content", "params") if name in given}
        request = httpx.Request(method, url, **known)
        self.asked.append(request)
        return httpx.Response(self._status, json=self._body, request=request)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(status: int, body: Any) -> Desk:
        desk = Desk(status, body)
        monkeypatch.setattr(httpx, "get", lambda url, **given: desk.answer("GET", url, **given))
        monkeypatch.setattr(httpx, "post", lambda url, **given: desk.answer("POST", url, **given))
        monkeypatch.setattr(httpx, "request", desk.answer)
        return desk

    monkeypatch.setenv("GUARDIA_URL", "http://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")
    monkeypatch.setenv("GUARDIA_SECRET_TIENDA_SECRET", SECRET)
    return use


@pytest.fixture
def order(tmp_path: Path) -> Path:
    file = tmp_path / "order.json"
    file.write_bytes('{"title":  "ñ"}\n'.encode())
    return file


def run(*words: object) -> Any:
    return CliRunner().invoke(app, ["hooks", *map(str, words)])


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
def test_a_file_is_sent_as_it_is_and_signed_by_the_scheme(
    answered: Any, order: Path, scheme: str
) -> None:
    desk = answered(202, {"ticket": "K7Q2M9XD"})

    done = run("send", "tienda", order, "--secret", "tienda-secret", "--scheme", scheme)

    (sent,) = desk.asked
    assert (done.exit_code, done.stdout) == (0, "K7Q2M9XD\n")
    assert str(sent.url) == "http://desk.example/hooks/tienda"
    assert sent.content == order.read_bytes()
    assert "authorization" not in sent.headers
    keys = signatures.keys(scheme, SECRET)
    now = environment.machine_now()
    assert signatures.verify(scheme, dict(sent.headers), sent.content, keys, now).id


def test_a_delivery_that_is_named_keeps_its_name(answered: Any, order: Path) -> None:
    desk = answered(202, {"ticket": "K7Q2M9XD"})

    run("send", "tienda", order, "--secret", "tienda-secret", "--id", "order-1")

    assert desk.asked[0].headers["webhook-id"] == "order-1"


def test_a_desk_that_refuses_is_told_with_every_reason(answered: Any, order: Path) -> None:
    errors = [{"path": "email", "message": "the body has nothing at $.who"}]
    answered(422, {"detail": "the body does not hold it", "errors": errors})

    done = run("send", "tienda", order, "--secret", "tienda-secret")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "the body does not hold it\n  email: the body has nothing at $.who\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nofile.json", "--secret", "tienda-secret"], "nofile.json: No such file"),
        (["order.json"], "set GUARDIA_SECRET_TIENDA to the source's secret"),
        (
            ["order.json", "--secret", "tienda-secret", "--scheme", "gitlab"],
            "--scheme must be one of",
        ),
    ],
)
def test_a_call_that_makes_no_sense_is_told_and_sends_nothing(
    answered: Any, order: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    desk = answered(202, {})
    monkeypatch.chdir(order.parent)

    done = run("send", "tienda", *words)

    assert (done.exit_code, desk.asked) == (2, [])
    assert done.stderr.startswith(told)


def test_deliveries_are_listed_for_people_and_for_programs(answered: Any) -> None:
    desk = answered(200, {"items": [LISTED], "next": None})

    people, programs = run("deliveries", "tienda"), run("deliveries", "tienda", "--json")

    assert [one in people.stdout for one in ("K7Q2M9XD", "ticket", "m1", "202")] == [True] * 4
    assert json.loads(programs.stdout)["items"] == [LISTED]
    assert desk.asked[0].url.path == "/v1/sources/tienda/deliveries"


def test_a_source_that_sent_nothing_is_told_so(answered: Any) -> None:
    answered(200, {"items": [], "next": None})

    assert run("deliveries", "tienda").stderr == "tienda sent nothing in the last two weeks.\n"
