"""What a desk costs a month: measured units times list prices, as a Markdown table.

    python -m infra.bill            # print it
    python -m infra.bill --write    # put it into docs/operations.md

`usage.json` holds what was measured and what is assumed of a ticket, `prices.json` the list prices
with their date. Free tiers are left out.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
DOCUMENT: Final = HERE.parent / "docs/operations.md"
BEGIN: Final = "<!-- bill: written by `python -m infra.bill --write` -->"
END: Final = "<!-- end of the bill -->"
TICKETS: Final = (10_000, 100_000)

_KB_IN_GB: Final = 1_000_000
_CHUNK_KB: Final = 256
_WRITES_OF_A_MAIL: Final = 3
"""Of the bucket: SES puts it, the ingress copies it, its attachments are put."""
_LINES: Final = {
    "mail in": ("mails_received", "chunks_received", "notices"),
    "mail out": ("mails",),
    "table, writes and reads": ("write_units", "read_units"),
    "table, kept and backed up": ("table_gb_months", "backup_gb_months"),
    "bucket": ("bucket_gb_months", "bucket_writes", "bucket_reads"),
    "functions, API, queues": (
        "function_gb_seconds",
        "function_calls",
        "http_calls",
        "queue_calls",
    ),
    "logs": ("log_gb",),
    "alarms and metrics": ("alarms", "metrics"),
}


def units(life: str, tickets: int, usage: Mapping[str, Any]) -> Counter[str]:
    """Count what so many tickets of a kind of life use in a month, by the names of the prices."""
    assumed, fixed = usage["assumed"], usage["fixed"]
    found: Counter[str] = Counter(alarms=fixed["alarms"], metrics=fixed["metrics"])
    found["function_calls"] += fixed["sweeps"]
    found["function_gb_seconds"] += fixed["sweeps"] * assumed["sweep_gb_seconds"]
    found["read_units"] += fixed["sweeps"] * assumed["sweep_reads"]
    for event, times in usage["lives"][life].items():
        count, measured = tickets * times, usage["measured"][event]
        found["write_units"] += count * measured["writes"]
        found["read_units"] += count * measured["reads"]
        found["function_calls"] += count
        found["function_gb_seconds"] += count * assumed["gb_seconds"][event]
        kept = count * assumed["months_kept"]
        found["table_gb_months"] += kept * assumed["table_kb_per_event"] / _KB_IN_GB
        if event.endswith("by mail"):
            found["mails_received"] += count
            found["chunks_received"] += count * assumed["mail_kb"] / _CHUNK_KB
            found["notices"] += count
            found["queue_calls"] += 3 * count
            found["bucket_gb_months"] += kept * assumed["mail_kb"] / _KB_IN_GB
            found["bucket_writes"] += _WRITES_OF_A_MAIL * count
            found["bucket_reads"] += count
        elif event == "mail delivered":
            found["mails"] += count
            found["queue_calls"] += 3 * count  # SES tells that it was sent and delivered
        else:
            found["http_calls"] += count
    looks = tickets * assumed["reads_by_people_per_ticket"]
    found["http_calls"] += looks
    found["function_calls"] += looks
    found["read_units"] += 3 * looks
    found["function_gb_seconds"] += looks * assumed["gb_seconds"]["answer by the API"] / 2
    found["backup_gb_months"] = found["table_gb_months"]
    found["log_gb"] = found["function_calls"] * assumed["log_kb_per_call"] / _KB_IN_GB
    return found


def bill(life: str, tickets: int) -> dict[str, float]:
    """Return the month's dollars, line by line."""
    used = units(life, tickets, _read("usage.json"))
    prices = _read("prices.json")["prices"]
    return {
        line: sum(used[name] * prices[name]["usd"] / prices[name]["per"] for name in names)
        for line, names in _LINES.items()
    }


def table() -> str:
    """Write the bill of every kind of life and number of tickets as Markdown."""
    lives, prices = list(_read("usage.json")["lives"]), _read("prices.json")
    columns = [(life, count) for life in lives for count in TICKETS]
    bills = [bill(life, count) for life, count in columns]
    head = [f"{count:,} tickets, {life}" for life, count in columns]
    rows = [
        [line, *(f"{one[line]:.2f}" for one in bills)] for line in _LINES
    ]  # fmt: skip
    rows.append(["**USD a month**", *(f"**{sum(one.values()):.2f}**" for one in bills)])
    per = [sum(one.values()) / count * 1000 for one, (_, count) in zip(bills, columns, strict=True)]
    rows.append(["USD per 1,000 tickets", *(f"{one:.2f}" for one in per)])
    lines = [["", *head], ["---", *["--:"] * len(head)], *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{text}\n\nList prices of {prices['region']} read on {prices['date']}, no free tier."


def written(document: str) -> str:
    """Return the document with the bill between its markers.

    Raises:
        ValueError: the document has no markers.
    """
    before, found, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{DOCUMENT.name} has no place for the bill: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _read(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Print the bill or write it into the document."""
    if arguments == ["--write"]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())  # noqa: T201 - the bill is the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
