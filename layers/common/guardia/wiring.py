"""The composition root: every use case the functions work with, made once a container of its parts,
when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import guardia as package
from guardia import environment
from guardia.environment import settings
from guardia.parts import (
    api_keys as api_keys,
    blobs as blobs,
    budgets as budgets,
    client as client,
    config as config,
    counters as counters,
    deliver_queue as deliver_queue,
    due_queue as due_queue,
    forget as forget,
    hook_log as hook_log,
    inbox as inbox,
    jobs as jobs,
    jobs_queue as jobs_queue,
    keeping as keeping,
    mail_queue as mail_queue,
    marks as marks,
    part,
    prepare as prepare,
    queue,
    results as results,
    secrets as secrets,
    store as store,
    table as table,
    webhooks as webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from guardia.calling import Sender
    from guardia.delivery import Relay
    from guardia.desks import Desks, LiveDesk
    from guardia.digests import Digests
    from guardia.domain.desk import Desk
    from guardia.domain.model import Contact, Ticket
    from guardia.jobs import Runner, Worker
    from guardia.outcomes import Outcomes
    from guardia.recomputing import Publications
    from guardia.service import Guardia
    from guardia.sweeping import Sweeping

REPLY_SECRET: Final = "reply-token"  # noqa: S105 - a secret's name


@part
def desks() -> Desks:
    """Every desk version that was asked for."""
    from guardia.desks import Desks

    return Desks(lambda number: config().read(number), lambda number: config().version(number).at)


@part
def live_desk() -> LiveDesk:
    """The live desk, as this container knows it."""
    from guardia.desks import LiveDesk

    return LiveDesk(lambda: config().live(), desks(), environment.steady)


def current_desk(*, fresh: bool = False) -> Desk:
    """The live desk, at most ten seconds old; with `fresh` the one of now."""
    return live_desk()(fresh=fresh)


@part
def guardia() -> Guardia:
    """The help desk."""
    from guardia.service import Guardia

    return Guardia(
        store=store(),
        blobs=blobs(),
        desks=desks(),
        new_id=environment.new_id,
        pause=environment.pause,
        now=environment.now,
    )


@part
def sweeping() -> Sweeping:
    """The minute's work on tickets."""
    from guardia.sweeping import Sweeping

    return Sweeping(store(), guardia(), environment.now)


@part
def runner() -> Runner:
    """What starts jobs and works on them."""
    from guardia.jobs import Runner

    return Runner(jobs(), jobs_queue(), WORKERS, environment.now)


@part
def digests() -> Digests:
    """What sends lists of tickets at times that come back."""
    from guardia.digests import Digests

    def versions() -> list[tuple[Desk, datetime]]:
        live = config().live()
        return [(desks()(one), desks().since(one)) for one in (live, live - 1) if one > 0]

    return Digests(store(), versions)


@part
def publications() -> Publications:
    """What sees to it that each version of the desk is followed by its job."""
    from guardia.recomputing import Publications

    return Publications(config(), runner)


def _recomputing() -> Worker:
    from guardia.logs import Log
    from guardia.recomputing import Recomputing

    log = Log("recompute")
    return Recomputing(
        store(),
        config(),
        guardia(),
        lambda ticket, error: log.failure("not recomputed", error, ticket=ticket),
    )


def _backtesting() -> Worker:
    from guardia.rehearsal.job import Backtesting

    return Backtesting(store(), blobs(), lambda version: config().read(version))


WORKERS: Final[Mapping[str, Callable[[], Worker]]] = {
    "recompute": _recomputing,
    "backtest": _backtesting,
}
"""What does each kind of job."""


@part
def relay() -> Relay:
    """What delivers the outbox."""
    from guardia.adapters.ses import SesOutbound
    from guardia.delivery import Relay

    own = settings()
    return Relay(
        store=store(),
        blobs=blobs(),
        outbound=SesOutbound(
            client("sesv2"), configuration_set=own.configuration_set, region=own.region
        ),
        budgets=budgets(),
        webhooks=webhooks(),
        caller=queue(own.webhook_queue),
        reporter=results(),
        now=environment.now,
        lease=2 * own.function_timeout,
        secret=lambda: secrets().get(REPLY_SECRET),
        install_id=own.install_id,
        inbound_domain=own.inbound_domain,
        default_sender=own.support_address,
    )


@part
def outcomes() -> Outcomes:
    """What writes down how messages fared."""
    from guardia.adapters.ses import message_id
    from guardia.outcomes import Outcomes

    region = settings().region
    return Outcomes(
        store=store(),
        budgets=budgets(),
        webhooks=webhooks(),
        guardia=guardia(),
        desk=current_desk,
        now=environment.now,
        name=lambda id_: message_id(id_, region),
    )


@part
def sender() -> Sender:
    """What makes the calls of webhooks."""
    from guardia.adapters import egress
    from guardia.adapters.caller import Caller
    from guardia.calling import Sender

    return Sender(
        endpoints=Caller(egress.resolve, allowed=settings().allowed_hosts),
        secrets=secrets(),
        now=environment.machine_now,
        at=environment.now,
        steady=environment.steady,
        agent=f"Guardia/{package.__version__}",
    )


def mail_secrets() -> tuple[bytes, ...]:
    """The keys that sign reply addresses, the newest first."""
    return (secrets().get(REPLY_SECRET),)


def shape_of(ticket: Ticket, contact: Contact | None) -> dict[str, Any]:
    """A ticket as it stands now, in the shape of the outside."""
    from guardia import shapes

    return shapes.ticket(
        ticket, contact, lambda version: desks()(int(version or 0)), environment.now()
    )


def explained(
    desk: Guardia,
    ticket: str,
    fitting: Callable[[Iterable[Any]], list[Any]],
    *,
    rule: str | None = None,
    at: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> dict[str, Any]:
    """Explain a ticket; see `explanation.explained`. `at` is an instant as `explanation.instant`
    reads it.

    Raises:
        InvalidError: there is no such rule, or no such instant.
        NotFoundError: there is no such ticket.
    """
    from guardia.rehearsal import case, explanation

    known = case.read(desk.store, desks(), desk.earlier, ticket, environment.now())
    then = explanation.instant(at, known.now, known.desk.timezone) if at is not None else None
    return explanation.explained(known, fitting, rule=rule, at=then, after=after, limit=limit)


def publish(
    document: Mapping[str, Any],
    *,
    author: str,
    message: str,
    at: datetime,
    source: Mapping[str, Any] | None = None,
) -> int:
    """Make a checked, normalised document the live desk; return its version. `source` is the form
    it was sent in; see `ConfigStore.source`.

    Raises:
        DriftError: somebody else published at the same time.
    """
    return config().publish(
        document, author=author, message=message, at=at, parent=config().live(), source=source
    )


def next_due(until: datetime) -> datetime | None:
    """The earliest instant, up to `until`, at which the sweep has something to do."""
    from guardia.domain import digests as digest

    found = [one.wake_at for one in store().due(until, 1)]
    follows = publications().due_at()
    if follows is not None and follows <= until:
        found.append(follows)
    edition = digest.next_at(current_desk(fresh=True), environment.now())
    if edition is not None and edition <= until:
        found.append(edition)
    return min(found, default=None)
