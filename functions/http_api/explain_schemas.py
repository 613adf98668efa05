"""JSON Schemas of an explanation: clocks with their segments, what is to come, why a rule fired."""

from typing import Any, Final

from functions.http_api.answer_schemas import (
    ANYTHING,
    ENTRY,
    INSTANT,
    MAPPING,
    NUMBER,
    TEXT,
    TEXTS,
    YES_OR_NO,
    Schema,
    many,
    maybe,
    members,
    ref,
    words,
)
from guardia.domain.vocabulary import SLA_METRICS

_MAYBE: Final = maybe(TEXT)
_AT: Final = maybe(INSTANT)
_NUMBER: Final = maybe(NUMBER)
_METRIC: Final = words(*SLA_METRICS)

_CONDITION: Final[dict[str, Schema]] = {
    "field": TEXT,
    "operator": TEXT,
    "value": ANYTHING,
    "actual": ANYTHING,
    "result": YES_OR_NO,
}
_RULE: Final[dict[str, Schema]] = {
    "kind": TEXT,
    "id": TEXT,
    "matched": YES_OR_NO,
    "suppressed": TEXTS,
    "late_seconds": NUMBER,
    "conditions": many(members("A condition.", **_CONDITION)),
    "because": TEXTS,
}
_STANDING: Final[dict[str, Schema]] = {
    "clocks": many(ref("Clock")),
    "coming": many(ref("Coming")),
}


def _some(description: str, optional: tuple[str, ...], /, **properties: Schema) -> Schema:
    """An object some of whose members may be missing."""
    found: dict[str, Any] = members(description, **properties)
    return found | {"required": [one for one in properties if one not in optional]}


SCHEMAS: Final[dict[str, Schema]] = {
    "Explanation": members(
        "Why each rule did, or did not, fire; what each clock read, and what is to come. `entries`"
        " is a page of the history; only `next: null` ends it.",
        ticket=TEXT,
        entries=many(
            members(
                "An entry, decided again. Where that cannot be done `reason` says why, and what was"
                " recorded stands. `policies` are the SLA policies that were asked.",
                **ENTRY | {"rules": many(ref("ExplainedRule"))},
                config=_MAYBE,
                replayed=YES_OR_NO,
                reason=_MAYBE,
                due=_MAYBE,
                policies=many(ref("ExplainedRule")),
            )
        ),
        names={
            "type": "object",
            "description": "What the people and organisations that changes name by id are called.",
            "additionalProperties": TEXT,
        },
        next=_MAYBE,
        now=INSTANT,
        desk=members("The live desk.", name=TEXT, timezone=TEXT, config=TEXT),
        **_STANDING,
        rules=many(ref("Asked")),
        then=maybe(ref("Then")),
    ),
    "ExplainedRule": _some(
        "What a rule did in an event, and the reasons in words.",
        ("late_seconds",),
        **_RULE,
    ),
    "Clock": members(
        "A clock of an SLA metric; `now` says in words how it stands. Its segments add up to"
        " `elapsed_seconds`.",
        metric=_METRIC,
        instance=NUMBER,
        policy=_MAYBE,
        target_seconds=_NUMBER,
        hours=maybe(words("calendar", "business")),
        state=words("active", "paused", "fulfilled", "breached", "cancelled"),
        started_at=INSTANT,
        due_at=_AT,
        fulfilled_at=_AT,
        breached_at=_AT,
        elapsed_seconds=NUMBER,
        segments=many(
            members(
                "A stretch of one schedule, status and policy. `reason` says why the clock stood"
                " still; `parts` when it counted and when the schedule was closed (null: too many"
                " to tell).",
                **{"from": INSTANT, "to": INSTANT},
                schedule=_MAYBE,
                status=TEXT,
                policy=_MAYBE,
                seconds=NUMBER,
                reason=_MAYBE,
                hours=maybe(words("calendar", "business")),
                parts=maybe(
                    many(
                        members(
                            "A piece of it: counted seconds, or why none were.",
                            **{"from": INSTANT, "to": INSTANT},
                            seconds=NUMBER,
                            reason=_MAYBE,
                            target_seconds=_NUMBER,
                        )
                    )
                ),
            )
        ),
        targets=many(
            members(
                "A target that applied from an instant on, set by entry `seq`.",
                at=INSTANT,
                seq=NUMBER,
                policy=_MAYBE,
                target_seconds=_NUMBER,
                hours=_MAYBE,
            )
        ),
        now=TEXT,
    ),
    "Coming": members(
        "What time alone will do; `if` says in words what must hold until then.",
        at=INSTANT,
        in_seconds=NUMBER,
        overdue=YES_OR_NO,
        kind=words("warn", "breach", "escalate", "automation", "close"),
        rule=_MAYBE,
        metric=maybe(_METRIC),
        instance=_NUMBER,
        before_seconds=_NUMBER,
        level=_NUMBER,
        what=TEXT,
        **{"if": TEXT},
    ),
    "Asked": members(
        "What a rule did in each event, each with the reasons in words, and how it stands now.",
        kind=words("trigger", "automation", "sla_policy"),
        id=TEXT,
        exists=YES_OR_NO,
        fired=many(NUMBER),
        events=many(
            _some(
                "What it did in an event.",
                ("late_seconds",),
                seq=NUMBER,
                at=INSTANT,
                event=TEXT,
                config=_MAYBE,
                replayed=YES_OR_NO,
                **_RULE,
            )
        ),
        now=maybe(
            _some(
                "How it stands: `says` it in words.",
                ("fired", "firings", "next_at", "every", "conditions", "waits_for", "clocks"),
                holds=YES_OR_NO,
                says=TEXT,
                fired=YES_OR_NO,
                firings=NUMBER,
                next_at=_AT,
                every=_MAYBE,
                conditions=many(members("A condition.", **_CONDITION)),
                waits_for=many(
                    members(
                        "A condition that is not as `wanted`; `at` is when time alone makes it so.",
                        **_CONDITION,
                        wanted=YES_OR_NO,
                        at=_AT,
                        says=TEXT,
                    )
                ),
                clocks=many(members("A clock.", metric=_METRIC, instance=NUMBER)),
            )
        ),
    ),
    "Then": members(
        "The ticket at another instant (null: before it was opened). Of one that is to come"
        " `happens` are the entries on the way and `outbox` what they would send; not `whole` means"
        " that it was too much to foresee beyond `until`.",
        at=INSTANT,
        when=words("past", "future"),
        until=INSTANT,
        whole=YES_OR_NO,
        happens=many(
            members(
                "An entry that is to come.", **ENTRY, config=_MAYBE, due=maybe(ref("Coming"))
            )
        ),
        outbox=many(MAPPING),
        ticket=maybe(ref("Ticket")),
        **_STANDING,
    ),
    "LedgerLine": _some(
        "What an entry did to a clock.",
        ("due_at", "policy", "target_seconds", "hours", "reason", "before_seconds", "level",
         "segment"),
        metric=_METRIC,
        instance=NUMBER,
        type=TEXT,
        at=INSTANT,
        due_at=_AT,
        policy=_MAYBE,
        target_seconds=_NUMBER,
        hours=_MAYBE,
        reason=TEXT,
        before_seconds=NUMBER,
        level=NUMBER,
        segment=MAPPING,
    ),
}  # fmt: skip
