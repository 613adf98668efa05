"""What only a local desk answers: its clock, what came in, what was really sent."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.local.clock import Clock, ClockError, target, written
from infra.local.gateway import Answer, Request

PREFIX: Final = "/_local/"
_TITLES: Final = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
}
Items = Callable[[], list[dict[str, Any]]]


class LocalApi:
    """Answers requests below `/_local/`."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Items,
        inbound: Items,
        move: Callable[[Any], None],
    ) -> None:
        """Say what to show; `move` puts the clock to an instant."""
        self._clock, self._move = clock, move
        self._lists: Mapping[str, Items] = {"outbox": outbox, "inbound": inbound}

    def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with the prefix."""
        name = request.target.partition("?")[0].removeprefix(PREFIX).rstrip("/")
        if name in self._lists:
            if request.method not in {"GET", "HEAD"}:
                return problem(405, f"{name} is read with GET")
            return _json({"items": self._lists[name]()})
        if name == "clock":
            return self._on_clock(request)
        return problem(404, "there are /_local/outbox, /_local/inbound and /_local/clock")

    def _on_clock(self, request: Request) -> Answer:
        if request.method in {"GET", "HEAD"}:
            return _json({"now": written(self._clock.now())})
        if request.method != "POST":
            return problem(405, "the clock is read with GET and moved with POST")
        try:
            body = json.loads(request.body)
        except ValueError:
            return problem(400, "the body is not JSON")
        try:
            self._move(target(body, self._clock.now()))
        except ClockError as error:
            return problem(400, str(error), error.path)
        return _json({"now": written(self._clock.now())})


def problem(status: int, detail: str, path: str = "") -> Answer:
    """Return a problem document (RFC 9457)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "detail": detail,
    }
    if path:
        body["errors"] = [{"path": path, "message": detail}]
    return Answer(
        status=status,
        body=json.dumps(body).encode(),
        headers=(("content-type", "application/problem+json"),),
    )


def _json(body: Any) -> Answer:
    return Answer(
        status=200,
        body=json.dumps(body).encode(),
        headers=(("content-type", "application/json"),),
    )
