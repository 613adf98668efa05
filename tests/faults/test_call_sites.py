"""No call of AWS in the deployed code is left out: each is made by a scenario, and so spoiled."""

import pytest

from tests.faults.call_sites import all_sites, sites_of
from tests.faults.runs import calls_of
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import World


def test_every_call_in_the_code_is_made_by_a_scenario_and_every_call_made_is_known(
    desk: World,
) -> None:
    made = [len(calls_of(desk, scenario)) for scenario in SCENARIOS]
    sites, seen = all_sites(), desk.inject.sites
    assert sum(made) > len(sites)
    assert [str(one) for one in sites if not any(one.holds(place) for place in seen)] == []
    assert [place for place in seen if not any(one.holds(place) for one in sites)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("self._client.get_object(Bucket=b)", "_client.get_object"),
        ("client('sqs').send_message_batch(QueueUrl=u)", "client.send_message_batch"),
        ("self._table.connection.client.query(**asked)", "client.query"),
        ("table.connection.batch_get_item(name, keys)", "connection.batch_get_item"),
        ("item.update(actions=[one], condition=held)", "item.update"),
        ("MarkItem(*key).save()", "MarkItem.save"),
        ("with TransactWrite(connection=c) as batch:\n    batch.save(item)", "TransactWrite"),
    ],
)
def test_a_call_is_found_however_it_is_written(source: str, found: str) -> None:
    assert [one.text for one in sites_of(source, "made.py")] == [found]


@pytest.mark.parametrize(
    "source",
    ["known.update({1: 2})", "client.meta.events", "http.client.HTTPConnection(name)", "a.save(b)"],
)
def test_what_calls_nothing_is_not_found(source: str) -> None:
    assert list(sites_of(source, "made.py")) == []
