"""The sender's use case: sign a call of a webhook, make it once, and say how it went.

It knows no ticket and no table: everything it needs comes with the parcel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from guardia.hooks import signatures
from guardia.ports import Endpoints, ForbiddenError, NotFoundError, Secrets, UnreachableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Makes calls. `now` is the machine's clock (the other side has no other), `at` the desk's,
    `steady` counts seconds, `agent` is who we say we are."""

    endpoints: Endpoints
    secrets: Secrets
    now: Callable[[], datetime]
    at: Callable[[], datetime]
    steady: Callable[[], float]
    agent: str

    def call(self, parcel: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call and return how it went, as JSON: `ok`, `failed` (again later) or `gone`
        (never again).

        Raises:
            KeyError, TypeError: the parcel is none of ours.
        """
        row, url, body = str(parcel["row"]), str(parcel["url"]), str(parcel["body"]).encode()
        told: dict[str, Any] = {
            "row": row,
            "webhook": parcel["webhook"],
            "attempt": parcel["attempt"],
            "at": self.at().isoformat(),
        }
        began = self.steady()
        try:
            headers = signatures.sign(row, self.now(), body, self._keys(str(parcel["secret"])))
            answer = self.endpoints.post(
                url,
                body,
                {"Content-Type": "application/json", "User-Agent": self.agent, **headers},
            )
        except ForbiddenError as refusal:
            return {**told, "outcome": "refused", "error": str(refusal)}
        except (UnreachableError, NotFoundError, signatures.SecretError) as problem:
            took = round((self.steady() - began) * 1000)
            return {**told, "outcome": "failed", "error": str(problem), "took": took}
        told |= {"status": answer.status, "took": round((self.steady() - began) * 1000)}
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return {**told, "outcome": "ok"}
        told |= {"error": f"it answered {answer.status}", "retry_after": answer.retry_after}
        return {**told, "outcome": "gone" if answer.status == HTTPStatus.GONE else "failed"}

    def _keys(self, name: str) -> tuple[bytes, ...]:
        return signatures.keys("standard", self.secrets.text(name))
