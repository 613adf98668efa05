"""The example desk is without fault and does what its files say."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

from guardia.config.compile import compile_desk
from guardia.config.document import read_document
from guardia.config.load import load_document
from guardia.config.problem import DocumentError
from guardia.config.validate import validate

EXAMPLE = Path(__file__).parents[3] / "infra" / "desk"
PLAIN: dict[str, Any] = read_document(EXAMPLE).root.plain()


def test_the_example_desk_has_neither_errors_nor_warnings() -> None:
    report = validate(EXAMPLE)

    assert [str(one) for one in (*report.errors, *report.warnings)] == []


def test_after_friday_evening_the_example_desk_opens_on_monday_at_nine() -> None:
    desk = compile_desk(load_document(EXAMPLE))
    friday_at_eight = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)

    hours = desk.hours_of(desk.schedule_of(None, "tecnicos", "soporte"))

    assert hours.next_open(friday_at_eight) == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_the_example_desk_is_closed_on_madrids_holidays() -> None:
    desk = compile_desk(load_document(EXAMPLE))

    hours = desk.schedules["oficina"].hours

    assert hours.on_holiday(datetime(2026, 11, 9, 10, 0, tzinfo=UTC))
    assert hours.on_holiday(datetime(2027, 8, 16, 10, 0, tzinfo=UTC))
    assert not hours.on_holiday(datetime(2026, 11, 10, 10, 0, tzinfo=UTC))


def test_the_answer_out_of_hours_names_the_next_opening_in_both_languages() -> None:
    template = compile_desk(load_document(EXAMPLE)).templates["fuera-de-horario"]

    assert {
        language: "schedule.next_open" in one.paths() for language, one in template.body.items()
    } == {
        "es": True,
        "en": True,
    }


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[str | int, ...]] = []
    for key, one in pairs:
        found.append((*path, key))
        if isinstance(one, dict | list):
            found.extend(_paths(one, (*path, key)))
    return found


_PATHS = _paths(PLAIN)
_WORDS = st.sampled_from(
    ["", "x", "none", "tecnicos", "vip", "acuse", "14:00", "2026-02-30", "{{x}}", "{{ticket.id}}",
     "status", "a@b.example", "hola@acme.example", "1h", "es", "\ud800", "a\nb", "(", "all", "is"]
)  # fmt: skip
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=True),
    _WORDS,
    st.lists(_WORDS, max_size=3),
    st.dictionaries(_WORDS, _WORDS, max_size=3),
    st.builds(object),
)


def _replaced(path: tuple[str | int, ...], value: Any) -> Callable[[Any], None]:
    def change(owner: Any) -> None:
        owner[path[-1]] = value

    return change


def _deleted(path: tuple[str | int, ...]) -> Callable[[Any], None]:
    def change(owner: Any) -> None:
        del owner[path[-1]]

    return change


def _renamed(path: tuple[str | int, ...], word: str) -> Callable[[Any], None]:
    def change(owner: Any) -> None:
        value = owner[path[-1]]
        if isinstance(owner, dict):
            owner[word] = value
        else:
            owner.append(value)

    return change


_CHANGES = st.lists(
    st.sampled_from(_PATHS).flatmap(
        lambda path: st.tuples(
            st.just(path),
            st.one_of(
                st.builds(_replaced, st.just(path), _VALUES),
                st.builds(_deleted, st.just(path)),
                st.builds(_renamed, st.just(path), _WORDS),
            ),
        )
    ),
    min_size=1,
    max_size=3,
)


def _mutated(changes: list[tuple[tuple[str | int, ...], Callable[[Any], None]]]) -> Any:
    document = deepcopy(PLAIN)
    for path, change in changes:
        try:
            owner: Any = document
            for step in path[:-1]:
                owner = owner[step]
            change(owner)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change took the place away
    return document


@given(_CHANGES)
@settings(max_examples=250, deadline=None)
def test_a_changed_desk_loads_and_compiles_or_is_refused_with_reasons(
    changes: list[tuple[tuple[str | int, ...], Callable[[Any], None]]],
) -> None:
    document = _mutated(changes)

    try:
        triggers = compile_desk(load_document(document, EXAMPLE)).rules.triggers
        told = []
    except DocumentError as error:
        triggers, told = (), [one.message for one in error.problems]

    assert all(told)
    assert not any(one.dead for one in triggers)
