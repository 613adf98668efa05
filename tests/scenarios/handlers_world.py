"""The world of a simulation where everything goes through the functions that are deployed.

It takes the place of `guardia.rehearsal.world.World`: the same steps build the same mail, forms
and requests, which come in here as an object and a notice, as a post, as a call of the API.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from email import message_from_string
from email.message import Message
from email.utils import parseaddr
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from guardia import environment, ports, shapes, wiring
from guardia.adapters.items import ContactItem, Item, OutboxItem, SuspendedItem, kind_of
from guardia.config.compile import compile_desk
from guardia.domain.event import Decision
from guardia.domain.forms import FormError, Post
from guardia.domain.model import OutboxRow, RefusedError
from guardia.hooks import signatures
from guardia.hooks.payload import Delivery, PayloadError
from guardia.planning import Outcome, Request
from guardia.ports import Lookup
from guardia.rehearsal import expect
from guardia.rehearsal.simulate import Load, line_of, read_steps
from guardia.rehearsal.steps import Stage, Step, take
from guardia.rehearsal.world import SECRET, Happening, World, name_of
from infra.local.stack import REGION
from tests.scenarios.moto_cloud import MotoCloud, running


class HandlersWorld(World):
    """A desk behind its functions. `store` mirrors the table, for what looks at a ticket."""

    def __init__(self, cloud: MotoCloud) -> None:
        super().__init__()
        self.cloud = cloud
        self._mails = 0
        self._identities: set[str] = set()
        name = cloud.stack.environment["SECRETS_PREFIX"] + wiring.REPLY_SECRET
        value = "whsec_" + base64.b64encode(SECRET).decode()
        cloud.aws("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        self._identify(cloud.stack.environment["INBOUND_DOMAIN"])

    def _identify(self, domain: str) -> None:
        if domain not in self._identities:
            self._identities.add(domain)
            self.cloud.aws("sesv2").create_email_identity(EmailIdentity=domain)

    def publish(self, document: Mapping[str, Any], at: datetime) -> list[Happening]:
        """Put a document into the table and make it live, as an apply does."""
        number = wiring.publish(document, author="rehearsal", message="a step", at=at)
        self.desks.add(number, compile_desk(document, version=str(number)), at)
        self.store.live = number
        for address in self.desk.addresses:
            self._identify(address.rpartition("@")[2])
        for endpoint in self.desk.webhooks.values():
            self._know_secret(str(endpoint.secret), b"an endpoint's secret is 32 bytes")
        for ticket in self.numbers:
            # The job follows a minute later; a story may be over by then.
            wiring.guardia().recompute(ticket, at=at)
        before = {id_: len(entries) for id_, entries in self.store.histories.items()}
        self._look()
        return [
            Happening(at=one.at, what=name_of(one), ticket=id_, seq=one.seq)
            for id_, entries in self.store.histories.items()
            for one in entries[before.get(id_, 0) :]
        ]

    def mail(
        self, raw: bytes, *, at: datetime, to: str, envelope_from: str, verified: bool
    ) -> Outcome:
        """Let a mail come in by SES."""
        assert at == self.cloud.clock.now()
        self._mails += 1
        word = "PASS" if verified else "GRAY"
        verdicts = {
            "spamVerdict": "PASS",
            "virusVerdict": "PASS",
            "spfVerdict": word,
            "dkimVerdict": word,
            "dmarcVerdict": word,
        }
        receipt = {"source": envelope_from, "recipients": [to], "verdicts": verdicts}
        aside = {one.pk for one in self._suspended()}
        self.cloud.receive_mail(raw, receipt, f"mail{self._mails:08d}")
        new = [one for one in self._suspended() if one.pk not in aside]
        if new:
            return Outcome(ticket=None, suspended=new[0].reason)
        changed = self._look()
        return Outcome(ticket=None, duplicate=True) if changed is None else self._came_of(changed)

    def form(self, post: Post) -> Outcome:
        """Post a form, as a browser or a program does."""
        headers = {"origin": post.origin, "accept-language": post.language}
        given = {name: value for name, value in headers.items() if value is not None}
        answer = self.cloud.call("POST", f"/forms/{post.form}", dict(post.values), **given)
        self.cloud.settle()
        body = json.loads(answer.body)
        if answer.status == 422:
            raise FormError([(one["path"], one["message"]) for one in body["errors"]])
        if answer.status != 201:
            raise RefusedError("http", body["detail"])
        self._look()
        return self._came_of(body["ticket"])

    def hook(self, delivery: Delivery) -> Outcome:
        """Send what a program sends, signed with the secret that its source names."""
        secret = b"a program's secret is 32 bytes.."
        self._know_secret(delivery.source.secret, secret)
        body = json.dumps(delivery.body).encode()
        signed = signatures.sign(delivery.id, environment.machine_now(), body, [secret])
        path = f"/hooks/{delivery.source.id}"
        versions = {one.id: one.version for one in self.store.heads.values()}
        answer = self.cloud.call("POST", path, delivery.body, **signed)
        self.cloud.settle()
        told = json.loads(answer.body)
        if answer.status == 422:
            raise PayloadError([(one["path"], one["message"]) for one in told["errors"]])
        if answer.status != 202:
            raise RefusedError("http", told["detail"])
        self._look()
        if self.store.heads[told["ticket"]].version == versions.get(told["ticket"]):
            return Outcome(ticket=None, duplicate=True)
        return self._came_of(told["ticket"])

    def _know_secret(self, name: str, secret: bytes) -> None:
        path = self.cloud.stack.environment["SECRETS_PREFIX"] + name
        value = "whsec_" + base64.b64encode(secret).decode()
        ssm = self.cloud.aws("ssm")
        ssm.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)

    def request(self, request: Request) -> Outcome:
        """Ask the API: one call, whatever the step says at once."""
        method, path, body = call_of(request)
        status, answer = self.cloud.api(method, path, body)
        self.cloud.settle()
        if status >= 400:
            raise RefusedError("http", answer["detail"])
        self._look()
        return self._came_of(request.ticket or answer["id"])

    def advance(self, until: datetime, *, through: bool) -> Iterator[Happening]:
        """Let the sweep come at each instant at which something is due, and see what it left."""
        known = {id_: len(entries) for id_, entries in self.store.histories.items()}
        self.cloud.reach(until, through=through)
        self._look()
        found = [
            Happening(at=one.at, what=name_of(one), ticket=id_, seq=one.seq)
            for id_, entries in self.store.histories.items()
            for one in entries[known.get(id_, 0) :]
            if one.event in ("clock", "job")
        ]
        yield from sorted(found, key=lambda one: (one.at, self.numbers[one.ticket], one.seq))

    def _came_of(self, ticket: str) -> Outcome:
        entries = tuple(self.store.histories[ticket])
        return Outcome(
            ticket=ticket, decision=Decision(ticket=self.store.heads[ticket], entries=entries)
        )

    def _look(self) -> str | None:
        """Bring the mirror up to date; return the ticket that has changed since the last time."""
        found, changed = None, []
        for listed in self.pages("/v1/tickets"):
            id_, before = listed["id"], self.store.heads.get(listed["id"])
            if before is not None and before.version == listed["version"]:
                continue
            found = id_
            changed.append(id_)
            self.numbers.setdefault(id_, len(self.numbers) + 1)
            self.store.heads[id_] = wiring.store().find(Lookup(tickets=(id_,))).tickets[id_]
            self.store.histories[id_] = wiring.store().entries(id_, 0, 1000)[0]
        for item in self._items("P#", ContactItem):
            contact = item.contact()
            self.store.contacts[contact.id] = contact
        digests = {one.pk.removeprefix("T#") for one in self._items("T#digest-", OutboxItem)}
        for id_ in (*changed, *sorted(digests)):
            self._look_at_outbox(id_)
        return found

    def _look_at_outbox(self, ticket: str) -> None:
        condition = "pk = :pk AND begins_with(sk, :sk)"
        rows, _ = wiring.table().query(condition, {":pk": f"T#{ticket}", ":sk": "O#"})
        known = {one.id for one in self.outbox}
        found = [
            wiring.store().delivery(ticket, int(one.seq), int(one.n)).row
            for one in rows
            if isinstance(one, OutboxItem)
        ]
        self.outbox.extend(one for one in found if one.id not in known)

    def pages(self, path: str) -> list[dict[str, Any]]:
        """Everything in a list of the API."""
        found: list[dict[str, Any]] = []
        following = ""
        while True:
            status, answer = self.cloud.api("GET", f"{path}?limit=100{following}")
            assert status == 200, answer
            found.extend(answer["items"])
            if answer["next"] is None:
                return found
            following = f"&cursor={answer['next']}"

    def _items(self, prefix: str, kind: type[Any]) -> list[Any]:
        answer = self.cloud.aws("dynamodb").scan(
            TableName=self.cloud.stack.environment["TABLE_NAME"],
            FilterExpression="begins_with(pk, :pk)",
            ExpressionAttributeValues={":pk": {"S": prefix}},
        )
        return [one for one in map(_item, answer["Items"]) if isinstance(one, kind)]

    def _suspended(self) -> list[Any]:
        return sorted(self._items("S#", SuspendedItem), key=lambda one: str(one.pk))

    def received(self, row: OutboxRow) -> Message:
        """The mail of a row as its recipient gets it: with the Message-ID that SES gave it."""
        id_ = provider_id(row)
        for sent in mails():
            if f"<{sent.id}@{REGION}.amazonses.com>" == id_:
                mail = message_from_string(sent.raw_data)
                mail.replace_header("Message-ID", id_)
                return mail
        raise AssertionError(f"row {row.id} was not sent")

    def sent(self, until: datetime) -> list[OutboxRow]:
        """What has gone out by an instant; of one instant in the order of the tickets' numbers, as
        ids have no order of their own."""
        return sorted(
            super().sent(until),
            key=lambda one: (one.not_before or one.at, self.numbers.get(one.ticket, 0)),
        )

    def as_received(self, step: Step) -> Step:
        """Answer the mail that was really sent: its own Message-ID and its own Reply-To."""
        if step.kind != "email" or not isinstance(step.body.get("in_reply_to"), Mapping):
            return step
        place = step.body["in_reply_to"]["outbox"]
        mail = self.received(self.sent(step.at)[place - 1])
        to = step.body.get("to") or parseaddr(str(mail["Reply-To"]))[1]
        return replace(step, body={**step.body, "in_reply_to": mail["Message-ID"], "to": to})

    def answer(self, end: datetime) -> dict[str, Any]:
        """What it came to, from the API's own answers and the rows in the table."""
        tickets = []
        for id_, number in self.numbers.items():
            status, ticket = self.cloud.api("GET", f"/v1/tickets/{id_}")
            assert status == 200, ticket
            entries = self.pages(f"/v1/tickets/{id_}/entries")
            tickets.append({**ticket, "number": number, "entries": entries})
        rows = self.sent(end)
        return {
            "tickets": tickets,
            "outbox": [shapes.outbox_row(one, ticket=self.numbers.get(one.ticket)) for one in rows],
            "contacts": [shapes.contact(one) for one in self.people()],
        }

    def undelivered(self, end: datetime) -> list[str]:
        """The rows that should have gone out by an instant and were not accepted."""
        return [one.id for one in self.sent(end) if standing(one).state != "accepted"]


def mails() -> list[Any]:
    """Every mail that SES took, oldest first."""
    found: list[Any] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return found


def standing(row: OutboxRow) -> ports.Delivery:
    """How a row stands in the table."""
    return wiring.store().delivery(row.ticket, row.seq, row.n)


def provider_id(row: OutboxRow) -> str | None:
    """The Message-ID that SES gave a row; None as long as it was not accepted."""
    return standing(row).provider_id


def call_of(request: Request) -> tuple[str, str, dict[str, Any]]:
    """The call of the API that asks for the same: method, path, body."""
    plain = {k: v for k, v in request.changes.items() if not k.startswith("fields.")}
    own = {k.removeprefix("fields."): v for k, v in request.changes.items() if k not in plain}
    body: dict[str, Any] = plain
    if own:
        body["fields"] = own
    for name in ("add_tags", "remove_tags"):
        if getattr(request, name):
            body[name] = list(getattr(request, name))
    if request.set_tags is not None:
        body["tags"] = list(request.set_tags)
    if request.by is not None:
        body["by"] = request.by
    comment = {"body": request.text, "public": request.public}
    if request.ticket is None:
        about = {"subject": request.subject, "requester": request.requester}
        return "POST", "/v1/tickets", {**body, **about, "comment": comment}
    path = f"/v1/tickets/{request.ticket}"
    if request.text is None:
        return "PATCH", path, body
    if set(body) <= {"by"}:
        return "POST", f"{path}/comments", {**body, **comment}
    return "PATCH", path, {**body, "comment": comment}


def run(document: Any, load: Load) -> dict[str, Any]:
    """Run a simulation document through the functions; the answer is `simulate`'s.

    Besides, `undelivered` names the rows that are late, and `sent` counts the mails that SES took.
    """
    steps = sorted(read_steps(document), key=lambda one: one.at)
    desk = load(document["desk"])
    addresses = compile_desk(desk).addresses
    domain = addresses[0].rpartition("@")[2] if addresses else "desk.example"
    with running(domain, steps[0].at) as cloud:
        world = HandlersWorld(cloud)
        world.publish(desk, steps[0].at)
        stage = Stage(world)
        timeline: list[dict[str, Any]] = []
        for step in steps:
            timeline += happened(world, step.at, through=False)
            timeline += _taken(step, stage, world, load)
        end = steps[-1].at
        timeline += happened(world, end, through=True)
        answer = world.answer(end) | {"timeline": timeline}
        answer["expect"] = [expect.judge(row, answer, world) for row in document["expect"]]
        called = sum(one.endpoint is not None for one in world.outbox)
        return answer | {"undelivered": world.undelivered(end), "sent": len(mails()) + called}


def happened(world: World, until: datetime, *, through: bool) -> list[dict[str, Any]]:
    """What time alone brings until an instant, as lines of the timeline."""
    return [line_of(one, world) for one in world.advance(until, through=through)]


def _taken(step: Step, stage: Stage, world: HandlersWorld, load: Load) -> list[dict[str, Any]]:
    world.cloud.reach(step.at)
    line: dict[str, Any] = {"at": shapes.instant(step.at), "step": step.place, "kind": step.kind}
    line |= {"ticket": None, "entry": None, "refused": None}
    if step.kind == "config":
        moved = world.publish(load(step.body), step.at)
        return [line, *(line_of(one, world) for one in moved)]
    try:
        outcome = take(world.as_received(step), stage)
    except (FormError, PayloadError) as refusal:
        wrong = "; ".join(f"{name} {message}" for name, message in refusal.errors)
        return [line | {"refused": f"{refusal.reason}: {wrong}"}]
    except RefusedError as refusal:
        return [line | {"refused": refusal.message}]
    if outcome is None:
        return [line]
    if outcome.suspended:
        return [line | {"refused": f"suspended: {outcome.suspended}"}]
    if outcome.duplicate:
        return [line | {"refused": "duplicate"}]
    number = world.numbers[str(outcome.ticket)]
    return [line | {"ticket": number, "entry": outcome.decided.entries[-1].seq}]


def _item(raw: Mapping[str, Any]) -> Item:
    return kind_of(raw["pk"]["S"], raw["sk"]["S"]).from_raw_data(dict(raw))
