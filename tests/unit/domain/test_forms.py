"""A posted form: what is asked for is checked, all at once, and becomes a message."""

from typing import Any

import pytest

from guardia.domain import forms
from guardia.domain.arrival import Arrival
from guardia.domain.desk import CustomField, Form, FormField
from guardia.domain.forms import FormError, Post
from guardia.domain.model import RefusedError
from tests.unit.domain.builders import NOON, a_desk

CONTACT = Form(
    id="contact",
    name="Contact",
    department="sales",
    fields=(
        FormField(id="email", required=True),
        FormField(id="name"),
        FormField(id="subject"),
        FormField(id="message", required=True),
        FormField(id="plan"),
    ),
    origins=("https://acme.example",),
)


def posted(origin: str | None = None, **values: Any) -> Arrival:
    desk = a_desk(fields={"plan": CustomField(id="plan", type="dropdown", options=("gold",))})
    post = Post(id="f1", at=NOON, form="contact", values=values, origin=origin)
    return forms.read(desk, CONTACT, post)


def test_a_form_becomes_an_unverified_message() -> None:
    arrival = posted(email=" Bea@Mail.example ", name="Bea", message="Hola\nno va", plan="gold")

    assert (arrival.sender, arrival.verified, arrival.channel) == (
        "bea@mail.example",
        False,
        "form",
    )
    assert (arrival.subject, arrival.department) == ("Hola", "sales")
    assert arrival.ticket_fields == {"fields.plan": "gold"}


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, [("email", "is required"), ("message", "is required")]),
        ({"email": "a@b.example", "message": "  "}, [("message", "is required")]),
        ({"email": "nope", "message": "x"}, [("email", "must be an address like ana@example.com")]),
        (
            {"email": "a@b.example", "message": "x", "age": "3"},
            [("age", "is no field of this form")],
        ),
        (
            {"email": "a@b.example", "message": "x", "plan": "tin"},
            [("plan", "must be one of gold")],
        ),
        ({"email": "a@b.example", "message": ["x", "y"]}, [("message", "must be a text")]),
    ],
)
def test_every_error_of_a_form_is_told_at_once(
    values: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    with pytest.raises(FormError) as refusal:
        posted(**values)

    assert refusal.value.errors == errors


@pytest.mark.parametrize(
    "address",
    [
        "a@b@c.example",
        "a b@c.example",
        "<a@c.example>",
        "a@c.example\r\nBcc: x@y",
        "@c.example",
        "a@",
        "a,b@c.example",
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(FormError):
        posted(email=address, message="x")


def test_only_the_forms_own_sites_may_post_it() -> None:
    assert posted("https://acme.example", email="a@b.example", message="x").sender == "a@b.example"
    with pytest.raises(RefusedError, match="site"):
        posted("https://evil.example", email="a@b.example", message="x")
