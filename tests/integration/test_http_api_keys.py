"""API keys: made, shown once, used, replaced, revoked; and what each may do."""

import re
from typing import Any

import pytest

from functions.http_api import app as http_api
from functions.http_api.scopes import PUBLIC, SCOPES
from guardia import wiring
from guardia.domain import api_keys
from tests.integration.caller import Caller, event, paths, refused
from tests.integration.stage import KEY, Json, Stage, golden

KEYS = "/v1/keys"
SHOP = {"name": "shop", "scopes": ["tickets:read"]}


def made(stage: Stage, **more: Any) -> Json:
    """Make a key; return it with the key itself."""
    answer = Caller(stage)("POST", KEYS, SHOP | more)
    assert answer.status == 201, answer.body
    key: Json = answer.body
    return key


def test_the_golden_key_is_made_and_shown(stage: Stage) -> None:
    answer = stage.api(golden("key_created"))
    key = answer.body
    assert answer.status == 201
    assert re.fullmatch(rf"gd_{key['id']}_[0-9A-Za-z]{{43}}", key["key"])
    assert {name: key[name] for name in ("name", "agent", "scopes", "created_by")} == {
        "name": "Tienda",
        "agent": "luis@acme.example",
        "scopes": ["tickets:read", "tickets:write"],
        "created_by": "eva@acme.example",
    }
    assert (key["created_at"], key["expires_at"]) == (
        "2026-03-05T16:35:20Z",
        "2026-06-03T16:35:20Z",
    )


def test_a_key_is_kept_as_its_hash_alone(stage: Stage) -> None:
    key = made(stage)["key"]
    kept = str(stage.items())
    assert key not in kept
    assert key.rpartition("_")[2] not in kept
    assert api_keys.hash_of(key) in kept


def test_keys_are_listed_the_newest_first_without_themselves(stage: Stage) -> None:
    first, second = made(stage, name="one"), made(stage, name="two")
    call = event("GET", KEYS, query={"limit": "1"})
    page = stage.api(call).body
    rest = stage.api(event("GET", KEYS, query={"limit": "1", "cursor": page["next"]})).body
    assert {one["id"] for one in (*page["items"], *rest["items"])} == {first["id"], second["id"]}
    assert "key" not in page["items"][0]


def test_the_golden_list_is_empty_on_a_new_desk(stage: Stage) -> None:
    assert stage.api(golden("keys_listed")).body == {"items": [], "next": None}


def test_a_revoked_key_stays_in_the_list_since_when_it_was_revoked(stage: Stage) -> None:
    key = made(stage)
    path = f"{KEYS}/{key['id'].lower()}"
    assert [Caller(stage)("DELETE", path).status for _ in range(2)] == [204, 204]
    (listed,) = Caller(stage)("GET", KEYS).body["items"]
    assert listed["revoked_at"] == "2026-03-05T16:35:20Z"


@pytest.mark.parametrize(("name", "status"), [("key_revoked", 404), ("key_rotated", 404)])
def test_a_key_that_does_not_exist_is_404(stage: Stage, name: str, status: int) -> None:
    refused(stage, golden(name), status)


def test_a_rotated_key_is_good_for_a_day_more_and_lives_as_long_as_before(stage: Stage) -> None:
    old = made(stage, expires_in="90d", agent="luis@acme.example")
    new = Caller(stage)("POST", f"{KEYS}/{old['id']}/rotate")
    assert new.status == 201
    assert (new.body["agent"], new.body["scopes"]) == (old["agent"], old["scopes"])
    assert (new.body["expires_at"], new.body["key"] == old["key"]) == (old["expires_at"], False)
    listed = {one["id"]: one for one in Caller(stage)("GET", KEYS).body["items"]}
    assert listed[old["id"]]["expires_at"] == "2026-03-06T16:35:20Z"


def test_a_revoked_key_cannot_be_rotated(stage: Stage) -> None:
    path = f"{KEYS}/{made(stage)['id']}"
    Caller(stage)("DELETE", path)
    refused(stage, event("POST", f"{path}/rotate"), 409)


@pytest.mark.parametrize(("method", "rest"), [("DELETE", ""), ("POST", "/rotate")])
def test_the_first_key_is_the_stacks_and_not_the_apis(stage: Stage, method: str, rest: str) -> None:
    assert "ApiKeyHash" in refused(stage, event(method, f"{KEYS}/first{rest}"), 409)["detail"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["tickets:read", "tickets:burn"]}, "scopes.1"),
        ({"scopes": "all"}, "scopes"),
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": "0s"}, "expires_in"),
        ({"expires_in": True}, "expires_in"),
        ({"expires_in": "99999d"}, "expires_in"),
        ({"agent": "nobody@acme.example"}, "agent"),
        ({"agent": "lia@acme.example"}, "agent"),
        ({"by": "nobody@acme.example"}, "by"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_key_that_makes_no_sense_is_422_and_named(
    stage: Stage, more: dict[str, Any], path: str
) -> None:
    assert paths(refused(stage, event("POST", KEYS, SHOP | more), 422)) == [path]


# -- scopes ----------------------------------------------------------------------------------------


def filled(path: str) -> str:
    """A route's path with something in the place of each variable."""
    return re.sub(r"\{\w+\}", "ZZZZZZZZ", path)


def test_every_route_of_the_router_has_a_scope_and_no_other_has() -> None:
    app = http_api.resolver(wiring.guardia)
    routes = {
        (route.method, re.sub(r"<\w+>", "{}", route.path))
        for route in (*app._static_routes, *app._dynamic_routes)  # no public way to list them
    }
    assert {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in SCOPES} == routes


@pytest.mark.parametrize(
    ("method", "path"), [one for one, scope in SCOPES.items() if scope != PUBLIC]
)
def test_a_key_with_every_scope_but_the_routes_own_is_refused(
    stage: Stage, method: str, path: str
) -> None:
    scope = SCOPES[method, path]
    others = " ".join(one for one in api_keys.SCOPES if one != scope)
    call = event(method, filled(path), {}, by={"key": "K7Q2M9XD", "agent": "", "scopes": others})
    assert f"`{scope}`" in refused(stage, call, 403)["detail"]


@pytest.mark.parametrize(
    ("method", "path"), [one for one, scope in SCOPES.items() if scope != PUBLIC]
)
def test_a_key_with_the_routes_own_scope_alone_is_let_in(
    stage: Stage, method: str, path: str
) -> None:
    scope = SCOPES[method, path]
    answer = Caller(stage, key="K7Q2M9XD", scopes=scope)(method, filled(path))
    assert answer.status not in (401, 403), answer.body


def test_the_document_asks_for_no_key(stage: Stage) -> None:
    assert stage.api(golden("openapi_read")).status == 200


def test_a_key_gives_no_scope_that_it_has_not(stage: Stage) -> None:
    by = {"key": "K7Q2M9XD", "agent": "", "scopes": "keys tickets:read"}
    allowed = stage.api(event("POST", KEYS, SHOP, by=by))
    problem = refused(stage, event("POST", KEYS, {**SHOP, "scopes": ["all"]}, by=by), 403)
    assert allowed.status == 201
    assert "all" in problem["detail"]


def test_a_key_is_not_rotated_by_one_that_may_less(stage: Stage) -> None:
    strong = made(stage, scopes=["config:write"])
    by = {"key": "K7Q2M9XD", "agent": "", "scopes": "keys"}
    refused(stage, event("POST", f"{KEYS}/{strong['id']}/rotate", by=by), 403)


# -- who acts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "by", "acts"),
    [
        ("", None, "eva@acme.example"),
        ("luis@acme.example", None, "luis@acme.example"),
        ("luis@acme.example", "eva@acme.example", "eva@acme.example"),
    ],
)
def test_a_key_acts_as_the_one_named_else_as_its_own_agent_else_as_the_first_admin(
    stage: Stage, agent: str, by: str | None, acts: str
) -> None:
    ticket = stage.opened()
    said = {"body": "Hola", "public": False, "by": by}
    answer = Caller(stage, agent=agent)("POST", f"/v1/tickets/{ticket}/comments", said)
    assert answer.body["actor"]["email"] == acts


@pytest.mark.parametrize("agent", ["gone@acme.example", "lia@acme.example"])
def test_a_key_of_somebody_who_left_or_may_not_is_refused(stage: Stage, agent: str) -> None:
    by = {"key": "K7Q2M9XD", "agent": agent, "scopes": "all"}
    refused(stage, event("GET", "/v1/tickets", by=by), 403)


# -- through the authorizer ------------------------------------------------------------------------


def test_what_is_made_here_opens_the_door_as_what_it_was_made(stage: Stage) -> None:
    key = made(stage, agent="luis@acme.example", scopes=["tickets:read", "keys"])
    answer = stage.ask_in({"authorization": f"Bearer {key['key']}"})
    context = {"key": key["id"], "agent": "luis@acme.example", "scopes": "tickets:read keys"}
    assert answer == {"isAuthorized": True, "context": context}


def test_the_first_key_may_do_everything_and_acts_as_nobody_in_particular(stage: Stage) -> None:
    answer = stage.ask_in({"authorization": f"Bearer {KEY}"})
    assert answer["context"] == {"key": "first", "agent": "", "scopes": "all"}
