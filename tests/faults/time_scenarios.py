"""What time alone does: deadlines and automations, in time and late, and a new version of the desk."""

import json
from collections.abc import Callable
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
    _promise(world, acts.opened(world))


def _promise(world: World, ticket: str) -> None:
    acts.api(world, acts.about(world, "ticket_changed", ticket, {"add_tags": ["plazo"]}))
    world.settle()


def _three(world: World) -> None:
    """Three such tickets: more than one run does itself."""
    promised(world)
    for n, sender in enumerate(("bea@mail.example", "eva@mail.example")):
        before = set(acts.ids(world))
        acts.mail(world, written(id=f"{n}", sender=sender, subject=f"Otro {n}"), key=f"{n}")
        world.settle()
        (ticket,) = set(acts.ids(world)) - before
        _promise(world, ticket)


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


def _version(world: World) -> None:
    world.clock.hold(world.clock.now() + SETTLED)
    world.tick()
    world.between.again = [
        lambda w: w.tick(),
        lambda w: w.put("guardia-JobsQueue", json.dumps({"job": "recompute-2"})),
    ]


def kept(tickets: int) -> Callable[[World], list[str]]:
    """Everything was done on each of so many tickets, once, at its own instant, in its order."""

    def check(world: World) -> list[str]:
        scene = Scene(world)
        found = []
        for id_, head in scene.heads.items():
            told = [
                (event.metric, event.type, event.at - head.created_at)
                for entry in scene.entries[id_]
                for event in entry.ledger
                if event.type in ("warn", "breach") and head.created_at
            ]
            if [(one[0], one[1], _minutes(one[2])) for one in told] != [
                (metric, kind, _minutes(after)) for metric, kind, after in DUE
            ]:
                found.append(f"the ledger of {id_} tells {told}")
            fired = [rule.id for entry in scene.entries[id_] for rule in entry.rules
                     if rule.kind == "automation" and rule.matched]  # fmt: skip
            if fired != ["plazo"] or "vencido" not in head.tags:
                found.append(f"on {id_} fired {fired}")
        rows = sorted(row.to for _, row in scene.rows if row.rule == "plazo")
        wanted = sorted([("eva@acme.example",), ("luis@acme.example",)] * tickets)
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
    Scenario(name="more than one run does", function=SWEEP, prepare=_three, act=late,
             check=kept(3)),
    Scenario(name="a new version", function=SWEEP, prepare=_published, act=_version,
             only=ALONE, check=_reached()),
    Scenario(name="a new version", function=JOBS, prepare=lambda w: _published(w, LATER),
             act=_version, check=_reached("nuevo")),
)  # fmt: skip
