"""Schedule expressions fire when EventBridge's do."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.intrinsics import TemplateError
from infra.local.schedule import parse

FRIDAY = datetime(2026, 3, 6, 19, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(* * * * ? *)", datetime(2026, 3, 6, 19, 1, tzinfo=UTC)),
        ("cron(0 3 * * ? *)", datetime(2026, 3, 7, 3, 0, tzinfo=UTC)),
        ("cron(0/15 * * * ? *)", datetime(2026, 3, 6, 19, 15, tzinfo=UTC)),
        ("cron(30 8 ? * MON-FRI *)", datetime(2026, 3, 9, 8, 30, tzinfo=UTC)),
        ("cron(0 0 ? * 1 *)", datetime(2026, 3, 8, 0, 0, tzinfo=UTC)),
        ("cron(0 0 1 JAN ? *)", datetime(2027, 1, 1, 0, 0, tzinfo=UTC)),
        ("cron(0 0 29 2 ? *)", datetime(2028, 2, 29, 0, 0, tzinfo=UTC)),
        ("rate(5 minutes)", datetime(2026, 3, 6, 19, 5, tzinfo=UTC)),
        ("rate(1 hour)", datetime(2026, 3, 6, 20, 0, tzinfo=UTC)),
        ("rate(1 day)", datetime(2026, 3, 7, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_next_firing_is_the_first_instant_after(expression: str, expected: datetime) -> None:
    assert parse("F", expression).after(FRIDAY) == expected


def test_a_rate_comes_however_often_it_is_asked() -> None:
    looks = [FRIDAY + timedelta(seconds=5 * n) for n in range(180)]

    firings = {parse("F", "rate(10 minutes)").after(look) for look in looks}

    assert firings == {
        datetime(2026, 3, 6, 19, 10, tzinfo=UTC),
        datetime(2026, 3, 6, 19, 20, tzinfo=UTC),
    }


def test_a_year_that_is_over_never_comes() -> None:
    assert parse("F", "cron(0 0 1 1 ? 2020)").after(FRIDAY) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("cron(* * * * ? *)", True), ("rate(1 minute)", True), ("cron(0 * * * ? *)", False)],
)
def test_only_a_rule_for_every_minute_counts_as_one(expression: str, expected: bool) -> None:
    assert parse("F", expression).each_minute is expected


@pytest.mark.parametrize(
    "expression",
    ["every day", "cron(* * * * *)", "cron(60 * * * ? *)", "cron(* * * * * *)", "rate(0 hours)"],
)
def test_what_is_no_expression_is_an_error_of_its_function(expression: str) -> None:
    with pytest.raises(TemplateError, match="Sweep: "):
        parse("Sweep", expression)
