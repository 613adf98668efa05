"""Secrets of others are read as they are written, again after minutes, and never made."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from guardia.adapters.secrets import FRESH, MISSING, SsmSecrets
from guardia.ports import NotFoundError


class Ssm:
    """Parameters in a dictionary; `reads` counts how often they were asked for."""

    def __init__(self, **kept: str) -> None:
        self.kept, self.reads = kept, 0

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert WithDecryption
        self.reads += 1
        name = Name.removeprefix("/desk/")
        if name not in self.kept:
            raise ClientError(
                {"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter"
            )
        return {"Parameter": {"Value": self.kept[name]}}


class Secrets:
    """The adapter on a clock that a test moves."""

    def __init__(self, **kept: str) -> None:
        self.ssm, self.at = Ssm(**kept), 100.0
        self.adapter = SsmSecrets(self.ssm, "/desk/", lambda: b"made", lambda: self.at)

    def text(self, name: str = "shop") -> str:
        return self.adapter.text(name)


def test_a_text_is_read_as_it_is_written_and_asked_for_once_in_five_minutes() -> None:
    secrets = Secrets(shop="whsec_b25l whsec_dHdv")

    assert [secrets.text(), secrets.text()] == ["whsec_b25l whsec_dHdv"] * 2
    assert secrets.ssm.reads == 1


def test_a_text_that_was_changed_counts_after_five_minutes() -> None:
    secrets = Secrets(shop="one")
    secrets.text()
    secrets.ssm.kept["shop"] = "two"
    secrets.at += FRESH - 1

    assert secrets.text() == "one"
    secrets.at += 1
    assert secrets.text() == "two"


def test_a_text_that_is_not_there_is_not_made_and_looked_for_again_after_seconds() -> None:
    secrets = Secrets()
    for _ in range(3):
        with pytest.raises(NotFoundError):
            secrets.text()
    secrets.ssm.kept["shop"] = "late"
    secrets.at += MISSING

    assert (secrets.text(), secrets.ssm.reads) == ("late", 2)


def test_an_empty_text_is_none() -> None:
    with pytest.raises(NotFoundError):
        Secrets(shop="").text()
