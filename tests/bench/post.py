"""Mails by SMTP into the whole desk on this machine: how fast, and whether any is lost."""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiosmtpd.controller import Controller

from guardia import wiring
from infra.local.running import EXAMPLE, Settings, desk
from tests.bench.row import Row

MAILS: Final = 500
_SESSIONS: Final = 8
_PATIENCE: Final = 600.0


def measure(mails: int = MAILS) -> list[Row]:
    """Send the same mails into a sink that forgets them and into the desk."""
    with _sink() as port:
        sink = _send(port, mails)
    with TemporaryDirectory() as folder:
        settings = Settings(
            state=Path(folder) / "state", desk=EXAMPLE, http_port=0, smtp_port=0, log_to_file=True
        )
        with desk(settings) as running:
            started = time.perf_counter()
            _send(running.smtp_port, mails)
            found = _arrived(started, mails)
            seconds = time.perf_counter() - started
    return [
        Row(
            name=f"post: {mails} mails by SMTP into `make run`, tickets made",
            ours=found / seconds,
            peer=mails / sink,
            peer_name="aiosmtpd sink, nothing kept",
            unit="mails/s",
        ),
        Row(
            name="post: mails lost",
            ours=mails - found,
            peer=0,
            peer_name="none may be",
            unit="mails",
            note="" if found == mails else f"{found} tickets within {_PATIENCE:g} s",
        ),
    ]


def _arrived(started: float, mails: int) -> int:
    """Wait for a ticket from each mail; return how many there are."""
    while (found := _tickets()) < mails and time.perf_counter() - started < _PATIENCE:
        time.sleep(0.5)
    return found


def _tickets() -> int:
    client, asked = wiring.table().connection.client, {"Select": "COUNT"}
    found = 0
    start: dict[str, Any] = {}
    while True:
        answer = client.scan(
            TableName=wiring.table().name,
            FilterExpression="sk = :head AND begins_with(pk, :ticket)",
            ExpressionAttributeValues={":head": {"S": "HEAD"}, ":ticket": {"S": "T#"}},
            **asked,
            **start,
        )
        found += int(answer["Count"])
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _send(port: int, mails: int) -> float:
    """Send every mail over a few sessions at once; return the seconds it took."""
    waiting: SimpleQueue[int] = SimpleQueue()
    for n in range(mails):
        waiting.put(n)
    threads = [threading.Thread(target=_session, args=(port, waiting)) for _ in range(_SESSIONS)]
    started = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return time.perf_counter() - started


def _session(port: int, waiting: "SimpleQueue[int]") -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            smtp.send_message(_mail(number))


def _mail(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Customer {number} <c{number}@globex{number % 50}.example>"
    mail["To"], mail["Subject"] = "hola@acme.example", f"Question {number}"
    mail["Message-ID"] = f"<bench-{number}@globex.example>"
    mail.set_content("Good morning, my connection has not worked since eight o'clock.\n" * 20)
    return mail


@contextmanager
def _sink() -> Iterator[int]:
    class Sink:
        async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's own name
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
