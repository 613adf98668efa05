"""What time alone does: deadlines and automations, in time and late, and a new version of the desk."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import yaml

from guardia import wiring
from guardia.config.load import load_document
from guardia.recomputing import SETTLED
from tests.faults import acts
from tests.faults.invariants import Scene
from tests.faults.scenario import ALONE, JOBS, SWEEP, Scenario
from tests.faults.world import DESK, World
from tests.integration.stage import written

LATE: Final = timedelta(hours=5)
"""Three hours after the last of what is due on a ticket."""

DUE: Final = (
    ("first_reply_time", "warn", timedelta(minutes=60)),
    ("first_reply_time", "breach", timedelta(minutes=90)),
)
LATER: Final = {
    "id": "despues",
    "when": {"all": [{"field": "hours_since.created", "at_least": "6h"}]},
    "do": [{"add_tags": ["nuevo"]}],
}


def promised(world: World) -> None:
    """A ticket on which a warning, a breach with its escalation and an automation are due."""
    _tag(world, acts.opened(world), "plazo", "respuesta")


def _tag(world: World, ticket: str, *tags: str) -> None:
    acts.api(world, acts.about(world, "ticket_changed", ticket, {"add_tags": tags}))
    world.settle()


def _two(world: World) -> None:
    """Two tickets on which an automation is due in the same minute: more than one run does."""
    first = acts.opened(world)
    acts.mail(world, written(id="2", sender="bea@mail.example", subject="Impresora"), key="2")
    world.settle()
    (second,) = set(acts.ids(world)) - {first}
    for ticket in (first, second):
        _tag(world, ticket, "plazo")


def _published(world: World, *later: dict[str, Any]) -> None:
    """Two tickets, and a new version of the desk, with automations that come later."""
    acts.opened(world)
    acts.mail(world, written(id="2", sender="bea@mail.example", subject="Impresora"), key="2")
    world.settle()
    document = yaml.safe_load(DESK.read_text(encoding="utf-8"))
    document["desk"]["name"] = "Acme y Compañía"
    document["automations"] += later
    checked = load_document(document, DESK.parent)
    wiring.publish(checked, author="eva", message="second", at=world.clock.now())


def late(world: World) -> None:
    """The sweep stood still for hours."""
    world.clock.hold(world.clock.now() + LATE)
    world.tick()
    world.between.again = [lambda w: w.tick()]


def _in_time(world: World) -> None:
    """The sweep comes in the minute in which something is due."""
    due = world.next_due()
    assert due is not None
    world.clock.hold(due)
    world.tick()
    world.between.again = [lambda w: w.tick()]


def _version(world: World) -> None:
    world.clock.hold(world.clock.now() + SETTLED)
    world.tick()
    world.between.again = [
        lambda w: w.tick(),
        lambda w: w.put("guardia-JobsQueue", json.dumps({"job": "recompute-2"})),
    ]


def kept(
    tickets: int, due: Sequence[tuple[str, str, timedelta]] = DUE
) -> Callable[[World], list[str]]:
    """Everything was done on each of so many tickets, once, at its own instant, in its order: what
    is `due` of a policy, whose escalation tells Eva, and the automation, which tells Luis."""

    def check(world: World) -> list[str]:
        scene = Scene(world)
        found = []
        for id_, head in scene.heads.items():
            ledger = [
                (event.metric, event.type, event.at - head.created_at)
                for entry in scene.entries[id_]
                for event in entry.ledger
                if event.type in ("warn", "breach") and head.created_at
            ]
            if [(one[0], one[1], _minutes(one[2])) for one in ledger] != [
                (metric, kind, _minutes(after)) for metric, kind, after in due
            ]:
                found.append(f"the ledger of {id_} tells {ledger}")
            fired = [rule.id for entry in scene.entries[id_] for rule in entry.rules
                     if rule.kind == "automation" and rule.matched]  # fmt: skip
            if fired != ["plazo"] or "vencido" not in head.tags:
                found.append(f"on {id_} fired {fired}")
        rows = sorted(row.to for _, row in scene.rows if row.rule == "plazo")
        told = [("eva@acme.example",), ("luis@acme.example",)] if due else [("luis@acme.example",)]
        wanted = sorted(told * tickets)
        return found + ([] if rows == wanted else [f"{rows} were told"])

    return check


def _minutes(passed: timedelta) -> int:
    return round(passed.total_seconds() / 60)


def _reached(*tags: str) -> Callable[[World], list[str]]:
    """Both tickets know the new version, and what it does was done."""

    def check(world: World) -> list[str]:
        heads = Scene(world).heads.values()
        return [
            f"{one.id} knows version {one.config} and has {one.tags}"
            for one in heads
            if one.config != "2" or one.tags != tags
        ]

    return check


SCENARIOS: Final = (
    Scenario(name="deadlines hours late", function=SWEEP, prepare=promised, act=late,
             check=kept(1)),
    Scenario(name="more than one run does", function=SWEEP, prepare=_two, act=_in_time,
             check=kept(2, due=())),
    Scenario(name="a new version", function=SWEEP, prepare=_published, act=_version,
             only=ALONE, check=_reached()),
    Scenario(name="a new version", function=JOBS, prepare=lambda w: _published(w, LATER),
             act=_version, check=_reached("nuevo")),
)  # fmt: skip
