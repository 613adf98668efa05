"""`guardia keys` asks the API, prints a key once on standard output, and tells a refusal."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app

KEY = {
    "id": "K7Q2M9XD",
    "name": "shop",
    "agent": None,
    "scopes": ["tickets:read"],
    "created_at": "2026-03-06T17:30:00Z",
    "created_by": "eva@acme.example",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
}
SHOWN = "gd_K7Q2M9XD_" + "0" * 43


class Desk:
    """What answers; `asked` holds what it was asked."""

    def __init__(self, status: int, body: Any) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._status, self._body = status, body

    def __call__(self, method: str, url: str, **given: Any) -> httpx.Response:
        self.asked.append((method, url.removeprefix("http://desk.example"), given.get("json")))
        request = httpx.Request(method, url)
        if self._body is None:
            return httpx.Response(self._status, request=request)
        return httpx.Response(self._status, json=self._body, request=request)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(status: int, body: Any) -> Desk:
        desk = Desk(status, body)
        monkeypatch.setattr(httpx, "request", desk)
        return desk

    monkeypatch.setenv("GUARDIA_URL", "http://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")
    return use


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["keys", *words])


def test_a_new_key_alone_goes_to_standard_output(answered: Any) -> None:
    desk = answered(201, KEY | {"key": SHOWN})
    result = run("create", "shop", "--scope", "tickets:read", "--scope", "keys", "--agent", "luis@acme.example", "--expires-in", "90d")  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, f"{SHOWN}\n")
    assert desk.asked == [
        (
            "POST",
            "/v1/keys",
            {
                "name": "shop",
                "scopes": ["tickets:read", "keys"],
                "agent": "luis@acme.example",
                "expires_in": "90d",
            },
        )
    ]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("create", "shop", "--scope", "all"), ("POST", "/v1/keys")),
        (("rotate", "K7Q2M9XD"), ("POST", "/v1/keys/K7Q2M9XD/rotate")),
    ],
)
def test_json_holds_the_key_and_all_about_it(
    answered: Any, words: tuple[str, ...], asked: tuple[str, str]
) -> None:
    desk = answered(201, KEY | {"key": SHOWN})
    assert json.loads(run(*words, "--json").stdout) == KEY | {"key": SHOWN}
    assert desk.asked[0][:2] == asked


def test_keys_are_listed_for_people(answered: Any) -> None:
    desk = answered(200, {"items": [KEY], "next": None})
    result = run("list", "--limit", "7")
    assert desk.asked[0][1] == "/v1/keys?limit=7"
    assert "K7Q2M9XD" in result.stdout
    assert "tickets:read" in result.stdout


def test_keys_are_listed_for_programs(answered: Any) -> None:
    answered(200, {"items": [KEY], "next": "more"})
    told = json.loads(run("list", "--limit", "1", "--json").stdout)
    assert told == {"items": [KEY], "next": "more"}


def test_a_long_list_is_read_page_by_page_and_says_where_it_goes_on(answered: Any) -> None:
    desk = answered(200, {"items": [KEY] * 100, "next": "more"})
    result = run("list", "--limit", "150", "--cursor", "first")
    assert [url for _, url, _ in desk.asked] == [
        "/v1/keys?limit=100&cursor=first",
        "/v1/keys?limit=50&cursor=more",
    ]
    assert "--cursor more" in result.stderr


@pytest.mark.parametrize("named", ["k7q2m9xd", SHOWN])
def test_a_whole_key_is_never_part_of_an_address(answered: Any, named: str) -> None:
    desk = answered(204, None)
    run("revoke", named)
    assert desk.asked[0][:2] == ("DELETE", "/v1/keys/K7Q2M9XD")


def test_revoking_says_so_and_prints_no_data(answered: Any) -> None:
    desk = answered(204, None)
    result = run("revoke", "k7q2m9xd")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "K7Q2M9XD is revoked" in result.stderr
    assert desk.asked[0][:2] == ("DELETE", "/v1/keys/K7Q2M9XD")


def test_revoking_answers_programs(answered: Any) -> None:
    answered(204, None)
    assert json.loads(run("revoke", "k7q2m9xd", "--json").stdout) == {
        "id": "K7Q2M9XD",
        "revoked": True,
    }


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (422, {"detail": "must be one of all"}, 1, "must be one of all"),
        (
            422,
            {"detail": "values", "errors": [{"path": "expires_in", "message": "is no duration"}]},
            1,
            "values\n  expires_in: is no duration\n",
        ),
        (
            422,
            {"detail": "is wrong", "errors": [{"path": "agent", "message": "is wrong"}]},
            1,
            "agent: is wrong\n",
        ),
        (400, {"detail": "the cursor cannot be read"}, 2, "the cursor cannot be read"),
        (403, {"detail": "this key lacks the scope `keys`"}, 1, "lacks the scope"),
        (403, {"message": "Forbidden"}, 2, "does not know this GUARDIA_API_KEY"),
    ],
)
def test_a_refusal_is_told_with_its_places(
    answered: Any, status: int, body: Any, code: int, said: str
) -> None:
    answered(status, body)
    result = run("create", "shop", "--scope", "all")
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_a_key_without_scopes_is_a_wrong_call() -> None:
    assert run("create", "shop").exit_code == 2
