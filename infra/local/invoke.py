"""Calling handlers as Lambda does: JSON in, JSON out, a context, one invocation at a time."""

import importlib
import json
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from infra.local.intrinsics import TemplateError
from infra.local.stack import Function, Stack, function_arn

Handler = Callable[[Any, Any], Any]


class InvocationError(Exception):
    """The handler raised, or answered with what is not JSON."""


@dataclass(slots=True, kw_only=True)
class Context:
    """What a handler is told about its invocation; the names are those of Lambda's context."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    log_group_name: str = "/local"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None
    tenant_id: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return how much of the function's time-out is left."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Invoker:
    """Holds the loaded handlers of a stack."""

    def __init__(self, stack: Stack) -> None:
        """Import every handler.

        Raises:
            TemplateError: a handler's module or name does not exist.
        """
        self._functions = {one.id: one for one in stack.functions}
        self._handlers = {one.id: _load(one) for one in stack.functions}
        # A container serves one event at a time, and handlers count on it. All that HTTP wakes
        # share one lock: their router keeps the current event in a place of the whole process.
        behind_http = {one.function for one in stack.routes}
        behind_http |= {one.function for one in stack.authorizers.values()}
        shared = threading.Lock()
        self._locks = {
            id: shared if id in behind_http else threading.Lock() for id in self._functions
        }

    def __call__(self, id: str, event: Any) -> Any:
        """Call the function with this logical id and return what it answers.

        Raises:
            InvocationError: it raised.
        """
        function = self._functions[id]
        given = json.loads(json.dumps(event))
        with self._locks[id]:
            start = time.monotonic()
            context = Context(
                function_name=function.name,
                memory_limit_in_mb=function.memory,
                invoked_function_arn=function_arn(function.name),
                aws_request_id=str(uuid4()),
                deadline=start + function.timeout,
            )
            try:
                answer = json.loads(json.dumps(self._handlers[id](given, context)))
            except Exception as error:  # whatever a handler raises is a failed invocation
                traceback.print_exc(file=sys.stderr)
                raise InvocationError(f"{id} failed") from error
            taken = time.monotonic() - start
        if taken > function.timeout:
            say(
                f"{id} took {taken:.1f} s; on AWS it would have been stopped at"
                f" {function.timeout} s"
            )
        return answer


def say(line: str) -> None:
    """Tell the person at the terminal something; standard output is for data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - talk goes to standard error


def _load(function: Function) -> Handler:
    module_name, _, name = function.handler.rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TemplateError(
            f"{function.id}: the handler {function.handler} cannot be loaded: {error}"
        ) from error
    return handler
