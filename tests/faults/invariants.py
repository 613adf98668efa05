"""What must hold after every run, whatever went wrong in it. Each function returns what does not,
one sentence each; the numbers are those of the published promises."""

import base64
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, fields
from email import message_from_bytes, policy
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from guardia.adapters import codec, items
from guardia.adapters.bodies import Bodies
from guardia.adapters.items import (
    ContactItem,
    EntryItem,
    IdentityItem,
    Item,
    MarkItem,
    OutboxItem,
    ReferenceItem,
    SuspendedItem,
    TicketItem,
)
from guardia.delivery import SENT_EVENT
from guardia.domain.clock import fold
from guardia.domain.model import Contact, Entry, OutboxRow, Ticket
from tests.faults.acts import CANARY
from tests.faults.story import Objects, read
from tests.faults.world import World

SETTLED: Final = ("accepted", "delivered", "bounced", "parked")
INDEX_KEYS: Final = (
    "month", "queue_key", "assignee_key", "requester_key", "organization_key", "due_shard",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Everything there is, read once."""

    world: World

    @cached_property
    def all(self) -> list[Item]:
        return read(self.world)

    @cached_property
    def objects(self) -> Objects:
        return Objects(self.world)

    def of(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.all if isinstance(one, kind)]

    @cached_property
    def heads(self) -> dict[str, Ticket]:
        return {one.pk[2:]: one.ticket() for one in self.of(TicketItem)}

    @cached_property
    def entries(self) -> dict[str, list[Entry]]:
        bodies = Bodies(self.objects)
        found: dict[str, list[Entry]] = defaultdict(list)
        for one in self.of(EntryItem):
            found[one.pk[2:]].append(bodies.entry(one))
        return found

    @cached_property
    def rows(self) -> list[tuple[OutboxItem, OutboxRow]]:
        bodies = Bodies(self.objects)
        return [(one, bodies.delivery(one).row) for one in self.of(OutboxItem)]

    @cached_property
    def contacts(self) -> dict[str, Contact]:
        return {one.pk[2:]: one.contact() for one in self.of(ContactItem)}


def raw_mail_is_all_there(scene: Scene) -> list[str]:
    """I1, I12: each raw object is filed and known, or its notice still waits somewhere."""
    between = scene.world.between
    waiting = " ".join(
        [one.body for line in between.queues.values() for one in line]
        + [one.body for one in between.dead]
    )
    known = {one.comment.raw for line in scene.entries.values() for one in line if one.comment}
    known |= {one.key for one in scene.of(SuspendedItem)}
    twins = Counter(between.mails.values())
    found = []
    for key, name in between.mails.items():
        places = [one for one in scene.objects.found if one.endswith(f"/{key}")]
        filed = [one for one in places if not one.startswith("in/")]
        if not places:
            found.append(f"I1 the raw mail {key} is gone")
        elif f"in/{key}" in places and key not in waiting:
            found.append(f"I1 {key} lies in in/ and nothing will take it in")
        elif key not in waiting and twins[name] == 1 and not known.intersection(filed):
            found.append(f"I1 {key} is filed, and no entry or suspended mail knows it")
    return found


def a_mail_is_one_entry(scene: Scene) -> list[str]:
    """I2: a message of a mailbox was taken in once."""
    seen = Counter(
        one.comment.message_id
        for line in scene.entries.values()
        for one in line
        if one.comment and one.comment.message_id
    )
    distinct = Counter(name.split()[0] for name in set(scene.world.between.mails.values()))
    return [f"I2 {id} became {n} entries" for id, n in seen.items() if n > max(distinct[id], 1)]


def everything_belongs(scene: Scene) -> list[str]:
    """I3: entries, rows, references and answers belong to a ticket that exists."""
    found = [f"I3 entries of {one} have no ticket" for one in scene.entries.keys() - scene.heads]
    found += [f"I3 row {row.id} has no ticket" for _, row in scene.rows
              if row.ticket not in scene.heads]  # fmt: skip
    found += [f"I3 a reference leads to {one.ticket}, which is not there"
              for one in scene.of(ReferenceItem) if one.ticket not in scene.heads]  # fmt: skip
    for one in scene.of(MarkItem):
        ticket = codec.plain_loads(one.answer).get("ticket")
        if ticket and ticket not in scene.heads:
            found.append(f"I3 a mark answers {ticket}, which is not there")
    for id, head in scene.heads.items():
        if head.requester and head.requester not in scene.contacts:
            found.append(f"I3 ticket {id} is of {head.requester}, who is not there")
    return found


def each_row_goes_out_once(scene: Scene) -> list[str]:
    """I4: one provider id a row, and a second sending only where the first could not be written
    down; each provider id leads to its ticket."""
    accepted = scene.world.inject.accepted
    sent = Counter(row for row, _, _, _ in accepted)
    given = {row: {one[1] for one in accepted if one[0] == row} for row in sent}
    leads = {one.pk for one in scene.of(ReferenceItem)}
    found = []
    for item, row in scene.rows:
        tag = row.id.replace(".", "-")
        most = 1 + scene.world.between.unrecorded.get(tag, 0)
        if sent[tag] > most:
            found.append(f"I4 row {row.id} was sent {sent[tag]} times, {most} may be")
        times = [at for name, _, _, at in accepted if name == tag]
        for one, next_one in pairwise(times):
            if next_one - one < SENT_EVENT:
                found.append(f"I4 row {row.id} was sent again after {next_one - one}")
        if item.state == "accepted" and row.endpoint is None:
            id = str(item.provider_id)
            if not any(one in id for one in given.get(tag, ())):
                found.append(f"I4 row {row.id} was never sent under {id}")
            if items.reference_key(id)[0] not in leads:
                found.append(f"I4 an answer to {id} would not find its ticket")
    return found


def nothing_stays_in_the_outbox(scene: Scene) -> list[str]:
    """I5: no row is new or leased past its bound, and a settled one is not due."""
    found = [f"I5 row {row.id} is {item.state}" for item, row in scene.rows
             if item.state not in SETTLED]  # fmt: skip
    found += [f"I5 row {row.id} is {item.state} and still due" for item, row in scene.rows
              if item.state in SETTLED and (item.due_shard is not None or item.wake_at is not None)]  # fmt: skip
    return found


def versions_count_entries(scene: Scene) -> list[str]:
    """I6: a ticket's version is the number of its entries, which follow one another."""
    found = []
    for id, head in scene.heads.items():
        numbers = sorted(one.seq for one in scene.entries.get(id, ()))
        if numbers != list(range(1, head.version + 1)):
            found.append(f"I6 ticket {id} has version {head.version} and entries {numbers}")
    return found


def entries_tell_the_head(scene: Scene) -> list[str]:
    """I7: the changes of the entries, one upon the other, give the head, its due instant too, and
    their ledger its clocks. Only a new version of the desk moves that instant without an entry."""
    found = []
    for id, head in scene.heads.items():
        line = sorted(scene.entries.get(id, ()), key=lambda one: one.seq)
        told: dict[str, Any] = {"clocks": fold(event for one in line for event in one.ledger)}
        moved = line and line[-1].config != head.config
        for entry in line:
            for name, (old, new) in entry.changes.items():
                if not _same(told.get(name), old):
                    found.append(f"I7 entry {id}.{entry.seq} changed {name} from {old!r}, "
                                 f"it was {told.get(name)!r}")  # fmt: skip
                told[name] = new
        for one in fields(Ticket):
            if moved and one.name in ("config", "due_at"):
                continue
            if one.name not in ("id", "version") and not _same(
                told.get(one.name), getattr(head, one.name)
            ):
                found.append(f"I7 {one.name} of {id} is {getattr(head, one.name)!r}, "
                             f"its entries say {told.get(one.name)!r}")  # fmt: skip
    return found


def _same(one: Any, other: Any) -> bool:
    empty: tuple[Any, ...] = (None, "", (), {}, 0, [])
    if one in empty and other in empty:
        return True
    return bool((tuple(one) if isinstance(one, list) else one)
                == (tuple(other) if isinstance(other, list) else other))  # fmt: skip


def notes_stay_inside(scene: Scene) -> list[str]:
    """I11: no word of a note is in anything that was sent."""
    found = []
    for row, _, raw, _ in scene.world.inject.accepted:
        sent = message_from_bytes(base64.b64decode(raw), policy=policy.default)
        texts = [
            part.get_content() for part in sent.walk() if part.get_content_maintype() == "text"
        ]
        if any(CANARY in str(one) for one in (*texts, *sent.values())):
            found.append(f"I11 a note went out with {row}")
    return found


def queues_are_empty(scene: Scene) -> list[str]:
    """I12: nothing waits, and what was given up says why."""
    between = scene.world.between
    found = [
        f"I12 {len(line)} messages wait in {name}" for name, line in between.queues.items() if line
    ]
    found += [f"I12 the stream of {name} waits" for name, line in between.batches.items() if line]
    found += [f"I12 something lies in {one.queue} without a reason" for one in between.dead
              if not one.reason]  # fmt: skip
    return found


def people_agree(scene: Scene) -> list[str]:
    """Each address leads to the contact that has it, and to no other."""
    leads = {one.pk: one.contact for one in scene.of(IdentityItem)}
    found = [f"{pk} leads to {id}, who is not there" for pk, id in leads.items()
             if id not in scene.contacts]  # fmt: skip
    held: dict[str, list[str]] = defaultdict(list)
    for id, contact in scene.contacts.items():
        for one in contact.identities:
            held[items.identity_key(one.kind, one.value)[0]].append(id)
    for pk, owners in held.items():
        if owners != [leads.get(pk)]:
            found.append(f"{pk} is of {owners} and leads to {leads.get(pk)}")
    found += [f"{pk} is nobody's" for pk in leads.keys() - held.keys()]
    return found


def indexes_agree(scene: Scene) -> list[str]:
    """The keys of the indexes are those that the heads ask for."""
    found = []
    for item in scene.of(TicketItem):
        wanted = TicketItem.of(item.ticket())
        for name in INDEX_KEYS:
            if getattr(item, name) != getattr(wanted, name):
                found.append(f"{name} of {item.pk} is {getattr(item, name)!r}")
    for item, row in scene.rows:
        if (item.state == "parked") != (item.queue_key == items.PARKED):
            found.append(f"row {row.id} is {item.state} and its list says {item.queue_key}")
    return found


def what_is_named_is_kept(scene: Scene) -> list[str]:
    """Every file and long body that an entry or a row names is there and not about to go."""
    named = {
        f"t/{id}/{file.sha256}"
        for id, line in scene.entries.items()
        for one in line
        for file in (one.comment.attachments if one.comment else ())
    }
    named |= {str(one.blob) for one in (*scene.of(EntryItem), *scene.of(OutboxItem)) if one.blob}
    found = []
    for key in sorted(named):
        if key not in scene.objects.found:
            found.append(f"{key} is named and gone")
        elif scene.objects.found[key][1].get("state") == "pending":
            found.append(f"{key} is named and will be deleted in two days: it is still pending")
    return found


ALL: Final[tuple[Callable[[Scene], list[str]], ...]] = (
    raw_mail_is_all_there,
    a_mail_is_one_entry,
    everything_belongs,
    each_row_goes_out_once,
    nothing_stays_in_the_outbox,
    versions_count_entries,
    entries_tell_the_head,
    notes_stay_inside,
    queues_are_empty,
    people_agree,
    indexes_agree,
    what_is_named_is_kept,
)


def violations(world: World) -> list[str]:
    """Everything that does not hold."""
    scene = Scene(world)
    return [one for check in ALL for one in check(scene)]
