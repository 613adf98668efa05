"""One call of an endpoint over HTTP: to the address that was checked, bounded in time and size."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from guardia.adapters.egress import Resolve, Target, target
from guardia.ports import Answer, UnreachableError

PATIENCE: Final = 10.0
"""Seconds for the whole call, however slowly an endpoint drips."""

MOST_ANSWER: Final = 65_536
_MOST_WAIT: Final = 86_400


class Caller:
    """The `Endpoints` port over sockets. `allowed` are `host:port` of fakes on this machine."""

    def __init__(
        self,
        resolve: Resolve,
        *,
        allowed: frozenset[str] = frozenset(),
        patience: float = PATIENCE,
        context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        """Take what resolves names, and how certificates are checked."""
        self._resolve, self._allowed, self._patience = resolve, allowed, patience
        self._context = context

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a body and return what was answered. No redirect is followed.

        Raises:
            ForbiddenError: it may not be called; see `egress.target`.
            UnreachableError: the name has no address now, the connection could not be made, or no
                answer came in time.
        """
        where = target(url, self._resolve, self._allowed)
        try:
            plain = socket.create_connection((where.address, where.port), self._patience)
        except OSError as error:
            raise UnreachableError(f"no connection ({_named(error)})") from error
        over = threading.Event()
        # The time-out of a socket begins anew with every byte; this one does not.
        watch = threading.Timer(self._patience, _cut, (plain, over))
        watch.daemon = True
        watch.start()
        try:
            answer = self._exchange(plain, where, body, headers)
            if over.is_set():  # what was cut off reads like an end
                raise TimeoutError
            return answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = over.is_set() or isinstance(error, TimeoutError)
            how = f"no answer within {self._patience:g} s" if late else _named(error)
            raise UnreachableError(how) from error
        finally:
            watch.cancel()
            plain.close()

    def _exchange(
        self, plain: socket.socket, where: Target, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        connection = http.client.HTTPConnection(where.name, where.port)
        connection.sock = plain
        if where.scheme == "https":
            # The certificate must be the name's, whatever address it was resolved to.
            connection.sock = self._context().wrap_socket(plain, server_hostname=where.name)
        try:
            connection.putrequest("POST", where.path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": where.host, **headers, "Connection": "close"}.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            # One that is cut off in the middle of its answer may think that the call failed.
            with suppress(http.client.IncompleteRead):
                answer.read(MOST_ANSWER)
            return Answer(status=answer.status, retry_after=_wait(answer.getheader("Retry-After")))
        finally:
            connection.close()


def _cut(plain: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)


def _named(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error")


def _wait(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:9]), _MOST_WAIT)
