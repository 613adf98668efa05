"""The first evening of a desk, by SMTP and HTTP, on the process that `make run` starts."""

import signal
import smtplib
import socket
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import FRIDAY_EVENING, INSTALLED, Process, eventually, start, written

pytestmark = INSTALLED


ANA = "ana@mail.example"
FIRST = written(
    ANA, "No funciona la VPN", "Hola, desde esta tarde no puedo entrar en la VPN. Gracias.", "1"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("desk") / "state")
    process.call("POST", "/_local/clock", {"to": FRIDAY_EVENING})
    process.mail(FIRST, "soporte@acme.example")
    eventually(lambda: process.outbox() and process.inbound()[0]["outcome"] != "pending")
    yield process
    process.end(signal.SIGINT)


def to_ana(desk: Process) -> list[dict[str, Any]]:
    return [row for row in desk.outbox() if row["to"] == ANA]


def test_a_mail_on_friday_evening_is_a_ticket_of_the_department_it_was_sent_to(
    desk: Process,
) -> None:
    (ticket,) = [one for one in desk.tickets() if one["requester"]["email"] == ANA]
    assert (ticket["subject"], ticket["group"], ticket["status"]) == (
        "No funciona la VPN",
        "tecnicos",
        "new",
    )
    assert ticket["created_at"].startswith("2026-03-06T19:00:")
    assert desk.inbound()[0]["outcome"] == ticket["id"]


def test_the_customer_hears_at_once_that_the_desk_is_back_on_monday_at_nine(
    desk: Process,
) -> None:
    answer = to_ana(desk)[0]
    assert (answer["kind"], answer["rule"]) == ("email", "fuera-de-horario")
    assert "lunes" in answer["text"]
    assert "9 de marzo" in answer["text"]
    assert "09:00" in answer["text"]


def test_the_recipient_sees_the_message_id_that_the_provider_gave(desk: Process) -> None:
    raw = message_from_string(to_ana(desk)[0]["raw"])
    ids = raw.get_all("Message-ID")
    assert ids is not None
    assert len(ids) == 1
    assert ids[0].endswith("@eu-west-1.amazonses.com>")


def test_the_same_mail_again_is_no_second_ticket(desk: Process) -> None:
    before = len(desk.tickets())
    desk.mail(FIRST, "soporte@acme.example")
    assert eventually(lambda: desk.inbound()[-1]["outcome"] != "pending")
    assert desk.inbound()[-1]["outcome"] == "duplicate"
    assert len(desk.tickets()) == before


def test_a_reply_to_the_answer_goes_to_the_ticket_it_answers(desk: Process) -> None:
    answer = message_from_string(to_ana(desk)[0]["raw"])
    ticket = desk.inbound()[0]["outcome"]
    reply = written(
        ANA,
        f"Re: {answer['Subject']}",
        "Ya he reiniciado y sigue igual.",
        "2",
        In_Reply_To=str(answer["Message-ID"]),
        References=str(answer["Message-ID"]),
    )
    desk.mail(reply, str(answer["Reply-To"]).split("<")[-1].rstrip(">"))
    assert eventually(lambda: desk.inbound()[-1]["outcome"] == ticket)
    entries = desk.call("GET", f"/v1/tickets/{ticket}/entries")["items"]
    assert "sigue igual" in entries[-1]["comment"]["text"]


def test_an_important_customer_is_seen_to_at_once_in_their_own_language(desk: Process) -> None:
    desk.mail(
        written(
            "bob@globex.example",
            "Nothing works any more",
            "Hello, since this afternoon nothing works for us. Please help, this is urgent.",
            "3",
        ),
        "soporte@acme.example",
    )
    ticket = eventually(
        lambda: [one for one in desk.tickets() if one["requester"]["email"] == "bob@globex.example"]
    )[0]
    assert (ticket["priority"], ticket["group"]) == ("urgent", "tecnicos")

    def sent() -> set[tuple[str, str]]:
        return {(row["kind"], row["to"]) for row in desk.outbox() if row["ticket"] == ticket["id"]}

    expected = {
        ("email", "bob@globex.example"),
        ("notify", "eva@acme.example"),
        ("notify", "luis@acme.example"),
    }
    assert eventually(lambda: sent() == expected), sent()
    answer = next(row for row in desk.outbox() if row["to"] == "bob@globex.example")
    assert "Monday" in answer["text"]


def test_what_waits_for_the_hours_goes_out_when_they_begin(desk: Process) -> None:
    before = len(desk.outbox())
    now = desk.call("POST", "/_local/clock", {"to": "2026-03-09T09:00:30+01:00"})["now"]
    told = [row for row in desk.outbox()[before:] if row["rule"] == "avisar-al-grupo"]
    assert now.startswith("2026-03-09T08:00:3")
    assert {row["to"] for row in told} == {"eva@acme.example", "luis@acme.example"}
    assert {row["at"] for row in told} == {"2026-03-09T08:00:00Z"}


def test_mail_for_somebody_else_is_refused(desk: Process) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        desk.mail(FIRST, "somebody@elsewhere.example")
    assert [code for code, _ in refused.value.recipients.values()] == [550]


@pytest.mark.parametrize(
    "body", [{}, {"advance": "soon"}, {"to": "2026-03-06"}, {"to": "x", "advance": "1h"}, [1]]
)
def test_a_clock_that_is_asked_for_nonsense_says_so(desk: Process, body: Any) -> None:
    refused = desk.ask("POST", "/_local/clock", body)
    assert (refused.status_code, refused.json()["status"]) == (400, 400)
    assert refused.headers["content-type"] == "application/problem+json"


def test_nobody_comes_in_without_the_key(desk: Process) -> None:
    assert desk.ask("GET", "/v1/tickets", key=None).status_code == 401
    assert desk.ask("GET", "/v1/tickets", key="gd_somebody_elses_key").status_code == 403


@pytest.mark.parametrize(
    ("how", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)]
)
def test_tickets_clock_and_outbox_are_there_after_the_next_start(
    tmp_path: Path, how: signal.Signals, status: int
) -> None:
    process = Process(tmp_path / "state")
    process.call("POST", "/_local/clock", {"to": FRIDAY_EVENING})
    for number in range(3):
        process.mail(
            written(f"c{number}@mail.example", f"Consulta {number}", "Hola", f"s{number}"),
            "soporte@acme.example",
        )
    eventually(lambda: len(process.outbox()) == 3)
    before = sorted(one["id"] for one in process.tickets())
    ended, out, err = process.end(how)
    process.start()
    after = sorted(one["id"] for one in process.tickets())
    sent = len(process.outbox())
    now = process.call("GET", "/_local/clock")["now"]
    process.end(signal.SIGINT)
    assert (ended, out) == (status, "")
    assert "Traceback" not in err
    assert (len(before), after, sent) == (3, before, 3)
    assert now.startswith("2026-03-06T19:")


def refusal(state: Path, **variables: str) -> tuple[int, str]:
    out, err = (child := start(state, **variables)).communicate(timeout=40)
    assert out == ""
    return child.returncode, err


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = refusal(tmp_path / "state", HTTP_PORT=port)
    assert status == 2
    assert said.count("\n") == 1
    assert port in said
    assert "HTTP_PORT" in said


def test_a_state_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    Process(tmp_path / "state").end(signal.SIGINT)
    (tmp_path / "state" / "version.json").write_text('{"format": 99}')
    status, said = refusal(tmp_path / "state")
    assert (status, said.count("\n")) == (2, 1)
    assert "FRESH=1" in said


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"GUARDIA_API_KEY": "short"}, "gd_"),
        ({"HTTP_PORT": "many"}, "HTTP_PORT"),
        ({"DESK": "there-is-none"}, "there-is-none"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence(
    tmp_path: Path, variables: dict[str, str], word: str
) -> None:
    status, said = refusal(tmp_path / "state", **variables)
    assert (status, said.count("\n")) == (2, 1)
    assert word in said


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    status, said = refusal(tmp_path, FRESH="1")
    assert (status, said.count("\n")) == (2, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]
