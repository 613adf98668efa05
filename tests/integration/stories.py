"""Stories through the deployed functions and the sweep, to be asked about over the API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from jsonschema import Draft202012Validator

from guardia.config.load import load_document
from guardia.rehearsal.simulate import Load, read_steps
from guardia.rehearsal.steps import Stage, take
from infra.cli.openapi import TARGET
from tests.scenarios.handlers_world import HandlersWorld
from tests.scenarios.moto_cloud import MotoCloud, running

EXPLANATION: Final = {
    "$ref": "#/components/schemas/Explanation",
    "components": json.loads(TARGET.read_text(encoding="utf-8"))["components"],
}


@contextmanager
def lived(document: Any, load: Load = load_document) -> Iterator[tuple[MotoCloud, list[str]]]:
    """The cloud after a story, and its tickets in order."""
    steps = sorted(read_steps(document), key=lambda one: one.at)
    with running("acme.example", steps[0].at) as cloud:
        world = HandlersWorld(cloud)
        world.publish(load(document["desk"]), steps[0].at)
        stage = Stage(world)
        for step in steps:
            cloud.reach(step.at)
            if step.kind == "config":
                world.publish(load(step.body), step.at)
            else:
                take(world.as_received(step), stage)
        cloud.reach(steps[-1].at)
        yield cloud, list(world.numbers)


def explained(cloud: MotoCloud, ticket: str, query: str = "") -> dict[str, Any]:
    """What the API explains of a ticket: what its document says that it answers."""
    status, answer = cloud.api("GET", f"/v1/tickets/{ticket}/explain{query}")
    assert status == 200, answer
    Draft202012Validator(EXPLANATION).validate(answer)
    assert isinstance(answer, dict)
    return answer
