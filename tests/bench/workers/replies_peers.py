"""The same texts by mail-parser-reply and by email-reply-parser."""

from typing import Any

import email_reply_parser
import mailparser_reply

from tests.bench.workers.loop import Work, serve


def prepare(setup: Any) -> dict[str, Work]:
    """One work for each library and text."""
    reader = mailparser_reply.EmailReplyParser(languages=["en", "es"])
    readers = {
        "mail-parser-reply": lambda text: reader.read(text).latest_reply,
        "email-reply-parser": email_reply_parser.EmailReplyParser.parse_reply,
    }

    def work(read: Any, text: str) -> Work:
        def trim(count: int) -> None:
            for _ in range(count):
                read(text)

        return trim

    return {
        f"{name} {which}": work(read, text)
        for name, read in readers.items()
        for which, text in setup.items()
    }


if __name__ == "__main__":
    serve(prepare)
