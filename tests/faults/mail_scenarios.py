"""Mail in, in every form it comes in."""

from collections.abc import Callable
from typing import Final

from guardia import wiring
from tests.faults import acts
from tests.faults.scenario import LONG, MAIL, UNGUARDED, Scenario
from tests.faults.world import World
from tests.integration.stage import written

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
    acts.mail(world, acts.agents_mail(ticket, id="3"), key="3")


SCENARIOS: Final = (
    Scenario(name="a new ticket", function=MAIL, act=_mail(id="1")),
    Scenario(name="the first mail ever", function=MAIL, prepare=_no_secret, act=_mail(id="1")),
    Scenario(name="a follow-up", function=MAIL, prepare=acts.opened, act=_follow_up),
    Scenario(name="with two files", function=MAIL, act=_files),
    Scenario(name="a long body", function=MAIL, act=_mail(id="1", text=LONG)),
    Scenario(name="set aside", function=MAIL, act=_condemned),
    Scenario(name="sent twice by its server", function=MAIL, prepare=acts.opened, act=_twin,
             only=UNGUARDED),
    Scenario(name="an agent's answer with a file", function=MAIL, prepare=acts.opened,
             act=_from_agent),
)  # fmt: skip
