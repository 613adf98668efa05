"""Our reading of a mail: subject, people, date, text, attachments with their sizes."""

from pathlib import Path
from typing import Any

from guardia.mail.parse import parse
from tests.bench.workers.loop import Work, serve


def prepare(setup: Any) -> dict[str, Work]:
    """Read the mails into memory, as they come from the object store."""
    raw = {size: Path(file).read_bytes() for size, file in setup.items()}

    def work(size: str) -> Work:
        def read(count: int) -> None:
            for _ in range(count):
                mail = parse(raw[size])
                _ = (mail.subject, mail.sender, mail.to, mail.date, mail.text, mail.files)

        return read

    return {f"ours {size}": work(size) for size in raw}


if __name__ == "__main__":
    serve(prepare)
