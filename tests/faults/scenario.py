"""One thing that a handler does, as something that can be spoiled at every call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.faults import Fault
from tests.faults.world import World

MAIL, FORM, API = "EmailIngressFunction", "IntakeFunction", "HttpApiFunction"
RELAY, SWEEP, DOOR = "OutboxRelayFunction", "SweepFunction", "AuthorizerFunction"
EVENTS, CALLER, ORDER = "DeliveryEventsFunction", "WebhookSenderFunction", "HousekeepingFunction"
JOBS = "JobsFunction"

LONG: Final = "Una línea de registro.\n" * 6_000
"""More than the table takes."""


READING: Final = ("crash before", "throttled", "no connection", "answer lost", "access denied")
"""What calls that only read can meet."""

UNGUARDED: Final = (*READING, "crash after", "answer lost once", "done, then 500")
"""What calls that write under no condition can meet besides."""

ALONE: Final = (*UNGUARDED, "condition fails")
"""What calls that write one item under a condition can meet besides."""


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
    `only` names the faults that its calls can meet; empty, they meet all of them.
    """

    name: str
    function: str
    act: Callable[[World], Any]
    prepare: Callable[[World], Any] = nothing
    safe: bool = True
    only: tuple[str, ...] = ()
    check: Callable[[World], list[str]] = fine

    def meets(self, fault: Fault) -> bool:
        """Whether any of its calls can go wrong in this way."""
        return not self.only or fault.name in self.only
