"""Posts to a form: `POST /forms/{form}`, and the browser's question whether it may."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, Protocol

from functions.intake import answers, posts
from functions.intake.requests import Request, UnreadableError
from guardia.arrivals import FormArrival
from guardia.domain.desk import Desk
from guardia.domain.forms import FormError, Post
from guardia.domain.model import RefusedError
from guardia.logs import Log
from guardia.planning import Outcome
from guardia.ports import Counters, NotFoundError, StaleError
from guardia.service import Guardia

MOST: Final = 30
"""Posts to one form from one neighbourhood of addresses in one stretch of time."""

STRETCH: Final = timedelta(minutes=10)
_PREFIX_4, _PREFIX_6 = 24, 64
_KEY: Final = re.compile(r"[ -~]{1,255}")


class Live(Protocol):
    """The live desk as this container knows it; with `fresh` as it is now."""

    def __call__(self, *, fresh: bool = False) -> Desk:
        """Return the desk."""


class CrowdedError(Exception):
    """Too many posts came from there; `wait` is how long they wait."""

    def __init__(self, wait: timedelta) -> None:
        """Keep how long."""
        super().__init__("too many posts")
        self.wait = wait


class Forms:
    """Takes in what people post. `live` is asked for the sites that may post alone."""

    def __init__(
        self,
        desk: Callable[[], Guardia],
        live: Live,
        counters: Callable[[], Counters],
        log: Log,
    ) -> None:
        """Take the parts."""
        self._desk, self._live, self._counters, self._log = desk, live, counters, log

    def answer(self, request: Request) -> dict[str, Any]:
        """Take a post in, or say why not."""
        name = request.parameters.get("form", "")
        form = self._live().forms.get(name) or self._live(fresh=True).forms.get(name)
        allowed = answers.cors(form, request.headers.get("origin"))
        if request.method == "OPTIONS":
            return answers.preflight(allowed)
        try:
            outcome = self._receive(request, name)
        except UnreadableError as error:
            return answers.problem(error.status, str(error), allowed)
        except FormError as error:
            return answers.problem(422, error.message, allowed, error.errors)
        except NotFoundError:
            return answers.problem(404, f"there is no form {name}", allowed)
        except RefusedError as error:
            return answers.problem(403, error.message, allowed)
        except CrowdedError as error:
            seconds = str(int(error.wait.total_seconds()) + 1)
            headers = {**allowed, "Retry-After": seconds}
            return answers.problem(429, "too many posts from there; wait a little", headers)
        except StaleError:
            return answers.problem(503, "the desk is busy; send the form again", allowed)
        self._log.info("form", form=name, ticket=outcome.ticket)
        if "text/html" in request.headers.get("accept", ""):
            return answers.see_other(request, allowed, outcome.ticket)
        again = {"Idempotency-Replayed": "true"} if outcome.duplicate else {}
        status = 201 if outcome.ticket else 202  # set aside, it is looked at first
        return answers.ok(status, {"ticket": outcome.ticket}, {**allowed, **again})

    def _receive(self, request: Request, name: str) -> Outcome:
        post = Post(
            id=f"form:{request.id}",
            at=request.at,
            form=name,
            values=posts.values(request),
            origin=request.headers.get("origin"),
            language=request.headers.get("accept-language"),
        )
        once = request.headers.get("idempotency-key")
        if once is not None and not _KEY.fullmatch(once := once.strip()):
            raise FormError([("Idempotency-Key", "must have 1 to 255 characters of ASCII")])
        arrival = FormArrival(post, lambda: self._admit(name, request), once=once)
        return self._desk().receive(arrival)

    def _admit(self, form: str, request: Request) -> None:
        """Count a post that makes sense, by the neighbourhood it came from.

        Raises:
            CrowdedError: there were too many.
        """
        begun = datetime.fromtimestamp(
            request.at.timestamp() // STRETCH.total_seconds() * STRETCH.total_seconds(), UTC
        )
        until = begun + STRETCH
        name = f"form:{form}:{neighbourhood(request.address)}:{begun:%Y-%m-%dT%H:%M}"
        if not self._counters().take(name, MOST, until):
            raise CrowdedError(until - request.at)


def neighbourhood(address: str) -> str:
    """Name the network a caller is in (a /24, of IPv6 a /64) without telling which it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return "nowhere"
    kept = _PREFIX_6 if isinstance(found, IPv6Address) else _PREFIX_4
    network = int(found) >> (found.max_prefixlen - kept)
    return hashlib.sha256(f"{found.version}:{network}".encode()).hexdigest()[:16]
