"""What a backtest says to people: rules that fire otherwise, tickets that differ, and why."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import typer

_WIDEST: Final = 100
"""Characters of a value that are shown."""


def tell(answer: Mapping[str, Any], *, tickets: bool = True) -> None:
    """Write what was found to standard output; without `tickets` the summary alone."""
    for line in _summary(answer):
        typer.echo(line)
    if not tickets:
        return
    for one in answer["differences"]:
        typer.echo("")
        for line in _ticket(one):
            typer.echo(line)
    more = answer["differing"] - len(answer["differences"])
    if more:
        typer.echo(
            f"\n{more:,} more differ; --show N tells of more of them, --json of all it knows"
        )


def _summary(answer: Mapping[str, Any]) -> Iterator[str]:
    if not answer["tickets"]:
        yield "There are no recorded tickets to try the desk on."
        return
    took = answer.get("seconds")
    speed = f" in {took:.1f} s, {answer['tickets'] / max(took, 1e-3):,.0f} a second" if took else ""
    yield f"{_count(answer['tickets'], 'ticket')}, {_count(answer['events'], 'event')}{speed}"
    moved = [one for one in answer["rules"] if one["before"] != one["after"]]
    same = len(answer["rules"]) - len(moved)
    if moved:
        yield "rules that fire otherwise, before → after:"
    width = max((len(_rule(one)) for one in moved), default=0)
    for one in moved:
        yield f"  {_rule(one):<{width}}  {one['before']:>7,} → {one['after']:,}"
    if same:
        others = "other " if moved else ""
        yield f"{_count(same, f'{others}rule')} fire{'s' if same == 1 else ''} as often as before"
    if not answer["differing"]:
        yield "no ticket would differ"
    else:
        told = [f"{answer['aspects'][name]:,} in their {name}" for name in
                ("fields", "deadlines", "messages") if answer["aspects"][name]]  # fmt: skip
        if answer["aspects"]["refused"]:
            told.append(f"{answer['aspects']['refused']:,} in what is refused")
        yield f"{_count(answer['differing'], 'ticket')} would differ: {', '.join(told)}"
    for one in answer["because"]:
        yield f"  {_count(one['tickets'], 'ticket')} by {_rule(one)}"
    for name, tickets in answer["assumed"].items():
        yield f"note: {name} was not recorded for {_count(tickets, 'ticket')}, and taken to be 0"


def _ticket(one: Mapping[str, Any]) -> Iterator[str]:
    first = one["first"]
    why = _why(one["because"], first["event"])
    yield f"{one['ticket']}  {first['at']}  {first['event']}: {why}"
    for each in one["fields"]:
        old, new = _shown(each["before"]), _shown(each["after"])
        if old != new:
            yield f"    {each['field']}: {old} → {new}"
        elif each["before_at"] != each["after_at"]:
            yield f"    {each['field']}: {old} at {each['before_at']} → {each['after_at']}"
        else:
            yield f"    {each['field']}: {old}, by another way"
    for each in one["deadlines"]:
        old, new = _deadline(each["before"]), _deadline(each["after"])
        yield f"    {each['metric']} {each['instance']}: {old} → {new}"
    for each in one["messages"]:
        sign = "-" if each["only"] == "before" else "+"
        yield f"    {sign} {_message(each)}"
    for each in one["refused"]:
        when = "refused before" if each["only"] == "before" else "refused now"
        yield f"    {when}, {each['at']}: {each['message']}"


def _why(because: Any, event: str) -> str:
    said = []
    for one in because:
        # What comes of a policy in an event that is not its own is what it promises.
        promises = one["kind"] == "sla_policy" and event != "clock"
        if one["before"] and one["after"]:
            did = "promises otherwise" if promises else "does otherwise"
        elif one["before"]:
            did = "promised before" if promises else "fired before"
        else:
            did = "promises now" if promises else "fires now"
        said.append(f"{_rule(one)} {did}")
    return ", ".join(said) or "refused"


def _rule(one: Mapping[str, Any]) -> str:
    if one["kind"] == one["id"]:
        return str(one["kind"])
    return f"{one['kind'].replace('sla_policy', 'policy')} {one['id']}"


def _deadline(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "(none)"
    if one["breached_at"]:
        return f"missed at {one['breached_at']}"
    return f"{one['state']}, due {one['due_at']}" if one["due_at"] else str(one["state"])


def _message(one: Mapping[str, Any]) -> str:
    if one["kind"] == "comment":
        return f"{one['at']}  {'answer' if one['public'] else 'note'}: {_shown(one['text'])}"
    to = one["to"] if isinstance(one["to"], str) else ", ".join(one["to"])
    return f"{one['at']}  {one['kind']} to {to}: {_shown(one['subject'] or one['text'])}"


def _shown(value: Any) -> str:
    """A value on one line; what customers wrote may hold signs that command a terminal."""
    if value in (None, "", [], {}):
        return "(none)"
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = "".join(one if one.isprintable() else " " for one in str(value))
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "…"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
