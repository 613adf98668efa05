"""One thing that a handler does, as something that can be spoiled at every call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.world import World

MAIL, FORM, API = "EmailIngressFunction", "IntakeFunction", "HttpApiFunction"
RELAY, SWEEP, DOOR = "OutboxRelayFunction", "SweepFunction", "AuthorizerFunction"
EVENTS, CALLER, ORDER = "DeliveryEventsFunction", "WebhookSenderFunction", "HousekeepingFunction"

LONG: Final = "Una línea de registro.\n" * 6_000
"""More than the table takes."""


def nothing(_: World) -> None:
    """Nothing is prepared."""


def fine(_: World) -> list[str]:
    """Nothing else must hold."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that a handler does.

    `prepare` sets the world up, `act` lets the thing happen, `function` is the handler whose calls
    are spoiled. `safe` tells that it is repeated until it is done, by a queue, the stream, the
    clock, or a program that may ask again: afterwards it was done once. What is not repeated was
    done once or not at all, and once where the answer said so. `check` says what else must hold.
    `writes` tells whether it writes anything, and so can meet a conflict.
    """

    name: str
    function: str
    act: Callable[[World], Any]
    prepare: Callable[[World], Any] = nothing
    safe: bool = True
    writes: bool = True
    check: Callable[[World], list[str]] = fine
