"""A delivery is taken only with a signature over its raw bytes that one of our secrets made."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardia.hooks import signatures
from guardia.hooks.signatures import ForgedError, OutdatedError, SecretError

NOW = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
BODY = b'{"id": "evt_1", "event_id": "Ev1", "n": 1}'
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode()
TIMED = ("standard", "stripe", "slack")


def sent(scheme: str, *, body: bytes = BODY, at: datetime = NOW, secret: str = SECRET,
         id_: str = "m1") -> dict[str, str]:  # fmt: skip
    return signatures.sign_as(scheme, id_, at, body, signatures.keys(scheme, secret))


def verified(scheme: str, headers: dict[str, str], body: bytes = BODY, secret: str = SECRET) -> str:
    keys = signatures.keys(scheme, secret)
    return signatures.verify(scheme, headers, body, keys, NOW).id


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
def test_what_is_signed_with_our_secret_is_taken(scheme: str) -> None:
    assert verified(scheme, sent(scheme))


# -- examples that the schemes' own documentation or tools give -------------------------------------


def test_the_example_of_github_is_taken() -> None:
    # "Validating webhook deliveries": the values to test an implementation with.
    signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-hub-signature-256": f"sha256={signature}"}
    keys = (b"It's a Secret to Everybody",)

    assert signatures.verify("github", headers, b"Hello, World!", keys, NOW).id == signature


def test_the_example_of_slack_is_taken() -> None:
    # "Verifying requests from Slack": the request, the secret and the signature of its walk-through.
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    at = datetime.fromtimestamp(1531420618, UTC)
    keys = (b"8f742231b10e8888abcd99yyyzzz85a5",)

    assert signatures.verify("slack", headers, body, keys, at).id.startswith("1531420618.")


def test_stripe_signs_the_timestamp_a_full_stop_and_the_body_with_the_text_of_its_secret() -> None:
    seconds = int(NOW.timestamp())
    message = f"{seconds}.".encode() + BODY
    own = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()

    assert verified("stripe", {"stripe-signature": f"t={seconds},v1={own},v0=ignored"})


def test_standard_webhooks_signs_id_timestamp_and_body_with_the_decoded_secret() -> None:
    message = f"m1.{int(NOW.timestamp())}.".encode() + BODY
    own = hmac.new(b"a secret of thirty-two bytes....", message, hashlib.sha256).digest()

    assert sent("standard")["webhook-signature"] == "v1," + base64.b64encode(own).decode()


# -- forgeries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
def test_another_secret_is_refused(scheme: str) -> None:
    with pytest.raises(ForgedError):
        verified(scheme, sent(scheme, secret=OTHER))


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"1", b"2")])
def test_another_body_is_refused(scheme: str, body: bytes) -> None:
    with pytest.raises(ForgedError):
        verified(scheme, sent(scheme), body)


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
def test_a_delivery_without_headers_is_refused(scheme: str) -> None:
    with pytest.raises(ForgedError):
        verified(scheme, {})


@pytest.mark.parametrize("scheme", TIMED)
def test_a_signature_moved_to_another_time_is_refused(scheme: str) -> None:
    headers, later = sent(scheme), str(int(NOW.timestamp()) + 1)
    moved = {
        name: value.replace(str(int(NOW.timestamp())), later) for name, value in headers.items()
    }
    assert moved != headers
    with pytest.raises(ForgedError):
        verified(scheme, moved)


def test_a_signature_moved_to_another_id_is_refused() -> None:
    with pytest.raises(ForgedError):
        verified("standard", sent("standard") | {"webhook-id": "m2"})


GARBLED = [
    {"webhook-signature": ""},
    {"webhook-signature": "v1"},
    {"webhook-signature": "v1,"},
    {"webhook-signature": "v1,%%%"},
    {"webhook-signature": "v1,ñ"},
    {"webhook-signature": "v2,AAAA"},
    {"webhook-timestamp": ""},
    {"webhook-timestamp": "now"},
    {"webhook-timestamp": "-1"},
    {"webhook-timestamp": "1" * 400},
    {"webhook-timestamp": "٣"},
    {"webhook-id": ""},
    {"webhook-id": "a b"},
    {"webhook-id": "x" * 257},
    {"webhook-id": "ñ"},
]


@pytest.mark.parametrize("garbled", GARBLED)
def test_garbled_headers_are_refused_not_stumbled_over(garbled: dict[str, str]) -> None:
    with pytest.raises(ForgedError):
        verified("standard", sent("standard") | garbled)


@settings(max_examples=200)
@given(
    st.sampled_from(signatures.SCHEMES),
    st.dictionaries(
        st.sampled_from(
            [
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "x-hub-signature-256",
                "x-github-delivery",
                "stripe-signature",
                "x-slack-signature",
                "x-slack-request-timestamp",
            ]
        ),
        st.text() | st.from_regex(r"(v0=|v1,|t=\d+,v1=|sha256=)[0-9a-f]*", fullmatch=True),
    ),
    st.binary(),
)
def test_no_headers_and_no_bytes_pass_or_break_it(
    scheme: str, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(ForgedError):
        verified(scheme, headers, body)


# -- time -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
def test_five_minutes_either_way_are_in_time(scheme: str, seconds: int) -> None:
    assert verified(scheme, sent(scheme, at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_delivery_of_other_minutes_is_outdated(scheme: str, seconds: int) -> None:
    with pytest.raises(OutdatedError):
        verified(scheme, sent(scheme, at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("scheme", TIMED)
def test_a_forger_does_not_hear_about_the_time(scheme: str) -> None:
    with pytest.raises(ForgedError):
        verified(scheme, sent(scheme, at=NOW - timedelta(days=1), secret=OTHER))


# -- what names a delivery --------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "id_"), [("stripe", "evt_1"), ("slack", "Ev1")])
def test_a_repeat_that_is_signed_anew_has_the_id_of_its_body(scheme: str, id_: str) -> None:
    first, again = sent(scheme), sent(scheme, at=NOW + timedelta(seconds=60))
    keys = signatures.keys(scheme, SECRET)
    body = {"id": "evt_1", "event_id": "Ev1"}

    found = [signatures.verify(scheme, one, BODY, keys, NOW).id_in(body) for one in (first, again)]

    assert found == [id_, id_]


@pytest.mark.parametrize("scheme", ["stripe", "slack"])
@pytest.mark.parametrize(
    "body", [{}, {"id": 3, "event_id": None}, {"id": "", "event_id": "a b"}, []]
)
def test_a_body_without_an_id_is_named_by_what_was_signed(scheme: str, body: Any) -> None:
    keys = signatures.keys(scheme, SECRET)
    signed = [
        signatures.verify(scheme, sent(scheme, at=at), BODY, keys, NOW)
        for at in (NOW, NOW, NOW - timedelta(seconds=1))
    ]

    first, same, other = (one.id_in(body) for one in signed)

    assert first == same != other


def test_a_repeat_of_github_is_one_whatever_id_it_claims() -> None:
    first, replayed = sent("github", id_="1"), sent("github", id_="2")

    assert verified("github", first) == verified("github", replayed)
    assert verified("github", first) != verified("github", sent("github", body=b"{}"), b"{}")


# -- secrets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", signatures.SCHEMES)
@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_while_a_secret_is_changed_both_are_good(scheme: str, secret: str) -> None:
    assert verified(scheme, sent(scheme, secret=secret), secret=f"{OTHER} {SECRET}\n")


def test_a_sender_that_changes_its_secret_may_send_both_signatures() -> None:
    both = sent("standard", secret=f"{OTHER} {SECRET}")

    assert both["webhook-signature"].count("v1,") == 2
    assert verified("standard", both)


def test_a_secret_may_lack_its_prefix_and_its_padding() -> None:
    bare = SECRET.removeprefix("whsec_").rstrip("=")

    assert signatures.keys("standard", bare) == signatures.keys("standard", SECRET)


@pytest.mark.parametrize("secret", ["", "  ", "whsec_", "whsec_$$$", "contraseña"])
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(SecretError):
        signatures.keys("standard", secret)
