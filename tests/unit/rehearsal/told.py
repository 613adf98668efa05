"""Worlds in which a scenario of the suite has happened, for what explains them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain.desk import Desk
from guardia.domain.forms import FormError
from guardia.domain.model import RefusedError
from guardia.hooks.payload import PayloadError
from guardia.ports import NotFoundError
from guardia.rehearsal.simulate import Load, read_steps
from guardia.rehearsal.steps import Stage, take
from guardia.rehearsal.world import World
from tests.scenarios import documents


def of_file(path: Path) -> tuple[World, datetime]:
    """The world after the scenario in a file, and the instant at which it ends."""
    return of_document(documents.read(path), documents.loader(path))


def of_document(document: Mapping[str, Any], load: Load = load_document) -> tuple[World, datetime]:
    """The world after a scenario, and the instant at which it ends."""
    world = World()
    steps = sorted(read_steps(document), key=lambda one: one.at)
    if document.get("desk") is not None:
        world.publish(load(document["desk"]), steps[0].at)
    stage = Stage(world)
    for step in steps:
        list(world.advance(step.at, through=False))
        if step.kind == "config":
            world.publish(load(step.body), step.at)
            continue
        with suppress(RefusedError, FormError, PayloadError, NotFoundError):
            take(step, stage)
    list(world.advance(steps[-1].at, through=True))
    return world, steps[-1].at


def compiled(document: Mapping[str, Any], version: int) -> Desk:
    """A desk as a version of a world."""
    return compile_desk(load_document(document), version=str(version))
