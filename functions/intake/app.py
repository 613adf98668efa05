"""What the public may send: forms, signed deliveries, and the question whether we are well."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from functions.intake import answers, requests
from functions.intake.forms import Forms, Live
from functions.intake.hooks import Hooks
from guardia import environment, wiring
from guardia.logs import Log
from guardia.ports import Counters, HookLog, Secrets
from guardia.service import Guardia


def build(
    desk: Callable[[], Guardia],
    live: Live,
    *,
    secrets: Callable[[], Secrets] = wiring.secrets,
    counters: Callable[[], Counters] = wiring.counters,
    hook_log: Callable[[], HookLog] = wiring.hook_log,
    now: Callable[[], datetime] = environment.machine_now,
) -> Callable[..., dict[str, Any]]:
    """Build the handler over a help desk and its live configuration; tests bring their own."""
    log = Log("intake")
    forms = Forms(desk, live, counters, log)
    hooks = Hooks(
        desk, live, secrets=secrets, counters=counters, hook_log=hook_log, now=now, log=log
    )

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        try:
            return take_in(requests.read(event))
        except requests.UnreadableError as error:
            return answers.problem(error.status, str(error), {})
        except Exception as error:  # noqa: BLE001 - its message may quote what was sent
            log.failure("not taken in", error)
            return answers.problem(500, "this was not taken in; send it again", {})

    def take_in(request: requests.Request) -> dict[str, Any]:
        if request.path == "/healthz":
            return answers.ok(200, {"status": "ok"}, {})
        if "form" in request.parameters:
            return forms.answer(request)
        if "source" in request.parameters:
            return hooks.answer(request)
        return answers.problem(404, "there is nothing here", {})

    return handle


handler = build(wiring.guardia, wiring.current_desk)
wiring.prepare(wiring.guardia, wiring.live_desk)
