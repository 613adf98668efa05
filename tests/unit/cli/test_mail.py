"""`guardia mail` answers every line, in the keys of the outside contract."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.mail import app

RAW = (
    b"From: Ana <ana@globex.example>\r\nTo: soporte+k7q2m9xd.abcdefghijklmnop@acme.example\r\n"
    b"Subject: VPN\r\nMessage-ID: <m1@globex.example>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p onclick=x()>No puedo conectar desde casa, gracias</p>\r\n"
)
KEYS = [
    "message_id", "in_reply_to", "references", "date", "from", "reply_to", "sender", "to", "cc",
    "subject", "text", "html", "reply", "language", "attachments", "automatic", "verdict", "token",
    "defects", "tier",
]  # fmt: skip


def run(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    result = CliRunner().invoke(app, arguments, input=stdin)
    return result.exit_code, [json.loads(one) for one in result.stdout.splitlines()], result.stderr


def test_a_mail_is_answered_in_the_keys_of_the_contract() -> None:
    code, (found,), _ = run("parse", stdin=RAW)

    assert code == 0
    assert list(found) == KEYS
    assert found["from"] == {"name": "Ana", "address": "ana@globex.example"}
    assert found["date"] == "2026-03-02T09:00:00Z"
    assert found["html"] == "<p>No puedo conectar desde casa, gracias</p>"
    assert found["text"] == found["reply"] == "No puedo conectar desde casa, gracias"
    assert found["language"] == "es"
    assert found["automatic"] == {"value": False, "reason": None}
    assert found["verdict"] == "ticket"
    assert found["token"] == "k7q2m9xd.abcdefghijklmnop"
    assert (found["reply_to"], found["sender"], found["in_reply_to"]) == (None, None, None)


def test_an_attachment_is_described_and_its_bytes_are_not_printed() -> None:
    mail = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png;"
        b" name=a.png\r\nContent-ID: <x@y>\r\nContent-Disposition: inline\r\n\r\nPNG\r\n--b--\r\n"
    )

    _, (found,), _ = run("parse", stdin=mail)

    assert found["attachments"] == [
        {
            "name": "a.png",
            "type": "image/png",
            "size": 3,
            "sha256": hashlib.sha256(b"PNG").hexdigest(),
            "inline": True,
            "content_id": "x@y",
        }
    ]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(RAW)

    code, (found,), _ = run("parse", str(path))

    assert (code, found["subject"]) == (0, "VPN")


def test_each_line_is_answered_and_a_bad_one_stops_nothing() -> None:
    lines = [
        {"id": 1, "raw_b64": base64.b64encode(RAW).decode()},
        {"id": 2, "raw_b64": "%%%"},
        {"id": 3},
        {"id": 4, "raw_b64": ""},
    ]
    stdin = b"\n".join(json.dumps(one).encode() for one in lines) + b"\nno json\n[]\n\n\xff\n"

    code, found, _ = run("parse", "--jsonl", stdin=stdin)

    assert code == 0
    assert [one["id"] for one in found] == [1, 2, 3, 4, None, None, None]
    assert [one.get("line") for one in found] == [None, 2, 3, None, 5, 6, 8]
    assert found[0]["subject"] == "VPN"
    assert found[1]["error"] == "raw_b64: is not base64"
    assert found[3]["defects"] == ["empty"]


def test_replies_are_trimmed_line_by_line() -> None:
    lines = [
        {"id": "a", "text": "Sí\n\n> viejo"},
        {"id": "b", "html": "<div>Sí</div><blockquote>viejo</blockquote>"},
        {"id": "c", "text": 7},
        {"id": "d"},
    ]
    stdin = b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in lines)

    code, found, _ = run("reply", "--jsonl", stdin=stdin)

    assert code == 0
    assert found[:2] == [{"id": "a", "reply": "Sí"}, {"id": "b", "reply": "Sí"}]
    assert found[2] == {"id": "c", "line": 3, "error": "text: must be a text"}
    assert found[3]["error"] == "text or html: one of them must be given"


@pytest.mark.parametrize("command", ["parse", "reply"])
@pytest.mark.parametrize("name", ["missing.eml", "."])
def test_a_file_that_cannot_be_read_ends_with_two_and_a_sentence(
    command: str, name: str, tmp_path: Path
) -> None:
    code, found, stderr = run(command, str(tmp_path / name))

    assert (code, found) == (2, [])
    assert "cannot be read" in stderr
    assert len(stderr.splitlines()) == 1
