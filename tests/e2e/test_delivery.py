"""What leaves a running desk and what is heard of it: webhooks over HTTP, mail that comes back."""

import json
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.process import INSTALLED, Process, eventually, written

pytestmark = INSTALLED

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
BOUNCE = "bounce@simulator.amazonses.com"


@dataclass
class Pager:
    """A real endpoint. `says` are the statuses of its answers in turn, then 200."""

    says: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def serve(self) -> ThreadingHTTPServer:
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                pager.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(pager.says.pop(0) if pager.says else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@pytest.fixture(scope="module")
def pager() -> Pager:
    return Pager()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, pager: Pager) -> Iterator[Process]:
    server = pager.serve()
    host = f"127.0.0.1:{server.server_address[1]}"
    folder = tmp_path_factory.mktemp("delivery")
    document = {
        "desk": {"name": "Acme", "addresses": ["soporte@acme.example"]},
        "agents": [{"email": "eva@acme.example", "role": "admin"}],
        "webhooks": [
            {"id": "pager", "url": f"http://{host}/hook", "secret": "pager-secret"},
            {"id": "inner", "url": "http://127.0.0.1:1/"},
        ],
        "triggers": [
            {
                "id": "page",
                "when": {"all": [{"field": "update", "is": "create"}]},
                "do": [
                    {"webhook": {"webhook": "pager", "body": {"ticket": "{{ticket.id}}"}}},
                    {"webhook": {"webhook": "inner"}},
                    {"email": {"to": "requester", "subject": "Got it", "body": "Thank you."}},
                ],
            }
        ],
    }
    (folder / "desk").mkdir()
    (folder / "desk" / "desk.json").write_text(json.dumps(document))
    process = Process(
        folder / "state",
        {
            "DESK": str(folder / "desk"),
            "GUARDIA_ALLOW_HOSTS": host,
            "GUARDIA_SECRET_PAGER_SECRET": SECRET,
            "GUARDIA_SECRET_INNER": SECRET,
        },
    )
    yield process
    process.end(signal.SIGINT)
    server.shutdown()
    server.server_close()


def rows(desk: Process, ticket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.call("GET", f"/v1/outbox?ticket={ticket}")["items"]
    return found


def opened(desk: Process, sender: str, id: str) -> str:
    """Send a mail; return the ticket it opened once everything it set off is done."""
    desk.mail(written(sender, "VPN", "No conecta.", id), "soporte@acme.example")
    (ticket,) = eventually(
        lambda: [one for one in desk.tickets() if one["requester"]["email"] == sender]
    )
    eventually(
        lambda: all(one["state"] not in ("leased", "new") for one in rows(desk, ticket["id"]))
    )
    return str(ticket["id"])


@pytest.fixture(scope="module")
def ticket(desk: Process) -> str:
    return opened(desk, "ana@globex.example", "1")


def test_a_webhook_is_called_over_http_with_a_signature_that_others_can_check(
    pager: Pager, ticket: str
) -> None:
    assert eventually(lambda: pager.got)
    headers, body = pager.got[0]
    assert Webhook(SECRET).verify(body, headers) == {"ticket": ticket}
    assert headers["webhook-id"] == f"{ticket}.1.0"


def test_a_call_is_among_what_was_really_sent(desk: Process, ticket: str) -> None:
    (row,) = [
        one for one in desk.outbox() if one["kind"] == "webhook" and one["channel"] == "pager"
    ]
    assert (row["ticket"], row["text"]) == (
        ticket,
        json.dumps({"ticket": ticket}, separators=(",", ":")),
    )


def test_an_address_of_this_machine_that_nobody_allowed_is_refused_and_told(
    desk: Process, ticket: str
) -> None:
    (row,) = [one for one in rows(desk, ticket) if one["channel"] == "inner"]
    assert (row["state"], row["error"]) == ("parked", "only https is called")
    listed = desk.call("GET", "/v1/outbox")["items"]
    assert row["id"] in [one["id"] for one in listed]


def test_mail_that_arrived_says_so(desk: Process, ticket: str) -> None:
    assert eventually(
        lambda: [
            one
            for one in rows(desk, ticket)
            if one["recipients"] == {"ana@globex.example": "delivered"}
        ]
    )


def test_an_answer_that_comes_back_is_a_note_and_stops_automatic_mail_until_it_is_cleared(
    desk: Process,
) -> None:
    asked = {"subject": "Hi", "requester": BOUNCE, "comment": {"body": "Your order is late."}}
    ticket = desk.call("POST", "/v1/tickets", asked)["id"]
    notes = eventually(
        lambda: [
            one
            for one in desk.call("GET", f"/v1/tickets/{ticket}/entries")["items"]
            if one["actor"]["kind"] == "system"
        ]
    )
    assert not notes[0]["comment"]["public"]
    assert BOUNCE in notes[0]["comment"]["text"]
    assert desk.call("GET", f"/v1/addresses/{BOUNCE}")["state"] == "bounced"
    assert desk.call("POST", f"/v1/addresses/{BOUNCE}/clear")["state"] is None


def test_a_call_that_failed_is_made_again_at_the_next_minute(desk: Process, pager: Pager) -> None:
    pager.says = [500]
    ticket = opened(desk, "bea@globex.example", "4")
    row = f"{ticket}.1.0"
    failed = desk.call("GET", "/v1/webhooks/pager/deliveries")["items"]
    assert [(one["outcome"], one["status"]) for one in failed if one["id"] == row] == [
        ("failed", 500)
    ]
    desk.call("POST", "/_local/clock", {"advance": "1m"})
    made = desk.call("GET", "/v1/webhooks/pager/deliveries")["items"]
    assert [one["outcome"] for one in made if one["id"] == row] == ["ok", "failed"]


def test_a_call_that_arrived_can_be_made_again_by_hand(
    desk: Process, pager: Pager, ticket: str
) -> None:
    before = len(pager.got)
    desk.call("POST", f"/v1/outbox/{ticket}.1.0/retry")
    desk.call("POST", "/_local/clock", {"advance": "1m"})
    assert len(pager.got) == before + 1


def test_a_mail_that_was_sent_cannot(desk: Process, ticket: str) -> None:
    (row,) = [one for one in rows(desk, ticket) if one["kind"] == "email"]
    assert desk.ask("POST", f"/v1/outbox/{row['id']}/retry").status_code == 409
