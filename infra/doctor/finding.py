"""What a check found, and what to do about it."""

from dataclasses import dataclass
from typing import Final

STATES: Final = ("ok", "warning", "failed", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `state` is one of `STATES`; `expected` and `found` are said where they differ,
    `action` is the next thing to do, a command where there is one."""

    check: str
    state: str
    told: str
    expected: str | None = None
    found: str | None = None
    action: str | None = None
