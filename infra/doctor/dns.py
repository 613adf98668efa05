"""Questions to the public DNS."""

from typing import Protocol

import dns.exception
import dns.resolver


class Dns(Protocol):
    """Gives the records of a name as text; none where there are none."""

    def records(self, name: str, kind: str) -> list[str]:
        """Return the records of a kind (`MX`, `TXT`, `CNAME`).

        Raises:
            DnsError: nobody answers.
        """


class DnsError(Exception):
    """The DNS does not answer."""


class PublicDns:
    """The DNS as this machine sees it."""

    def records(self, name: str, kind: str) -> list[str]:
        """Ask; see `Dns.records`."""
        try:
            answer = dns.resolver.resolve(name, kind, lifetime=10)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise DnsError(type(error).__name__) from error
        return [_text(one.to_text()) for one in answer]


def _text(record: str) -> str:
    """A record as one writes it: the pieces of a TXT together, no dot at the end."""
    if record.startswith('"'):
        return "".join(record[1:-1].split('" "'))
    return record.rstrip(".")
