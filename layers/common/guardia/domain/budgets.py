"""How much automatic mail may go out: ladders for each address, and whom no more is sent to.

They end loops that no header gives away (two robots that answer each other) and keep the desk from
flooding a stranger. Nothing is lost by them: what is refused is kept with its reason.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

Ladder = tuple[tuple[timedelta, int], ...]
"""Pairs of a span and how many are allowed in it, the shortest span first."""

TO_ONE: Final[Ladder] = (
    (timedelta(minutes=10), 3),
    (timedelta(hours=3), 10),
    (timedelta(hours=24), 20),
)
"""Automatic mail to one address outside the team."""

TO_TEAM: Final[Ladder] = (
    (timedelta(minutes=10), 30),
    (timedelta(minutes=30), 60),
    (timedelta(minutes=60), 120),
    (timedelta(hours=3), 240),
    (timedelta(hours=10), 360),
)
"""Messages to one member of the team."""

OF_TICKET: Final[Ladder] = (
    (timedelta(minutes=10), 10),
    (timedelta(minutes=30), 15),
    (timedelta(minutes=60), 25),
    (timedelta(hours=3), 50),
    (timedelta(hours=10), 100),
)
"""Messages about one ticket to one recipient, whoever they are."""

SAME_SUBJECT: Final = (timedelta(hours=3), 2)
"""In this span no more than so many tickets with one subject are answered to one address."""

KEPT: Final = timedelta(hours=24)
_MOST_KEPT: Final = 400
_SOFT: Final = (timedelta(days=7), 3)
"""So many passing bounces in this span count as a lasting one."""

_REPLY_WORDS: Final = re.compile(r"^(?:\s*(?:re|rv|fw|fwd|aw|wg|sv)\s*(?:\[\d+\])?\s*:)+", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A message about to go to `address`. `row` names it (a repeat has the same name), `about` is
    the digest of its ticket's subject; `team` tells that the address is an agent's or a webhook."""

    row: str
    at: datetime
    address: str
    ticket: str
    about: str = ""
    team: bool = False
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Spent:
    """A message that went, as an address's ledger keeps it."""

    at: datetime
    row: str
    ticket: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What is known of an address that we write to.

    `state` is None, `bounced` (it takes no mail) or `complained` (its owner wants none), `reason`
    what the provider said, `since` when, `cause` the row of the message that it was said of. `soft`
    are the instants of passing bounces, `spent` the automatic mail of the last day.
    """

    state: str | None = None
    reason: str | None = None
    since: datetime | None = None
    cause: str | None = None
    soft: tuple[datetime, ...] = ()
    spent: tuple[Spent, ...] = ()


def about(subject: str) -> str:
    """The digest of a subject: case, digits and the words that mail programs put in front do not
    count; empty for an empty one."""
    plain = re.sub(r"[\d\W_]+", " ", _REPLY_WORDS.sub("", subject)).casefold().strip()
    return hashlib.sha256(plain.encode()).hexdigest()[:16] if plain else ""


def refusal(known: Address, sending: Sending) -> str | None:
    """Say why an automatic message may not go to this address now; None where it may.

    A row that was counted before is not refused: it is the same message, sent again.
    """
    if known.state is not None:
        return f"the address {_STATES[known.state]}"
    if any(one.row == sending.row for one in known.spent):
        return None
    ladder = TO_TEAM if sending.team else TO_ONE
    of_ticket = [one for one in known.spent if one.ticket == sending.ticket]
    for rungs, spent, whose in (
        (ladder, known.spent, "to this address"),
        (OF_TICKET, of_ticket, "to this address about this ticket"),
    ):
        full = _full(rungs, spent, sending.at)
        if full:
            return f"{full} {whose}"
    span, most = SAME_SUBJECT
    if sending.about and not sending.team:
        others = {
            one.ticket
            for one in known.spent
            if one.about == sending.about
            and one.ticket != sending.ticket
            and one.at > sending.at - span
        }
        if len(others) >= most:
            return f"{most} tickets with this subject were answered in {_words(span)}"
    return None


_STATES: Final = {"bounced": "bounces", "complained": "complained"}


def _full(ladder: Ladder, spent: Iterable[Spent], at: datetime) -> str | None:
    instants = [one.at for one in spent]
    for span, most in ladder:
        if sum(one > at - span for one in instants) >= most:
            return f"{most} in {_words(span)}"
    return None


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 and minutes > 60 else f"{minutes} min"  # noqa: PLR2004 - an hour


def charged(known: Address, sending: Sending) -> Address:
    """The address after the message went; the same message is counted once."""
    kept = [one for one in known.spent if one.at > sending.at - KEPT]
    if all(one.row != sending.row for one in kept):
        kept.append(Spent(sending.at, sending.row, sending.ticket, sending.about))
    return replace(known, spent=tuple(kept[-_MOST_KEPT:]))


def bounced(known: Address, at: datetime, reason: str, *, cause: str, lasting: bool) -> Address:
    """The address after the provider gave the message `cause` back. Three passing bounces in a week
    count as a lasting one; a complaint stays a complaint. Told twice, it changes nothing more."""
    span, most = _SOFT
    soft = tuple(one for one in known.soft if one > at - span)
    if not lasting and at not in soft:
        soft = (*soft, at)
    if known.state is not None or not (lasting or len(soft) >= most):
        return replace(known, soft=soft)
    return replace(known, state="bounced", reason=reason, since=at, cause=cause, soft=soft)


def complained(known: Address, at: datetime, *, cause: str) -> Address:
    """The address after its owner called the message `cause` unwanted."""
    return replace(known, state="complained", reason="complaint", since=at, cause=cause)


def cleared(known: Address) -> Address:
    """The address after a person decided that mail to it may go again."""
    return replace(known, state=None, reason=None, since=None, cause=None, soft=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much automatic mail goes to all addresses of a domain in a day, and to all people who
    proved nothing in an hour and in a day (UTC hours and days)."""

    domain_per_day: int = 200
    unverified_per_hour: int = 60
    unverified_per_day: int = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that a sending spends: its name (with the hour or day in it), how many it allows,
    when it may be forgotten, and what it counts in words."""

    name: str
    most: int
    forget_at: datetime
    words: str


def counters(sending: Sending, limits: Limits) -> tuple[Counted, ...]:
    """The counters over many addresses that an automatic message outside the team spends."""
    if sending.team:
        return ()
    at = sending.at
    day, hour = f"{at:%Y-%m-%d}", f"{at:%Y-%m-%dT%H}"
    domain = sending.address.rpartition("@")[2].lower()
    found = [
        Counted(
            f"domain:{domain}:{day}",
            limits.domain_per_day,
            at + timedelta(days=2),
            "in a day to this domain",
        )
    ]
    if not sending.verified:
        found += [
            Counted(
                f"unverified:{hour}",
                limits.unverified_per_hour,
                at + timedelta(hours=2),
                "in an hour to people who proved nothing",
            ),
            Counted(
                f"unverified:{day}",
                limits.unverified_per_day,
                at + timedelta(days=2),
                "in a day to people who proved nothing",
            ),
        ]
    return tuple(found)
