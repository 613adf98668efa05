"""Forms and health, on moto."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.intake import forms
from tests.integration.stage import AT, Answer, Stage, golden

FORMS = ["form_posted_json", "form_posted_urlencoded", "form_posted_multipart"]


def posted(body: Any = None, **headers: str | None) -> dict[str, Any]:
    """The golden JSON post with another body; a header that is None is taken off."""
    event = golden("form_posted_json")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    merged = {**event["headers"], **given}
    event["headers"] = {name: value for name, value in merged.items() if value is not None}
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


@pytest.mark.parametrize("name", FORMS)
def test_a_form_becomes_a_ticket_however_it_is_encoded(stage: Stage, name: str) -> None:
    event = golden(name)
    event["headers"]["accept"] = "application/json"
    answer = stage.form(event)
    (ticket,) = stage.tickets()
    assert (answer.status, answer.body) == (201, {"ticket": ticket.id})
    assert (ticket.channel, ticket.department, ticket.subject) == ("form", "soporte", "VPN")
    assert len(stage.rows()) == 1


def test_a_site_that_may_post_can_read_the_answer(stage: Stage) -> None:
    headers = stage.form(golden("form_posted_json")).headers
    assert headers["access-control-allow-origin"] == "https://acme.example"
    assert headers["vary"] == "Origin"


def test_what_is_no_browser_has_no_origin_and_may_post(stage: Stage) -> None:
    answer = stage.form(posted(origin=None))
    assert answer.status == 201
    assert "access-control-allow-origin" not in answer.headers


FOREIGN = ["https://evil.example", "http://acme.example", "https://acme.example.evil", "null"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_site_is_refused_and_nothing_is_written(stage: Stage, origin: str) -> None:
    before = stage.items()
    answer = stage.form(posted(origin=origin))
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    assert stage.items() == before


def test_a_browser_is_told_that_it_may_post(stage: Stage) -> None:
    answer = stage.form(golden("form_preflight"))
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://acme.example"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, idempotency-key"


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_browser_is_told_that_it_may_not(stage: Stage, origin: str) -> None:
    event = golden("form_preflight")
    answer = stage.form({**event, "headers": {**event["headers"], "origin": origin}})
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_that_posts_a_page_goes_back_to_it(stage: Stage) -> None:
    page = "https://acme.example/contacto?x=1"
    answer = stage.form(posted(accept="text/html,*/*", referer=f"{page}#top"))
    (ticket,) = stage.tickets()
    assert (answer.status, answer.headers["location"]) == (303, f"{page}#ticket={ticket.id}")


@pytest.mark.parametrize("referer", ["https://evil.example/x", "//evil.example", "nonsense", None])
def test_nobody_is_sent_to_a_page_of_another_site(stage: Stage, referer: str | None) -> None:
    answer = stage.form(posted(accept="text/html", referer=referer))
    assert answer.status == 303
    assert answer.headers["location"].startswith("https://acme.example#ticket=")


REFUSED: list[tuple[Any, dict[str, str], int]] = [
    ("{", {}, 400),
    ("[]", {}, 400),
    ("x", {"content_type": "text/plain"}, 415),
    ("a", {"content_type": "multipart/form-data; boundary=b"}, 400),
    ({"message": "x" * 300_000}, {}, 413),
    ({"email": "ana@globex.example"}, {}, 422),
    ({"email": "nobody", "message": "Hola"}, {}, 422),
    ({"email": "ana@globex.example", "message": ["Hola"]}, {}, 422),
    ({"email": "ana@globex.example", "message": "Hola", "colour": "red"}, {}, 422),
]


@pytest.mark.parametrize(("body", "headers", "status"), REFUSED)
def test_a_form_that_makes_no_sense_is_a_problem_and_changes_nothing(
    stage: Stage, body: Any, headers: dict[str, str], status: int
) -> None:
    before = stage.items()
    answer = stage.form(posted(body, **headers))
    assert (answer.status, answer.body["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "https://acme.example"
    assert stage.items() == before


def test_every_wrong_field_of_a_form_is_named_at_once(stage: Stage) -> None:
    answer = stage.form(posted({"email": "nobody", "colour": "red"}))
    assert {one["path"] for one in answer.body["errors"]} == {"email", "message", "colour"}


def test_a_form_that_does_not_exist_is_404(stage: Stage) -> None:
    event = golden("form_posted_json", pathParameters={"form": "nothing"})
    assert stage.form(event).status == 404


def test_the_golden_question_whether_we_are_well_needs_no_table(stage: Stage) -> None:
    stage.calls.clear()
    answer = stage.form(golden("healthz"))
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    assert stage.calls.total() == 0


# -- events that lack their parts -------------------------------------------------------------------

DAMAGES: list[tuple[str, Any]] = [
    ("headers", None),
    ("headers", []),
    ("headers", {"content-type": None, "origin": 3}),
    ("body", None),
    ("body", ""),
    ("body", 7),
    ("isBase64Encoded", True),
    ("isBase64Encoded", None),
    ("pathParameters", None),
    ("pathParameters", {}),
    ("pathParameters", {"form": None}),
    ("pathParameters", {"form": ""}),
    ("pathParameters", {"source": ""}),
    ("rawPath", None),
    ("requestContext", None),
    ("requestContext", []),
    ("requestContext", {}),
    ("requestContext", {"requestId": "r", "timeEpoch": 1772728520123}),
    ("requestContext", {"http": {"method": "POST"}, "timeEpoch": 1772728520123}),
    ("requestContext", {"http": {"method": "POST"}, "requestId": "r"}),
    ("requestContext", {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": "soon"}),
    ("requestContext", {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": 10**30}),
    ("requestContext", {"http": {"method": None}, "requestId": "r", "timeEpoch": 1772728520123}),
]


@pytest.mark.parametrize(("member", "value"), DAMAGES)
@pytest.mark.parametrize("name", ["form_posted_json", "hook_received"])
def test_a_damaged_event_is_the_callers_fault(
    stage: Stage, name: str, member: str, value: Any
) -> None:
    assert 200 <= stage.form(golden(name, **{member: value})).status < 500


@pytest.mark.parametrize("name", ["form_posted_json", "form_preflight", "hook_received", "healthz"])
def test_an_event_that_lacks_a_member_is_the_callers_fault(stage: Stage, name: str) -> None:
    whole = golden(name)
    lacking = [{key: one for key, one in whole.items() if key != gone} for gone in whole]

    answers = [stage.form(one) for one in [*lacking, {}]]

    assert max(one.status for one in answers) < 500


@pytest.mark.parametrize("event", [None, [], "x", 3])
def test_what_is_no_event_is_the_callers_fault(stage: Stage, event: Any) -> None:
    assert stage.form(event).status == 400


def test_a_body_that_is_not_the_base64_it_should_be_is_400(stage: Stage) -> None:
    assert stage.form(golden("form_posted_json", body="%%%", isBase64Encoded=True)).status == 400


# -- values that no ticket can hold -----------------------------------------------------------------


def test_a_file_in_a_form_is_told_by_its_field(stage: Stage) -> None:
    part = 'Content-Disposition: form-data; name="{}"'
    body = "\r\n".join(
        ["--b", part.format("email"), "", "ana@globex.example",
         "--b", part.format("message") + '; filename="a.txt"', "", "Hola", "--b--", ""]
    )  # fmt: skip
    answer = stage.form(posted(body, content_type="multipart/form-data; boundary=b"))
    assert answer.status == 422
    assert [one["path"] for one in answer.body["errors"]] == ["message"]


@pytest.mark.parametrize("address", ["soporte@acme.example", "Soporte+x@Acme.example"])
def test_the_desk_writes_to_nobody_at_its_own_address(stage: Stage, address: str) -> None:
    answer = stage.form(posted({"email": address, "message": "Hola"}))
    assert answer.status == 422
    assert [one["path"] for one in answer.body["errors"]] == ["email"]
    assert stage.tickets() == []


@pytest.mark.parametrize("field", ["message", "product_code", "name"])
def test_half_a_character_is_told_by_its_field(stage: Stage, field: str) -> None:
    body = {"email": "ana@globex.example", "message": "Hola", field: "a\ud800"}
    answer = stage.form(posted(json.dumps(body)))
    assert answer.status == 422
    assert [one["path"] for one in answer.body["errors"]] == [field]


# -- the same post again ----------------------------------------------------------------------------


def test_a_post_that_names_itself_opens_one_ticket_however_often_it_is_sent(stage: Stage) -> None:
    first = stage.form(posted(idempotency_key="k1"))
    again = stage.form(posted(idempotency_key="k1"))
    assert (again.status, again.body) == (201, first.body)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(stage.tickets()) == 1


def test_a_stranger_who_knows_the_name_of_a_post_suppresses_nothing(stage: Stage) -> None:
    one = stage.form(
        posted({"email": "ana@globex.example", "message": "Hola"}, idempotency_key="k1")
    )
    other = stage.form(
        posted({"email": "bea@globex.example", "message": "x"}, idempotency_key="k1")
    )
    assert one.body != other.body


def test_a_post_without_a_name_is_a_new_one_each_time(stage: Stage) -> None:
    assert stage.form(posted()).body != stage.form(posted()).body


@pytest.mark.parametrize("key", ["", " ", "a\tb", "ñ", "x" * 256])
def test_a_name_that_is_none_is_told_by_its_header(stage: Stage, key: str) -> None:
    answer = stage.form(posted(idempotency_key=key))
    assert answer.status == 422
    assert [one["path"] for one in answer.body["errors"]] == ["Idempotency-Key"]


# -- too many ---------------------------------------------------------------------------------------


def post_from(stage: Stage, address: str, at: datetime = AT, body: Any = None) -> Answer:
    event = posted(body)
    event["requestContext"]["http"]["sourceIp"] = address
    event["requestContext"]["timeEpoch"] = int(at.timestamp() * 1000)
    return stage.form(event)


@pytest.fixture
def crowded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(forms, "MOST", 2)
    post_from(stage, "203.0.113.7")
    post_from(stage, "203.0.113.99")
    return stage


def test_more_than_a_neighbourhoods_posts_wait_and_change_nothing(crowded: Stage) -> None:
    before = crowded.items()
    answer = post_from(crowded, "203.0.113.1")
    assert answer.status == 429
    assert answer.headers["retry-after"] == "601"
    assert answer.headers["access-control-allow-origin"] == "https://acme.example"
    assert crowded.items() == before


def test_the_next_ten_minutes_begin_anew(crowded: Stage) -> None:
    assert post_from(crowded, "203.0.113.7", AT + timedelta(minutes=9, seconds=59)).status == 429
    assert post_from(crowded, "203.0.113.7", AT + timedelta(minutes=10)).status == 201


@pytest.mark.parametrize("address", ["203.0.112.7", "2001:db8::1", "unknown", ""])
def test_one_neighbourhood_does_not_crowd_another_out(crowded: Stage, address: str) -> None:
    assert post_from(crowded, address).status == 201


def test_a_post_that_makes_no_sense_is_not_counted(crowded: Stage) -> None:
    assert post_from(crowded, "203.0.113.7", body={"email": "nobody"}).status == 422


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("0.0.0.1", "::1", False),
    ],
)
def test_a_neighbourhood_is_a_network(one: str, other: str, same: bool) -> None:
    assert (forms.neighbourhood(one) == forms.neighbourhood(other)) is same


def test_no_address_of_a_caller_is_kept(stage: Stage) -> None:
    post_from(stage, "203.0.113.7")
    assert "203.0.113" not in json.dumps(stage.items())
