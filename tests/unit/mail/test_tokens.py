"""Tokens lead to a ticket only where we wrote them."""

import pytest
from hypothesis import given, strategies as st

from guardia.mail import tokens

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OLD, NEW = b"an older secret of the desk", b"the secret that signs today"
tickets = st.text(alphabet=CROCKFORD, min_size=8, max_size=8)
ADDRESS, TICKET, ANA, LUIS = (
    "soporte@acme.example",
    "K7Q2M9XD",
    "ana@globex.example",
    "luis@acme.example",
)


@given(tickets)
def test_a_signed_address_leads_back_to_its_ticket_in_any_letter_case(ticket: str) -> None:
    address = tokens.sign_address(ADDRESS, ticket, [NEW])

    expected = tokens.TokenMatch(ticket=ticket, agent=False)
    assert tokens.read_address(address, [NEW], ANA) == expected
    assert tokens.read_address(address.upper(), [NEW], ANA) == expected


def test_a_signed_address_has_the_published_form() -> None:
    address = tokens.sign_address(ADDRESS, TICKET, [NEW])

    local, _, domain = address.partition("@")
    base, _, tag = local.partition("+")
    assert (base, domain) == ("soporte", "acme.example")
    assert tokens.address_tag(address) == tag
    assert tag.startswith("k7q2m9xd.")
    assert len(tag) == 8 + 1 + 16


def test_a_tag_of_the_base_address_survives() -> None:
    address = tokens.sign_address("soporte+vip@acme.example", TICKET, [NEW])

    assert address.startswith("soporte+vip+k7q2m9xd.")
    assert tokens.read_address(address, [NEW], ANA) is not None


def test_an_agents_address_works_for_that_agent_alone() -> None:
    address = tokens.sign_address(ADDRESS, TICKET, [NEW], agent=LUIS)

    assert tokens.read_address(address, [NEW], "Luis@ACME.example") == tokens.TokenMatch(
        ticket=TICKET, agent=True
    )
    assert tokens.read_address(address, [NEW], ANA) is None


def test_a_customers_address_never_makes_an_agent() -> None:
    address = tokens.sign_address(ADDRESS, TICKET, [NEW])

    assert tokens.read_address(address, [NEW], LUIS) == tokens.TokenMatch(
        ticket=TICKET, agent=False
    )


def test_after_a_rotation_old_tokens_are_read_and_new_ones_are_signed_by_the_first_secret() -> None:
    before = tokens.sign_address(ADDRESS, TICKET, [OLD])
    after = tokens.sign_address(ADDRESS, TICKET, [NEW, OLD])

    assert tokens.read_address(before, [NEW, OLD], ANA) is not None
    assert tokens.read_address(before, [NEW], ANA) is None
    assert tokens.read_address(after, [NEW], ANA) is not None


@given(tickets, tickets)
def test_a_signature_of_one_ticket_opens_no_other(one: str, other: str) -> None:
    tag = tokens.address_tag(tokens.sign_address(ADDRESS, one, [NEW])) or ""
    forged = f"soporte+{other.lower()}.{tag.partition('.')[2]}@acme.example"

    found = tokens.read_address(forged, [NEW], ANA)

    assert (found is not None) == (one == other)


@given(tickets)
def test_a_signature_of_one_kind_is_worth_nothing_as_another(ticket: str) -> None:
    reference = tokens.reference(ticket, [NEW], "acme.example")
    address = tokens.sign_address(ADDRESS, ticket, [NEW])
    as_address = f"soporte+{reference.strip('<>').partition('@')[0]}@acme.example"
    as_reference = f"<{tokens.address_tag(address)}@acme.example>"

    assert tokens.read_address(as_address, [NEW], ANA) is None
    assert tokens.read_reference(as_reference, [NEW]) is None


@given(tickets)
def test_a_reference_leads_back_to_its_ticket_at_any_domain(ticket: str) -> None:
    found = tokens.reference(ticket, [NEW], "acme.example")

    assert tokens.read_reference(found, [OLD, NEW]) == ticket
    assert tokens.read_reference(found.replace("acme", "other"), [NEW]) == ticket
    assert tokens.read_reference(found, [OLD]) is None


@given(tickets, st.text(max_size=30), st.text(max_size=30))
def test_a_subject_token_is_found_wherever_it_stands(ticket: str, before: str, after: str) -> None:
    subject = before + tokens.subject_token(ticket, [NEW]) + after

    assert tokens.find_subject_token(subject, [NEW]) == ticket
    assert tokens.find_subject_token(subject, [OLD]) in {None, ticket}


def test_a_false_subject_token_does_not_hide_a_true_one() -> None:
    subject = f"Re: [#AAAAAAAA-aaaaaa] {tokens.subject_token(TICKET, [NEW])}"

    assert tokens.find_subject_token(subject, [NEW]) == TICKET


def test_a_ticket_number_alone_opens_nothing() -> None:
    assert tokens.find_subject_token(f"Re: [#{TICKET}]", [NEW]) is None
    assert tokens.read_address(f"soporte+{TICKET.lower()}@acme.example", [NEW], ANA) is None


@given(st.text(max_size=200))
def test_whatever_a_stranger_writes_opens_nothing_and_raises_nothing(text: str) -> None:
    assert tokens.read_address(text, [NEW], text) is None
    assert tokens.read_reference(text, [NEW]) is None
    assert tokens.find_subject_token(text, [NEW]) is None


@pytest.mark.parametrize(
    "ticket", ["", "k7q2m9xd", "K7Q2M9X", "K7Q2M9XU", "K7Q2M9XD\n", "../../..1"]
)
def test_what_is_no_ticket_id_is_not_signed(ticket: str) -> None:
    with pytest.raises(ValueError, match="Crockford"):
        tokens.sign_address(ADDRESS, ticket, [NEW])


@pytest.mark.parametrize("address", ["", "soporte", "@acme.example", "soporte@"])
def test_what_is_no_address_is_not_signed(address: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        tokens.sign_address(address, TICKET, [NEW])


def test_an_unproved_token_is_found_in_an_address_then_a_reference_then_the_subject() -> None:
    tag = "k7q2m9xd.abcdefghijklmnop"
    address, reference = f"soporte+{tag}@acme.example", f"<{tag[:-1]}q@acme.example>"

    assert tokens.find_token([ANA, address], [reference], "") == tag
    assert tokens.find_token([ANA], ["<x@y>", reference], "") == f"{tag[:-1]}q"
    assert tokens.find_token([ANA], [], "Re: [#K7Q2M9XD-abc234] VPN") == "K7Q2M9XD-abc234"
    assert tokens.find_token([ANA], ["<x@y>"], "Re: VPN") is None
