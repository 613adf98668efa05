"""Messages that do not come as mail, on their way in."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from guardia.domain import flood, forms
from guardia.domain.arrival import Arrival, Aside
from guardia.domain.desk import Desk
from guardia.hooks import payload
from guardia.hooks.payload import Delivery
from guardia.mail.receipt import ASIDE
from guardia.ports import Lookup, NotFoundError

KEPT: Final = timedelta(hours=48)
"""How long a post that named itself is known again."""


class FormArrival:
    """A posted form; it becomes an arrival once the desk is known.

    `admit` is asked once, when the form makes sense and before anything is written; it raises where
    no more of them are taken now. `recovers` names the entry of a post that had been set aside and
    is taken in after all. Where `counts`, too many of one sender are set aside. `once` is the word
    by which the same post is known when it comes again; another post with it is another.
    """

    def __init__(
        self,
        post: forms.Post,
        admit: Callable[[], None] = lambda: None,
        *,
        recovers: str | None = None,
        counts: bool = True,
        once: str | None = None,
    ) -> None:
        """Find what must be looked up."""
        self._post, self._admit, self._recovers = post, admit, recovers
        self._admitted = False
        # As ASCII: half a character, which no form takes, has no other encoding.
        kept = json.dumps({**asdict(post), "at": post.at.isoformat()})
        self.raw: bytes | None = kept.encode()
        self.files: Mapping[str, tuple[bytes, str]] = {}
        self._address = forms.address_of(post.values)
        counted = self._address and counts and not recovers
        mark = f"form:{post.form}:{once}:{_said(post)}" if once else None
        self.lookup = Lookup(
            mark=f"recovered:{recovers}" if recovers else mark,
            mark_expires_at=post.at + KEPT if mark else None,
            identities=(("email", self._address),) if self._address else (),
            domain=self._address.rpartition("@")[2] or None,
            flow=flood.sender_of(self._address, proved=False) if counted else None,
        )

    def arrive(self, desk: Desk) -> Arrival:
        """Read the form with the desk's eyes; see `Incoming.arrive`."""
        form = desk.forms.get(self._post.form)
        if form is None:
            raise NotFoundError("form", self._post.form)
        arrival = forms.read(desk, form, self._post)
        if not self._admitted:
            self._admit()
            self._admitted = True
        key = f"{ASIDE}{hashlib.sha256(self._post.id.encode()).hexdigest()[:32]}.json"
        aside = Aside(key=key, address=self._address or None)
        return replace(arrival, aside=aside, recovers=self._recovers)


def _said(post: forms.Post) -> str:
    return hashlib.sha256(json.dumps(dict(post.values), sort_keys=True).encode()).hexdigest()


def restored(raw: bytes) -> forms.Post:
    """Read back a form's post that was set aside; where it was posted from was asked before."""
    values = json.loads(raw)
    return forms.Post(**{**values, "at": datetime.fromisoformat(values["at"]), "origin": None})


class HookArrival:
    """A source's delivery, its signature proved; the mark makes a repeat of it one with the first.

    It is read by the map of the source that it was proved for, and checked by the desk that is live
    when it is decided.
    """

    def __init__(self, delivery: Delivery) -> None:
        """Find what must be looked up."""
        self._delivery = delivery
        self.raw: bytes | None = None  # what is proved to be a source's is never set aside
        self.files: Mapping[str, tuple[bytes, str]] = {}
        email, phone = payload.people(delivery)
        named = (("email", email), ("phone", phone))
        self.lookup = Lookup(
            mark=f"hook:{delivery.source.id}:{delivery.id}",
            mark_expires_at=delivery.at + payload.KEPT,
            identities=tuple((kind, value) for kind, value in named if value),
            domain=(email or "").rpartition("@")[2] or None,
        )

    def arrive(self, desk: Desk) -> Arrival:
        """Read the delivery with the desk's eyes; see `Incoming.arrive`."""
        return payload.read(desk, self._delivery)
