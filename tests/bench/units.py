"""What a ticket costs in the table: round trips and capacity units, as DynamoDB counts them."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from guardia import wiring
from guardia.config.load import load_document
from infra.local.cloud import ROOT, Clients, Cloud, environment, provision
from infra.local.template import load
from tests.bench.row import Row
from tests.integration.stage import (
    AT,
    DESK,
    INSTALL,
    KEY_HASH,
    Stage,
    golden,
    written,
)

WRITES: Final = 24
TRIPS: Final = 3
_STUDY: Final = 28
"""Write units of a new ticket by mail in the study's design, before anything was built."""
_DEMO: Final = 5
"""Round trips of the most frugal demonstration that the study counted."""


@dataclass(slots=True)
class Spent:
    """What one event cost: calls of DynamoDB, write and read units, by operation."""

    calls: list[str] = field(default_factory=list)
    writes: float = 0.0
    reads: float = 0.0

    def note(self, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        """Add an answer of DynamoDB."""
        self.calls.append(model.name)
        if model.name.startswith(("BatchGet", "Get", "Query")):
            return
        consumed = parsed.get("ConsumedCapacity") or []
        for one in consumed if isinstance(consumed, list) else [consumed]:
            self.writes += one.get("CapacityUnits", 0)

    def note_keys(self, params: Mapping[str, Any], **_: Any) -> None:
        """Add what is asked for by key: consistent reads of items of at most 4 KB, a unit each."""
        self.reads += sum(len(one["Keys"]) for one in params["RequestItems"].values())


def spent() -> dict[str, Spent]:
    """Take mails and a form in, of somebody we know, answer and deliver; return what each cost."""
    with _stage() as stage:
        stage.mail(written("Hola", id="0"))
        (first,) = (one.id for one in stage.tickets())
        comment = {"body": "Reinicie el router.", "by": "luis@acme.example"}
        back = stage.reply_address(first)
        return {
            "new ticket by mail": _of(lambda: stage.mail(written("No va.", id="1"))),
            "follow-up by mail": _of(
                lambda: _mail_later(stage, written("Sigue igual.", id="2", to=back))
            ),
            "new ticket by form": _of(lambda: stage.form(golden("form_posted_json"))),
            "answer by the API": _of(
                lambda: stage.api(stage.about("ticket_comment", first, comment))
            ),
            "mail delivered": _of(lambda: stage.relay(_offered(stage), wiring.relay)),
        }


def _mail_later(stage: Stage, mail: EmailMessage) -> None:
    """Take a mail in that came at another instant than the others."""
    record = stage.deposit(mail)
    later = {**record, "body": record["body"].replace("T17:30:00", "T18:05:00")}
    assert stage.take_in(later) == []


def _offered(stage: Stage) -> dict[str, Any]:
    """An event that offers the first row of the outbox to the relay."""
    row = stage.rows()[0]
    _, seq, n = row["sk"]["S"].split("#")
    body = {"ticket": row["pk"]["S"].removeprefix("T#"), "seq": int(seq), "n": int(n)}
    return {"Records": [{"messageId": "1", "body": json.dumps(body)}]}


def measure() -> list[Row]:
    """Round trips of each, and the write units of those that are bounded."""
    rows, found = [], spent()
    for name in ("new ticket by mail", "follow-up by mail", "new ticket by form"):
        one = found[name]
        told = ", ".join(one.calls)
        rows.append(
            Row(
                name=f"table: round trips of a {name}",
                ours=len(one.calls),
                peer=_DEMO,
                peer_name="the best of five demos",
                unit="calls",
                target=TRIPS,
                note=told,
            )
        )
        rows.append(
            Row(
                name=f"table: write units of a {name}",
                ours=one.writes,
                peer=_STUDY,
                peer_name="the study's own design",
                unit="units",
                target=WRITES,
            )
        )
    return rows


def _of(event: Any) -> Spent:
    found = Spent()
    events = wiring.table().connection.client.meta.events
    events.register("after-call.dynamodb", found.note)
    events.register("provide-client-params.dynamodb.BatchGetItem", found.note_keys)
    try:
        event()
    finally:
        events.unregister("after-call.dynamodb", found.note)
        events.unregister("provide-client-params.dynamodb.BatchGetItem", found.note_keys)
    return found


@contextmanager
def _stage() -> Iterator[Stage]:
    """The stack's functions over a local AWS, each called by us and by nobody else."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(TemporaryDirectory()))
        cloud = Cloud(folder)
        ending.callback(cloud.stop)
        cloud.start()
        cloud.wait()
        stack = load(ROOT / "template.yaml", endpoint=cloud.endpoint)
        aws = Clients(cloud.endpoint)
        ending.callback(aws.close)
        provision(stack, aws)
        aws("sesv2").create_email_identity(EmailIdentity="acme.example")
        before = dict(os.environ)
        ending.callback(_restore, before)
        ((table, _),) = stack.tables.items()
        os.environ |= environment(cloud.endpoint) | {
            "TABLE_NAME": table,
            "BUCKET_NAME": stack.buckets[0],
            "INSTALL_ID": INSTALL,
            "INBOUND_DOMAIN": "acme.example",
            "SUPPORT_ADDRESS": "soporte@acme.example",
            "API_KEY_HASH": KEY_HASH,
        }
        wiring.forget()
        wiring.publish(load_document(DESK), author="eva", message="first", at=AT)
        yield Stage(bucket=stack.buckets[0])


def _restore(before: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
    wiring.forget()
