"""ETag, If-Match, If-None-Match on tickets (RFC 9110, 13.1)."""

from typing import Any

import pytest

from tests.integration.caller import event, paths, refused
from tests.integration.stage import Stage

CHANGE = ("PATCH", "", {"status": "open"})
COMMENT = ("POST", "/comments", {"body": "Hola", "public": False})


def about(stage: Stage, what: tuple[str, str, Any], **headers: Any) -> Any:
    """A call about a new ticket, which is at version 1."""
    method, rest, body = what
    return event(method, f"/v1/tickets/{stage.opened()}{rest}", body, **headers)


@pytest.mark.parametrize("tags", ['"7"', 'W/"0"', "2", '"7", W/"8"', '"one"', '""', "1" * 5_000])
@pytest.mark.parametrize("what", [CHANGE, COMMENT], ids=["change", "comment"])
def test_a_stale_version_is_412_before_anything_changes(stage: Stage, what: Any, tags: str) -> None:
    refused(stage, about(stage, what, if_match=tags), 412)


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', "1", "*", ' "1" ', '"7","1"', 'W/"7", "1", "x"'])
@pytest.mark.parametrize("what", [CHANGE, COMMENT], ids=["change", "comment"])
def test_the_present_version_among_those_named_lets_it_happen(
    stage: Stage, what: Any, tags: str
) -> None:
    assert stage.api(about(stage, what, if_match=tags)).status in (200, 201)


@pytest.mark.parametrize("tags", ["", "monday", '"1', '"1" "2"', '"1",', ",".join(['"1"'] * 30)])
@pytest.mark.parametrize("what", [CHANGE, COMMENT], ids=["change", "comment"])
def test_what_is_no_list_of_etags_is_422(stage: Stage, what: Any, tags: str) -> None:
    assert paths(refused(stage, about(stage, what, if_match=tags), 422)) == ["If-Match"]


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_ticket_that_the_reader_knows_is_304_without_a_body(stage: Stage, tags: str) -> None:
    answer = stage.api(about(stage, ("GET", "", None), if_none_match=tags))
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, "", '"1"')


def test_a_ticket_that_changed_is_read(stage: Stage) -> None:
    answer = stage.api(about(stage, ("GET", "", None), if_none_match='"0"'))
    assert (answer.status, answer.body["version"]) == (200, 1)


def test_an_answer_to_a_change_names_the_new_version(stage: Stage) -> None:
    answer = stage.api(about(stage, CHANGE, if_match='"1"'))
    assert answer.headers["etag"] == f'"{answer.body["version"]}"' == '"2"'
