"""What a delivery says becomes a message, or is refused with everything that is wrong."""

from typing import Any

import pytest

from guardia.domain.arrival import Arrival
from guardia.domain.desk import CustomField, Desk, Source
from guardia.hooks import payload
from guardia.hooks.payload import Delivery, PayloadError
from tests.unit.domain.builders import NOON, a_desk

DESK = a_desk(
    locales=("es", "en"),
    addresses=("soporte@acme.example",),
    fields={
        "code": CustomField(id="code", type="text"),
        "amount": CustomField(id="amount", type="number"),
        "paid": CustomField(id="paid", type="checkbox"),
        "day": CustomField(id="day", type="date"),
        "sizes": CustomField(id="sizes", type="multiselect", options=("s", "m")),
    },
)
MAP = {
    "email": "$.who.email",
    "phone": "$.who.phone",
    "name": "$.who.name",
    "language": "$.locale",
    "subject": "$.title",
    "message": "$.lines[*]",
    "fields.code": "$.code",
    "fields.amount": "$.amount",
    "fields.paid": "$.paid",
    "fields.day": "$.day",
    "fields.sizes": "$.sizes",
}
WHO = {"email": "bea@mail.example"}


def delivery(body: Any, **source: Any) -> Delivery:
    made = {"id": "shop", "secret": "shop", "map": MAP, **source}
    return Delivery(id="d1", at=NOON, source=Source(**made), body=body)


def read(body: Any, desk: Desk = DESK, **source: Any) -> Arrival:
    return payload.read(desk, delivery(body, **source))


def errors(body: Any, **source: Any) -> list[tuple[str, str]]:
    with pytest.raises(PayloadError) as refusal:
        read(body, **source)
    return refusal.value.errors


def test_a_delivery_becomes_a_message_of_the_person_it_names() -> None:
    arrival = read(
        {
            "who": {"email": " Bea@Mail.Example ", "name": "Bea\n Sol"},
            "title": "Pedido",
            "lines": ["No va", "nada"],
        },
        department="sales",
        tags=("shop",),
    )

    assert (arrival.channel, arrival.sender, arrival.sender_name) == (
        "hook",
        "bea@mail.example",
        "Bea Sol",
    )
    assert (arrival.subject, arrival.comment.text) == ("Pedido", "No va\nnada")
    assert (arrival.department, arrival.tags, arrival.id, arrival.at) == (
        "sales",
        ("shop",),
        "d1",
        NOON,
    )


@pytest.mark.parametrize("vouches", [True, False])
def test_an_address_is_as_good_as_the_source_that_vouches_for_it(vouches: bool) -> None:
    assert read({"who": WHO, "title": "x"}, verified=vouches).verified is vouches


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"code": "A1"}, {"fields.code": "A1"}),
        ({"code": 4711}, {"fields.code": "4711"}),
        ({"code": True}, {"fields.code": "true"}),
        ({"code": ["A", 2, None]}, {"fields.code": "A, 2"}),
        ({"code": None}, {}),
        ({"code": []}, {}),
        ({"code": "  "}, {}),
        ({"amount": 3}, {"fields.amount": 3}),
        ({"amount": "2.50"}, {"fields.amount": 2.5}),
        ({"paid": False}, {"fields.paid": False}),
        ({"paid": "true"}, {"fields.paid": True}),
        ({"day": "2026-12-24"}, {"fields.day": "2026-12-24"}),
        ({"sizes": ["s", "m"]}, {"fields.sizes": ("s", "m")}),
        ({"sizes": "s"}, {"fields.sizes": ("s",)}),
        ({"sizes": []}, {}),
        ({}, {}),
    ],
)
def test_a_field_holds_what_its_path_leads_to(said: dict[str, Any], held: dict[str, Any]) -> None:
    assert dict(read({"who": WHO, "title": "x", **said}).ticket_fields) == held


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"email", "message"}),
        (None, {"email", "message"}),
        ("text", {"email", "message"}),
        ([], {"email", "message"}),
        ({"who": WHO}, {"message"}),
        ({"who": WHO, "title": "  "}, {"message"}),
        ({"title": "x"}, {"email"}),
        ({"who": {"email": ""}, "title": "x"}, {"email"}),
        ({"who": {"email": "nope"}, "title": "x"}, {"email"}),
        ({"who": {"email": ["a@b.example", "c@d.example"]}, "title": "x"}, {"email"}),
        ({"who": {"email": {"is": "a@b.example"}}, "title": "x"}, {"email"}),
        ({"who": {"email": "soporte@acme.example"}, "title": "x"}, {"email"}),
        ({"who": {"email": "soporte+t1@acme.example"}, "title": "x"}, {"email"}),
        ({"who": {"phone": "600111222"}, "title": "x"}, {"phone"}),
        ({"who": WHO, "title": "\ud800"}, {"subject"}),
        ({"who": WHO, "title": "x", "code": "\ud800"}, {"fields.code"}),
        ({"who": WHO, "title": "x", "sizes": ["\ud800"]}, {"fields.sizes"}),
        ({"who": WHO, "title": "x" * 501}, {"subject"}),
        ({"who": WHO, "lines": ["x" * 60_000] * 2}, {"message"}),
        (
            {"who": WHO, "title": "x", "amount": "many", "day": "soon"},
            {"fields.amount", "fields.day"},
        ),
        ({"who": WHO, "title": "x", "sizes": ["xl"]}, {"fields.sizes"}),
        ({"who": WHO, "title": {"es": "x"}}, {"subject"}),
        ({"who": WHO, "title": [["x"]]}, {"subject"}),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(body: Any, wrong: set[str]) -> None:
    assert {name for name, _ in errors(body)} == wrong


def test_what_is_missing_is_told_with_the_paths_that_were_looked_at() -> None:
    assert errors({}) == [
        ("email", "the body has nothing at $.who.email or $.who.phone"),
        ("message", "the body has nothing at $.lines[*] or $.title"),
    ]


def test_a_field_that_the_desk_has_no_more_is_told() -> None:
    found = errors({"who": WHO, "title": "x", "old": 1}, map={**MAP, "fields.old": "$.old"})

    assert found == [("fields.old", "the desk has no field `old`")]


def test_a_path_that_somebody_broke_by_hand_is_told() -> None:
    found = errors({"who": WHO, "title": "x"}, map={**MAP, "name": "$..name"})

    assert [name for name, _ in found] == ["name"]


def test_a_message_alone_gives_the_subject_and_a_subject_alone_the_message() -> None:
    assert read({"who": WHO, "lines": ["First\nsecond"]}).subject == "First"
    assert read({"who": WHO, "title": "Only"}).comment.text == "Only"


def test_a_phone_number_stands_for_who_has_no_address() -> None:
    arrival = read({"who": {"phone": "+34 (600) 111-222"}, "title": "x"})

    assert (arrival.sender, arrival.phone) == ("+34600111222", "+34600111222")


@pytest.mark.parametrize(
    ("said", "language"), [("es", "es"), ("en-GB", "en"), ("fr", None), ("", None)]
)
def test_a_language_counts_where_the_desk_speaks_it(said: str, language: str | None) -> None:
    assert read({"who": WHO, "title": "x", "locale": said}).language == language


@pytest.mark.parametrize(
    ("who", "people"),
    [
        (
            {"email": " Bea@Mail.Example", "phone": "+34 600 111 222"},
            ("bea@mail.example", "+34600111222"),
        ),
        ({"email": {"x": 1}, "phone": "+34600111222"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_people_to_look_up_are_those_that_will_be_read(who: Any, people: Any) -> None:
    assert payload.people(delivery({"who": who})) == people
