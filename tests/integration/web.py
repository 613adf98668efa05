"""The desk of these tests as a web application: the local gateway before the functions on moto."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from functions.authorizer import app as authorizer
from functions.http_api import app as http_api
from functions.intake import app as intake
from infra.local.clock import Clock
from infra.local.gateway import Gateway, Request
from tests.integration.stage import Context, described

FUNCTIONS = {
    "AuthorizerFunction": authorizer.handler,
    "HttpApiFunction": http_api.handler,
    "IntakeFunction": intake.handler,
}
SKIPPED = ("CONTENT_TYPE", "CONTENT_LENGTH")


class Web:
    """A WSGI application."""

    def __init__(self, clock: Clock) -> None:
        self._gateway = Gateway(described(), self._invoke, clock)

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        return FUNCTIONS[function](dict(event), Context())

    def __call__(
        self, environ: Mapping[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]
    ) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        headers = [
            (name[5:].replace("_", "-").lower(), str(value))
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        headers += [
            (name.replace("_", "-").lower(), environ[name]) for name in SKIPPED if environ.get(name)
        ]
        answer = self._gateway.answer(
            Request(
                method=environ["REQUEST_METHOD"],
                target=f"{path}?{query}" if query else path,
                headers=tuple(headers),
                body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            )
        )
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return [answer.body]
