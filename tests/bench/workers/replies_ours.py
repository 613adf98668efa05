"""Our trimming of what a reply quotes."""

from typing import Any

from guardia.mail.reply import new_part
from tests.bench.workers.loop import Work, serve


def prepare(setup: Any) -> dict[str, Work]:
    """One work for each text."""

    def work(text: str) -> Work:
        def trim(count: int) -> None:
            for _ in range(count):
                new_part(text)

        return trim

    return {f"ours {name}": work(text) for name, text in setup.items()}


if __name__ == "__main__":
    serve(prepare)
