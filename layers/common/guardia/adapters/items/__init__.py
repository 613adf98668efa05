"""How everything lies in the table. No other module knows an attribute's name.

Reading tolerates attributes and kinds it does not know; writing to an item that exists sets
attributes one by one, so that a newer version's are kept (`save` would drop them).
"""

from collections.abc import Mapping
from typing import Final

from guardia.adapters.items.documents import LiveItem as LiveItem, VersionItem as VersionItem
from guardia.adapters.items.item import Item as Item
from guardia.adapters.items.jobs import JobItem as JobItem
from guardia.adapters.items.keys import (
    API_KEYS as API_KEYS,
    ASIDE as ASIDE,
    HEAD as HEAD,
    LIVE_KEY as LIVE_KEY,
    MONTHS as MONTHS,
    PARKED as PARKED,
    address_key as address_key,
    api_key_key as api_key_key,
    breaker_key as breaker_key,
    call_key as call_key,
    contact_key as contact_key,
    counter_key as counter_key,
    digest as digest,
    domain_key as domain_key,
    entry_key as entry_key,
    flow_key as flow_key,
    handled_key as handled_key,
    identity_key as identity_key,
    job_key as job_key,
    keep_key as keep_key,
    mark_key as mark_key,
    organization_key as organization_key,
    outbox_key as outbox_key,
    reference_key as reference_key,
    suspended_key as suspended_key,
    ticket_key as ticket_key,
)
from guardia.adapters.items.ledgers import (
    AddressItem as AddressItem,
    ApiKeyItem as ApiKeyItem,
    BreakerItem as BreakerItem,
    CallItem as CallItem,
    CounterItem as CounterItem,
    HandledItem as HandledItem,
)
from guardia.adapters.items.people import (
    ContactItem as ContactItem,
    DomainItem as DomainItem,
    FlowItem as FlowItem,
    IdentityItem as IdentityItem,
    OrganizationItem as OrganizationItem,
    SuspendedItem as SuspendedItem,
)
from guardia.adapters.items.tickets import (
    SHARDS as SHARDS,
    STUCK as STUCK,
    EntryItem as EntryItem,
    KeepItem as KeepItem,
    MarkItem as MarkItem,
    MonthItem as MonthItem,
    OutboxItem as OutboxItem,
    ReferenceItem as ReferenceItem,
    TicketItem as TicketItem,
    month_of as month_of,
    queue_of as queue_of,
    shard_of as shard_of,
    status_class as status_class,
)

KINDS: Final[Mapping[tuple[str, str], type[Item]]] = {
    ("T#", HEAD): TicketItem,
    ("T#", "E#"): EntryItem,
    ("T#", "O#"): OutboxItem,
    ("B#", "KEEP"): KeepItem,
    ("M#", "MARK"): MarkItem,
    ("K#", HEAD): ApiKeyItem,
    ("J#", HEAD): JobItem,
    ("R#", "REF"): ReferenceItem,
    ("I#", "ID"): IdentityItem,
    ("P#", HEAD): ContactItem,
    ("ORG#", HEAD): OrganizationItem,
    ("D#", "DOMAIN"): DomainItem,
    ("S#", HEAD): SuspendedItem,
    ("F#", "FLOW"): FlowItem,
    ("A#", "MAIL"): AddressItem,
    ("N#", "COUNT"): CounterItem,
    ("WH#", "BREAKER"): BreakerItem,
    ("WH#", "C#"): CallItem,
    ("HK#", "D#"): HandledItem,
    ("CONFIG", "LIVE"): LiveItem,
    ("CONFIG", "V#"): VersionItem,
    (MONTHS, ""): MonthItem,
}
"""Which kind an item is, by the beginnings of its keys."""


def kind_of(pk: str, sk: str) -> type[Item]:
    """The model of an item; one that this version does not know is a plain `Item`."""
    for (pk_start, sk_start), kind in KINDS.items():
        if pk.startswith(pk_start) and sk.startswith(sk_start):
            return kind
    return Item
