"""The desk of these tests as a web application: the local gateway before the functions on moto."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from infra.local.clock import Clock
from infra.local.gateway import Gateway, Request
from infra.local.invoke import Invoker
from tests.integration.stage import described


class Web:
    """A WSGI application."""

    def __init__(self, clock: Clock) -> None:
        self._gateway = Gateway(described(), Invoker(described()), clock)

    def __call__(
        self, environ: Mapping[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]
    ) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        query = environ.get("QUERY_STRING")
        answer = self._gateway.answer(
            Request(
                method=environ["REQUEST_METHOD"],
                target=f"{path}?{query}" if query else path,
                headers=tuple(_headers(environ)),
                body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            )
        )
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return [answer.body]


def _headers(environ: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        header = name.removeprefix("HTTP_").replace("_", "-").lower()
        if name.startswith("HTTP_") or (value and header in ("content-type", "content-length")):
            yield header, str(value)
