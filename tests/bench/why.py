"""Why a target is missed where it is: what the rest of the figure is made of."""

from collections.abc import Iterable, Iterator
from typing import Final

from tests.bench.row import Row

_WHY: Final = {
    "rules: 500": "3 of 500 triggers fire: half of the time is their traces and the copies of the"
    " ticket, which a hand-written if does not make; the other half judges about 20 candidates",
    "rules: building": "each distinct condition becomes a closure with its own words folded and its"
    " RE2 search compiled; triggers themselves are compiled when first looked at",
    "hours: between": "within the noise of the machine",
    "hours: add": "two binary searches and the making of a datetime in UTC, against one",
    "hours: next_close": "one binary search, and the making of a datetime in UTC",
    "mail: fields of 3 KB": "every header is read by ourselves first, bounded, so that no parser"
    " meets a hostile one; then addresses, language, new part and digests",
    "mail: fields of 34 MB": "27 ms decode, 15 ms hash the attachment (the peers do not), 11 ms are"
    " the one copy that keeps hostile headers from the parser",
    "cold start: email_ingress": "besides a client and a put it makes all its parts: table models,"
    " S3, SSM, the desk's compiler; botocore alone is half of it",
    "cold start: sweep": "PynamoDB and the logger on top of botocore, which is most of it",
    "cold start: outbox_relay": "three more clients than the peer's one: SES, SQS, SSM",
    "cold start: http_api": "powertools' validation and pydantic, which no other function carries",
    "table: round trips of a new ticket by form": "one read of the live desk in a cold container"
    " (kept for ten seconds) and the counter of the sender's network",
}
"""By the beginning of a row's name."""


def reasons(rows: Iterable[Row]) -> Iterator[str]:
    """Say of every figure that misses its target what it is made of, each once."""
    missed = dict.fromkeys(one.name for one in rows if one.missed_by)
    for start, why in _WHY.items():
        if any(name.startswith(start) for name in missed):
            yield f"{start}: {why}"


def unexplained(rows: Iterable[Row]) -> list[str]:
    """The rows that miss their target and say nothing of why."""
    missed = (one.name for one in rows if one.missed_by)
    return [name for name in missed if not name.startswith(tuple(_WHY))]
