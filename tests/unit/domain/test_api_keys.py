"""What a key is, what it may give away, and what takes its place."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from guardia.domain import api_keys, issuing
from guardia.domain.api_keys import ALL, SCOPES, ApiKey
from guardia.domain.model import InvalidError, RefusedError

AT = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
KEY = ApiKey(
    id="K7Q2M9XD",
    name="shop",
    scopes=("tickets:read",),
    hash="0" * 64,
    created_at=AT,
    agent="luis@acme.example",
    last_used_at=AT,
)
DAY = timedelta(days=1)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_written_in_digits_and_letters_and_names_its_id(secret: bytes) -> None:
    text = api_keys.written("K7Q2M9XD", secret)
    assert re.fullmatch(r"gd_K7Q2M9XD_[0-9A-Za-z]{43}", text)
    assert api_keys.id_of(text) == "K7Q2M9XD"


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_two_secrets_are_never_written_alike(one: bytes, other: bytes) -> None:
    assert (one == other) == (api_keys.written("A", one) == api_keys.written("A", other))


@pytest.mark.parametrize(
    "text", ["", "gd_", "gd_K7Q2M9XD", "gd_K7Q2M9XD_short", "gd_first-key-of-the-stack-itself"]
)
def test_another_text_names_no_key_of_the_table(text: str) -> None:
    assert api_keys.id_of(text) is None


def test_the_hash_is_that_of_the_whole_text() -> None:
    assert api_keys.hash_of("gd_a") != api_keys.hash_of("gd_b")
    assert api_keys.hash_of("") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize(
    ("until", "at", "good"),
    [(None, AT, True), (AT + DAY, AT, True), (AT, AT, False), (AT, AT + DAY, False)],
)
def test_a_key_is_good_until_the_instant_it_expires(
    until: datetime | None, at: datetime, *, good: bool
) -> None:
    key = ApiKey(id="A", name="a", scopes=(), hash="", created_at=AT, expires_at=until)
    assert key.is_good(at) is good


def test_a_revoked_key_is_not_good() -> None:
    key = ApiKey(id="A", name="a", scopes=(), hash="", created_at=AT, revoked_at=AT + DAY)
    assert key.is_good(AT) is False


@pytest.mark.parametrize(
    ("held", "wanted", "lacking"),
    [
        ((ALL,), SCOPES, ()),
        ((ALL,), (ALL,), ()),
        (SCOPES, (ALL,), (ALL,)),
        (("keys",), ("keys", "suspended"), ("suspended",)),
        ((), ("keys",), ("keys",)),
    ],
)
def test_only_all_holds_what_is_not_named(
    held: tuple[str, ...], wanted: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    assert api_keys.missing(held, wanted) == lacking


def test_a_scope_that_there_is_not_is_named_with_its_place() -> None:
    with pytest.raises(InvalidError) as refusal:
        issuing.check(("keys", "tickets"), (ALL,))
    assert refusal.value.path == "scopes.1"


def test_what_is_not_held_is_not_given() -> None:
    with pytest.raises(RefusedError) as refusal:
        issuing.check(("keys", "suspended"), ("keys",))
    assert "suspended" in refusal.value.message


@pytest.mark.parametrize(
    ("expires", "fresh_until", "old_until"),
    [
        (None, None, AT + 3 * DAY),
        (AT + 90 * DAY, AT + 92 * DAY, AT + 3 * DAY),
        (AT + 2 * DAY + timedelta(hours=1), AT + 4 * DAY + timedelta(hours=1),
         AT + 2 * DAY + timedelta(hours=1)),
    ],
)  # fmt: skip
def test_a_successor_lives_as_long_and_its_predecessor_a_day_at_most(
    expires: datetime | None, fresh_until: datetime | None, old_until: datetime
) -> None:
    old = ApiKey(id="A", name="a", scopes=("keys",), hash="", created_at=AT, expires_at=expires)
    fresh, until = issuing.successor(old, id="B", hash="1", at=AT + 2 * DAY, by=None)
    assert (fresh.expires_at, until) == (fresh_until, old_until)


def test_a_successor_is_the_same_but_for_its_own_life() -> None:
    fresh, _ = issuing.successor(KEY, id="B", hash="1", at=AT + DAY, by="eva@acme.example")
    assert fresh == ApiKey(
        id="B",
        name=KEY.name,
        scopes=KEY.scopes,
        agent=KEY.agent,
        hash="1",
        created_at=AT + DAY,
        created_by="eva@acme.example",
    )


def test_a_key_that_ended_has_no_successor() -> None:
    old = ApiKey(id="A", name="a", scopes=(), hash="", created_at=AT, revoked_at=AT)
    with pytest.raises(RefusedError):
        issuing.successor(old, id="B", hash="1", at=AT, by=None)
