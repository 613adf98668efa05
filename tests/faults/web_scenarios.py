"""What programs and people ask over HTTP."""

import json
from collections.abc import Callable
from typing import Any, Final

from guardia import environment
from guardia.hooks import signatures
from tests.faults import acts
from tests.faults.scenario import ALONE, API, DOOR, FORM, LONG, READING, UNGUARDED, Scenario
from tests.faults.world import DESK, World
from tests.integration.stage import Json, golden, written

# -- HTTP ------------------------------------------------------------------------------------------


def _create(world: World) -> None:
    event = golden("ticket_created")
    headers = {key: one for key, one in event["headers"].items() if key != "idempotency-key"}
    acts.api(world, {**event, "headers": headers})


def _patch(world: World) -> None:
    ticket = acts.only_ticket(world)
    version = {"if-match": '"2"'}
    body = {
        "status": "pending",
        "add_tags": ["vpn"],
        "comment": {"body": "Reinicie", "public": True},
    }
    event = acts.about(world, "ticket_changed", ticket, body, **version)
    acts.api(world, event, repeated=True)


def _pending(world: World) -> None:
    ticket = acts.only_ticket(world)
    event = acts.about(
        world, "ticket_changed", ticket, {"status": "pending"}, **{"if-match": '"2"'}
    )
    acts.api(world, event, repeated=True)


def _comment(world: World) -> None:
    acts.comment(world, acts.only_ticket(world), "Estamos en ello.")


def _long_comment(world: World) -> None:
    acts.comment(world, acts.only_ticket(world), LONG)


def _read(name: str) -> Callable[[World], None]:
    def act(world: World) -> None:
        acts.api(world, acts.about(world, name, acts.only_ticket(world)), repeated=True)

    return act


def _explain(world: World) -> None:
    path = f"/v1/tickets/{acts.only_ticket(world)}/explain"
    acts.api(world, _request("GET", path), repeated=True)


def _list(query: dict[str, str]) -> Callable[[World], None]:
    def act(world: World) -> None:
        event = golden("tickets_listed", queryStringParameters=query)
        acts.api(world, event, repeated=True)

    return act


def _request(method: str, path: str) -> Json:
    """An event without a body for any route of the API."""
    event = golden("ticket_read", rawPath=path, routeKey=f"{method} {path}")
    http = {**event["requestContext"]["http"], "method": method, "path": path}
    context = {**event["requestContext"], "http": http, "routeKey": f"{method} {path}"}
    return {**event, "requestContext": context}


def _set_aside(world: World) -> None:
    """A mail that was set aside."""
    acts.mail(world, written(id="1"), key="1", spamVerdict="FAIL")
    world.quiet()


def _suspended(method: str, tail: str = "") -> Callable[[World], None]:
    def act(world: World) -> None:
        (id,) = [one["pk"]["S"][2:] for one in world.items() if one["pk"]["S"].startswith("S#")]
        told = acts.api(world, _request(method, f"/v1/suspended/{id}{tail}"), repeated=True)
        if method == "DELETE" and told and told.status in (204, 404):
            world.between.mails.clear()  # it was thrown away, and so it may be gone

    return act


def _keyed(name: str, key: str, **replaced: Any) -> Callable[[World], None]:
    """A request with an Idempotency-Key, repeated until it is answered."""

    def act(world: World) -> None:
        event = golden(name, **replaced)
        headers = {**event["headers"], "idempotency-key": key}
        acts.api(world, {**event, "headers": headers}, repeated=True)

    return act


def _made_key(world: World) -> None:
    """A key besides the first one."""
    acts.api(world, golden("key_created"))


def _about_key(name: str) -> Callable[[World], None]:
    def act(world: World) -> None:
        (key,) = _keys(world)
        text = json.dumps(golden(name)).replace("K7Q2M9XD", key)
        acts.api(world, json.loads(text), repeated=name == "key_revoked")

    return act


def _keys(world: World) -> list[str]:
    return [one["pk"]["S"][2:] for one in world.items() if one["pk"]["S"].startswith("K#")]


def _publish(world: World) -> None:
    text = DESK.read_text(encoding="utf-8").replace("name: Acme", "name: Acme Norte")
    event = golden("ticket_created", rawPath="/v1/config", routeKey="PUT /v1/config",
                   body=json.dumps({"files": {"desk.yaml": text}, "parent": 1}))  # fmt: skip
    http = {**event["requestContext"]["http"], "method": "PUT", "path": "/v1/config"}
    context = {**event["requestContext"], "http": http, "routeKey": "PUT /v1/config"}
    acts.api(world, {**event, "requestContext": context})


def _shown_key(world: World) -> None:
    """A key besides the first one, and what it was shown as."""
    _made_key(world)
    world.between.notes["key"] = world.between.answers[-1][1]["key"]


def _authorize_by_table(world: World) -> None:
    key = world.between.notes["key"]
    event = golden("authorizer_asked", headers={"authorization": f"Bearer {key}"})
    answer = None
    while answer is None:  # API Gateway tells the program, which asks again
        answer = world.invoke("AuthorizerFunction", event)
    world.between.answers.append((200, answer))


def _hook(world: World) -> None:
    """A program delivers, and again until it is answered: signed anew, under the same name."""
    body = b'{"customer":{"email":"bea@mail.example"},"title":"Pedido","body":"Roto."}'
    at = environment.machine_now()
    signed = signatures.sign("m1", at, body, signatures.keys("standard", acts.SECRET))
    event = golden("hook_received", body=body.decode())
    headers = {"content-type": "application/json", **signed}
    acts.ask(world, "IntakeFunction", {**event, "headers": headers}, repeated=True)


def _was_let_in(world: World) -> list[str]:
    answers = [one for _, one in world.between.answers if one is not None]
    return [] if all(one["isAuthorized"] for one in answers) else ["the caller was not let in"]


SCENARIOS: Final = (
    Scenario(name="a form", function=FORM, act=acts.form, safe=False),
    Scenario(name="a form of a known person", function=FORM, prepare=acts.opened, act=acts.form,
             safe=False),
    Scenario(name="a hook", function=FORM, prepare=acts.keep_secrets, act=_hook),
    Scenario(name="create", function=API, act=_create, safe=False),
    Scenario(name="create, with a key", function=API, act=_keyed("ticket_created", "una-vez")),
    Scenario(name="change, with If-Match", function=API, prepare=acts.opened, act=_patch),
    Scenario(name="a rule quotes the latest comment", function=API, prepare=acts.opened,
             act=_pending),
    Scenario(name="comment", function=API, prepare=acts.opened, act=_comment, safe=False),
    Scenario(name="a long comment", function=API, prepare=acts.opened, act=_long_comment,
             safe=False),
    Scenario(name="read", function=API, prepare=acts.opened, act=_read("ticket_read"),
             only=READING),
    Scenario(name="entries", function=API, prepare=acts.opened, act=_read("ticket_entries"),
             only=READING),
    Scenario(name="explain", function=API, prepare=acts.opened, act=_explain,
             only=READING),
    Scenario(name="list", function=API, prepare=acts.opened, act=_list({"limit": "1"}),
             only=READING),
    Scenario(name="recover a mail", function=API, prepare=_set_aside,
             act=_suspended("POST", "/recover")),
    Scenario(name="delete a suspended mail", function=API, prepare=_set_aside,
             act=_suspended("DELETE"),
             only=UNGUARDED),
    Scenario(name="make a key", function=API, act=_made_key, safe=False,
             only=ALONE),
    Scenario(name="make a key, with a key", function=API,
             act=_keyed("key_created", "una-vez"),
             only=ALONE),
    Scenario(name="a refused request, with a key", function=API,
             act=_keyed("key_created", "nunca", body='{"name": ""}'),
             only=ALONE),
    Scenario(name="replace a key", function=API, prepare=_made_key,
             act=_about_key("key_rotated"), safe=False),
    Scenario(name="revoke a key", function=API, prepare=_made_key,
             act=_about_key("key_revoked"),
             only=UNGUARDED),
    Scenario(name="publish a desk", function=API, act=_publish, safe=False),
    Scenario(name="a key of the table", function=DOOR, prepare=_shown_key,
             act=_authorize_by_table, check=_was_let_in,
             only=ALONE),
)  # fmt: skip
