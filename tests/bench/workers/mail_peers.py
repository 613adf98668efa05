"""The same fields by mail-parser and by the standard library's `policy.default`."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import mailparser

from tests.bench.workers.loop import Work, serve


def prepare(setup: Any) -> dict[str, Work]:
    """Read the mails into memory."""
    raw = {size: Path(file).read_bytes() for size, file in setup["files"].items()}
    readers = {"mail-parser": _mail_parser, "standard library": _standard}

    def work(reader: Any, size: str) -> Work:
        def read(count: int) -> None:
            for _ in range(count):
                reader(raw[size])

        return read

    return {
        f"{name} {size}": work(readers[name], size) for name in setup["engines"] for size in raw
    }


def _mail_parser(raw: bytes) -> Any:
    mail = mailparser.parse_from_bytes(raw)
    sizes = [len(one["payload"]) for one in mail.attachments]
    return (mail.subject, mail.from_, mail.to, mail.date, mail.body, sizes)


def _standard(raw: bytes) -> Any:
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain", "html"))
    sizes = [len(one.get_payload(decode=True) or b"") for one in mail.iter_attachments()]
    text = body.get_content() if body else ""
    return (mail["subject"], mail["from"], mail["to"], mail["date"], text, sizes)


if __name__ == "__main__":
    serve(prepare)
