"""Who comes in: by the first key, or by one of the table as it is now."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from functions.authorizer import app as authorizer
from guardia import environment, wiring
from guardia.domain import api_keys
from guardia.domain.api_keys import ApiKey
from tests.integration.stage import AT, KEY, KEY_HASH, Stage, golden

NOBODY = {"isAuthorized": False, "context": {}}
TEXT = api_keys.written("K7Q2M9XD", bytes(range(32)))


def keep(**more: Any) -> ApiKey:
    """Keep a key whose text is `TEXT`."""
    values: dict[str, Any] = {
        "id": "K7Q2M9XD",
        "name": "shop",
        "scopes": ("tickets:read",),
        "hash": api_keys.hash_of(TEXT),
        "created_at": AT,
    }
    key = ApiKey(**{**values, **more})
    wiring.api_keys().add(key)
    return key


class Door:
    """An authorizer of its own, whose clock goes forward when told."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.seconds = stage, 0.0
        self._handler = authorizer.build(
            lambda: KEY_HASH,
            wiring.api_keys,
            now=lambda: AT + timedelta(seconds=self.seconds),
            steady=lambda: self.seconds,
        )

    def opens(self, key: str = TEXT) -> bool:
        event = golden("authorizer_asked", headers={"authorization": f"Bearer {key}"})
        return bool(self._handler(event, None)["isAuthorized"])


@pytest.fixture
def door(stage: Stage) -> Door:
    return Door(stage)


def test_the_golden_caller_comes_in(stage: Stage) -> None:
    answer = stage.ask_in(golden("authorizer_asked")["headers"])
    context = {"key": "first", "agent": "", "scopes": "all"}
    assert answer == {"isAuthorized": True, "context": context}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_name_has_no_case(stage: Stage, scheme: str) -> None:
    assert stage.ask_in({"authorization": f"{scheme} {KEY}"})["isAuthorized"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": KEY},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"authorization": f"Bearer {KEY.upper()}"},
        {"authorization": "Bearer gd_somebody-elses-key-altogether"},
        {"authorization": f"Bearer x{KEY}"},
        {"authorization": f"Bearer {KEY} {KEY}"},
        {"authorization": "Bearer ñandú\u0000"},
        {"authorization": "Bearer \ud800"},
        {"authorization": f"Bearer {TEXT}"},
        {"authorization": None},
        {"x-authorization": f"Bearer {KEY}"},
    ],
)
def test_nobody_else_comes_in(stage: Stage, headers: dict[str, Any]) -> None:
    assert stage.ask_in(headers) == NOBODY


@pytest.mark.parametrize("event", [None, [], {}, {"headers": None}, {"headers": ["x"]}, "text"])
def test_a_damaged_event_opens_nothing(event: Any) -> None:
    assert authorizer.handler(event, None) == NOBODY


def test_an_install_without_a_first_key_lets_nobody_in_by_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY_HASH", "")
    environment.settings.cache_clear()
    assert stage.ask_in({"authorization": f"Bearer {KEY}"}) == NOBODY
    assert stage.ask_in({"authorization": "Bearer "}) == NOBODY


@pytest.mark.parametrize(
    "wrong", [TEXT[:-1] + "x", TEXT.replace("K7Q2M9XD", "K7Q2M9XE"), TEXT.lower(), TEXT + "0"]
)
def test_a_key_of_the_table_must_be_the_whole_key(door: Door, wrong: str) -> None:
    keep()
    assert (door.opens(), door.opens(wrong)) == (True, False)


def test_a_revoked_key_opens_nothing_after_a_few_seconds(door: Door) -> None:
    key = keep()
    assert door.opens()
    wiring.api_keys().revoke(key.id, AT)
    door.seconds = authorizer.FRESH
    assert not door.opens()


def test_a_key_expires_to_the_second_even_while_it_is_remembered(door: Door) -> None:
    keep(expires_at=AT + timedelta(seconds=2))
    before = door.opens()
    door.seconds = 2
    assert (before, door.opens()) == (True, False)


def test_a_key_that_is_asked_for_again_within_seconds_costs_nothing(
    stage: Stage, door: Door
) -> None:
    keep()
    door.opens()
    stage.calls.clear()
    door.opens()
    assert stage.calls.total() == 0


def test_an_unknown_key_is_looked_for_once_in_a_while(stage: Stage, door: Door) -> None:
    door.opens()
    stage.calls.clear()
    assert not door.opens()
    assert stage.calls.total() == 0


def test_the_use_of_a_key_is_written_down_once_an_hour_at_most(door: Door) -> None:
    key = keep()
    noted = []
    for seconds in (0, 1_800, 3_599, 3_600, 3_700):
        door.seconds = seconds
        assert door.opens()
        noted.append(wiring.api_keys().get(key.id))
    instants = [
        (one.last_used_at - AT).total_seconds() for one in noted if one and one.last_used_at
    ]
    assert instants == [0, 0, 0, 3_600, 3_600]


def test_the_first_key_opens_without_a_look_at_the_table(stage: Stage, door: Door) -> None:
    stage.calls.clear()
    assert door.opens(KEY)
    assert stage.calls.total() == 0


def test_it_starts_without_the_table_and_its_client() -> None:
    program = "import sys, functions.authorizer.app; print(sorted(sys.modules))"
    run = subprocess.run(  # noqa: S603 - our own interpreter on a program written here
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = run.stdout
    assert not [
        one for one in ("botocore", "pynamodb", "guardia.ports", "re2") if f"'{one}'" in loaded
    ]
