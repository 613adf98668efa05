"""Our rules on the events of the benchmark."""

from dataclasses import replace
from typing import Any

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.domain import triggers
from guardia.domain.decide import decide
from guardia.domain.draft import Draft
from guardia.domain.event import Decision
from guardia.domain.model import Ticket
from guardia.domain.moment import Moment
from tests.bench import desk_rules
from tests.bench.workers.loop import Work, cycle, serve


def prepare(setup: Any) -> dict[str, Work]:
    """Compile the rules; each adds a tag that is there already, so that none changes the ticket."""
    document = load_document(
        desk_rules.document(desk_rules.rules(setup["rules"]), {"add_tags": ["seen"]})
    )
    desk = compile_desk(document)
    alone = {name: document[name] for name in ("triggers", "groups", "organizations")}
    cases = [(one, replace(one.event.ticket, **one.event.changes))
             for one in desk_rules.cases(setup["cases"])]  # fmt: skip

    def judge(case: tuple[desk_rules.Case, Ticket]) -> None:
        """Which triggers fire and why, as a decision writes it down."""
        one, ticket = case
        moment = Moment(
            desk=desk, state=one.state, event=one.event, before=one.event.ticket,
            ticket=ticket, at=one.event.at,
        )  # fmt: skip
        triggers.run(desk.rules, Draft(moment=moment, seq=4), fired=set())

    def decided(case: tuple[desk_rules.Case, Ticket]) -> None:
        assert isinstance(decide(desk, case[0].state, case[0].event), Decision)

    def build(count: int) -> None:
        for _ in range(count):
            compile_desk(alone)

    return {"ours": cycle(cases, judge), "decide": cycle(cases, decided), "build": build}


if __name__ == "__main__":
    serve(prepare)
