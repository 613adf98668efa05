"""Every scenario on the memory store, as `guardia simulate` runs it."""

from pathlib import Path

import pytest

from guardia.rehearsal.simulate import simulate
from tests.scenarios import documents


@pytest.mark.parametrize("path", documents.FILES, ids=documents.name_of)
def test_the_story_ends_as_it_says(path: Path) -> None:
    answer = simulate(documents.read(path), documents.loader(path))
    assert answer["expect"], "a scenario expects something"
    assert documents.failed(answer) == []


def test_there_are_scenarios_of_every_kind() -> None:
    kinds = {path.parent.name for path in documents.FILES}
    assert kinds == {
        "automations",
        "hooks",
        "hours",
        "mail",
        "sla",
        "threading",
        "triggers",
        "webhooks",
    }
    assert len(documents.FILES) >= 240
