"""What the service needs of the outside, and the ways the outside can say no."""

from guardia.ports.documents import (
    ConfigStore as ConfigStore,
    Secrets as Secrets,
    Version as Version,
)
from guardia.ports.edges import (
    ApiKeys as ApiKeys,
    Claim as Claim,
    Counters as Counters,
    Handled as Handled,
    HookLog as HookLog,
    Marks as Marks,
)
from guardia.ports.jobs import Job as Job, Jobs as Jobs
from guardia.ports.objects import Blobs as Blobs, Inbox as Inbox, Keeping as Keeping, Lying as Lying
from guardia.ports.outside import (
    Answer as Answer,
    Budgets as Budgets,
    Call as Call,
    Courier as Courier,
    Endpoints as Endpoints,
    Outbound as Outbound,
    Webhooks as Webhooks,
)
from guardia.ports.refusals import (
    AlreadyHandledError as AlreadyHandledError,
    ConflictError as ConflictError,
    DriftError as DriftError,
    ForbiddenError as ForbiddenError,
    LaterError as LaterError,
    NotFoundError as NotFoundError,
    PermanentError as PermanentError,
    StaleError as StaleError,
    TemporaryError as TemporaryError,
    UnreachableError as UnreachableError,
)
from guardia.ports.table import (
    Commit as Commit,
    Delivery as Delivery,
    DueItem as DueItem,
    DueJob as DueJob,
    DueRow as DueRow,
    DueTicket as DueTicket,
    Found as Found,
    IdentityKey as IdentityKey,
    Incoming as Incoming,
    Lookup as Lookup,
    Store as Store,
    Suspended as Suspended,
    TicketQuery as TicketQuery,
)
