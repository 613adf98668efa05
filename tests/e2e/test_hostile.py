"""What attackers send to a running desk: refused or harmless, and the desk goes on serving."""

import json
import signal
import smtplib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from guardia.environment import machine_now
from guardia.hooks import signatures
from tests.e2e.process import INSTALLED, KEY, Process, eventually, written

pytestmark = INSTALLED

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
HITS: list[str] = []
"""What reached a server that only this machine can reach."""


class Inner(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        HITS.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def inner_urls(port: int) -> list[str]:
    hosts = [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0",  # noqa: S104 - refused, not bound
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "169.254.169.254", "169.254.170.2", "10.0.0.1", "localhost.", "127.0.0.1.nip.io",
    ]  # fmt: skip
    return [
        *(f"https://{one}/x" for one in hosts),
        *(f"http://{one}:{port}/x" for one in hosts),
        f"https://localhost:{port}/x",
    ]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Inner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = inner_urls(server.server_address[1])
    folder = tmp_path_factory.mktemp("hostile")
    document = {
        "desk": {"name": "Acme", "addresses": ["soporte@acme.example"]},
        "agents": [{"email": "eva@acme.example", "role": "admin"}],
        "forms": [{"id": "contacto", "name": "Contacto"}],
        "sources": [
            {
                "id": "tienda",
                "secret": "tienda-secret",
                "map": {"email": "$.email", "subject": "$.title", "message": "$.body"},
            }
        ],
        "webhooks": [
            {"id": f"w{n}", "url": url, "secret": "hook-secret"} for n, url in enumerate(urls)
        ],
        "triggers": [
            {
                "id": "call-them-all",
                "when": {
                    "all": [{"field": "subject", "is": "ssrf"}, {"field": "update", "is": "create"}]
                },
                "do": [{"webhook": {"webhook": f"w{n}"}} for n, _ in enumerate(urls)],
            }
        ],
    }
    (folder / "desk").mkdir()
    (folder / "desk" / "desk.json").write_text(json.dumps(document))
    process = Process(
        folder / "state",
        {
            "DESK": str(folder / "desk"),
            "GUARDIA_SECRET_TIENDA_SECRET": SECRET,
            "GUARDIA_SECRET_HOOK_SECRET": SECRET,
        },
    )
    yield process
    process.end(signal.SIGINT)
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _serves(desk: Process, request: pytest.FixtureRequest) -> Iterator[None]:
    """After each attack the desk takes in an honest mail."""
    yield
    sender = f"{abs(hash(request.node.name))}@honest.example"
    desk.mail(written(sender, "Hola", "Sigo aquí.", str(abs(hash(sender)))), "soporte@acme.example")
    assert eventually(
        lambda: [one for one in desk.tickets() if one["requester"]["email"] == sender]
    )


def url(desk: Process) -> str:
    return desk.lines[0].removeprefix("http: ")


def send_raw(desk: Process, raw: bytes, to: str = "soporte@acme.example") -> None:
    host, port = desk.lines[1].removeprefix("smtp: ").split(":")
    with smtplib.SMTP(host, int(port), timeout=60) as server:
        server.sendmail("mala@mala.example", [to], raw)


def became(desk: Process, count: int) -> list[dict[str, Any]]:
    """The mails that came in, once all of them are a ticket or set aside."""
    return eventually(  # type: ignore[no-any-return]  # the list
        lambda: (
            len(desk.inbound()) >= count
            and all(one["outcome"] != "pending" for one in desk.inbound())
            and desk.inbound()
        )
    )


def test_no_form_of_an_inner_address_is_called(desk: Process) -> None:
    asked = {"subject": "ssrf", "requester": "ana@globex.example", "comment": {"body": "x"}}
    ticket = desk.call("POST", "/v1/tickets", asked)["id"]

    def rows() -> list[dict[str, Any]]:
        found = desk.call("GET", f"/v1/outbox?ticket={ticket}")["items"]
        return [one for one in found if one["kind"] == "webhook"]

    assert eventually(lambda: rows() and all(one["state"] != "leased" for one in rows()))
    assert not [one for one in rows() if one["state"] == "accepted"]
    refused = [one for one in rows() if one["state"] == "parked"]
    assert len(refused) >= len(rows()) - 4  # names without an address may have one later
    assert HITS == []


def hook(desk: Process, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{url(desk)}/hooks/tienda", content=body, headers=headers, timeout=30)


BODY = json.dumps({"email": "bea@mail.example", "title": "Pedido", "body": "Roto"}).encode()


def signed(id_: str, body: bytes = BODY, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = machine_now() - timedelta(seconds=age)
    return {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, at, body.decode()),
    }


OTHER = "whsec_" + "QUFB" * 11


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed("m1", secret=OTHER),
        signed("m1", b'{"email": "eva@acme.example"}'),
        {**signed("m1"), "webhook-id": "m2"},
        {**signed("m1"), "webhook-signature": "v1,"},
        {**signed("m1"), "webhook-signature": "v2," + "A" * 44},
        signed("m1", age=3600),
        signed("m1", age=-3600),
    ],
    ids=["unsigned", "other secret", "other body", "other id", "empty", "other version", "old", "new"],
)  # fmt: skip
def test_a_forged_or_old_delivery_writes_nothing(desk: Process, headers: dict[str, str]) -> None:
    before = len(desk.tickets())
    assert hook(desk, BODY, headers).status_code in (400, 401)
    assert len(desk.tickets()) == before


def test_a_delivery_that_is_played_back_is_the_same_ticket(desk: Process) -> None:
    headers = signed("replayed")
    first, second = hook(desk, BODY, headers), hook(desk, BODY, headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["ticket"] == second.json()["ticket"]


@pytest.mark.parametrize("cut", [0, 1, len(BODY) // 2, len(BODY) - 1])
def test_a_truncated_delivery_is_refused(desk: Process, cut: int) -> None:
    assert hook(desk, BODY[:cut], signed("cut")).status_code in (400, 401)


@pytest.mark.parametrize("size", [300_000, 5_000_000])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/hooks/tienda", {"content-type": "application/json"}),
        ("POST", "/forms/contacto", {"content-type": "application/json"}),
        ("POST", "/forms/contacto", {"content-type": "multipart/form-data; boundary=b"}),
        (
            "POST",
            "/v1/tickets",
            {"content-type": "application/json", "authorization": f"Bearer {KEY}"},
        ),
    ],
)
def test_a_body_that_is_too_large_is_refused(
    desk: Process, method: str, path: str, headers: dict[str, str], size: int
) -> None:
    body = b'{"email": "a@b.example", "message": "' + b"x" * size + b'"}'
    answer = httpx.request(method, url(desk) + path, content=body, headers=headers, timeout=60)
    assert 400 <= answer.status_code < 500


def test_no_header_can_be_written_through_a_subject_a_name_or_an_address(desk: Process) -> None:
    raw = (
        b"From: =?utf-8?q?Eve=0D=0ABcc:_victim=40x.example?= <eve@evil.example>\r\n"
        b"To: soporte@acme.example\r\n"
        b"Subject: =?utf-8?q?Hi=0D=0ABcc:_victim=40x.example=0D=0A=0D=0AInjected?=\r\n"
        b"Message-ID: <injected@evil.example>\r\n\r\nhello\r\n"
    )
    send_raw(desk, raw)
    (ticket,) = eventually(
        lambda: [one for one in desk.tickets() if one["requester"]["email"] == "eve@evil.example"]
    )
    assert "\n" not in ticket["subject"]
    answer = {"body": "Hello,\r\nBcc: victim@x.example", "public": True}
    desk.call("POST", f"/v1/tickets/{ticket['id']}/comments", answer)
    sent = eventually(lambda: [one for one in desk.outbox() if one["ticket"] == ticket["id"]])
    mail = message_from_string(sent[-1]["raw"])
    assert mail["Bcc"] is None
    assert sent[-1]["to"] == "eve@evil.example"


def heavy(kind: str) -> bytes:
    head = b"From: Mala <mala@mala.example>\r\nTo: soporte@acme.example\r\nSubject: heavy\r\n"
    plain = head + b"Message-ID: <%s@mala.example>\r\n" % kind.replace(" ", "").encode()
    if kind == "headers":
        return plain + b"".join(b"X-%d: a\r\n" % n for n in range(200_000)) + b"\r\nhi\r\n"
    if kind == "recipients":
        copies = b",\r\n ".join(b"p%d@many.example" % n for n in range(20_000))
        return plain + b"Cc: " + copies + b"\r\n\r\nhi\r\n"
    if kind == "references":
        ids = b"\r\n ".join(b"<%d@x.example>" % n for n in range(20_000))
        return plain + b"References: " + ids + b"\r\n\r\nhi\r\n"
    if kind == "nested parts":
        body = b"hi\r\n"
        for n in range(900):
            body = (
                b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n"
                % (n, n, body, n)
            )
        return plain + body
    if kind == "nested tags":
        return plain + b"Content-Type: text/html\r\n\r\n" + b"<div>\r\n" * 20_000 + b"hi\r\n"
    if kind == "brackets":
        return (
            plain.replace(b"mala@mala.example", b"(\r\n " * 3_000 + b"mala@mala.example")
            + b"\r\nhi\r\n"
        )
    words = b"\r\n ".join(b"=?utf-8?q?=41?=" for _ in range(20_000))
    return plain.replace(b"heavy", words) + b"\r\nhi\r\n"


@pytest.mark.parametrize(
    "kind",
    ["headers", "recipients", "references", "nested parts", "nested tags", "brackets", "words"],
)
def test_a_mail_made_to_be_heavy_is_taken_in_or_set_aside(desk: Process, kind: str) -> None:
    before = len(desk.inbound())
    send_raw(desk, heavy(kind))
    (outcome,) = [one["outcome"] for one in became(desk, before + 1)[before:]]
    assert outcome == "suspended" or desk.call("GET", f"/v1/tickets/{outcome}")


NAMES = (
    "../../../etc/passwd", "C:\\Windows\\system32\\cmd.exe", "a\r\nContent-Type: text/html",
    "\u202etxt.exe", "con.txt", "." * 300, "x" * 5_000 + ".pdf", "\x00\x01.pdf", "",
    "=?utf-8?q?a=0D=0Ab?=.txt", "<script>alert(1)</script>.svg",
)  # fmt: skip


def test_hostile_file_names_are_made_harmless(desk: Process) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "files@mala.example", "soporte@acme.example"
    mail["Subject"], mail["Message-ID"] = "files", "<files@mala.example>"
    mail.set_content("see the files")
    for n, name in enumerate(NAMES):
        mail.add_attachment(f"file {n}".encode(), maintype="application", subtype="octet-stream")
        part = list(mail.iter_attachments())[-1]
        part["X-Name"] = "x"
        part.set_param(
            "name", "".join(one for one in name if one.isprintable()), header="Content-Type"
        )
    desk.mail(mail, "soporte@acme.example")
    (ticket,) = eventually(
        lambda: [one for one in desk.tickets() if one["requester"]["email"] == "files@mala.example"]
    )
    (entry,) = desk.call("GET", f"/v1/tickets/{ticket['id']}/entries")["items"]
    names = [one["name"] for one in entry["comment"]["attachments"]]
    assert len(names) == len(NAMES)
    assert not [name for name in names if set(name) & set('/\\<>:"|?*\r\n\x00\u202e') or not name]


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"1" * 5_000, b'{"requester": 1e999}']
)
def test_deep_and_odd_json_is_a_problem_of_the_caller(desk: Process, body: bytes) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    for path in ("/v1/tickets", "/forms/contacto", "/hooks/tienda"):
        answer = httpx.post(url(desk) + path, content=body, headers=headers, timeout=30)
        assert 400 <= answer.status_code < 500, path


def test_the_signature_of_others_is_the_one_we_make() -> None:
    """Both sides of this file sign alike: a test that forged badly would prove nothing."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    ours = signatures.sign("m", at, BODY, signatures.keys("standard", SECRET))
    assert ours["webhook-signature"] == Webhook(SECRET).sign("m", at, BODY.decode())
