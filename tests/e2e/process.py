"""A desk in a process of its own, as `make run` starts it, spoken to by SMTP and HTTP."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.cloud import ROOT

INSTALLED = pytest.mark.skipif(
    not (ROOT / ".tools/ministack/bin/python").exists(),
    reason="ministack is not installed; `make install` does",
)

KEY = "gd_0123456789abcdefghij"
FRIDAY_EVENING = "2026-03-06T20:00:00+01:00"
PATIENCE = 15.0


def start(state: Path, **variables: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "STATE": str(state),
        "HTTP_PORT": "0",
        "SMTP_PORT": "0",
        "GUARDIA_API_KEY": KEY,
        **variables,
    }
    environment.pop("MAKELEVEL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass
class Process:
    """A desk in a process of its own."""

    state: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    child: "subprocess.Popen[str]" = field(init=False)
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.child = start(self.state, **self.variables)
        assert self.child.stdout is not None
        self.lines = [self.child.stdout.readline().strip() for _ in range(4)]
        assert self.lines[3] == "ready", self.lines

    def end(self, how: signal.Signals) -> tuple[int, str, str]:
        self.child.send_signal(how)
        out, err = self.child.communicate(timeout=40)
        return self.child.returncode, out, err

    def ask(
        self, method: str, path: str, body: Any = None, key: str | None = KEY
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = self.lines[0].removeprefix("http: ") + path
        return httpx.request(method, url, json=body, headers=headers, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, path, body).raise_for_status().json()

    def mail(self, mail: EmailMessage, to: str) -> None:
        host, port = self.lines[1].removeprefix("smtp: ").split(":")
        with smtplib.SMTP(host, int(port), timeout=10) as server:
            server.send_message(mail, from_addr=str(mail["From"]), to_addrs=[to])

    def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/v1/tickets")["items"]
        return found

    def outbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/_local/outbox")["items"]
        return found

    def inbound(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/_local/inbound")["items"]
        return found


def eventually(question: Callable[[], Any]) -> Any:
    """Return the first answer that is true, or the last one."""
    until = time.monotonic() + PATIENCE
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


def written(sender: str, subject: str, text: str, id: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "soporte@acme.example", subject
    mail["Message-ID"] = f"<{id}@mail.example>"
    mail["Date"] = "Fri, 06 Mar 2026 20:00:00 +0100"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail
