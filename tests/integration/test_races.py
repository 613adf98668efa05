"""Somebody else is faster: what lost the race is decided again, and nothing is lost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from functions.email_ingress import app as email_ingress
from functions.http_api import app as http_api
from guardia import environment, wiring
from guardia.domain.model import Entry, Ticket
from guardia.planning import Request
from guardia.ports import (
    Commit,
    ConflictError,
    Delivery,
    DueItem,
    DueTicket,
    Found,
    Lookup,
    Store,
    Suspended,
    TicketQuery,
)
from guardia.service import MAX_DECISIONS, Guardia
from tests.integration.stage import AT, INSTALL, Stage, golden, written


class Contested:
    """A store in which somebody acts just before each of the first `times` commits."""

    def __init__(self, store: Store, act: Callable[[int], None], times: int) -> None:
        self._store, self._act, self._left = store, act, times
        self.tried = 0

    def commit(self, commit: Commit) -> None:
        self.tried += 1
        if self._left:
            self._left -= 1
            self._act(self.tried)
        self._store.commit(commit)

    def find(self, lookup: Lookup) -> Found:
        return self._store.find(lookup)

    def entries(self, ticket: str, after: int, limit: int) -> tuple[list[Entry], bool]:
        return self._store.entries(ticket, after, limit)

    def latest_comment(self, ticket: str) -> str | None:
        return self._store.latest_comment(ticket)

    def tickets_open(self, requester: str) -> int:
        return self._store.tickets_open(requester)

    def tickets(self, query: TicketQuery) -> tuple[list[Ticket], str | None]:
        return self._store.tickets(query)

    def delivery(self, ticket: str, seq: int, n: int) -> Delivery:
        return self._store.delivery(ticket, seq, n)

    def lease(self, ticket: str, seq: int, n: int, *, now: datetime, until: datetime) -> Delivery:
        return self._store.lease(ticket, seq, n, now=now, until=until)

    def settle(self, delivery: Delivery, *, reference: str | None = None) -> None:
        self._store.settle(delivery, reference=reference)

    def due(self, until: datetime, limit: int) -> list[DueItem]:
        return self._store.due(until, limit)

    def reschedule(
        self, ticket: str, version: int, due_at: datetime | None, config: str | None = None
    ) -> None:
        self._store.reschedule(ticket, version, due_at, config)

    def postpone(
        self, ticket: str, *, seen: datetime, wake_at: datetime, failures: int = 0
    ) -> None:
        self._store.postpone(ticket, seen=seen, wake_at=wake_at, failures=failures)

    def give_up(self, ticket: str, *, seen: datetime, at: datetime, failures: int) -> None:
        self._store.give_up(ticket, seen=seen, at=at, failures=failures)

    def stuck(self, limit: int, cursor: str | None) -> tuple[list[DueTicket], str | None]:
        return self._store.stuck(limit, cursor)

    def outbox(self, ticket: str) -> list[Delivery]:
        return self._store.outbox(ticket)

    def parked(self, limit: int, cursor: str | None) -> tuple[list[Delivery], str | None]:
        return self._store.parked(limit, cursor)

    def aside(self, id_: str) -> Suspended:
        return self._store.aside(id_)

    def all_aside(self, limit: int, cursor: str | None) -> tuple[list[Suspended], str | None]:
        return self._store.all_aside(limit, cursor)

    def drop_aside(self, id_: str) -> None:
        self._store.drop_aside(id_)


def desk(store: Store, pause: Callable[[int], bool] = lambda _: False) -> Guardia:
    """The stack's own help desk over another store."""
    return Guardia(
        store=store,
        blobs=wiring.blobs(),
        desks=wiring.desks(),
        new_id=environment.new_id,
        pause=pause,
    )


def note(ticket: str) -> Callable[[int], None]:
    """Somebody who writes a note on a ticket."""

    def act(turn: int) -> None:
        wiring.guardia().request(
            Request(id=f"faster:{turn}", at=AT, ticket=ticket, text=f"nota {turn}", public=False)
        )

    return act


def texts(ticket: str) -> list[str]:
    found, _ = wiring.store().entries(ticket, 0, 50)
    return [one.comment.text for one in found if one.comment]


@pytest.mark.parametrize("times", [1, 2, MAX_DECISIONS - 1])
def test_a_request_that_loses_the_race_is_decided_again(stage: Stage, times: int) -> None:
    ticket = stage.opened()
    contested = Contested(wiring.store(), note(ticket), times)
    handler = http_api.build(lambda: desk(contested))
    answer = stage.api(stage.about("ticket_comment", ticket, {"body": "Por fin"}), handler)
    assert (answer.status, answer.body["seq"]) == (201, times + 2)
    assert contested.tried == times + 1
    assert texts(ticket) == ["Hola", *(f"nota {n + 1}" for n in range(times)), "Por fin"]


def test_a_request_that_always_loses_is_decided_six_times_and_refused(stage: Stage) -> None:
    ticket = stage.opened()
    contested = Contested(wiring.store(), note(ticket), 100)
    handler = http_api.build(lambda: desk(contested))
    answer = stage.api(stage.about("ticket_comment", ticket, {"body": "Nunca"}), handler)
    assert (answer.status, answer.body["title"]) == (409, "Not in this state")
    assert contested.tried == MAX_DECISIONS == 6
    assert "Nunca" not in texts(ticket)
    assert stage.rows() == []


def test_what_changed_meanwhile_is_seen_by_the_second_decision(stage: Stage) -> None:
    ticket = stage.opened()

    def close(_: int) -> None:
        wiring.guardia().request(
            Request(id="faster", at=AT, ticket=ticket, changes={"status": "closed"})
        )

    handler = http_api.build(lambda: desk(Contested(wiring.store(), close, 1)))
    answer = stage.api(stage.about("ticket_comment", ticket, {"body": "Tarde"}), handler)
    assert answer.status == 409
    assert "closed" in answer.body["detail"]


def test_a_condition_on_the_version_fails_when_somebody_was_faster(stage: Stage) -> None:
    ticket = stage.opened()
    handler = http_api.build(lambda: desk(Contested(wiring.store(), note(ticket), 1)))
    event = stage.about("ticket_changed", ticket, {"status": "open"}, **{"if-match": '"1"'})
    assert stage.api(event, handler).status == 412


def taking_in(stage: Stage, record: dict[str, Any]) -> Callable[[int], None]:
    """Somebody who takes a mail in."""

    def act(_: int) -> None:
        assert stage.take_in(record) == []

    return act


def mail_handler(store: Store) -> Any:
    return email_ingress.build(
        lambda: desk(store), wiring.blobs, wiring.mail_secrets, lambda: INSTALL
    )


def test_two_deliveries_of_one_mail_at_the_same_time_are_one_ticket(stage: Stage) -> None:
    mail = written()
    other = stage.deposit(mail)
    contested = Contested(wiring.store(), taking_in(stage, other), 1)
    assert stage.take_in(stage.deposit(mail), handler=mail_handler(contested)) == []
    assert (len(stage.tickets()), len(stage.rows())) == (1, 1)


def test_two_first_mails_of_one_person_at_the_same_time_are_one_contact(stage: Stage) -> None:
    other = stage.deposit(written(id="1", subject="Impresora"))
    contested = Contested(wiring.store(), taking_in(stage, other), 1)
    record = stage.deposit(written(id="2"))
    assert stage.take_in(record, handler=mail_handler(contested)) == []
    assert contested.tried == 2
    assert len({one.requester for one in stage.tickets()}) == 1
    assert len(stage.tickets()) == 2
    assert len([one for one in stage.items() if one["pk"]["S"].startswith("P#")]) == 1


def test_files_of_a_decision_that_lost_stay_pending_those_of_the_other_are_kept(
    stage: Stage,
) -> None:
    mail = written(id="2")
    mail.add_attachment(b"registro", maintype="text", subtype="plain", filename="a.txt")
    other = stage.deposit(written(id="1", subject="Impresora"))
    contested = Contested(wiring.store(), taking_in(stage, other), 1)
    assert stage.take_in(stage.deposit(mail), handler=mail_handler(contested)) == []
    (ticket,) = [one.id for one in stage.tickets() if one.subject == "VPN"]
    tags = {
        key: wiring.client("s3").get_object_tagging(Bucket=stage.bucket, Key=key)["TagSet"]
        for key in stage.objects("t/")
    }
    kept = [key for key, found in tags.items() if not found]
    assert len(tags) == 2
    assert [key.split("/")[1] for key in kept] == [ticket]


def test_a_conflict_alone_is_tried_again_without_deciding_again(stage: Stage) -> None:
    ticket = stage.opened()

    def busy(turn: int) -> None:
        raise ConflictError(f"busy at {turn}")

    contested = Contested(wiring.store(), busy, 3)
    waited: list[int] = []

    def pause(attempt: int) -> bool:
        waited.append(attempt)
        return True

    handler = http_api.build(lambda: desk(contested, pause))
    stage.calls.clear()
    answer = stage.api(stage.about("ticket_comment", ticket, {"body": "Hola"}), handler)
    assert (answer.status, waited) == (201, [1, 2, 3])
    assert stage.calls["TransactWriteItems"] == 1


def test_the_golden_creation_repeated_by_the_gateway_is_two_requests(stage: Stage) -> None:
    first, second = (stage.api(golden("ticket_created")).body["id"] for _ in range(2))
    assert first != second
