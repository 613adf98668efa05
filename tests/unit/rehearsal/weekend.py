"""The story of a ticket that crosses a weekend, a pause and a change of its priority."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

NOW: Final = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Madrid."""

DESK: Final[dict[str, Any]] = {
    "desk": {"name": "Acme", "addresses": ["help@acme.example"], "timezone": "Europe/Madrid", "schedule": "oficina"},
    "schedules": [{"id": "oficina", "timezone": "Europe/Madrid", "hours": {day: [["09:00", "15:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}],
    "agents": [{"email": "eva@acme.example", "name": "Eva", "role": "admin"}],
    "triggers": [
        {"id": "vip", "when": {"all": [{"field": "tags", "includes": ["vip"]}, {"field": "update", "is": "create"}]}, "do": [{"set": {"priority": "urgent"}}]},
        {"id": "hush", "when": {"all": [{"field": "comment", "includes_words": "refund"}, {"none": [{"field": "status", "is": "solved"}]}]}, "do": [{"add_tags": ["money"]}]},
    ],
    "automations": [
        {"id": "nudge", "when": {"all": [{"field": "status", "is": "open"}, {"field": "hours_since.agent_update", "at_least": "2h", "hours": "business"}]},
         "do": [{"comment": {"text": "Nobody has written for two hours", "public": False}}]},
    ],
    "sla_policies": [
        {"id": "gold", "when": {"all": [{"field": "tags", "includes": ["vip"]}]}, "targets": [{"metric": "agent_work_time", "within": "1h"}]},
        {"id": "standard",
         "targets": [{"metric": "agent_work_time", "priority": ["high", "urgent"], "within": "6h", "hours": "business"},
                     {"metric": "agent_work_time", "within": "10h", "hours": "business"}],
         "warn": ["1h"],
         "escalate": [{"metric": "agent_work_time", "after": "2h", "do": [{"set": {"priority": "urgent"}}]}]},
    ],
}  # fmt: skip

STEPS: Final[list[dict[str, Any]]] = [
    {"at": "2026-03-06T14:00:00+01:00", "email": {"from": "Ana <ana@mail.example>", "subject": "VPN", "text": "It is down"}},
    {"at": "2026-03-09T09:30:00+01:00", "reply": {"by": "eva@acme.example", "text": "Which one?", "set": {"status": "pending"}}},
    {"at": "2026-03-09T11:00:00+01:00", "email": {"from": "ana@mail.example", "ticket": 1, "text": "The blue one"}},
    {"at": "2026-03-09T12:00:00+01:00", "update": {"by": "eva@acme.example", "set": {"priority": "high"}}},
    {"at": "2026-03-10T10:00:00+01:00", "wait": {}},
]  # fmt: skip

STORY: Final[dict[str, Any]] = {"desk": DESK, "start": "2026-03-06T14:00:00+01:00", "steps": STEPS}

PARTS: Final = [
    # from, to, status, counted seconds, why it stood still, target
    ("2026-03-06T13:00:00Z", "2026-03-06T14:00:00Z", "new", 3_600, None, 36_000),
    ("2026-03-06T14:00:00Z", "2026-03-09T08:00:00Z", "new", 0, "closed", 36_000),
    ("2026-03-09T08:00:00Z", "2026-03-09T08:30:00Z", "new", 1_800, None, 36_000),
    ("2026-03-09T08:30:00Z", "2026-03-09T10:00:00Z", "pending", 0, "pending", 36_000),
    ("2026-03-09T10:00:00Z", "2026-03-09T11:00:00Z", "open", 3_600, None, 36_000),
    ("2026-03-09T11:00:00Z", "2026-03-09T14:00:00Z", "open", 10_800, None, 21_600),
    ("2026-03-09T14:00:00Z", "2026-03-10T08:00:00Z", "open", 0, "closed", 21_600),
    ("2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z", "open", 3_600, None, 21_600),
]
"""The pieces of its clock, in UTC: it reads 6 h 30 min at the end."""

READS: Final = 23_400


def parts_of(clock: Mapping[str, Any]) -> list[Any]:
    """The pieces of an explained clock, as they stand in `PARTS`."""
    return [
        (part["from"], part["to"], segment["status"], part["seconds"], part["reason"], part["target_seconds"])
        for segment in clock["segments"]
        for part in segment["parts"]
    ]  # fmt: skip
