"""What a desk holds and sent, told so that two runs can be compared: ids by the order in which they
were made, nothing of tries, leases and revisions."""

import json
import re
from dataclasses import asdict
from typing import Any, Final

from guardia.adapters.bodies import Bodies
from guardia.adapters.items import (
    ApiKeyItem,
    ContactItem,
    EntryItem,
    IdentityItem,
    Item,
    MarkItem,
    OutboxItem,
    ReferenceItem,
    SuspendedItem,
    TicketItem,
    kind_of,
)
from guardia.ports import NotFoundError
from tests.faults.world import World

_CODE: Final = re.compile(r"QZ\d{6}", re.IGNORECASE)
_PASSING: Final = re.compile(r"\+qz\d{6}\.[a-z2-7]{16}|(?:api|form):request\d+")
"""What differs from run to run and means nothing: signatures, and the names of requests."""


PASSING: Final = ("t/", "config/", "suspended/")
"""Where what no commit names may lie: the lifecycle takes it away, or it is named by its content."""


class Objects:
    """The bucket as `Blobs`, read past every hook."""

    def __init__(self, world: World) -> None:
        """Read everything at once."""
        self.found = world.objects()

    def get(self, key: str) -> bytes:
        """Return the bytes of an object."""
        if key not in self.found:
            raise NotFoundError("object", key)
        return self.found[key][0]

    def put(self, key: str, body: bytes, *, content_type: str, pending: bool) -> None:
        """Nothing is written here."""
        raise AssertionError(f"{key} is written ({content_type}, {len(body)}, {pending})")

    def keep(self, key: str) -> None:
        """Nothing is written here."""
        raise AssertionError(f"{key} is kept")

    def delete(self, key: str) -> None:
        """Nothing is written here."""
        raise AssertionError(f"{key} is deleted")

    def move(self, source: str, target: str) -> None:
        """Nothing is written here."""
        raise AssertionError(f"{source} is moved to {target}")


def read(world: World) -> list[Item]:
    """Every item of the table as its model."""
    return [kind_of(one["pk"]["S"], one["sk"]["S"]).from_raw_data(one) for one in world.items()]


def story(world: World) -> str:
    """Tell how everything stands."""
    objects = Objects(world)
    bodies = Bodies(objects)
    told: list[Any] = []
    for item in read(world):
        if isinstance(item, TicketItem):
            told.append(("ticket", asdict(item.ticket())))
        elif isinstance(item, EntryItem):
            told.append(("entry", item.pk, _in_time(asdict(bodies.entry(item)))))
        elif isinstance(item, OutboxItem):
            known = bodies.delivery(item)
            told.append(("outbox", asdict(known.row), known.state, dict(known.recipients)))
        elif isinstance(item, ContactItem):
            told.append(("contact", asdict(item.contact())))
        elif isinstance(item, IdentityItem):
            told.append(("identity", item.pk, item.contact))
        elif isinstance(item, SuspendedItem):
            told.append(("suspended", item.reason, item.key))
        elif isinstance(item, MarkItem):
            kept = json.loads(item.answer)
            told.append(("mark", item.pk, kept.get("ticket"), kept.get("status")))
        elif isinstance(item, ReferenceItem):
            told.append(("reference", item.ticket, item.requester))
        elif isinstance(item, ApiKeyItem):
            told.append(("key", item.name, item.agent, item.revoked_at))
        elif item.pk.startswith(("MONTHS", "CONFIG")):
            told.append((item.pk, item.sk))
    lines = [json.dumps(one, default=str, sort_keys=True) for one in told]
    lines += [key for key in objects.found if not key.startswith(PASSING)]
    return "\n".join(sorted(_renamed("\n".join(lines)).splitlines()))


def _in_time(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without how late it was written: what a fault delayed is the same entry."""
    return {**entry, "rules": [{**rule, "late": None} for rule in entry["rules"]]}


def _renamed(text: str) -> str:
    """Ids by their order, so that one drawn in vain makes no difference."""
    text = _PASSING.sub("…", text)
    codes = sorted({one.upper() for one in _CODE.findall(text)})
    return _CODE.sub(lambda one: f"id{codes.index(one.group().upper())}", text)


def difference(expected: str, found: str) -> str:
    """The first line that is not the same, both ways."""
    one, other = expected.splitlines(), found.splitlines()
    missing = [line for line in one if line not in other]
    extra = [line for line in other if line not in one]
    return f"missing: {missing[:1]} extra: {extra[:1]}"
