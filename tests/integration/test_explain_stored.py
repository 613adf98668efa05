"""What the table keeps of an entry is enough to decide it again as it was."""

from typing import Any

import pytest

from tests.integration import stories
from tests.scenarios import documents
from tests.scenarios.moto_cloud import MotoCloud

NAMES = (
    "automations/vip-recipe",
    "automations/config-brings-an-automation",
    "sla/weekend-pause-and-priority",
    "sla/worked-example",
    "sla/escalation-levels",
)


@pytest.mark.parametrize("name", NAMES)
def test_entries_that_were_stored_are_decided_again_as_they_were(name: str) -> None:
    path = documents.FOLDER / f"{name}.yaml"
    with stories.lived(documents.read(path), documents.loader(path)) as (cloud, tickets):
        for ticket in tickets:
            for entry in stories.explained(cloud, ticket)["entries"]:
                recorded = _recorded(cloud, ticket, entry["seq"])
                fired = [one["id"] for one in entry["rules"] if one["matched"]]
                assert fired == [one["id"] for one in recorded["rules"]]
                assert entry["replayed"] or entry["reason"].startswith("a rule wrote it")


def _recorded(cloud: MotoCloud, ticket: str, seq: int) -> dict[str, Any]:
    _, page = cloud.api("GET", f"/v1/tickets/{ticket}/entries?limit=1&cursor={seq - 1}")
    (entry,) = page["items"]
    assert isinstance(entry, dict)
    return entry
