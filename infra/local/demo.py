"""`make demo`: a working week of the example desk, and what time does to it in the next.

By real mail and HTTP, on a virtual clock. Each line told is a line checked: where the story does
not come true, it ends with status 1.
"""

import smtplib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_string
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from infra.local.cloud import CloudError
from infra.local.desk import DeskError
from infra.local.intrinsics import TemplateError
from infra.local.running import EXAMPLE, HOST, PortError, Running, Settings, desk
from infra.local.state import StateError

DESK_ADDRESS: Final = "soporte@acme.example"
ANA, BOB = "ana@mail.example", "bob@globex.example"
_PATIENCE: Final = 10.0
_MINUTE: Final = 60

Row = dict[str, Any]


class UntrueError(Exception):
    """The story did not come true."""


@dataclass
class Week:
    """The desk, and who tells of it."""

    running: Running
    console: Console
    mails: int = 0
    seen: int = field(default=0)

    def at(self, instant: str, words: str) -> None:
        """Let time pass until an instant; all that is due on the way happens."""
        self._api("POST", "/_local/clock", {"to": instant})
        self.console.print(f"\n[bold cyan]{words}[/]")

    def tell(self, true: Any, words: str) -> None:
        """Tell a line of the story that must be true.

        Raises:
            UntrueError: it is not.
        """
        if not true:
            raise UntrueError(words)
        self.console.print(f"  [green]✓[/] {words}", highlight=False)

    def say(self, words: str) -> None:
        """Tell what somebody does."""
        self.console.print(f"  [yellow]→[/] {words}", highlight=False)

    def mail(self, sender: str, subject: str, text: str, answer: Row | None = None) -> EmailMessage:
        """Send a mail to the desk; with `answer`, as a reply to that row of the outbox."""
        self.mails += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, DESK_ADDRESS, subject
        mail["Message-ID"] = f"<{self.mails}@{sender.rpartition('@')[2]}>"
        if answer is not None:
            original = message_from_string(answer["raw"])
            mail["In-Reply-To"] = mail["References"] = str(original["Message-ID"])
            mail.replace_header("To", str(original["Reply-To"]))
        mail.set_content(text)
        self.send(mail)
        return mail

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail to the desk's SMTP server and wait until all of it is done."""
        with smtplib.SMTP(HOST, self.running.smtp_port, timeout=10) as server:
            server.send_message(mail)
        _until(lambda: self._api("GET", "/_local/inbound")["items"][-1]["outcome"] != "pending")
        self.running.drain()

    def tickets(self, requester: str) -> list[Row]:
        """Return somebody's tickets, oldest first."""
        found = self._api("GET", "/v1/tickets")["items"]
        return [one for one in reversed(found) if one["requester"]["email"] == requester]

    def entries(self, ticket: str) -> list[Row]:
        """Return the history of a ticket."""
        found: list[Row] = self._api("GET", f"/v1/tickets/{ticket}/entries")["items"]
        return found

    def sent(self) -> list[Row]:
        """Return what was sent since this was asked the last time."""
        rows: list[Row] = self._api("GET", "/_local/outbox")["items"]
        new, self.seen = rows[self.seen :], len(rows)
        return new

    def act(self, method: str, path: str, body: Row) -> Row:
        """Do what an agent does, over the API."""
        found: Row = self._api(method, path, body)
        self.running.drain()
        return found

    def _api(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(
            method,
            self.running.http_url + path,
            json=body,
            headers={"Authorization": f"Bearer {self.running.api_key}"},
            timeout=30,
        )
        if answer.is_error:
            raise UntrueError(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()


def _until(question: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not question() and time.monotonic() < until:
        time.sleep(0.02)


def _to(rows: list[Row], address: str) -> Row:
    for row in rows:
        if row["to"] == address:
            return row
    raise UntrueError(f"nothing was sent to {address}")


def friday(week: Week) -> Row:
    """Two customers write after hours, one of them important; return Ana's automatic answer."""
    week.at("2026-03-06T20:00:00+01:00", "Friday, 20:00. The office is closed.")
    week.say("Ana writes, in Spanish, and her mail program sends it twice")
    mail = week.mail(
        ANA, "No funciona la VPN", "Hola, desde esta tarde no puedo entrar en la VPN. Gracias."
    )
    week.send(mail)
    tickets = week.tickets(ANA)
    week.tell(len(tickets) == 1, "one ticket, not two")
    answer = _to(week.sent(), ANA)
    week.tell(
        "lunes, 9 de marzo" in answer["text"] and "09:00" in answer["text"],
        "she hears at once, in Spanish: closed, back on lunes, 9 de marzo, 09:00",
    )
    week.say("Bob of Globex, who pay for fast help, writes in English")
    week.mail(
        BOB, "Nothing works", "Hello, nothing works here since this afternoon. Please help us."
    )
    (ticket,) = week.tickets(BOB)
    week.tell(
        (ticket["priority"], ticket["group"]) == ("urgent", "tecnicos"),
        "the ticket is urgent and with the technicians, by rule",
    )
    rows = week.sent()
    told = {row["to"] for row in rows if row["kind"] == "notify"}
    week.tell(
        told == {"eva@acme.example", "luis@acme.example"},
        "Eva and Luis are told at once, at eight in the evening",
    )
    text = _to(rows, BOB)["text"]
    week.tell("Monday" in text and "09:00" in text, "Bob hears, in English: back on Monday, 09:00")
    week.at("2026-03-06T20:35:00+01:00", "Friday, 20:35. Nobody has answered Bob.")
    due = datetime.fromisoformat(ticket["created_at"]) + timedelta(minutes=30)
    again = [row for row in week.sent() if row["rule"] == "vip-sin-respuesta"]
    week.tell(
        {row["to"] for row in again} == {"eva@acme.example", "luis@acme.example"}
        and {datetime.fromisoformat(row["at"]) for row in again} == {due},
        "half an hour after he wrote, to the second, both were told again; once",
    )
    return answer


def saturday(week: Week, answer: Row) -> None:
    """Ana adds something by replying to the automatic answer."""
    week.at("2026-03-07T11:00:00+01:00", "Saturday, 11:00.")
    week.say("Ana replies to the automatic answer")
    week.mail(ANA, f"Re: {answer['subject']}", "He reiniciado y sigue igual.", answer)
    (ticket,) = week.tickets(ANA)
    comment = week.entries(ticket["id"])[-1]["comment"]
    week.tell(
        comment["text"].strip() == "He reiniciado y sigue igual.", "it lands on the same ticket"
    )
    week.tell(
        not [row for row in week.sent() if row["to"] == ANA], "and no machine answers her again"
    )


def monday(week: Week) -> Row:
    """The office opens; Luis answers; return what Ana got."""
    week.at("2026-03-09T09:05:00+01:00", "Monday, 09:05. The office is open.")
    (ticket,) = week.tickets(ANA)
    told = {row["to"]: row["at"] for row in week.sent() if row["kind"] == "notify"}
    week.tell(
        set(told) == {"eva@acme.example", "luis@acme.example"}
        and all(at.startswith("2026-03-09T08:00:00") for at in told.values()),
        "at 09:00 sharp the technicians were told of Ana's ticket",
    )
    week.say("Luis answers Ana")
    week.act(
        "POST",
        f"/v1/tickets/{ticket['id']}/comments",
        {"body": "Hola, Ana. Ya hemos renovado el certificado.", "by": "luis@acme.example"},
    )
    (ticket,) = week.tickets(ANA)
    week.tell(
        (ticket["status"], ticket["assignee"]) == ("open", "luis@acme.example"),
        "the ticket is his, and open",
    )
    answer = _to(week.sent(), ANA)
    week.tell("certificado" in answer["text"], "Ana gets his answer by mail")
    week.say("Luis asks Bob something, and waits for him")
    (ticket,) = week.tickets(BOB)
    asked = {"body": "Does it work with the cable?", "public": True}
    body = {"status": "pending", "comment": asked, "by": "luis@acme.example"}
    week.act("PATCH", f"/v1/tickets/{ticket['id']}", body)
    (ticket,) = week.tickets(BOB)
    promise = next(one for one in ticket["sla"] if one["metric"] == "first_reply_time")
    week.tell(
        promise["state"] == "fulfilled" and promise["elapsed_seconds"] < 10 * _MINUTE,
        "Bob was promised half an hour; of the open hours not ten minutes have passed",
    )
    return answer


def tuesday(week: Week, answer: Row) -> None:
    """Ana confirms, Luis solves."""
    week.at("2026-03-10T10:00:00+01:00", "Tuesday, 10:00.")
    week.say("Ana replies: it works")
    week.mail(ANA, f"Re: {answer['subject']}", "Ahora funciona, ¡gracias!", answer)
    (ticket,) = week.tickets(ANA)
    week.tell(
        any(row["to"] == "luis@acme.example" for row in week.sent()), "Luis is told she answered"
    )
    week.say("Luis solves the ticket")
    week.act(
        "PATCH",
        f"/v1/tickets/{ticket['id']}",
        {"status": "solved", "comment": None, "by": "luis@acme.example"},
    )
    (ticket,) = week.tickets(ANA)
    week.tell(ticket["status"] == "solved" and ticket["solved_at"], "solved")
    week.tell("resuelta" in _to(week.sent(), ANA)["text"], "and Ana hears so, in Spanish")


def a_week_later(week: Week) -> None:
    """Bob does not answer: he is reminded, then the request counts as solved."""
    week.at("2026-03-17T12:00:00+01:00", "Tuesday, a week later. Bob has not answered.")
    reminded = [row for row in week.sent() if row["rule"] == "recordar-a-los-tres-dias"]
    week.tell(
        [(row["to"], row["at"][:13]) for row in reminded] == [(BOB, "2026-03-12T08")],
        "on Thursday at 09:05, three days after the question, he was reminded",
    )
    (ticket,) = week.tickets(BOB)
    week.tell(
        (ticket["status"], (ticket["solved_at"] or "")[:13]) == ("solved", "2026-03-16T08"),
        "on Monday at 09:05, after seven, the request was solved, by itself",
    )


def main() -> int:
    """Tell the week; return the exit status."""
    # Bound now: what the functions log goes to a file, the story does not.
    console = Console(file=sys.stdout)
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(state=Path(folder) / "state", desk=EXAMPLE, log_to_file=True)
            with desk(settings) as running:
                week = Week(running, console)
                saturday(week, friday(week))
                tuesday(week, monday(week))
                a_week_later(week)
                total = week.running.sent.items(lambda *_: None)
    except UntrueError as error:
        console.print(f"  [red]✗ not so:[/] {error}", highlight=False)
        return 1
    except (CloudError, DeskError, PortError, StateError, TemplateError) as error:
        print(f"guardia: {error}", file=sys.stderr)  # noqa: T201 - talk goes to standard error
        return 2
    console.print(
        f"\n[bold]Two weeks in {time.monotonic() - start:.0f} seconds:[/]"
        f" {week.mails} mails in, {len(total)} out, nothing lost, nothing twice."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
