"""docs/desk.md names every word of the vocabulary, and no operator or action that is not there."""

import re
from pathlib import Path

import pytest

from guardia.config.schema import SECTIONS, Desk
from guardia.domain import placeholders, vocabulary

TEXT = (Path(__file__).parents[3] / "docs" / "desk.md").read_text(encoding="utf-8")
WORDS = frozenset(re.findall(r"`([^`\s]+)`", TEXT)) | frozenset(
    re.findall(r"`(default|truncate):", TEXT)
)


@pytest.mark.parametrize(
    "word",
    [
        *vocabulary.STATUSES,
        *vocabulary.PRIORITIES,
        *vocabulary.TYPES,
        *vocabulary.ACTORS,
        *vocabulary.COMMENT_PUBLIC,
        *vocabulary.CHANNELS,
        *vocabulary.ROLES,
        *vocabulary.FIELD_TYPES,
        *vocabulary.AWAITING,
        *vocabulary.OPERATORS,
        *vocabulary.TICKET_FIELDS,
        *(f"hours_since.{one}" for one in vocabulary.HOURS_SINCE),
        *(f"sla.<metric>.{one}" for one in vocabulary.SLA_PARTS),
        *vocabulary.UPDATES,
        *vocabulary.SLA_METRICS,
        *vocabulary.SLA_STATES,
        *vocabulary.SLA_SETTINGS,
        *(word for names in vocabulary.SLA_SETTINGS.values() for word in (*names, *names.values())),
        *vocabulary.NOT_BUILT_FIELDS,
        *vocabulary.NOT_BUILT_PREFIXES,
        *vocabulary.ACTIONS,
        *vocabulary.NOT_BUILT_ACTIONS,
        *vocabulary.NOT_BUILT_NOTIFY,
        *vocabulary.NOT_BUILT_ASSIGN,
        *vocabulary.SETTABLE,
        *vocabulary.EMAIL_TO,
        *vocabulary.SECTIONS,
        *vocabulary.NOT_BUILT_SECTIONS,
        *placeholders.PATHS,
        *placeholders.FILTERS,
    ],
)
def test_the_documentation_names(word: str) -> None:
    assert word in WORDS


@pytest.mark.parametrize(("section", "model"), [("desk", Desk), *SECTIONS.items()])
def test_the_table_of_sections_names_every_key(section: str, model: type) -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{section}` |"))

    assert set(model.model_fields) <= set(re.findall(r"`(\w+)`", row))  # type: ignore[attr-defined] # every one of them is a model


def test_the_sections_that_are_checked_are_those_of_the_vocabulary() -> None:
    assert set(vocabulary.SECTIONS) == {"desk", *SECTIONS}
