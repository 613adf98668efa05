"""A run: set the world up, let something happen while calls go wrong, wait until all is quiet, and
look; then let it happen twice more, which must change nothing."""

from collections.abc import Mapping
from typing import Any, Final

from tests.faults.faults import Call, Fault
from tests.faults.invariants import violations
from tests.faults.scenario import Scenario
from tests.faults.story import difference, story
from tests.faults.world import World

AGAIN: Final = 2

LOGS: Final = ("HK#", "N#")
"""What counts and lists deliveries, each of them, however often they come."""


def set_up(world: World, scenario: Scenario) -> None:
    """Bring the world to where the scenario begins, in a new container."""
    name = f"{scenario.function} {scenario.name}"
    if not world.restore(name):
        world.inject.arm("nobody", {})
        world.restore("desk")
        scenario.prepare(world)
        world.between.answers.clear()
        world.between.again.clear()
        world.keep(name)
        world.restore(name)


def calls_of(world: World, scenario: Scenario) -> list[Call]:
    """The calls that the handler makes when nothing goes wrong; and that everything holds then.

    Raises:
        AssertionError: something does not hold even so.
    """
    set_up(world, scenario)
    world.inject.arm(scenario.function, {})
    _happen(world, scenario)
    calls = list(world.inject.calls)
    found = violations(world) + scenario.check(world)
    assert not found, found
    return calls


def outcomes(world: World, scenario: Scenario) -> tuple[str, str]:
    """How everything stands when nothing happened, and when it happened as it should."""
    set_up(world, scenario)
    world.inject.arm("nobody", {})
    world.quiet()
    nothing = story(world)
    set_up(world, scenario)
    _happen(world, scenario)
    return nothing, story(world)


def run(
    world: World,
    scenario: Scenario,
    plan: Mapping[int, Fault],
    expected: tuple[str, str],
    *,
    function: str | None = None,
) -> list[str]:
    """Run a scenario while the planned calls go wrong; return what does not hold.

    The numbers of the plan count the calls of `function`, the scenario's own if it is left out; of
    all functions where it is empty.
    """  # fmt: skip
    set_up(world, scenario)
    world.inject.arm(scenario.function if function is None else function, plan)
    try:
        _happen(world, scenario)
    except AssertionError as error:
        return [str(error)]
    if not world.inject.struck:
        return ["the fault was never met"]
    world.inject.arm("nobody", {})
    found = violations(world) + scenario.check(world) + _outcome(world, scenario, expected)
    found += [f"{one.queue} got something: {one.reason}" for one in world.between.dead]
    return found or _repeated(world)


def _happen(world: World, scenario: Scenario) -> None:
    scenario.act(world)
    world.quiet()


def _outcome(world: World, scenario: Scenario, expected: tuple[str, str]) -> list[str]:
    nothing, done = expected
    told = story(world)
    if told == done or (told == nothing and not scenario.safe and not _promised(world)):
        return []
    return [f"it ended otherwise than without the fault: {difference(done, told)}"]


def _promised(world: World) -> bool:
    """Whether the answer said that it was done."""
    return any(200 <= status < 300 for status, _ in world.between.answers)


def _repeated(world: World) -> list[str]:
    before, sent = _everything(world), len(world.inject.accepted)
    for _ in range(AGAIN):
        for act in list(world.between.again):
            act(world)
        world.quiet()
    found = []
    if _everything(world) != before:
        found.append("a repetition changed what is stored")
    if len(world.inject.accepted) != sent:
        found.append("a repetition sent a mail")
    return found


def _everything(world: World) -> Any:
    kept = [one for one in world.items() if not one["pk"]["S"].startswith(LOGS)]
    return kept, world.objects()
