"""What each route asks of a key: the one table, and the one place where it is enforced."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from functions.http_api.calls import Call
from guardia.domain import api_keys

_VARIABLE: Final = r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+"
"""What a variable of a path may hold: what the router takes."""

PUBLIC: Final = ""
"""Asks for nothing, not even a key."""

SCOPES: Final[Mapping[tuple[str, str], str]] = {
    ("POST", "/v1/tickets"): "tickets:write",
    ("GET", "/v1/tickets"): "tickets:read",
    ("GET", "/v1/tickets/{id}"): "tickets:read",
    ("PATCH", "/v1/tickets/{id}"): "tickets:write",
    ("POST", "/v1/tickets/{id}/comments"): "tickets:write",
    ("GET", "/v1/tickets/{id}/entries"): "tickets:read",
    ("GET", "/v1/tickets/{id}/explain"): "tickets:read",
    ("POST", "/v1/keys"): "keys",
    ("GET", "/v1/keys"): "keys",
    ("DELETE", "/v1/keys/{id}"): "keys",
    ("POST", "/v1/keys/{id}/rotate"): "keys",
    ("GET", "/v1/sources/{id}/deliveries"): "operations",
    ("GET", "/v1/config"): "config:read",
    ("PUT", "/v1/config"): "config:write",
    ("GET", "/v1/config/log"): "config:read",
    ("GET", "/v1/config/{number}"): "config:read",
    ("POST", "/v1/config/validate"): "config:read",
    ("POST", "/v1/config/rollback"): "config:write",
    ("POST", "/v1/simulate"): "config:read",
    ("GET", "/v1/records"): "records",
    ("POST", "/v1/backtest"): "records",
    ("GET", "/v1/jobs/{id}"): "records",
    ("GET", "/v1/suspended"): "suspended",
    ("GET", "/v1/suspended/{id}"): "suspended",
    ("POST", "/v1/suspended/{id}/recover"): "suspended",
    ("DELETE", "/v1/suspended/{id}"): "suspended",
    ("GET", "/v1/outbox"): "operations",
    ("POST", "/v1/outbox/{id}/retry"): "operations",
    ("GET", "/v1/stuck"): "operations",
    ("POST", "/v1/stuck/{id}/retry"): "operations",
    ("GET", "/v1/webhooks"): "operations",
    ("GET", "/v1/webhooks/{id}/deliveries"): "operations",
    ("POST", "/v1/webhooks/{id}/enable"): "operations",
    ("GET", "/v1/addresses/{address}"): "operations",
    ("POST", "/v1/addresses/{address}/clear"): "operations",
    ("GET", "/openapi.json"): PUBLIC,
}
"""The scope that a route asks for. A route that is not here does not exist."""


class UnknownRouteError(Exception):
    """There is nothing at this path (404)."""


class MethodError(Exception):
    """The path is there, but not for this method (405). `allowed` are those it takes."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        """Keep what it takes."""
        super().__init__(", ".join(allowed))
        self.allowed = allowed


class UnknownCallerError(Exception):
    """Nobody proved who calls (401)."""


class ForbiddenError(Exception):
    """The key may not do this (403)."""


def admit(call: Call) -> str:
    """Let a call pass whose key holds what its route asks for; return the route's path.

    Raises:
        UnknownRouteError, MethodError: there is no such route.
        UnknownCallerError: the route asks for a key and there is none.
        ForbiddenError: the key lacks the scope.
    """
    route = _route(call.method, call.path)
    scope = SCOPES[call.method, route]
    if scope != PUBLIC:
        if not call.key:
            raise UnknownCallerError
        if api_keys.missing(call.scopes, (scope,)):
            raise ForbiddenError(f"this key lacks the scope `{scope}`")
    return route


def _route(method: str, path: str) -> str:
    """Return the path of a route; one that is written out goes before one with variables."""
    there = [one for one in SCOPES if _pattern(one[1]).fullmatch(path)]
    if not there:
        raise UnknownRouteError
    routes = sorted(route for verb, route in there if verb == method)
    if not routes:
        raise MethodError(tuple(sorted({verb for verb, _ in there})))
    return path if path in routes else routes[0]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = (_VARIABLE if one.startswith("{") else re.escape(one) for one in template.split("/"))
    return re.compile("/".join(parts))
