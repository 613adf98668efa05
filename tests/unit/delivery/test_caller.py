"""Calls over real sockets: endpoints that redirect, drip, flood, hang up or are somebody else."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from guardia.adapters.caller import Caller
from guardia.ports import ForbiddenError, UnreachableError

Serve = Callable[[socket.socket], None]


@contextmanager
def endpoint(serve: Serve) -> Iterator[int]:
    """Serve each connection by `serve`; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):
            while True:
                taken, _ = listening.accept()
                threading.Thread(target=_served, args=(serve, taken), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    yield int(listening.getsockname()[1])
    listening.close()


def _served(serve: Serve, taken: socket.socket) -> None:
    with taken, suppress(OSError):
        serve(taken)


def asked(taken: socket.socket) -> bytes:
    """Read a request to the end of its body."""
    got = b""
    while b"\r\n\r\n" not in got or not got.endswith(b"}"):
        piece = taken.recv(65536)
        if not piece:
            break
        got += piece
    return got


def says(answer: bytes) -> Serve:
    def serve(taken: socket.socket) -> None:
        asked(taken)
        taken.sendall(answer)

    return serve


def local(_name: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


def caller(port: int, *, patience: float = 5.0, resolve: Callable[[str, int], Sequence[str]] = local,
           trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> Caller:  # fmt: skip
    allowed = frozenset({f"hooks.example:{port}"})
    return Caller(resolve, allowed=allowed, patience=patience, context=trusted)


def post(one: Caller, port: int, scheme: str = "http") -> int:
    url = f"{scheme}://hooks.example:{port}/in?a=b"
    return one.post(url, b"{}", {"Content-Type": "application/json"}).status


def test_the_body_and_the_headers_arrive_and_the_host_is_the_name() -> None:
    got: list[bytes] = []

    def serve(taken: socket.socket) -> None:
        got.append(asked(taken))
        taken.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with endpoint(serve) as port:
        assert post(caller(port), port) == 204
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert f"Host: hooks.example:{port}".encode() in head
    assert body == b"{}"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with endpoint(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")) as port:
        assert post(caller(port), port) == 302


@pytest.mark.parametrize(
    ("header", "wait"),
    [("120", 120), ("999999999999", 86_400), ("Fri, 31 Dec", None), ("-1", None)],
)
def test_how_long_to_wait_is_read_where_it_is_a_number(header: str, wait: int | None) -> None:
    answer = f"HTTP/1.1 503 Busy\r\nRetry-After: {header}\r\n\r\n".encode()
    with endpoint(says(answer)) as port:
        found = caller(port).post(f"http://hooks.example:{port}/", b"{}", {})
    assert (found.status, found.retry_after) == (503, wait)


def _drips(head: bytes) -> Serve:
    def serve(taken: socket.socket) -> None:
        asked(taken)
        taken.sendall(head)
        while True:
            taken.sendall(b"a")
            time.sleep(0.02)

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        _drips(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        _drips(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"),
        lambda _taken: time.sleep(3),
    ],
    ids=["header by header", "byte by byte", "never"],
)
def test_however_slowly_an_endpoint_drips_the_call_ends_in_time(serve: Serve) -> None:
    with endpoint(serve) as port, pytest.raises(UnreachableError, match=r"within 0\.4 s"):
        post(caller(port, patience=0.4), port)


def test_an_answer_without_end_is_read_no_further_than_it_must() -> None:
    def serve(taken: socket.socket) -> None:
        asked(taken)
        taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            taken.sendall(b"x" * 65536)

    with endpoint(serve) as port:
        assert post(caller(port), port) == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
    ],
    ids=["hangs up", "no HTTP", "no status", "two hundred headers"],
)
def test_what_is_no_answer_fails_without_a_word_of_it(answer: bytes) -> None:
    with endpoint(says(answer)) as port, pytest.raises(UnreachableError) as told:
        post(caller(port), port)
    assert "SSH" not in str(told.value)


def test_nobody_there_is_a_failure_that_may_pass() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = bound.getsockname()[1]
    with pytest.raises(UnreachableError, match="no connection"):
        post(caller(closed), closed)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [("93.184.216.34",), ("127.0.0.1",)]
    asked_for: list[str] = []

    def rebinding(name: str, _port: int) -> Sequence[str]:
        asked_for.append(name)
        return answers[min(len(asked_for), 2) - 1]

    connected: list[tuple[str, int]] = []

    def connect(where: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(where)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(UnreachableError):
        Caller(rebinding).post("https://rebind.example/", b"{}", {})
    assert (asked_for, connected) == (["rebind.example"], [("93.184.216.34", 443)])


def test_a_header_with_a_line_break_is_not_sent() -> None:
    with endpoint(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port, pytest.raises(UnreachableError):
        caller(port).post(f"http://hooks.example:{port}/", b"{}", {"X-A": "b\r\nX-C: d"})


# -- TLS -------------------------------------------------------------------------------------------


@contextmanager
def secure(name: str) -> Iterator[tuple[int, Callable[[], ssl.SSLContext]]]:
    """An endpoint with a certificate for a name, and what trusts its issuer."""
    issuer = trustme.CA()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name).configure_cert(own)

    def trusting() -> ssl.SSLContext:
        found = ssl.create_default_context()
        issuer.configure_trust(found)
        return found

    def serve(taken: socket.socket) -> None:
        with own.wrap_socket(taken, server_side=True) as safe:
            asked(safe)
            safe.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with endpoint(serve) as port:
        yield port, trusting


def test_the_certificate_must_be_the_names_whatever_address_it_has() -> None:
    with secure("hooks.example") as (port, trusting):
        assert post(caller(port, trusted=trusting), port, "https") == 200


def test_a_certificate_of_another_name_is_refused() -> None:
    with secure("other.example") as (port, trusting), pytest.raises(UnreachableError):
        post(caller(port, trusted=trusting), port, "https")


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with secure("hooks.example") as (port, _), pytest.raises(UnreachableError):
        post(caller(port), port, "https")


def test_an_inner_address_is_not_even_connected_to() -> None:
    with endpoint(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port, pytest.raises(ForbiddenError):
        Caller(local).post(f"https://hooks.example:{port}/", b"{}", {})


def test_no_file_of_this_machine_is_read() -> None:
    with pytest.raises(ForbiddenError):
        Caller(local).post(Path("/etc/hostname").as_uri(), b"{}", {})
