"""Recorded tickets of a desk that never was: the same seed gives the same, and any is one."""

import pytest

from guardia.rehearsal.records import read
from infra.local import recorded


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert recorded.main(list(words)) == 0
    return capsys.readouterr().out.splitlines()


def test_the_same_seed_gives_the_same_tickets(capsys: pytest.CaptureFixture[str]) -> None:
    once, again = (lines(capsys, "--tickets", "25", "--seed", "7") for _ in range(2))

    assert once == again
    assert once != lines(capsys, "--tickets", "25", "--seed", "8")


def test_every_line_is_a_recorded_ticket_with_a_life_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = [read(one) for one in lines(capsys, "--tickets", "80")]

    kinds = {entry.actor.kind for one in records for entry in one.entries}
    assert len({one.ticket for one in records}) == 80
    assert kinds == {"end_user", "agent", "system"}
    assert len({len(one.entries) for one in records}) > 3
