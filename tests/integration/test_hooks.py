"""Deliveries of programs, on moto: what is signed becomes a ticket once, all else changes nothing."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.intake import app as intake, hooks as hooks_module
from guardia import wiring
from guardia.hooks import signatures
from tests.integration.stage import Answer, Context, Stage, golden

AT = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
KEY = b"a secret that all the world knows"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(b"another secret that is 32 bytes..").decode()
BODY = {"customer": {"email": "bea@mail.example"}, "title": "Pedido 4711", "body": "Llegó roto."}
DESK: dict[str, Any] = {
    "desk": {"name": "Acme", "locale": "es", "addresses": ["soporte@acme.example"]},
    "agents": [{"email": "eva@acme.example", "role": "admin"}],
    "sources": [
        {
            "id": "tienda",
            "secret": "tienda-secret",
            "map": {"email": "$.customer.email", "subject": "$.title", "message": "$.body"},
        },
        *(
            {"id": scheme, "scheme": scheme, "map": {"email": "$.email", "subject": "$.title"}}
            for scheme in signatures.SCHEMES[1:]
        ),
        {"id": "nobody", "map": {"email": "$.email", "subject": "$.title"}},
    ],
}


class Hooks:
    """The function with these sources and their secrets; `now` is the machine's clock."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.now = stage, AT
        for name in ("tienda-secret", *signatures.SCHEMES[1:]):
            keep_secret(name, SECRET)
        stage.publish(DESK)
        self._numbers = iter(range(1, 10_000))
        self._handle = intake.build(wiring.guardia, wiring.live_desk(), now=lambda: self.now)

    def take(self, event: dict[str, Any]) -> Answer:
        return Answer.of(self._handle(event, Context()))

    def send(self, source: str = "tienda", body: Any = None, *, scheme: str = "standard",
             secret: str = SECRET, id_: str = "m1", sent: datetime = AT, at: datetime = AT,
             binary: bool = False, headers: Mapping[str, str] | None = None) -> Answer:  # fmt: skip
        raw = (
            body if isinstance(body, bytes) else json.dumps(BODY if body is None else body).encode()
        )
        keys = signatures.keys(scheme, secret)
        signed = signatures.sign_as(scheme, id_, sent, raw, keys)
        event = golden("hook_received", pathParameters={"source": source})
        event["headers"] = {"content-type": "application/json", **signed, **(headers or {})}
        event["requestContext"] |= {
            "requestId": f"request{next(self._numbers)}",
            "timeEpoch": int(at.timestamp() * 1000),
        }
        event["isBase64Encoded"] = binary
        event["body"] = base64.b64encode(raw).decode() if binary else raw.decode()
        return self.take(event)

    def listed(self, source: str = "tienda", **query: str) -> list[dict[str, Any]]:
        answer = self.list(source, **query)
        assert answer.status == 200, answer.body
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    def list(self, source: str, **query: str) -> Answer:
        event = golden("ticket_entries", rawPath=f"/v1/sources/{source}/deliveries")
        event["pathParameters"] = {"id": source}
        event["queryStringParameters"] = query
        event["requestContext"]["http"]["path"] = event["rawPath"]
        event["requestContext"]["timeEpoch"] = int(AT.timestamp() * 1000)
        return self.stage.api(event)


def keep_secret(name: str, value: str) -> None:
    wiring.client("ssm").put_parameter(
        Name=f"/guardia/secrets/{name}", Value=value, Type="SecureString", Overwrite=True
    )


@pytest.fixture
def hooks(stage: Stage) -> Hooks:
    return Hooks(stage)


def test_the_golden_delivery_becomes_a_ticket(hooks: Hooks) -> None:
    answer = hooks.take(golden("hook_received"))

    (ticket,) = hooks.stage.tickets()
    assert (answer.status, answer.body) == (202, {"ticket": ticket.id})
    assert (ticket.channel, ticket.subject) == ("hook", "Pedido 4711")


@pytest.mark.parametrize("binary", [False, True])
def test_the_signature_is_over_the_raw_bytes_however_the_gateway_hands_them_over(
    hooks: Hooks, binary: bool
) -> None:
    body = '{ "customer":{"email":"bea@mail.example"},\n "title" : "ñ \\u00f1" }'.encode()

    assert hooks.send(body=body, binary=binary).status == 202
    assert [one.subject for one in hooks.stage.tickets()] == ["ñ ñ"]


@pytest.mark.parametrize("scheme", signatures.SCHEMES[1:])
def test_each_provider_is_understood(hooks: Hooks, scheme: str) -> None:
    body = {"id": "evt_1", "event_id": "Ev1", "email": "bea@mail.example", "title": "Cobro"}

    answer = hooks.send(scheme, body, scheme=scheme)

    assert answer.status == 202, answer.body
    assert [one.subject for one in hooks.stage.tickets()] == ["Cobro"]


# -- once -------------------------------------------------------------------------------------------


def test_the_same_delivery_again_is_answered_with_the_same_ticket_and_writes_none(
    hooks: Hooks,
) -> None:
    first = hooks.send()
    before = hooks.stage.tickets()

    again = hooks.send(sent=AT + timedelta(minutes=2))  # a sender's next try is signed anew

    assert (again.status, again.body) == (first.status, first.body)
    assert hooks.stage.tickets() == before


@pytest.mark.parametrize("scheme", ["stripe", "slack"])
def test_a_provider_that_signs_its_retry_anew_gets_the_same_ticket(
    hooks: Hooks, scheme: str
) -> None:
    body = {"id": "evt_1", "event_id": "Ev1", "email": "bea@mail.example", "title": "Cobro"}

    answers = [
        hooks.send(scheme, body, scheme=scheme, sent=AT + timedelta(minutes=minute)).body
        for minute in (0, 3)
    ]

    assert answers[0] == answers[1]
    assert len(hooks.stage.tickets()) == 1


def test_a_body_of_github_sent_again_under_another_id_opens_no_second_ticket(hooks: Hooks) -> None:
    body = {"email": "bea@mail.example", "title": "Bug"}

    first = hooks.send("github", body, scheme="github", id_="1")
    replayed = hooks.send("github", body, scheme="github", id_="2")

    assert (replayed.status, replayed.body) == (202, first.body)
    assert len(hooks.stage.tickets()) == 1


def test_the_same_id_of_another_source_is_another_delivery(hooks: Hooks) -> None:
    keep_secret("nobody", OTHER)
    body = {**BODY, "email": "bea@mail.example"}

    assert hooks.send(body=body).body != hooks.send("nobody", body, secret=OTHER).body


def test_a_mark_goes_two_weeks_later(hooks: Hooks) -> None:
    hooks.send()

    (mark,) = [one for one in hooks.stage.items() if one["sk"]["S"] == "MARK"]
    assert int(mark["expires_at"]["N"]) == int((AT + timedelta(days=14)).timestamp())


# -- refused ----------------------------------------------------------------------------------------

Case = Callable[[Hooks], Answer]
REFUSED: list[Any] = [
    pytest.param("tienda", lambda h: h.send(secret=OTHER), 401, "unsigned", id="wrong secret"),
    pytest.param("tienda", lambda h: h.send(id_="m2", headers={"webhook-id": "m1"}), 401, "unsigned", id="moved"),
    pytest.param("tienda", lambda h: h.send(headers={"webhook-signature": ""}), 401, "unsigned", id="no signature"),
    pytest.param("github", lambda h: h.send("github"), 401, "unsigned", id="another scheme's signature"),
    pytest.param("tienda", lambda h: h.send(sent=AT - timedelta(minutes=6)), 401, "outdated", id="old"),
    pytest.param("tienda", lambda h: h.send(sent=AT + timedelta(minutes=6)), 401, "outdated", id="early"),
    pytest.param("tienda", lambda h: h.send(body=b"{"), 400, "unreadable", id="no JSON"),
    pytest.param("tienda", lambda h: h.send(body=b""), 400, "unreadable", id="nothing"),
    pytest.param("tienda", lambda h: h.send(body=b"[" * 100_000), 400, "unreadable", id="too deep"),
    pytest.param("tienda", lambda h: h.send(body=b'{"title": NaN}'), 400, "unreadable", id="no number"),
    pytest.param("tienda", lambda h: h.send(body=b"9" * 5_000), 400, "unreadable", id="a long number"),
    pytest.param("tienda", lambda h: h.send(body=b'"\xff\xfe\xff"', binary=True), 400, "unreadable", id="bytes"),
    pytest.param("tienda", lambda h: h.send(body=b" " * 262_145), 413, "too_large", id="too large"),
    pytest.param("tienda", lambda h: h.send(body={}), 422, "refused", id="nothing in it"),
    pytest.param("tienda", lambda h: h.send(body=[]), 422, "refused", id="a list"),
    pytest.param("tienda", lambda h: h.send(body={**BODY, "title": "\ud800"}), 422, "refused", id="half a letter"),
    pytest.param("nobody", lambda h: h.send("nobody"), 503, "no_secret", id="a secret that is not there"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "case", "status", "outcome"), REFUSED)
def test_what_is_refused_is_a_problem_and_opens_nothing(
    hooks: Hooks, source: str, case: Case, status: int, outcome: str
) -> None:
    answer = case(hooks)

    assert (answer.status, answer.body["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert hooks.stage.tickets() == []
    assert {one["pk"]["S"].split("#")[0] for one in hooks.stage.items()} <= {"CONFIG", "HK", "N"}
    ((listed,), _) = wiring.hook_log().latest(source, AT, 10, None)
    assert (listed.outcome, listed.status, listed.ticket) == (outcome, status, None)


def test_a_source_that_does_not_exist_is_404_and_nothing_is_kept(hooks: Hooks) -> None:
    before = hooks.stage.items()

    assert hooks.send("nothing").status == 404
    assert hooks.send("x" * 3_000).status == 404
    assert hooks.stage.items() == before


def test_a_forger_hears_the_same_whatever_is_wrong(hooks: Hooks) -> None:
    wrong = [
        hooks.send(secret=OTHER),
        hooks.send(secret=OTHER, sent=AT - timedelta(days=1)),
        hooks.send(secret=OTHER, body={}),
        hooks.send(secret=OTHER, body=b"no JSON"),
        hooks.send(headers={"webhook-signature": "v1,AAAA"}),
    ]

    assert len({json.dumps(one.body) for one in wrong}) == 1


def test_a_secret_that_is_not_there_is_not_made(hooks: Hooks) -> None:
    hooks.send("nobody")

    found = wiring.client("ssm").describe_parameters()["Parameters"]
    assert "/guardia/secrets/nobody" not in [one["Name"] for one in found]


def test_a_mapping_that_finds_nothing_is_told_by_its_path(hooks: Hooks) -> None:
    assert hooks.send(body={"title": "x"}).body["errors"] == [
        {"path": "email", "message": "the body has nothing at $.customer.email"}
    ]


# -- greetings --------------------------------------------------------------------------------------


def test_the_challenge_of_slack_is_answered_once_it_is_signed(hooks: Hooks) -> None:
    body = {"type": "url_verification", "challenge": "3eZbrw1aB"}

    answer = hooks.send("slack", body, scheme="slack")

    assert (answer.status, answer.body) == (200, {"challenge": "3eZbrw1aB"})
    assert hooks.send("slack", body, scheme="slack", secret=OTHER).status == 401
    assert hooks.stage.tickets() == []


def test_the_ping_of_github_is_heard_and_opens_nothing(hooks: Hooks) -> None:
    answer = hooks.send("github", {"zen": "…"}, scheme="github", headers={"x-github-event": "ping"})

    assert (answer.status, answer.body) == (200, {"ticket": None})
    assert hooks.stage.tickets() == []


# -- secrets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_while_a_secret_is_changed_both_are_good(hooks: Hooks, secret: str) -> None:
    keep_secret("tienda-secret", f"{OTHER} {SECRET}")

    assert hooks.send(secret=secret).status == 202


def test_a_secret_that_is_put_there_counts_within_seconds(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"email": "bea@mail.example", "title": "x"}
    assert hooks.send("nobody", body).status == 503
    keep_secret("nobody", SECRET)
    secrets = wiring.secrets()
    monkeypatch.setattr(secrets, "_steady", lambda: float("inf"))

    assert hooks.send("nobody", body).status == 202


# -- the list of deliveries -------------------------------------------------------------------------


def test_the_list_tells_what_became_of_each_delivery_the_latest_first(hooks: Hooks) -> None:
    ticket = hooks.send().body["ticket"]
    hooks.send(at=AT + timedelta(seconds=1))
    hooks.send(at=AT + timedelta(seconds=2), secret=OTHER)

    assert hooks.listed() == [
        {"at": "2026-03-06T17:30:02Z", "id": None, "outcome": "unsigned", "status": 401, "ticket": None},
        {"at": "2026-03-06T17:30:01Z", "id": "m1", "outcome": "repeat", "status": 202, "ticket": ticket},
        {"at": "2026-03-06T17:30:00Z", "id": "m1", "outcome": "ticket", "status": 202, "ticket": ticket},
    ]  # fmt: skip


def test_the_list_is_turned_page_by_page(hooks: Hooks) -> None:
    for number in range(3):
        hooks.send(id_=f"m{number}", at=AT + timedelta(seconds=number))

    first = hooks.list("tienda", limit="2").body
    second = hooks.list("tienda", limit="2", cursor=first["next"]).body

    assert [one["id"] for one in first["items"]] == ["m2", "m1"]
    assert [one["id"] for one in second["items"]] == ["m0"]
    assert second["next"] is None


def test_the_list_goes_back_two_weeks(hooks: Hooks) -> None:
    hooks.send(at=AT - timedelta(days=14, seconds=1))
    hooks.send(id_="m2", at=AT - timedelta(days=14))

    assert [one["id"] for one in hooks.listed()] == ["m2"]


@pytest.mark.parametrize(
    ("source", "query", "status"),
    [
        ("nothing", {}, 404),
        ("x" * 3_000, {}, 404),
        ("tienda", {"limit": "0"}, 422),
        ("tienda", {"limit": "many"}, 422),
        ("tienda", {"cursor": "é"}, 422),
        ("tienda", {"cursor": "abcd"}, 422),
        ("tienda", {"colour": "red"}, 422),
    ],
)
def test_a_list_that_makes_no_sense_is_a_problem(
    hooks: Hooks, source: str, query: dict[str, str], status: int
) -> None:
    assert hooks.list(source, **query).status == status


def test_nothing_that_a_delivery_says_is_in_the_list(hooks: Hooks) -> None:
    hooks.send()
    hooks.send(id_="bea@mail.example", secret=OTHER)
    hooks.send(body={"customer": {"email": "bea@mail.example"}})

    kept = [one for one in hooks.stage.items() if one["pk"]["S"].startswith("HK#")]
    assert len(kept) == 3
    assert "bea" not in json.dumps(kept)


def test_a_stranger_cannot_fill_the_list(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks_module, "MOST_LOGGED", 3)
    for number in range(6):
        assert hooks.send(secret=OTHER, at=AT + timedelta(seconds=number)).status == 401
    writes = hooks.stage.calls["PutItem"] + hooks.stage.calls["UpdateItem"]
    hooks.send(secret=OTHER, at=AT + timedelta(seconds=9))

    assert [one["outcome"] for one in hooks.listed()] == ["unsigned"] * 3
    assert hooks.stage.calls["PutItem"] + hooks.stage.calls["UpdateItem"] == writes
    assert hooks.send(at=AT + timedelta(seconds=10)).status == 202
    assert hooks.send(secret=OTHER, at=AT + timedelta(hours=1)).status == 401
    assert len(hooks.listed()) == 5  # three of this hour, the ticket's, one of the next hour


# -- what a delivery costs and says -----------------------------------------------------------------


def test_a_delivery_of_a_known_person_takes_two_reads_one_transaction_and_one_line(
    hooks: Hooks,
) -> None:
    hooks.send()
    hooks.stage.calls.clear()
    hooks.send(id_="m2", at=AT + timedelta(seconds=1))

    assert dict(hooks.stage.calls) == {"BatchGetItem": 2, "TransactWriteItems": 1, "PutItem": 1}


def test_no_word_and_no_address_of_a_delivery_is_logged(
    hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.send()
    hooks.send(secret=OTHER)
    hooks.send(body={"customer": {"email": "bea@mail.example"}})
    hooks.send("nobody")

    told = json.dumps([vars(one) for one in caplog.records], default=str)
    assert [one.message for one in caplog.records].count("hook") == 4
    assert not [one for one in ("bea", "Pedido", "roto", SECRET, "whsec_", "v1,") if one in told]
