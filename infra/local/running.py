"""The whole system in one process: everything put together, in order, and taken apart again."""

import base64
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from infra.local import desk as seam
from infra.local.clock import Clock
from infra.local.cloud import ROOT, Clients, Cloud, environment, make_once, provision
from infra.local.endpoint import leave
from infra.local.engine import Engine, timers_of
from infra.local.gateway import Answer, Gateway, Request
from infra.local.inbound import Inbound
from infra.local.intrinsics import TemplateError
from infra.local.invoke import Invoker, say
from infra.local.local_api import PREFIX, LocalApi
from infra.local.mail_events import MailEvents
from infra.local.pumps import pumps_of
from infra.local.sent import TAG, Sent
from infra.local.server import Server
from infra.local.smtp import Mailbox, SmtpServer
from infra.local.stack import ACCOUNT, Receipt, Stack, topic_arn
from infra.local.state import State
from infra.local.template import load
from infra.local.travel import travel

HOST: Final = "127.0.0.1"
EXAMPLE: Final = ROOT / "infra" / "desk"
TEMPLATE: Final = ROOT / "template.yaml"


class PortError(Exception):
    """A port is taken. The message names it and the variable that chooses another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a desk is run. Port 0 means any free one; `relay` is a server that really delivers;
    `log_to_file` keeps what functions write on standard output in the state folder."""

    state: Path
    desk: Path = EXAMPLE
    template: Path = TEMPLATE
    http_port: int = 0
    smtp_port: int = 0
    fresh: bool = False
    api_key: str | None = None
    relay: tuple[str, int] | None = None
    log_to_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A desk that is up."""

    http_url: str
    smtp_port: int
    api_key: str
    clock: Clock
    engine: Engine
    sent: Sent
    inbound: Inbound
    desk: seam.Desk
    cloud: Cloud

    def advance(self, to: datetime) -> None:
        """Move the clock; what is due on the way happens."""
        travel(self.engine, self.clock, self.desk.next_due, to)

    def drain(self) -> None:
        """Return when nothing is left to do now."""
        self.engine.drain()


@contextmanager
def desk(settings: Settings) -> Iterator[Running]:
    """Run a desk for the length of a `with` block.

    Raises:
        StateError: the state folder cannot be used, or the key is none.
        DeskError: the desk document cannot be used.
        PortError: a port is taken.
        TemplateError: the template cannot be run.
        CloudError: the local AWS does not start.
    """
    with ExitStack() as ending:
        state = State(settings.state, fresh=settings.fresh)
        ending.callback(state.close)
        if settings.log_to_file:
            log = ending.enter_context((state.folder / "desk.log").open("a", buffering=1))
            ending.enter_context(redirect_stdout(log))
        key = state.api_key(settings.api_key)
        http = _bind("HTTP_PORT", settings.http_port)
        ending.callback(http.close)
        smtp = _bind("SMTP_PORT", settings.smtp_port)
        ending.callback(smtp.close)
        cloud = Cloud(state.folder.resolve())
        stack = load(settings.template, endpoint=cloud.endpoint)
        state.check(stack.tables)
        document = seam.read(settings.desk)
        ending.callback(cloud.stop)
        cloud.start()
        ending.callback(_restore_environment, dict(os.environ))
        _set_environment(stack, cloud.endpoint, document, key, state)
        clock = Clock(state.folder / "clock.json")
        invoke = Invoker(stack)
        cloud.wait()
        leave(state.folder, cloud.endpoint)
        aws = Clients(cloud.endpoint)
        provision(stack, aws)
        _keep_secrets(aws, seam.secret_names(document))
        ending.callback(aws.close)
        its_desk = seam.Desk(clock.now)
        ending.callback(its_desk.close)
        its_desk.publish(document, clock.now(), seam.source(settings.desk))
        yield from _run(
            _Parts(
                stack=stack,
                aws=aws,
                invoke=invoke,
                clock=clock,
                desk=its_desk,
                cloud=cloud,
                key=key,
                folder=state.folder,
                relay=settings.relay,
            ),
            http,
            smtp,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    stack: Stack
    aws: Clients
    cloud: Cloud
    invoke: Invoker
    clock: Clock
    desk: seam.Desk
    key: str
    folder: Path
    relay: tuple[str, int] | None


def _run(parts: _Parts, http: socket.socket, smtp: socket.socket) -> Iterator[Running]:
    """Set everything moving, and stop it from the outside in."""
    receipt = _receipt(parts.stack)
    inbound = Inbound(parts.folder / "inbound.jsonl", parts.clock)
    sent = Sent(parts.folder / "sent.jsonl", parts.clock, parts.relay, _mail_events(parts))
    _prove_senders(parts)
    sent.listen(parts.desk.client("sesv2"))
    sent.listen_to_calls(parts.desk.client("sqs"))
    pumps = pumps_of(
        parts.stack.functions, parts.aws, parts.invoke, parts.cloud.endpoint, inbound.watch
    )
    engine = Engine(pumps, timers_of(parts.stack), parts.invoke, parts.clock)
    gateway = Gateway(parts.stack, parts.invoke, parts.clock)
    own = LocalApi(
        clock=parts.clock,
        outbox=lambda: sent.items(parts.desk.sent_row),
        inbound=lambda: _outcomes(parts, engine, inbound, receipt),
        move=lambda to: travel(engine, parts.clock, parts.desk.next_due, to),
    )

    def respond(request: Request) -> Answer:
        if request.target.startswith(PREFIX):
            return own.answer(request)
        answer = gateway.answer(request)
        if _changes_the_desk(request, answer):
            _keep_secrets(parts.aws, parts.desk.secret_names())
            _prove_senders(parts)
        return answer

    mailbox = Mailbox(
        is_ours=parts.desk.is_ours,
        aws=parts.aws,
        receipt=receipt,
        clock=parts.clock,
        inbound=inbound,
        arrived=engine.wake,
    )
    server, post = Server(http, respond, engine.wake), SmtpServer(smtp, mailbox)
    with ExitStack() as ending:
        ending.callback(engine.stop)
        engine.start()
        ending.callback(post.stop)
        post.start()
        ending.callback(server.stop)
        server.start()
        yield Running(
            http_url=server.url,
            smtp_port=smtp.getsockname()[1],
            api_key=parts.key,
            clock=parts.clock,
            engine=engine,
            sent=sent,
            inbound=inbound,
            desk=parts.desk,
            cloud=parts.cloud,
        )


def _bind(variable: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        # A listener that came with SO_REUSEPORT could share the port: ask for all of it.
        bound.listen(128)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise PortError(
            f"port {port} cannot be used ({reason}); choose another with {variable}=number"
        ) from error
    return bound


def _set_environment(
    stack: Stack, endpoint: str, document: Mapping[str, Any], key: str, state: State
) -> None:
    for line in stack.disagreements:
        say(f"template: {line}")
    own = {
        "API_KEY_HASH": seam.key_hash(key),
        "INSTALL_ID": state.install_id(),
    }
    addresses = seam.addresses(document)
    if addresses:
        own["INBOUND_DOMAIN"] = addresses[0].rpartition("@")[2]
        own["SUPPORT_ADDRESS"] = addresses[0]
    os.environ.update(stack.environment)
    os.environ.update({name: value for name, value in own.items() if name in stack.environment})
    os.environ.update(environment(endpoint))


def _restore_environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


def _receipt(stack: Stack) -> Receipt:
    if stack.receipt is not None:
        return stack.receipt
    topics = [name for name, subscribers in stack.topics.items() if subscribers]
    if len(stack.buckets) != 1 or len(topics) != 1:
        raise TemplateError(
            "the template has no AWS::SES::ReceiptRule that says which bucket and topic take mail"
        )
    return Receipt(bucket=stack.buckets[0], prefix="in/", topic=topics[0])


def _prove_senders(parts: _Parts) -> None:
    """Verify the domains that the desk writes from, as its owner would have done by DNS."""
    domains = {one.rpartition("@")[2] for one in parts.desk.inbound_addresses(fresh=True)}
    domains |= {os.environ["INBOUND_DOMAIN"]} if os.environ.get("INBOUND_DOMAIN") else set()
    for domain in sorted(domains):
        make_once(parts.aws("sesv2").create_email_identity, EmailIdentity=domain)


def _mail_events(parts: _Parts) -> MailEvents | None:
    topic = parts.stack.mail_events
    if topic is None:
        return None
    sns, arn = parts.aws("sns"), topic_arn(topic)
    return MailEvents(lambda text: sns.publish(TopicArn=arn, Message=text), parts.clock, TAG)


def _changes_the_desk(request: Request, answer: Answer) -> bool:
    """Whether another document went live, which may name secrets and domains that are new."""
    return (
        request.method in ("PUT", "POST")
        and request.target.startswith("/v1/config")
        and answer.status < HTTPStatus.BAD_REQUEST
    )


def _keep_secrets(aws: Clients, names: tuple[str, ...]) -> None:
    """Put the secrets the document names where the functions read them; make what is missing."""
    ssm = aws("ssm")
    prefix = os.environ.get("SECRETS_PREFIX", "")
    for name in names:
        variable = "GUARDIA_SECRET_" + name.upper().replace("-", "_")
        there = ssm.get_parameters(Names=[prefix + name])["Parameters"]
        value = os.environ.get(variable)
        if value is None and there:
            continue
        if value is None:
            value = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            say(f"{variable} was not set; made: {value}")
        ssm.put_parameter(Name=prefix + name, Value=value, Type="SecureString", Overwrite=True)


def _outcomes(
    parts: _Parts, engine: Engine, inbound: Inbound, receipt: Receipt
) -> list[dict[str, Any]]:
    """Return what came in; where no notice is on its way any more, all outcomes are known."""
    if inbound.pending:
        engine.drain()
        if not any(_waiting(parts, one.queue) for one in parts.stack.topics.get(receipt.topic, ())):
            engine.drain()
            inbound.handled()
    return inbound.items()


def _waiting(parts: _Parts, queue: str) -> int:
    counts = parts.aws("sqs").get_queue_attributes(
        QueueUrl=f"{parts.cloud.endpoint}/{ACCOUNT}/{queue}",
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(one) for one in counts.values())
