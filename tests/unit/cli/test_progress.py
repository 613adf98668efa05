"""How far a long command is, where nobody looks at a terminal: a line every five seconds."""

import pytest

from infra.cli.progress import Far


def clock(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    times = iter(seconds)
    last = [0.0]

    def monotonic() -> float:
        last[0] = next(times, last[0])
        return last[0]

    monkeypatch.setattr("infra.cli.progress.time.monotonic", monotonic)


def test_what_is_over_soon_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock(monkeypatch, 100.0, 102.0)

    with Far("tickets", 10) as far:
        far.tell(5, 5)

    assert capsys.readouterr() == ("", "")


def test_a_line_tells_how_many_how_fast_and_how_long_still(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock(monkeypatch, 100.0, 110.0)

    with Far("tickets", 4_000) as far:
        far.tell(1_000, 500)

    assert capsys.readouterr() == ("", "1,000 tickets, 100 a second, 1:10 left\n")


def test_without_a_total_nothing_is_said_of_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock(monkeypatch, 100.0, 110.0)

    with Far("tickets", None) as far:
        far.tell(20, 20)

    assert capsys.readouterr().err == "20 tickets, 2 a second\n"
