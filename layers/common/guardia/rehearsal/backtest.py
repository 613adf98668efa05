"""Recorded tickets through two desks: how often each rule fires, and which tickets would differ.

Both lives are made anew, by this version of Guardia and on the same clock, so that whatever differs
is the desks' doing. A tally holds no tickets but the first few that differ, so a file of any length
takes the same memory.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from guardia.config.compile import compile_desk
from guardia.domain.desk import Desk
from guardia.rehearsal.contrast import Edited, Rule, contrast, edited, fired
from guardia.rehearsal.records import Record
from guardia.rehearsal.replay import replay

KEEP: Final = 100
"""How many tickets that differ a tally keeps, where nobody says how many."""

ASPECTS: Final = ("fields", "deadlines", "messages", "refused")


@dataclass(slots=True)
class Tally:
    """What a backtest has found so far.

    `before` and `after` count by rule how often it fired, `aspects` the tickets in which something
    of a kind differs, `because` by rule the tickets that differ by its doing; `differences` are the
    first `keep` tickets that differ (`contrast.contrast`). `events` are those that were decided,
    once for each desk; `assumed` counts the tickets for which a rule asked for something that no
    record tells.
    """

    keep: int = KEEP
    tickets: int = 0
    events: int = 0
    differing: int = 0
    before: Counter[Rule] = field(default_factory=Counter)
    after: Counter[Rule] = field(default_factory=Counter)
    aspects: Counter[str] = field(default_factory=Counter)
    because: Counter[Rule] = field(default_factory=Counter)
    assumed: Counter[str] = field(default_factory=Counter)
    differences: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: Self) -> None:
        """Take in what another tally found in later tickets."""
        self.tickets += other.tickets
        self.events += other.events
        self.differing += other.differing
        for name in ("before", "after", "aspects", "because", "assumed"):
            getattr(self, name).update(getattr(other, name))
        self.differences += other.differences[: self.keep - len(self.differences)]

    def note(self, difference: Mapping[str, Any]) -> None:
        """Count a ticket that differs."""
        self.differing += 1
        self.aspects.update(name for name in ASPECTS if difference[name])
        self.because.update((one["kind"], one["id"]) for one in difference["because"])
        if len(self.differences) < self.keep:
            self.differences.append(dict(difference))

    def answer(self) -> dict[str, Any]:
        """What was found, in JSON's own kinds: rules in the order of what became of them, those
        that fire otherwise first."""
        rules = sorted(
            self.before.keys() | self.after.keys(),
            key=lambda one: (-abs(self.after[one] - self.before[one]), one),
        )
        return {
            "tickets": self.tickets,
            "events": self.events,
            "rules": [
                {"kind": kind, "id": id_, "before": self.before[kind, id_],
                 "after": self.after[kind, id_]}
                for kind, id_ in rules
            ],
            "differing": self.differing,
            "aspects": {name: self.aspects[name] for name in ASPECTS},
            "because": [
                {"kind": kind, "id": id_, "tickets": tickets}
                for (kind, id_), tickets in sorted(
                    self.because.items(), key=lambda one: (-one[1], one[0])
                )
            ],
            "assumed": dict(sorted(self.assumed.items())),
            "differences": self.differences,
        }  # fmt: skip

    @classmethod
    def of(cls, answer: Mapping[str, Any], keep: int = KEEP) -> Self:
        """Read back what `answer` wrote, to go on where somebody stopped."""
        rules = [((one["kind"], one["id"]), one) for one in answer["rules"]]
        return cls(
            keep=keep,
            tickets=answer["tickets"],
            events=answer["events"],
            differing=answer["differing"],
            before=Counter({rule: one["before"] for rule, one in rules if one["before"]}),
            after=Counter({rule: one["after"] for rule, one in rules if one["after"]}),
            aspects=Counter({name: n for name, n in answer["aspects"].items() if n}),
            because=Counter(
                {(one["kind"], one["id"]): one["tickets"] for one in answer["because"]}
            ),
            assumed=Counter(answer["assumed"]),
            differences=list(answer["differences"]),
        )


class Backtest:
    """Two desks beside each other; `before` is the one that the records are measured against."""

    def __init__(
        self,
        before: Desk,
        after: Desk,
        *,
        until: datetime | None = None,
        keep: int = KEEP,
    ) -> None:
        """Take the desks; time goes on to `until`, else to each ticket's last recorded instant."""
        self.before, self.after = before, after
        self.until, self.keep = until, keep
        self.edited: Edited = edited(before, after)

    def take(self, record: Record, tally: Tally) -> None:
        """Let a ticket live under both desks, and add what came of it.

        Raises:
            RecordError: it cannot be decided again.
        """
        was = replay(self.before, record, self.until)
        now = replay(self.after, record, self.until, opened_by=self.before)
        tally.tickets += 1
        tally.events += len(was.entries)
        tally.before.update(fired(was))
        tally.after.update(fired(now))
        tally.assumed.update(was.assumed | now.assumed)
        difference = contrast(record.ticket, was, now, self.edited)
        if difference is not None:
            tally.note(difference)

    def tally(self, records: Iterable[Record]) -> Tally:
        """Take records one after the other.

        Raises:
            RecordError: one of them cannot be decided again.
        """
        found = Tally(keep=self.keep)
        for one in records:
            self.take(one, found)
        return found


def compiled(before: Mapping[str, Any], after: Mapping[str, Any], **more: Any) -> Backtest:
    """Build a backtest from two stored documents; `more` as in `Backtest`."""
    return Backtest(
        compile_desk(before, version="before"), compile_desk(after, version="after"), **more
    )
