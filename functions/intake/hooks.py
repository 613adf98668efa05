"""Deliveries of a source: `POST /hooks/{source}`.

Nothing but the log is written before the signature is proved, and whoever could not sign learns
nothing but that.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from functions.intake import answers
from functions.intake.forms import Live
from functions.intake.requests import Request, UnreadableError
from guardia.arrivals import HookArrival
from guardia.domain.desk import Source
from guardia.domain.model import RefusedError
from guardia.hooks import signatures
from guardia.hooks.greeting import greeting
from guardia.hooks.payload import Delivery, PayloadError
from guardia.hooks.signatures import ForgedError, OutdatedError, SecretError
from guardia.logs import Log
from guardia.ports import Counters, Handled, HookLog, NotFoundError, Secrets, StaleError
from guardia.service import Guardia

MOST_LOGGED: Final = 100
"""Deliveries without a new ticket that are listed for one source in one hour: a stranger cannot
fill the table."""

_HOUR: Final = timedelta(hours=1)
_WORDS: Final = {400: "unreadable", 413: "too_large"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a delivery is answered and what the list of deliveries says of it."""

    outcome: str
    answer: dict[str, Any]
    id: str | None = None
    ticket: str | None = None


class Hooks:
    """Takes in what programs send. `now` is the machine's clock: signatures know no other."""

    def __init__(
        self,
        desk: Callable[[], Guardia],
        live: Live,
        *,
        secrets: Callable[[], Secrets],
        counters: Callable[[], Counters],
        hook_log: Callable[[], HookLog],
        now: Callable[[], datetime],
        log: Log,
    ) -> None:
        """Take the parts."""
        self._desk, self._live, self._secrets, self._counters = desk, live, secrets, counters
        self._hook_log, self._now, self._log = hook_log, now, log
        self._full: dict[str, datetime] = {}

    def answer(self, request: Request) -> dict[str, Any]:
        """Take a delivery in, or say why not; list what became of it."""
        name = request.parameters.get("source", "")
        source = self._live().sources.get(name) or self._live(fresh=True).sources.get(name)
        if source is None:
            return answers.problem(404, "there is no such source", {})
        verdict = self._judge(request, source)
        self._keep(request, source, verdict)
        self._log.info("hook", source=source.id, outcome=verdict.outcome, ticket=verdict.ticket)
        return verdict.answer

    def _judge(self, request: Request, source: Source) -> Verdict:
        try:
            keys = signatures.keys(source.scheme, self._secrets().text(source.secret))
        except (NotFoundError, SecretError) as error:
            self._log.failure("no secret", error, source=source.id, key=source.secret)
            return _refused("no_secret", 503, "this source cannot be checked now; send it again")
        try:
            raw = request.body()
            signed = signatures.verify(source.scheme, request.headers, raw, keys, self._now())
        except UnreadableError as error:
            return _refused(_WORDS[error.status], error.status, str(error))
        except ForgedError:
            return _refused("unsigned", 401, "the delivery is not signed with this source's secret")
        except OutdatedError as error:
            return _refused("outdated", 401, str(error), id_=error.id)
        try:
            body = json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return _refused("unreadable", 400, "the body is no JSON", id_=signed.name)
        hello = greeting(source.scheme, request.headers, body)
        if hello is not None:
            return Verdict(outcome="greeting", answer=answers.ok(200, hello, {}), id=signed.name)
        id_ = signed.id_in(body)
        delivery = Delivery(id=id_, at=request.at, source=source, body=body)
        return self._receive(delivery, signed.name or id_)

    def _receive(self, delivery: Delivery, name: str) -> Verdict:
        try:
            outcome = self._desk().receive(HookArrival(delivery))
        except PayloadError as error:
            answer = answers.problem(422, error.message, {}, error.errors)
            return Verdict(outcome="refused", answer=answer, id=name)
        except RefusedError as error:
            return _refused("refused", 422, error.message, id_=name)
        except StaleError:
            return _refused("busy", 503, "the desk is busy; send it again", id_=name)
        return Verdict(
            outcome="repeat" if outcome.duplicate else "ticket",
            answer=answers.ok(202, {"ticket": outcome.ticket}, {}),
            id=name,
            ticket=outcome.ticket,
        )

    def _keep(self, request: Request, source: Source, verdict: Verdict) -> None:
        if verdict.outcome != "ticket" and not self._has_room(source, request.at):
            return
        self._hook_log().add(
            Handled(
                source=source.id,
                at=request.at,
                request=request.id,
                outcome=verdict.outcome,
                status=verdict.answer["statusCode"],
                id=verdict.id,
                ticket=verdict.ticket,
            )
        )

    def _has_room(self, source: Source, at: datetime) -> bool:
        begun = at.replace(minute=0, second=0, microsecond=0)
        if self._full.get(source.id) == begun:
            return False
        name = f"hook:{source.id}:{begun:%Y-%m-%dT%H}"
        if self._counters().take(name, MOST_LOGGED, begun + _HOUR):
            return True
        self._full[source.id] = begun
        return False


def _refused(outcome: str, status: int, detail: str, *, id_: str | None = None) -> Verdict:
    return Verdict(outcome=outcome, answer=answers.problem(status, detail, {}), id=id_)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
