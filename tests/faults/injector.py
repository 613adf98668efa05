"""Sees every call of AWS that the handlers make, and lets chosen ones go wrong."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

import botocore.session
from botocore.awsrequest import AWSResponse
from moto.core import botocore_stubber as stubbing
from moto.core.models import botocore_stubber

from infra.local.cloud import ROOT
from tests.faults.faults import Answer, Call, Fault, body_of, lost

TOKEN_LIVES: Final = timedelta(minutes=10)
"""For how long DynamoDB takes a transaction with the same token for the same one."""

_SOURCES: Final = tuple(str(ROOT / one) + "/" for one in ("functions", "layers/common/guardia"))


class Injector:
    """The hooks of one botocore session. Nothing is counted or spoiled outside `inside`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take the clock by which tokens of transactions end."""
        self._now = now
        self.session = botocore.session.get_session()
        self.session.unregister("before-send", botocore_stubber)
        self.session.register("before-send", self._send)
        self.session.register("before-call", self._before)
        self.session.register("after-call", self._after)
        self.turn: Callable[[Call], None] = lambda _: None
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.accepted: list[tuple[str, str, bytes, datetime]] = []
        self.sites: set[str] = set()
        self._thread = threading.local()
        self.arm("", {})

    def arm(self, function: str, plan: Mapping[int, Fault]) -> None:
        """From now on count the calls of a function (of every one, where it is empty), and let
        those of the plan go wrong."""
        self._counted, self._plan = function, dict(plan)
        self.calls: list[Call] = []
        self.struck: list[Call] = []
        self.lost_answers = 0

    @contextmanager
    def inside(self, function: str) -> Iterator[None]:
        """The calls made in here are those of a function."""
        self._thread.function = function
        try:
            yield
        finally:
            self._thread.function = None

    # -- hooks -------------------------------------------------------------------------------------

    def _before(self, model: Any, params: Any, context: Any, **_: Any) -> Answer | None:
        function = getattr(self._thread, "function", None)
        if function is None:
            return None
        site = _site()
        self.sites.add(site)
        call = Call(
            n=len(self.calls) + 1,
            function=function,
            service=model.service_model.service_name,
            operation=model.name,
            body=body_of(params) if model.service_model.service_name == "dynamodb" else {},
            site=site,
        )
        self.turn(call)
        context["guardia_call"] = call
        if self._counted in ("", function):
            self.calls.append(call)
            fault = self._plan.pop(call.n, None)
            if fault is not None and fault.fits(call):
                context["guardia_fault"] = fault
                self.struck.append(call)
                answer = fault.before(call)
                if answer is not None:
                    return answer
        return self._repeated(call)

    def _repeated(self, call: Call) -> Answer | None:
        """What DynamoDB answers to a transaction that it knows by its token (moto knows none)."""
        token = call.body.get("ClientRequestToken")
        known, until = self.tokens.get(str(token), ("", self._now()))
        if not token or until <= self._now():
            return None
        status = 200 if known == _content(call) else 400
        parsed: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": status}}
        if status != 200:
            parsed["Error"] = {"Code": "IdempotentParameterMismatchException", "Message": "token"}
        return AWSResponse("https://known", status, {}, None), parsed

    def _send(self, request: Any, event_name: str, **_: Any) -> Any:
        context = getattr(request, "context", {}) or {}
        call: Call | None = context.get("guardia_call")
        answer = self._known_token(call) or botocore_stubber(event_name, request)
        done = getattr(answer, "status_code", 500) < 300
        if call is not None and done:
            self._carried_out(call, request, answer)
        fault: Fault | None = context.get("guardia_fault")
        if fault is not None:
            context["guardia_attempt"] = context.get("guardia_attempt", 0) + 1
            if fault.lose(context["guardia_attempt"]):
                self.lost_answers += 1
                raise lost(request.url)
        return answer

    def _known_token(self, call: Call | None) -> Any:
        """The client's own repetition of a transaction whose answer was lost."""
        if call is None or self._repeated(call) is None:
            return None
        raw = stubbing.MockRawResponse(b"{}")
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse("https://known", 200, headers, raw)

    def _carried_out(self, call: Call, request: Any, answer: Any) -> None:
        if call.operation == "TransactWriteItems" and "ClientRequestToken" in call.body:
            token = str(call.body["ClientRequestToken"])
            self.tokens[token] = (_content(call), self._now() + TOKEN_LIVES)
        if call.operation == "SendEmail":
            said = json.loads(request.body)
            tags = {one["Name"]: one["Value"] for one in said["EmailTags"]}
            provider_id = json.loads(answer.content)["MessageId"]
            raw = said["Content"]["Raw"]["Data"].encode()
            self.accepted.append((tags["guardia_row"], provider_id, raw, self._now()))

    def _after(self, http_response: Any, parsed: Any, context: Any, **_: Any) -> None:
        fault: Fault | None = context.get("guardia_fault")
        if fault is None:
            return
        answer = fault.after(context["guardia_call"])
        if answer is not None:
            self.lost_answers += 1
            http_response.status_code = answer[0].status_code
            parsed.clear()
            parsed.update(answer[1])


def _content(call: Call) -> str:
    return json.dumps(call.body, sort_keys=True)


def _site() -> str:
    """The innermost line of ours that leads to this call, as `path:line`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_SOURCES):
            return f"{Path(name).relative_to(ROOT)}:{frame.f_lineno}"
        frame = frame.f_back
    return "?"
