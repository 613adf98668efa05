"""The seam to the help desk itself: the only place of the runtime that knows `guardia`.

Its modules read the environment when they are imported, so they are imported here, late.
"""

import hashlib
import importlib
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.local.invoke import say

Document = Mapping[str, Any]
PUBLISHER: Final = "make run"
_PAGE: Final = 100
_ADDRESSES_HOLD: Final = 1.0
"""Seconds for which the desk's addresses are not read again."""


class DeskError(Exception):
    """The desk document cannot be used. The message names the places."""


def read(path: Path) -> Document:
    """Read, check and normalise a desk document.

    Raises:
        DeskError: it is not there, or wrong.
    """
    problem = importlib.import_module("guardia.config.problem")
    load = importlib.import_module("guardia.config.load")
    try:
        document: Document = load.load_document(path, Path.cwd())
    except (problem.DocumentError, problem.UnreadableError) as error:
        raise DeskError(str(error)) from error
    return document


def source(path: Path) -> Document:
    """Return a desk document that can be used as it is written, for `GET /v1/config`."""
    files = importlib.import_module("guardia.config.files")
    read_document = importlib.import_module("guardia.config.document").read_document
    return {"files": files.gather(path).texts, "document": read_document(path).root.plain()}


def addresses(document: Document) -> tuple[str, ...]:
    """Return the desk's own addresses and those of its departments, the desk's first."""
    found = list((document.get("desk") or {}).get("addresses") or ())
    for department in document.get("departments") or ():
        found.extend(department.get("addresses") or ())
    return tuple(dict.fromkeys(str(one).lower() for one in found))


def secret_names(document: Document) -> tuple[str, ...]:
    """Return the names of the secrets that the document's parts are signed with."""
    parts = (
        one for name in ("webhooks", "sources", "channels") for one in document.get(name) or ()
    )
    return tuple(dict.fromkeys(str(one["secret"]) for one in parts if one.get("secret")))


def key_hash(key: str) -> str:
    """Return what the functions know of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


class Desk:
    """The running desk, as the runtime sees it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Give the desk its clock. The environment must be complete."""
        self._wiring: Any = importlib.import_module("guardia.wiring")
        self._environment: Any = importlib.import_module("guardia.environment")
        self._shapes: Any = importlib.import_module("guardia.shapes")
        self._missing: Any = importlib.import_module("guardia.ports").NotFoundError
        self._wiring.forget()
        self._environment.set_clock(clock)
        self._addresses: frozenset[str] = frozenset()
        self._addresses_until = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the desk have the machine's clock and another environment again."""
        self._environment.set_clock(lambda: datetime.now(UTC))
        self._wiring.forget()

    def publish(self, document: Document, at: datetime, source: Document | None = None) -> int:
        """Make a document the live one; return the version that is live then.

        The one that was started with before stays as it is, and so does what others have published
        after it.
        """
        config = self._wiring.config()
        live: int = config.live()
        hash_of = importlib.import_module("guardia.config.normal").hash_of
        own = self._latest_own(config, live)
        if own is not None and own.number < live and own.hash == hash_of(document):
            say(f"version {live} of the desk stays live: it was published after this one")
            return live
        version: int = self._wiring.publish(
            document, author=PUBLISHER, message="", at=at, source=source
        )
        return version

    @staticmethod
    def _latest_own(config: Any, newest: int) -> Any:
        """The latest version that a start published, None where none did."""
        while newest > 0:
            found = config.versions(newest, _PAGE)
            own = next((one for one in found if one.author == PUBLISHER), None)
            if own is not None:
                return own
            newest -= _PAGE
        return None

    def secret_names(self) -> tuple[str, ...]:
        """Return the names of the secrets that the live document's parts are signed with."""
        configs = self._wiring.config()
        live = configs.live()
        return secret_names(configs.read(live)) if live else ()

    def next_due(self, until: datetime) -> datetime | None:
        """Return the earliest instant up to `until` at which anything is due."""
        found: datetime | None = self._wiring.next_due(until)
        return found

    def sent_row(self, ticket: str, seq: int, n: int) -> Mapping[str, Any] | None:
        """Return a row of the outbox as the API shows it; None where it is gone."""
        try:
            delivery = self._wiring.store().delivery(ticket, seq, n)
        except self._missing:
            return None
        row: Mapping[str, Any] = self._shapes.outbox_row(delivery.row)
        return row

    def client(self, service: str) -> Any:
        """Return the client of a service that the desk itself uses."""
        return self._wiring.client(service)

    def is_ours(self, address: str) -> bool:
        """Whether mail to this address is the desk's; what follows a `+` is for the desk.

        A signed reply address has the local part of a desk's address at the inbound domain.
        """
        local, _, domain = address.strip().lower().rpartition("@")
        name, tag, _ = local.partition("+")
        ours = self.inbound_addresses()
        if f"{name}@{domain}" in ours:
            return True
        inbound = str(self._environment.settings().inbound_domain).lower()
        return bool(tag) and domain == inbound and any(one.startswith(f"{name}@") for one in ours)

    def inbound_addresses(self, *, fresh: bool = False) -> frozenset[str]:
        """Return the addresses of the live version of the desk, a second old unless `fresh`."""
        with self._lock:
            if fresh or time.monotonic() > self._addresses_until:
                configs = self._wiring.config()
                live = configs.live()
                found = addresses(configs.read(live)) if live else ()
                # A desk that names no address answers from this one, so this one takes mail.
                default = str(self._environment.settings().support_address).lower()
                self._addresses = frozenset(found or (default,))
                self._addresses_until = time.monotonic() + _ADDRESSES_HOLD
            return self._addresses
