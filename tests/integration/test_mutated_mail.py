"""Twenty thousand damaged mails through the real function: each is a ticket or set aside, whole."""

import json
import random  # noqa: TID251 - seeded: each run is the same
import time
from itertools import count

import pytest

from functions.email_ingress import app
from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.config.compile import compile_desk
from guardia.mail.arrival import MailArrival
from guardia.mail.parse import parse
from guardia.mail.receipt import ASIDE, read_body
from guardia.service import Guardia
from tests.desks import OneDesk
from tests.integration.stage import INSTALL, golden
from tests.unit.mail.mutation import CORPUS, mutated

MAILS, SEEDS = 500, 40
DESK = compile_desk(
    {
        "desk": {"name": "Acme", "addresses": ["soporte@acme.example"], "locales": ["es", "en"]},
        "agents": [],
    }
)


def notice(key: str) -> dict[str, str]:
    """The record that tells of a raw mail, as SNS puts it into the queue."""
    told = json.loads(json.loads(golden("email_received")["Records"][0]["body"])["Message"])
    told["mail"] |= {"messageId": key.removeprefix("in/"), "timestamp": "2026-03-06T17:30:00.000Z"}
    told["receipt"]["action"] |= {"bucketName": "bucket", "objectKey": key}
    return {"messageId": key, "body": json.dumps({"Message": json.dumps(told)})}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_damaged_mail_is_a_ticket_or_set_aside_with_all_its_bytes(seed: int) -> None:
    chance, ids = random.Random(7_000 + seed), count()  # noqa: S311 - no secret
    store, blobs = MemoryStore(), MemoryBlobs()
    desk = Guardia(
        store=store,
        blobs=blobs,
        desks=OneDesk(DESK),
        new_id=lambda: f"{next(ids):08}",
        pause=lambda _attempt: False,
    )
    handler = app.build(lambda: desk, lambda: blobs, lambda: (b"k" * 32,), lambda: INSTALL)
    raw = {f"in/mail{n}": mutated(chance.choice(CORPUS), chance) for n in range(MAILS)}
    blobs.objects |= raw
    slowest = 0.0
    for key in raw:
        began = time.process_time()
        assert handler({"Records": [notice(key)]}, None) == {"batchItemFailures": []}
        slowest = max(slowest, time.process_time() - began)
    assert slowest < 1
    filed = {key: body for key, body in blobs.objects.items() if key.startswith(("raw/", ASIDE))}
    assert sorted(filed.values()) == sorted(raw.values())
    named = {
        entry.comment.raw for each in store.histories.values() for entry in each if entry.comment
    }
    named |= {one.key for one in store.suspended.values()}
    marks = {key: _mark(key, body) for key, body in filed.items()}
    repeats = filed.keys() - named
    assert {marks[key] for key in repeats} <= {marks[key] for key in filed.keys() - repeats}
    assert len(named) > MAILS / 2, "hardly anything was taken in: this test would see little"


def _mark(key: str, raw: bytes) -> str | None:
    """What a mail is known by when it comes again."""
    receipt = read_body(notice(f"in/{key.rpartition('/')[2]}")["body"])
    mail = MailArrival(parse(raw), receipt, raw, secrets=(b"k" * 32,), install_id=INSTALL)
    return mail.lookup.mark
