"""What happens to a desk from outside. Each act knows how it happens again."""

import base64
import json
from datetime import timedelta
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey, s3_backends

from guardia import wiring
from guardia.mail import tokens
from infra.local.stack import REGION
from tests.faults.faults import BY_NAME
from tests.faults.world import World
from tests.integration.stage import Answer, Json, golden, written

CANARY: Final = "PAJARITO-DE-LA-MINA"
"""A word of a private note: it must never leave the team."""

DENIED: Final = BY_NAME["access denied"]
TIRED: Final = 5
"""How often a program repeats a request that got no answer."""

SECRET: Final = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
FILE: Final = b"un registro\n" * 50


def mail(world: World, written_mail: EmailMessage, *, key: str, **verdicts: str) -> None:
    """SES stores a mail and tells of it; the notice may come again."""
    to = str(written_mail["To"])
    if key not in world.between.mails:
        world.between.mails[key] = f"{written_mail['Message-ID']} {to}"
        _lay(world, f"in/{key}", written_mail.as_bytes())
    assert world.stack.receipt is not None
    queue = world.stack.topics[world.stack.receipt.topic][0].queue
    body = world.stage.notice(f"in/{key}", written_mail, **verdicts)["body"]
    world.put(queue, body)
    world.between.again = [lambda w: w.put(queue, body)]


def keep_secrets(world: World) -> None:
    """The secrets that others sign with, and that we sign with for others."""
    for name in ("pager-secret", "tienda-secret"):
        path = world.stack.environment["SECRETS_PREFIX"] + name
        wiring.client("ssm").put_parameter(Name=path, Value=SECRET, Type="SecureString")


def _lay(world: World, key: str, body: bytes) -> None:
    """Store an object as SES does, without a call of ours."""
    s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    stored = FakeKey(key, body, DEFAULT_ACCOUNT_ID, REGION, bucket_name=world.bucket)
    stored.last_modified = world.clock.now()
    s3.buckets[world.bucket].keys[key] = stored


def with_files(made: EmailMessage) -> EmailMessage:
    """The mail with two files."""
    made.add_attachment(FILE, maintype="text", subtype="x-log", filename="vpn.log")
    made.add_attachment(b"\x89PNG" * 9, maintype="image", subtype="png", filename="captura.png")
    made.set_boundary("the-same-each-time")
    return made


def agents_mail(ticket: str, *, id: str) -> EmailMessage:
    """An agent's answer by mail, at the address that was signed for them, with a file."""
    to = tokens.sign_address(
        "soporte@acme.example", ticket, wiring.mail_secrets(), agent="luis@acme.example"
    )
    made = written("Adjunto las instrucciones.", id=id, sender="luis@acme.example", to=to)
    made.add_attachment(FILE, maintype="text", subtype="x-log", filename="pasos.txt")
    made.set_boundary("the-same-each-time")
    return made


def ask(world: World, function: str, event: Json, *, repeated: bool = False) -> Answer | None:
    """A program asks once, or, where that is safe, until it gets an answer that stands."""
    answer = None
    for _ in range(TIRED if repeated else 1):
        world.between.ids += 1
        context = {
            **event["requestContext"],
            "requestId": f"request{world.between.ids}",
            "timeEpoch": int(world.clock.now().timestamp() * 1000),
        }
        raw = world.invoke(function, {**event, "requestContext": context})
        answer = Answer.of(raw) if raw is not None else None
        status = answer.status if answer else 0
        if status == HTTPStatus.CONFLICT:  # somebody is at it: ask again when they must be done
            world.clock.hold(world.clock.now() + timedelta(seconds=61))
        elif 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR:
            break
    world.between.answers.append((answer.status if answer else 0, answer.body if answer else None))
    world.between.again.clear()
    if repeated:
        world.between.again.append(lambda w: ask(w, function, event, repeated=True))
    return answer


def api(world: World, event: Json, *, repeated: bool = False) -> Answer | None:
    """Ask the JSON API."""
    return ask(world, "HttpApiFunction", event, repeated=repeated)


def form(world: World, name: str = "form_posted_json", **replaced: Any) -> Answer | None:
    """Somebody sends a form."""
    event = golden(name, **replaced)
    headers = {key: one for key, one in event["headers"].items() if key != "origin"}
    return ask(world, "IntakeFunction", {**event, "headers": headers})


def comment(world: World, ticket: str, text: str, *, public: bool = True) -> Answer | None:
    """An agent writes."""
    return api(world, about(world, "ticket_comment", ticket, {"body": text, "public": public}))


def about(world: World, name: str, ticket: str, body: Any = None, **headers: str) -> Json:
    """A golden event about a ticket; see `Stage.about`."""
    return world.stage.about(name, ticket, body, **headers)


def opened(world: World, *, canary: bool = True) -> str:
    """A ticket that came by mail, answered, with a note that stays inside; return its id."""
    mail(world, written(id="primera"), key="primera")
    world.quiet()
    ticket = only_ticket(world)
    if canary:
        comment(world, ticket, f"Nota: {CANARY}", public=False)
        world.quiet()
    world.between.answers.clear()
    world.between.again.clear()
    return ticket


def only_ticket(world: World) -> str:
    """The id of the ticket that there is."""
    (found,) = ids(world)
    return found


def ids(world: World) -> list[str]:
    """The ids of all tickets."""
    return [one["pk"]["S"][2:] for one in world.items()
            if one["pk"]["S"].startswith("T#") and one["sk"]["S"] == "HEAD"]  # fmt: skip


def skip_stream(world: World) -> None:
    """The stream loses what it had: only the sweep can help."""
    world.collect()
    for line in world.between.batches.values():
        line.clear()


def deliver_queue(world: World) -> str:
    """The queue of what is offered again."""
    return str(world.stack.environment["DELIVER_QUEUE_URL"]).rpartition("/")[2]


def offer_again(world: World) -> None:
    """Every outbox row comes to the relay again, from the stream and from the queue."""
    world.between.read = 0
    queue = deliver_queue(world)
    for row in world.items():
        if row["sk"]["S"].startswith("O#"):
            told = {
                "ticket": row["ticket"]["S"],
                "seq": int(row["seq"]["N"]),
                "n": int(row["n"]["N"]),
            }
            world.put(queue, json.dumps(told))


def redrive(world: World, queue: str) -> None:
    """Put what was given up back into its queue, as an operator does."""
    waiting, world.between.dead = world.between.dead, []
    for one in waiting:
        world.put(queue, one.body)
