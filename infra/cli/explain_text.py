"""What an explanation says to people: a timeline, clocks as stretches of time, what is to come."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardia.rehearsal import plain
from infra.cli import ledger_text

_WIDE: Final = 160
"""Columns where no terminal says how many there are."""
_LONGEST: Final = 400
"""Characters of a line."""
_MOST_OTHERS: Final = 20
"""Of so many rules that did not fire an entry tells one by one."""
_FIELDS: Final = ("status", "priority", "group", "assignee", "tags")
_KINDS: Final = {"sla_policy": "policy"}


class Teller:
    """Writes to standard output, instants in the desk's zone, in colour on a terminal."""

    def __init__(self, page: Mapping[str, Any]) -> None:
        """Take a page of the explanation: the desk, the instant at which it was asked, the names
        of people and organisations."""
        desk = page["desk"]
        width = None if Console().is_terminal else _WIDE
        self.console = Console(highlight=False, markup=False, soft_wrap=True, width=width)
        self._zone = ZoneInfo(desk["timezone"])
        self._now = _read(page["now"])
        self._names: Mapping[str, str] = page["names"]
        self.deadlines = ledger_text.Clocks(page["clocks"], self.when)

    def head(self, text: str) -> None:
        """Write the head of a part."""
        self.console.print()
        self.say(text, "bold")

    def say(self, text: str, style: str = "") -> None:
        """Write a line. What people wrote may hold signs that command a terminal."""
        self.console.print(Text(_shown(text), style=style))

    def changes(self, changes: Mapping[str, Any]) -> Iterator[str]:
        """What became of fields: `status: open → solved`; people and organisations by name."""
        for name, pair in changes.items():
            named = name in ("requester", "organization")
            old, new = (_value(self._names.get(one, one) if named else one) for one in pair)
            yield f"{name}: {old} → {new}"

    def when(self, at: str) -> str:
        """An instant on the desk's wall clock: `Fri 6 Mar 14:00`, the year where it is another."""
        local = _read(at).astimezone(self._zone)
        year = f" {local.year}" if local.year != self._now.astimezone(self._zone).year else ""
        seconds = f":{local:%S}" if local.second else ""
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}{seconds}"

    def away(self, at: str) -> str:
        """How far an instant is away: `in 2h 10m`, `3d ago`, `now`."""
        seconds = int((_read(at) - self._now).total_seconds())
        if seconds == 0:
            return "now"
        return f"in {plain.span(seconds)}" if seconds > 0 else f"{plain.span(-seconds)} ago"


def tell(head: Mapping[str, Any], pages: Iterator[dict[str, Any]]) -> None:
    """Tell of a ticket: `head` is the ticket, `pages` are those of its explanation, in order."""
    first = next(pages)
    out = Teller(first)
    zone = first["desk"]["timezone"]
    out.say(f"{head['id']}  {head['subject']}", "bold")
    out.say(f"{_fields(head)}  ·  {out.when(first['now'])} ({zone})")
    if first["rules"]:
        for page in (first, *pages):
            for one in page["rules"]:
                _events(out, one)
        for one in first["rules"]:
            _rule_now(out, one)
    elif first["then"] is None:
        out.head("Timeline")
        for page in (first, *pages):
            for entry in page["entries"]:
                _entry(out, entry)
    if first["then"] is not None:
        _then(out, first["then"])
        return
    if not first["rules"]:
        _clocks(out, first["clocks"])
        _coming(out, first["coming"])


# -- the timeline ---------------------------------------------------------------------------------


def _entry(out: Teller, entry: Mapping[str, Any]) -> None:
    actor = entry["actor"]["email"] or entry["actor"]["kind"]
    about = f": {entry['due']}" if entry["due"] else ""
    config = entry["config"] or "none"
    out.say(
        f"{entry['seq']:>4}  {out.when(entry['at'])}  {entry['event']} by {actor}{about}"
        f"  (config {config})"
    )
    for line in (*out.changes(entry["changes"]), *out.deadlines.told(entry["ledger"])):
        out.say(f"          {line}")
    if not entry["replayed"]:
        out.say(f"          not decided again: {entry['reason']}", "yellow")
    for rule in entry["rules"]:
        if rule["matched"]:
            _rule(out, rule)
    others = [rule for rule in entry["rules"] if not rule["matched"]]
    for rule in others[:_MOST_OTHERS]:
        _rule(out, rule)
    if (more := len(others) - _MOST_OTHERS) > 0:
        out.say(f"       not    {more:,} more: --rule ID tells why, --json of all", "dim")
    struck = {rule["id"] for rule in entry["rules"] if rule["kind"] == "sla_policy"}
    for rule in entry["policies"]:
        if not rule["matched"] or rule["id"] not in struck:
            _rule(out, rule, fired="holds")


def _rule(out: Teller, rule: Mapping[str, Any], fired: str = "fired") -> None:
    mark = fired if rule["matched"] else "not"
    style = "green" if rule["matched"] else "dim"
    why = "" if rule["matched"] and not rule["suppressed"] else f": {'; '.join(rule['because'])}"
    late = f", {plain.span(rule['late_seconds'])} late" if "late_seconds" in rule else ""
    out.say(f"       {mark:<5}  {_kind(rule)} {rule['id']}{late}{why}", style)


def _events(out: Teller, one: Mapping[str, Any]) -> None:
    out.head(f"{_kind(one)} {one['id']}")
    if not one["exists"]:
        out.say("  the live desk has it no more", "yellow")
    for event in one["events"]:
        fired = event["matched"]
        verb = "holds" if one["kind"] == "sla_policy" and fired else "fired" if fired else "not"
        out.say(
            f"{event['seq']:>4}  {out.when(event['at'])}  {event['event']}: {verb}",
            "green" if fired else "",
        )
        for said in event["because"]:
            out.say(f"          {said}")
        for line in _conditions(event["conditions"]):
            out.say(f"            {line}", "dim")
    if not one["events"]:
        out.say("  no entry here asked it")


def _conditions(conditions: Any) -> Iterator[str]:
    for one in conditions:
        mark = "yes" if one["result"] else "no "
        if not one["field"]:
            yield f"{mark}  {plain.group(one['operator'])}"
            continue
        asks = plain.asks(one["field"], one["operator"], one["value"])
        yield f"{mark}    {asks} (it was {plain.value(one['field'], one['actual'])})"


def _rule_now(out: Teller, one: Mapping[str, Any]) -> None:
    count = len(one["fired"])
    if one["kind"] != "sla_policy":
        times = "once" if count == 1 else f"{count} times"
        out.head(f"It fired {times} in these entries" if count else "It fired in none of these")
    now = one["now"]
    if now is None:
        return
    out.say(f"Now: {now['says']}", "bold")
    if now.get("every"):
        out.say(f"  it comes at {now['every']}")
    if now.get("next_at"):
        out.say(f"  next {out.away(now['next_at'])}, {out.when(now['next_at'])}")
    for each in now.get("waits_for", ()):
        at = f", {out.away(each['at'])}, {out.when(each['at'])}" if each["at"] else ""
        out.say(f"  it waits for: {each['says']}{at}")


# -- clocks ---------------------------------------------------------------------------------------


def _clocks(out: Teller, clocks: Any) -> None:
    if not clocks:
        return
    out.head("Clocks")
    for one in clocks:
        out.say(f"  {_clock(out, one)}", "red" if one["state"] == "breached" else "")
        out.console.print(_table(out, one))


def _clock(out: Teller, one: Mapping[str, Any]) -> str:
    name = f"{one['metric']} {one['instance']}" if one["instance"] > 1 else one["metric"]
    of = ""
    if one["target_seconds"] is not None:
        of = f" of {plain.span(one['target_seconds'])} {one['hours']}"
    due = ""
    if one["breached_at"]:
        due = f"; was due {out.when(one['breached_at'])}"
    elif one["due_at"] and one["state"] == "active":
        due = f"; due {out.when(one['due_at'])} ({out.away(one['due_at'])})"
    elif one["fulfilled_at"]:
        due = f" {out.when(one['fulfilled_at'])}"
    policy = one["policy"] or "no policy"
    return f"{name}, {policy}: {_sum(one['elapsed_seconds'])}{of}; {one['now']}{due}"


def _table(out: Teller, one: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(no_wrap=True, min_width=4)
    for _ in range(5):
        table.add_column(no_wrap=True)
    table.columns[-1].justify = "right"
    moved = len({each["target_seconds"] for each in one["targets"]}) > 1
    for segment in one["segments"]:
        where = segment["schedule"] or ("always open" if segment["hours"] else "")
        for part in segment["parts"] or (segment,):
            counts = part["reason"] is None
            table.add_row(
                "",
                f"{out.when(part['from'])} –",
                out.when(part["to"]),
                segment["status"],
                where,
                _sum(part["seconds"]) if counts else part["reason"],
                _target(part) if moved and counts else "",
                style="" if counts else "dim",
            )
    total = sum(segment["seconds"] for segment in one["segments"])
    table.add_row("", "", "", "", "sum", _sum(total), style="bold")
    return table


def _target(part: Mapping[str, Any]) -> str:
    target = part.get("target_seconds")
    return f"of {plain.span(target)}" if target is not None else "of no target"


def _sum(seconds: int) -> str:
    """A time that was counted: always in hours and minutes, so that a column adds up by eye."""
    hours, rest = divmod(seconds, 3_600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}h {minutes:02}m" + (f" {rest:02}s" if rest else "")


# -- what is to come, and another instant ---------------------------------------------------------


def _coming(out: Teller, coming: Any, head: str = "What will come if nothing happens") -> None:
    out.head(head)
    if not coming:
        out.say("  nothing: time alone does nothing more to this ticket")
    for one in coming:
        late = "overdue, " if one["overdue"] else ""
        out.say(f"  {late}{out.away(one['at'])}, {out.when(one['at'])}: {one['what']}")
        out.say(f"      {one['if']}", "dim")


def _then(out: Teller, then: Mapping[str, Any]) -> None:
    at = f"{out.when(then['at'])} ({out.away(then['at'])})"
    if then["ticket"] is None:
        out.head(f"At {at} the ticket did not exist yet")
        return
    if then["when"] == "future":
        out.head(f"Until {at}, if nobody does anything")
        for one in then["happens"]:
            _foreseen(out, one)
        if not then["happens"]:
            out.say("  nothing happens")
        for row in then["outbox"]:
            to = row["to"] if isinstance(row["to"], str) else ", ".join(row["to"])
            about = row["subject"] or row["text"]
            out.say(f"  would be sent {out.when(row['at'])}: {row['kind']} to {to}: {about}")
        if not then["whole"]:
            out.say(f"  … and more: foreseen only until {out.when(then['until'])}", "yellow")
    out.head(f"The ticket at {at}")
    out.say(f"  {_fields(then['ticket'])}")
    _clocks(out, then["clocks"])
    past = then["when"] == "past"
    _coming(out, then["coming"], "What was to come" if past else "What will come after that")


def _foreseen(out: Teller, one: Mapping[str, Any]) -> None:
    what = one["due"]["what"] if one["due"] else one["event"]
    if one["comment"]:
        what = f"a comment: {one['comment']['text']}"
    out.say(f"  {out.when(one['at'])}  {what}")
    for line in (*out.changes(one["changes"]), *out.deadlines.told(one["ledger"])):
        out.say(f"      {line}")
    for rule in one["rules"]:
        if rule["matched"]:
            out.say(f"      fired  {_kind(rule)} {rule['id']}", "green")


# -- words ----------------------------------------------------------------------------------------


def _fields(ticket: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(ticket[name])}" for name in _FIELDS if ticket[name])


def _kind(rule: Mapping[str, Any]) -> str:
    return _KINDS.get(str(rule["kind"]), str(rule["kind"]))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return "none" if value in (None, "") else str(value)


def _read(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def _shown(text: str) -> str:
    line = "".join(one if one.isprintable() else " " for one in text)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
