"""Our Standard Webhooks and the scheme's own library agree, both ways."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from guardia.hooks import signatures

BODIES = [b"{}", '{"á": "ñ 日本"}'.encode(), b'{"a": ' + b'"x"' * 1 + b"}", b""]
RAW = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(RAW).decode()
KEYS = signatures.keys("standard", SECRET)


@pytest.mark.parametrize("body", BODIES)
def test_the_library_takes_what_we_sign(body: bytes) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the library has no other clock
    headers = signatures.sign("msg_1", now, body, KEYS)

    Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers, json_parse=False)


@pytest.mark.parametrize("body", BODIES)
def test_we_take_what_the_library_signs(body: bytes) -> None:
    at = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", at, body.decode()),
    }

    assert signatures.verify("standard", headers, body, KEYS, at).id == "msg_1"
