"""500 triggers of six conditions on 10,000 events, beside other engines of rules."""

from dataclasses import asdict
from typing import Final

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain.decide import decide
from guardia.domain.event import Decision
from tests.bench import desk_rules
from tests.bench.row import Row
from tests.bench.worker import PEERS, Worker, interleaved

RULES: Final = 500
_ROUNDS: Final = 5
_COUNTS: Final = {
    "ours": 2000,
    "decide": 300,
    "build": 2,
    "by hand": 100,
    "rule-engine": 12,
    "json-logic": 16,
    "simpleeval": 24,
}
"""Repetitions a round: 10,000 events for us, fewer for those that would take minutes."""
_AHEAD: Final = {"simpleeval": 40.0, "rule-engine": 110.0}


def measure() -> list[Row]:
    """Ask every engine which rules match; they must agree before any is timed."""
    rules = desk_rules.rules(RULES)
    desk = compile_desk(load_document(desk_rules.document(rules, {"add_tags": ["seen"]})))
    place = {one.id: n for n, one in enumerate(desk.rules.triggers)}
    facts, matches = [], []
    for case in desk_rules.cases(200):
        decision = decide(desk, case.state, case.event)
        assert isinstance(decision, Decision)
        facts.append(desk_rules.facts(case, decision.ticket))
        matches.append(sorted(place[one.id] for one in decision.entries[-1].rules))
    told = {"rules": [asdict(one) for one in rules], "facts": facts, "matches": matches[:30]}
    with (
        Worker("triggers_ours.py", {"rules": RULES, "cases": 2000}) as ours,
        Worker("triggers_peers.py", told, python=PEERS) as peers,
    ):
        seconds = interleaved([ours, peers], _COUNTS, _ROUNDS)
    micro = {name: 1e6 * one for name, one in seconds.items()}
    rows = [
        Row(
            name=f"rules: {RULES} triggers x 6 conditions, an event",
            ours=micro["ours"],
            peer=micro[name],
            peer_name=name,
            unit="us",
            target=1 / _AHEAD[name] if name in _AHEAD else 50.0,
            of_peer=name in _AHEAD,
        )
        for name in ("rule-engine", "json-logic", "simpleeval", "by hand")
    ]
    return [
        *rows,
        Row(
            name="rules: the whole decision of that event",
            ours=micro["decide"],
            peer=micro["by hand"],
            peer_name="by hand, matching alone",
            unit="us",
        ),
        Row(
            name=f"rules: building {RULES} triggers from stored JSON",
            ours=micro["build"] / 1000,
            peer=10.0,
            peer_name="the most we allow",
            unit="ms",
            target=10.0,
        ),
    ]
