"""Forms and health, on moto."""

import json
from typing import Any

import pytest

from tests.integration.stage import Stage, golden

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
    assert answer.headers["access-control-allow-headers"] == "content-type"


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
