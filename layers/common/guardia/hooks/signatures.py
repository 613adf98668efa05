"""Signatures of deliveries: Standard Webhooks both ways, and what GitHub, Stripe and Slack send.

All are HMAC-SHA256 over the raw bytes of the body; they differ in headers, in what is signed beside
the body, and in what a secret is. The rules: Standard Webhooks specification; "Validating webhook
deliveries" of GitHub; "Verify webhook signatures manually" of Stripe; "Verifying requests from
Slack".
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

SCHEMES: Final = ("standard", "github", "stripe", "slack")
TOLERANCE: Final = timedelta(minutes=5)
"""How far a delivery's timestamp may be from the clock, either way."""

_PREFIX: Final = "whsec_"
_MAX_SIGNATURES: Final = 20
_ID: Final = re.compile(r"[!-~]{1,256}")
_SECONDS: Final = re.compile(r"[0-9]{1,11}")
_HEX: Final = re.compile(r"[0-9a-f]{64}")


class ForgedError(Exception):
    """No secret of ours has signed the delivery. It says no more, to help nobody."""


class OutdatedError(Exception):
    """It is signed, but its timestamp is not of these minutes: sent again by somebody, or a clock
    is wrong. `id` names the delivery where the scheme signs one."""

    def __init__(self, id_: str | None) -> None:
        """Keep the name."""
        super().__init__("the delivery's timestamp is too far from the clock")
        self.id = id_


class SecretError(Exception):
    """The secret is not written as its scheme wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A delivery that a secret of ours has signed.

    `id` is the same for every repeat of it and for nothing else, `name` what its sender calls it
    (for people). Where the scheme signs no id in its headers and the body brings none (`body_id`
    is the member that could), `id` is made of what is signed.
    """

    id: str
    name: str | None = None
    body_id: str | None = None

    def id_in(self, body: Any) -> str:
        """The id, taken from the signed body where the scheme keeps it there: a repeat of Stripe
        or Slack is signed anew, with another timestamp."""
        own = body.get(self.body_id) if self.body_id and isinstance(body, dict) else None
        return own if isinstance(own, str) and _ID.fullmatch(own) else self.id


def keys(scheme: str, secret: str) -> tuple[bytes, ...]:
    """Return the keys in a secret's text, the newest first: while a secret is being changed, the
    new and the old one stand there, separated by a blank.

    A secret of Standard Webhooks is `whsec_` and base64; of the others the text itself is the key.

    Raises:
        SecretError: there is none, or it is not written that way.
    """
    texts = secret.split()
    if not texts:
        raise SecretError("the secret is empty")
    return tuple(decoded(one) if scheme == "standard" else one.encode() for one in texts)


def decoded(secret: str) -> bytes:
    """Return the bytes of one secret in the form `whsec_` + base64.

    Raises:
        SecretError: it is not in that form.
    """
    text = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretError("the secret is not `whsec_` and base64") from None
    if not key:
        raise SecretError("the secret is empty")
    return key


def sign(id_: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of Standard Webhooks for a delivery, one signature for each key.

    `id_` names the delivery, the same at every try; `at` is the instant of this try.
    """
    seconds = str(int(at.timestamp()))
    signed = [_standard(id_, seconds, body, key) for key in keys]
    text = " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signed)
    return {"webhook-id": id_, "webhook-timestamp": seconds, "webhook-signature": text}


def sign_as(
    scheme: str, id_: str, at: datetime, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """Return the headers that a sender of any of the schemes would send: to try a source out."""
    seconds = str(int(at.timestamp()))
    if scheme == "github":
        return {
            "x-github-delivery": id_,
            "x-hub-signature-256": f"sha256={_hmac(keys[0], body).hex()}",
        }
    if scheme == "stripe":
        signed = [_hmac(key, f"{seconds}.".encode() + body).hex() for key in keys]
        return {"stripe-signature": ",".join([f"t={seconds}", *(f"v1={one}" for one in signed)])}
    if scheme == "slack":
        signature = _hmac(keys[0], f"v0:{seconds}:".encode() + body).hex()
        return {"x-slack-request-timestamp": seconds, "x-slack-signature": f"v0={signature}"}
    return sign(id_, at, body, keys)


def verify(
    scheme: str, headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime
) -> Signed:
    """Say which delivery this is, once it is proved that one of the keys has signed it.

    `headers` have lower-case names; `body` are the raw bytes; `now` is the machine's instant.

    Raises:
        ForgedError: it is not signed, or by none of the keys.
        OutdatedError: it is, but its timestamp is more than five minutes away.
    """
    return _SCHEMES[scheme](headers, body, keys, now)


def _verify_standard(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime
) -> Signed:
    id_, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(id_) or not _SECONDS.fullmatch(seconds):
        raise ForgedError
    given = []
    for one in headers.get("webhook-signature", "").split()[:_MAX_SIGNATURES]:
        version, _, text = one.partition(",")
        if version == "v1":
            given.append(_unbase64(text))
    _match((_standard(id_, seconds, body, key) for key in keys), given)
    _in_time(seconds, now, id_)
    return Signed(id=id_, name=id_)


def _verify_github(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], _now: datetime
) -> Signed:
    """GitHub signs the body alone: neither an instant nor the delivery's id. So the signature is
    what names a delivery; a body that was sent before is a repeat, whatever id it claims."""
    scheme, _, text = headers.get("x-hub-signature-256", "").partition("=")
    given = [_unhex(text)] if scheme == "sha256" else []
    matched = _match((_hmac(key, body) for key in keys), given)
    name = headers.get("x-github-delivery", "")
    return Signed(id=matched.hex(), name=name if _ID.fullmatch(name) else None)


def _verify_stripe(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime
) -> Signed:
    pairs = [
        one.strip().partition("=")[::2]
        for one in headers.get("stripe-signature", "").split(",")[:_MAX_SIGNATURES]
    ]
    seconds = next((value for name, value in pairs if name == "t"), "")
    given = [_unhex(value) for name, value in pairs if name == "v1"]
    return _verify_timed(seconds, f"{seconds}.", given, body, keys, now, body_id="id")


def _verify_slack(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime
) -> Signed:
    seconds = headers.get("x-slack-request-timestamp", "")
    version, _, text = headers.get("x-slack-signature", "").partition("=")
    given = [_unhex(text)] if version == "v0" else []
    return _verify_timed(seconds, f"v0:{seconds}:", given, body, keys, now, body_id="event_id")


def _verify_timed(
    seconds: str,
    before: str,
    given: list[bytes],
    body: bytes,
    keys: Sequence[bytes],
    now: datetime,
    *,
    body_id: str,
) -> Signed:
    if not _SECONDS.fullmatch(seconds):
        raise ForgedError
    matched = _match((_hmac(key, before.encode() + body) for key in keys), given)
    _in_time(seconds, now, None)
    return Signed(id=f"{seconds}.{matched.hex()}", body_id=body_id)


_Verifier = Callable[[Mapping[str, str], bytes, Sequence[bytes], datetime], Signed]
_SCHEMES: Final[Mapping[str, _Verifier]] = {
    "standard": _verify_standard,
    "github": _verify_github,
    "stripe": _verify_stripe,
    "slack": _verify_slack,
}


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _standard(id_: str, seconds: str, body: bytes, key: bytes) -> bytes:
    return _hmac(key, f"{id_}.{seconds}.".encode() + body)


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text) if _HEX.fullmatch(text) else b""


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _match(expected: Any, given: Sequence[bytes]) -> bytes:
    """Return the signature that is both expected and given; each pair is compared in constant
    time.

    Raises:
        ForgedError: there is none.
    """
    for right in expected:
        for one in given:
            if hmac.compare_digest(right, one):
                found: bytes = right
                return found
    raise ForgedError


def _in_time(seconds: str, now: datetime, id_: str | None) -> None:
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise OutdatedError(id_)
