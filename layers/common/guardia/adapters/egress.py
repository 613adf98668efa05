"""Which addresses of the outside may be called: public ones, over https, and nothing else.

A rule's author could otherwise make the desk call what only the desk can reach (server-side request
forgery). The name is resolved once, every address it has must be public, and the call goes to that
very address, so a name that answers differently the second time gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from guardia.ports import ForbiddenError, UnreachableError

PORTS: Final = (443, 8443)
_USUAL: Final = {"https": 443, "http": 80}
_MAX_URL: Final = 2_000
_ODD: Final = re.compile(r"[\x00-\x20\x7f\\]")

# Ranges that Python's `is_global` lets through although a call there ends inside: multicast, and
# the wrappings of IPv4 in IPv6 (RFC 6052 and its local prefix RFC 8215, RFC 3056, RFC 4380).
_WRAPPED: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "::/96",
        "::ffff:0:0/96",
    )
)
_CLOSED: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "100::/64", "2001:20::/28",
        "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a name; raises OSError where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes: the address to connect to, and the name it must prove to be."""

    scheme: str
    name: str
    address: str
    port: int
    path: str

    @property
    def host(self) -> str:
        """The name as the Host header says it."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _USUAL[self.scheme] else f"{name}:{self.port}"


def target(url: str, resolve: Resolve, allowed: frozenset[str] = frozenset()) -> Target:
    """Say where a call of `url` may go.

    `allowed` are `host:port` that are let through as they are, by http too: fakes on this machine.

    Raises:
        ForbiddenError: the address may not be called.
        UnreachableError: the name has no address now.
    """
    parts, name, port = _parts(url)
    free = f"{name}:{port}" in allowed
    if not free:
        if parts.scheme != "https":
            raise ForbiddenError("only https is called")
        if port not in PORTS:
            raise ForbiddenError(f"port {port} is not called; only {PORTS[0]} and {PORTS[1]}")
    try:
        addresses = list(resolve(name, port))
    except (OSError, UnicodeError):
        raise UnreachableError(f"the name {name} has no address") from None
    if not addresses:
        raise UnreachableError(f"the name {name} has no address")
    if not free and not all(is_public(one) for one in addresses):
        raise ForbiddenError(f"{name} is not a public address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, name=name, address=addresses[0], port=port, path=path)


def _parts(url: str) -> tuple[SplitResult, str, int]:
    if len(url) > _MAX_URL or _ODD.search(url):
        raise ForbiddenError("the address has signs that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else _USUAL.get(parts.scheme, 0)
    except ValueError:
        raise ForbiddenError("the address cannot be read") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise ForbiddenError("the address cannot be read")
    if "@" in parts.netloc:
        raise ForbiddenError("the address names a user")
    name = parts.hostname.rstrip(".")
    try:
        name = name if ":" in name else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise ForbiddenError("the name cannot be read") from None
    return parts, name.lower(), port


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, reachable by everybody alike."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    nets: tuple[Any, ...] = (*_CLOSED, *_WRAPPED)
    if any(found.version == one.version and found in one for one in nets):
        return False
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    )


def resolve(name: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name, each once.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))
