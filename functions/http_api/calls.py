"""The request at hand: when it came, who makes it, and what it must not be taken for."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from guardia.domain.model import InvalidError

KEPT: Final = timedelta(hours=48)
"""How long the answer to a POST with an Idempotency-Key is kept."""

_MOST_TAGS: Final = 20
_TAG: Final = re.compile(r'(W/)?"([^"]*)"|([0-9]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. `id` names it among all, `at` is the instant it came, in UTC; `key` is the id of
    the API key, `agent` whom that acts as (None: the desk's first admin), `scopes` what it may do.
    """

    id: str
    at: datetime
    key: str
    agent: str | None
    scopes: frozenset[str]
    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def digest(self) -> str:
        """What makes it the same request again: its method, path and body."""
        text = "\n".join((self.method, self.path, self.body))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def mark(self) -> str | None:
        """What guards it, where the caller sent an Idempotency-Key; each key has its own.

        Raises:
            InvalidError: the header is empty, too long or not ASCII.
        """
        sent = self.headers.get("idempotency-key")
        if sent is None:
            return None
        name = sent.strip()
        if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", name):
            message = "must have 1 to 255 characters of ASCII"
            raise InvalidError("idempotency_key", message, "Idempotency-Key")
        return f"api:{self.key}:{name}"

    @property
    def mark_expires_at(self) -> datetime:
        """When the guard may go."""
        return self.at + KEPT

    @property
    def if_match(self) -> frozenset[int] | None:
        """The versions of which the ticket must be; None where any will do.

        Raises:
            InvalidError: the header holds no ETags of tickets.
        """
        return self._versions("If-Match")

    def knows(self, version: int) -> bool:
        """Whether the caller has this version of what they ask for (`If-None-Match`)."""
        if "if-none-match" not in self.headers:
            return False
        known = self._versions("If-None-Match")
        return known is None or version in known

    def _versions(self, header: str) -> frozenset[int] | None:
        sent = self.headers.get(header.lower(), "*").strip()
        if sent == "*":
            return None
        found = set()
        for place, one in enumerate(sent.split(",")):
            tag = _TAG.fullmatch(one.strip())
            if tag is None or place == _MOST_TAGS:
                message = f"is no list of at most {_MOST_TAGS} ETags of a ticket"
                raise InvalidError("etag", message, header)
            version = tag[2] if tag[3] is None else tag[3]
            if version.isascii() and version.isdigit() and len(version) < 10:  # noqa: PLR2004 - more than any
                found.add(int(version))
        return frozenset(found)


def of(event: dict[str, Any]) -> Call:
    """Read who calls from a whole event; nobody whom the authorizer did not name."""
    context = event["requestContext"]
    told = context["authorizer"]["lambda"]
    return Call(
        id=f"api:{context['requestId']}",
        at=datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC),
        key=str(told.get("key") or ""),
        agent=str(told["agent"]).lower() if told.get("agent") else None,
        scopes=frozenset(str(told.get("scopes") or "").split()),
        method=context["http"]["method"],
        path=event["rawPath"],
        headers=event["headers"],
        body=event["body"] or "",
    )


def current(app: APIGatewayHttpResolver) -> Call:
    """Return the request that is being answered."""
    return of(app.current_event.raw_event)
