"""Signed deliveries to the process that `make run` starts: secrets given, made and printed."""

import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from guardia.hooks import signatures
from tests.e2e.process import INSTALLED, Process

pytestmark = INSTALLED

GIVEN = "whsec_YSBzZWNyZXQgdGhhdCBhbGwgdGhlIHdvcmxkIGtub3dz"
MAP = {"email": "$.customer.email", "subject": "$.title"}
DESK: dict[str, Any] = {
    "desk": {"name": "Acme", "addresses": ["soporte@acme.example"]},
    "agents": [{"email": "eva@acme.example", "role": "admin"}],
    "sources": [{"id": "tienda", "secret": "tienda-secret", "map": MAP}],
}
BODY = {"customer": {"email": "bea@mail.example"}, "title": "Pedido"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("hooks")
    (folder / "desk.json").write_text(json.dumps(DESK), encoding="utf-8")
    variables = {"DESK": str(folder / "desk.json"), "GUARDIA_SECRET_TIENDA_SECRET": GIVEN}
    process = Process(folder / "state", variables)
    yield process
    if process.child.poll() is None:
        process.end(signal.SIGINT)


def send(desk: Process, source: str, secret: str, id_: str = "m1") -> httpx.Response:
    body = json.dumps(BODY).encode()
    now = datetime.now(UTC)  # noqa: TID251 - the other side of a signature has no other clock
    headers = signatures.sign(id_, now, body, signatures.keys("standard", secret))
    url = desk.lines[0].removeprefix("http: ")
    return httpx.post(f"{url}/hooks/{source}", content=body, headers=headers, timeout=60)


def test_a_delivery_signed_with_the_secret_that_was_given_is_a_ticket_once(desk: Process) -> None:
    first, again = send(desk, "tienda", GIVEN), send(desk, "tienda", GIVEN)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    ticket = desk.call("GET", f"/v1/tickets/{first.json()['ticket']}")
    assert (ticket["channel"], ticket["subject"]) == ("hook", "Pedido")
    listed = desk.call("GET", "/v1/sources/tienda/deliveries")["items"]
    assert [one["outcome"] for one in listed] == ["repeat", "ticket"]


def test_signatures_are_of_the_machines_time_wherever_the_desks_clock_is(desk: Process) -> None:
    desk.call("POST", "/_local/clock", {"advance": "3d"})

    assert send(desk, "tienda", GIVEN, "m2").status_code == 202


def test_a_source_that_goes_live_later_gets_a_secret_that_is_printed(desk: Process) -> None:
    with_late = {**DESK, "sources": [*DESK["sources"], {"id": "late", "map": MAP}]}
    desk.call("PUT", "/v1/config", {"document": with_late})
    forged = send(desk, "late", GIVEN)
    _, _, told = desk.end(signal.SIGINT)

    made = re.findall(r"^GUARDIA_SECRET_LATE was not set; made: (whsec_\S+)$", told, re.M)
    assert forged.status_code == 401
    assert len(made) == 1

    desk.start()
    desk.call("PUT", "/v1/config", {"document": with_late})
    assert send(desk, "late", made[0]).status_code == 202
    assert GIVEN not in told


def test_no_secret_is_written_into_the_logs(desk: Process) -> None:
    logs = Path(desk.state / "desk.log").read_text(encoding="utf-8")

    assert '"hook"' in logs
    assert not [one for one in ("whsec_", "bea@", "Pedido") if one in logs]
