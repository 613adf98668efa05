"""Every handler with every thing it does: a handler joins by an entry here.

`prepare` sets the world up, `act` lets the thing happen, `function` is the handler whose calls are
spoiled. `safe` tells that it is repeated until it is done, by a queue, the stream, the clock, or a
program that may ask again: afterwards it was done once. What is not repeated was done once or not
at all, and once where the answer said so. `check` says what else must hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from guardia import wiring
from tests.faults import acts
from tests.faults.world import World
from tests.integration.stage import golden, written
from tests.scenarios.moto_cloud import KEY

LONG: Final = "Una línea de registro.\n" * 6_000


def _nothing(_: World) -> None:
    return None


def _fine(_: World) -> list[str]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that a handler does."""

    name: str
    function: str
    act: Callable[[World], Any]
    prepare: Callable[[World], Any] = _nothing
    safe: bool = True
    check: Callable[[World], list[str]] = _fine


# -- mail in ---------------------------------------------------------------------------------------


def _mail(**words: str) -> Callable[[World], None]:
    return lambda world: acts.mail(world, written(**words), key=words.get("id", "1"))


def _follow_up(world: World) -> None:
    acts.mail(world, written("Sigue igual", id="2", refers="<primera@mail.example>"), key="2")


def _files(world: World) -> None:
    acts.mail(world, acts.with_files(written(id="1")), key="1")


def _condemned(world: World) -> None:
    acts.mail(world, written(id="1"), key="1", spamVerdict="FAIL")


def _twin(world: World) -> None:
    acts.mail(world, written(id="primera"), key="gemela")


def _no_secret(world: World) -> None:
    name = world.stack.environment["SECRETS_PREFIX"] + wiring.REPLY_SECRET
    wiring.client("ssm").delete_parameter(Name=name)


def _from_agent(world: World) -> None:
    ticket = acts.only_ticket(world)
    acts.mail(world, acts.agents_mail(world, ticket, id="3"), key="3")


# -- HTTP ------------------------------------------------------------------------------------------


def _create(world: World) -> None:
    event = golden("ticket_created")
    headers = {key: one for key, one in event["headers"].items() if key != "idempotency-key"}
    acts.api(world, {**event, "headers": headers})


def _patch(world: World) -> None:
    ticket = acts.only_ticket(world)
    version = {"if-match": '"2"'}
    body = {"status": "pending", "add_tags": ["vpn"], "comment": {"body": "Reinicie", "public": True}}
    event = acts.about(world, "ticket_changed", ticket, body, **version)
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
    event = acts.about(world, "ticket_entries", acts.only_ticket(world))
    path = event["rawPath"].replace("/entries", "/explain")
    http = {**event["requestContext"]["http"], "path": path}
    route = "GET /v1/tickets/{id}/explain"
    context = {**event["requestContext"], "http": http, "routeKey": route}
    acts.api(
        world, {**event, "rawPath": path, "routeKey": route, "requestContext": context}, repeated=True
    )


def _list(query: dict[str, str]) -> Callable[[World], None]:
    def act(world: World) -> None:
        event = golden("tickets_listed", queryStringParameters=query)
        acts.api(world, event, repeated=True)

    return act


def _authorize(world: World) -> None:
    event = golden("authorizer_asked", headers={"authorization": f"Bearer {KEY}"})
    world.between.answers.append((200, world.invoke("AuthorizerFunction", event)))


def _was_let_in(world: World) -> list[str]:
    answers = [one for _, one in world.between.answers if one is not None]
    return [] if all(one["isAuthorized"] for one in answers) else ["the caller was not let in"]


# -- mail out, the minute --------------------------------------------------------------------------


def _waiting(world: World) -> None:
    """Two tickets whose mails wait in the stream, one of them two."""
    acts.opened(world)
    acts.mail(world, written(id="2", sender="bea@mail.example", subject="Impresora"), key="2")
    _only(world, "EmailIngressFunction")
    acts.comment(world, sorted(acts.ids(world))[0], "Estamos en ello.")


def _only(world: World, function: str) -> None:
    """Let one function work off its queue, and nothing else happen."""
    known = world.stack.function(function)
    while world._step(known):
        pass


def _lost_by_the_stream(world: World) -> None:
    _waiting(world)
    acts.skip_stream(world)


def _answer_with_file(world: World) -> None:
    ticket = acts.opened(world)
    acts.mail(world, acts.agents_mail(world, ticket, id="3"), key="3")
    _only(world, "EmailIngressFunction")


def _long_answer(world: World) -> None:
    acts.comment(world, acts.opened(world), LONG)


def _stream(world: World) -> None:
    world.settle()
    world.between.again = [acts.offer_again]


def _minutes(world: World) -> None:
    world.clock.hold(world.clock.now() + timedelta(minutes=3))
    world.tick()
    world.between.again = [lambda w: w.tick(), acts.offer_again]


MAIL, FORM, API = "EmailIngressFunction", "IntakeFunction", "HttpApiFunction"
RELAY, SWEEP, DOOR = "OutboxRelayFunction", "SweepFunction", "AuthorizerFunction"

SCENARIOS: Final = (
    Scenario(name="a new ticket", function=MAIL, act=_mail(id="1")),
    Scenario(name="the first mail ever", function=MAIL, prepare=_no_secret, act=_mail(id="1")),
    Scenario(name="a follow-up", function=MAIL, prepare=acts.opened, act=_follow_up),
    Scenario(name="with two files", function=MAIL, act=_files),
    Scenario(name="a long body", function=MAIL, act=_mail(id="1", text=LONG)),
    Scenario(name="set aside", function=MAIL, act=_condemned),
    Scenario(name="sent twice by its server", function=MAIL, prepare=acts.opened, act=_twin),
    Scenario(name="an agent's answer with a file", function=MAIL, prepare=acts.opened,
             act=_from_agent),
    Scenario(name="a form", function=FORM, act=acts.form, safe=False),
    Scenario(name="a form of a known person", function=FORM, prepare=acts.opened, act=acts.form,
             safe=False),
    Scenario(name="create", function=API, act=_create, safe=False),
    Scenario(name="change, with If-Match", function=API, prepare=acts.opened, act=_patch),
    Scenario(name="comment", function=API, prepare=acts.opened, act=_comment, safe=False),
    Scenario(name="a long comment", function=API, prepare=acts.opened, act=_long_comment,
             safe=False),
    Scenario(name="read", function=API, prepare=acts.opened, act=_read("ticket_read")),
    Scenario(name="entries", function=API, prepare=acts.opened, act=_read("ticket_entries")),
    Scenario(name="explain", function=API, prepare=acts.opened, act=_explain),
    Scenario(name="list", function=API, prepare=acts.opened, act=_list({"limit": "1"})),
    Scenario(name="from the stream", function=RELAY, prepare=_waiting, act=_stream),
    Scenario(name="from the queue", function=RELAY, prepare=_lost_by_the_stream, act=_minutes),
    Scenario(name="with a file", function=RELAY, prepare=_answer_with_file, act=_stream),
    Scenario(name="a long mail", function=RELAY, prepare=_long_answer, act=_stream),
    Scenario(name="what the stream lost", function=SWEEP, prepare=_lost_by_the_stream,
             act=_minutes),
    Scenario(name="a caller", function=DOOR, act=_authorize, check=_was_let_in),
)  # fmt: skip
"""What is spoiled at every call."""


def named(function: str, name: str) -> Scenario:
    """Return one of them."""
    return next(one for one in SCENARIOS if (one.function, one.name) == (function, name))
