"""The server in front of the gateway: whatever is asked reaches it."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from infra.local.gateway import Answer, Request
from infra.local.server import Server


@pytest.fixture
def asked() -> Iterator[tuple[list[Request], int]]:
    """What reached the gateway, and the port to ask at."""
    seen: list[Request] = []

    def respond(request: Request) -> Answer:
        seen.append(request)
        return Answer(status=404, body=b"{}")

    bound = socket.create_server(("127.0.0.1", 0))
    server = Server(bound, respond, lambda: None)
    server.start()
    yield seen, bound.getsockname()[1]
    server.stop()


@pytest.mark.parametrize("method", ["GET", "POST", "TRACE", "QUERY", "PROPFIND", "X"])
def test_a_method_that_nobody_has_heard_of_is_a_question_like_any_other(
    asked: tuple[list[Request], int], method: str
) -> None:
    seen, port = asked
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, "/v1/tickets")
    status = connection.getresponse().status
    connection.close()
    assert (status, [one.method for one in seen]) == (404, [method])
