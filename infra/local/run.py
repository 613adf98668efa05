"""`make run`: a desk in the foreground until Ctrl-C."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from infra.local.cloud import CloudError
from infra.local.desk import DeskError
from infra.local.intrinsics import TemplateError
from infra.local.invoke import say
from infra.local.running import EXAMPLE, HOST, PortError, Running, Settings, desk
from infra.local.state import StateError

REFUSED: Final = 2
_LAST_PORT: Final = 65535
_LOOK: Final = 0.5
"""Seconds between looks whether what we need is still there."""


class SettingError(Exception):
    """A variable of the environment holds what cannot be used."""


def main() -> int:
    """Run until told to stop; return the exit status."""
    stop = threading.Event()
    ends = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
        ends.append(signal.SIGHUP)
    for one in ends:
        signal.signal(one, lambda *_: stop.set())
    try:
        settings = settings_of(os.environ)
        out = sys.stdout
        with desk(settings) as running:
            _announce(running, out)
            _stay(running, stop)
            say("ending; what is under way is finished first")
    except (
        CloudError,
        DeskError,
        OSError,
        PortError,
        SettingError,
        StateError,
        TemplateError,
    ) as error:
        say(f"guardia: {error}")
        return REFUSED
    return 0


def settings_of(variables: Mapping[str, str]) -> Settings:
    """Read the variables of `make run`; an empty one counts as missing.

    Raises:
        SettingError: one of them makes no sense.
    """
    given = {name: value for name, value in variables.items() if value}
    return Settings(
        state=Path(given.get("STATE", ".guardia")),
        desk=Path(given.get("DESK", EXAMPLE)),
        http_port=_port("HTTP_PORT", given.get("HTTP_PORT", "8030")),
        smtp_port=_port("SMTP_PORT", given.get("SMTP_PORT", "2530")),
        fresh=given.get("FRESH", "0").lower() not in {"0", "no", "false"},
        api_key=given.get("GUARDIA_API_KEY"),
        relay=_relay(given.get("RELAY_SMTP")),
        log_to_file=True,
    )


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise SettingError(f"{name}={text} is no port; give a number from 0 to {_LAST_PORT}")
    return int(text)


def _relay(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host:
        raise SettingError(f"RELAY_SMTP={text} is not host:port")
    return host, _port("RELAY_SMTP", port)


def _announce(running: Running, out: TextIO) -> None:
    print(f"http: {running.http_url}", file=out)
    print(f"smtp: {HOST}:{running.smtp_port}", file=out)
    print(f"api key: {running.api_key}", file=out)
    print("ready", file=out, flush=True)


def _stay(running: Running, stop: threading.Event) -> None:
    """Return when we are told to stop, or when what we need is gone.

    Where the `make` that started us is killed nobody else could stop us.

    Raises:
        CloudError: the local AWS ended by itself.
    """
    parent = os.getppid() if "MAKELEVEL" in os.environ else None
    while not stop.wait(_LOOK):
        if parent is not None and os.getppid() != parent:
            return
        if not running.cloud.alive:
            raise CloudError("the local AWS ended; start again, nothing older than 30 s is lost")


if __name__ == "__main__":
    sys.exit(main())
