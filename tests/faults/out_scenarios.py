"""The outbox out, what the clock wakes, and what comes back from outside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tests.faults import acts
from tests.faults.invariants import Scene
from tests.faults.scenario import (
    CALLER,
    EVENTS,
    LONG,
    ORDER,
    READING,
    RELAY,
    SWEEP,
    UNGUARDED,
    Scenario,
)
from tests.faults.world import World
from tests.integration.stage import golden, written

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
    acts.mail(world, acts.agents_mail(ticket, id="3"), key="3")
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


def _told(name: str) -> Callable[[World], None]:
    """The provider tells what became of the latest mail."""

    def act(world: World) -> None:
        row = world.inject.accepted[-1][0]
        body = golden(name)["Records"][0]["body"].replace("K7Q2M9XD-1-0", row)
        queue = "guardia-MailEventsQueue"
        world.put(queue, body)
        world.between.again = [lambda w: w.put(queue, body)]

    return act


def _calling(world: World) -> None:
    """A ticket whose webhook waits in the stream."""
    acts.keep_secrets(world)
    ticket = acts.opened(world)
    acts.api(world, acts.about(world, "ticket_changed", ticket, {"add_tags": ["aviso"]}))


def _call_waits(world: World) -> None:
    """A call that waits for who makes it."""
    _calling(world)
    world.collect()
    _only(world, RELAY)
    world.collect()


def _call_was_made(world: World) -> None:
    """A call that was made, its outcome not yet written down."""
    _call_waits(world)
    _only(world, CALLER)
    world.collect()


def _settle(world: World) -> None:
    world.settle()


def _was_called(world: World) -> list[str]:
    states = [item.state for item, row in Scene(world).rows if row.endpoint is not None]
    return [] if states == ["accepted"] else [f"the webhook's row is {states}"]


def _orphan(world: World) -> None:
    """A mail that SES stored and whose notice got lost, twenty minutes ago."""
    acts.mail(world, written(id="1"), key="1")
    world.between.queues.clear()
    world.clock.hold(world.clock.now() + timedelta(minutes=20))


def _order(world: World) -> None:
    """Housekeeping comes every ten minutes."""
    for _ in range(8):
        world.tick(ORDER)
        world.settle()
        world.clock.hold(world.clock.now() + timedelta(minutes=10))
    world.between.again = [lambda w: w.tick(ORDER)]


SCENARIOS: Final = (
    Scenario(name="from the stream", function=RELAY, prepare=_waiting, act=_stream),
    Scenario(name="from the queue", function=RELAY, prepare=_lost_by_the_stream, act=_minutes),
    Scenario(name="with a file", function=RELAY, prepare=_answer_with_file, act=_stream),
    Scenario(name="a long mail", function=RELAY, prepare=_long_answer, act=_stream),
    Scenario(name="what the stream lost", function=SWEEP, prepare=_lost_by_the_stream,
             act=_minutes,
             only=UNGUARDED),
    Scenario(name="a webhook", function=RELAY, prepare=_calling, act=_settle, check=_was_called),
    Scenario(name="a call", function=CALLER, prepare=_call_waits, act=_settle,
             check=_was_called,
             only=UNGUARDED),
    Scenario(name="the outcome of a call", function=EVENTS, prepare=_call_was_made, act=_settle,
             check=_was_called),
    Scenario(name="a mail was sent", function=EVENTS, prepare=acts.opened, act=_told("mail_sent"),
             only=READING),
    Scenario(name="a mail bounced", function=EVENTS, prepare=acts.opened,
             act=_told("mail_bounced")),
    Scenario(name="a notice got lost", function=ORDER, prepare=_orphan, act=_order,
             only=UNGUARDED),
)  # fmt: skip
