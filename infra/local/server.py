"""The HTTP server: what is under `/_local/` is the runtime's own, all else the gateway's."""

import socket
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from infra.local.gateway import MAX_BODY, Answer, Request, message
from infra.local.invoke import say

Responder = Callable[[Request], Answer]
_IDLE: Final = 60
"""Seconds an open connection may stay silent."""
_PATIENT_WITH: Final = 10 * MAX_BODY
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


class Server:
    """Serves on a socket that is bound already, so that a taken port is known before all else."""

    def __init__(
        self, bound: socket.socket, respond: Responder, changed: Callable[[], None]
    ) -> None:
        """Prepare. `changed` is called after each request that may have changed something."""
        address = bound.getsockname()[:2]
        self.url = f"http://{address[0]}:{address[1]}"
        self._server = _Server(address, _Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = bound
        self._server.server_address = address
        self._server.server_name, self._server.server_port = address
        self._server.respond, self._server.changed = respond, changed
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True
        )

    def start(self) -> None:
        """Take connections from now on; those that came before waited."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests; those being answered are."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.closing = True
        self._server.server_close()
        with self._server.quiet:
            self._server.quiet.wait_for(lambda: not self._server.busy, timeout=30)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    respond: Responder
    changed: Callable[[], None]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.busy = 0
        self.closing = False
        self.quiet = threading.Condition()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    # Headers and body leave in one packet: with two, each answer waits for the delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        with self.server.quiet:
            self.server.busy += 1
        try:
            self._send(self._answer())
        finally:
            with self.server.quiet:
                self.server.busy -= 1
                self.server.quiet.notify_all()

    # The names are those that the standard library's server looks for.
    def __getattr__(self, name: str) -> Any:
        """Any method is a question to the gateway, also one that nobody has heard of."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _answer(self) -> Answer:
        body = self._read()
        if body is None:
            self.close_connection = True
            return message(413, "Request Entity Too Large")
        request = Request(
            method=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=body,
            source_ip=str(self.client_address[0]),
        )
        try:
            answer = self.server.respond(request)
        except Exception:  # noqa: BLE001 - one request that breaks us must not end the desk
            say(traceback.format_exc())
            answer = message(500, "Internal Server Error")
        if self.command not in _SAFE:
            self.server.changed()
        return answer

    def _read(self) -> bytes | None:
        """Return the body; None where it is larger than the gateway takes."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("content-length", "0")
        if not length.isdecimal():
            return None
        if int(length) > MAX_BODY:
            self._swallow(int(length))
            return None
        return self.rfile.read(int(length))

    def _swallow(self, length: int) -> None:
        """Read a body that is too large to its end: who is still sending does not hear us."""
        for _ in range(0, min(length, _PATIENT_WITH), MAX_BODY):
            self.rfile.read(min(length, MAX_BODY))
            length -= MAX_BODY

    def _read_chunks(self) -> bytes | None:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline().split(b";")[0], 16)
            except ValueError:
                return None
            if len(body) + size > MAX_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name not in _OWN:
                self.send_header(name, value.replace("\r", "").replace("\n", " "))
        self.send_header("content-length", str(len(answer.body)))
        if self.server.closing:
            self.close_connection = True
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: what is worth telling is told by the functions."""
