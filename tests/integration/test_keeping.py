"""Files and long texts of a commit stay, whatever happens between the commit and keeping them."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.housekeeping import app as housekeeping
from guardia import wiring
from guardia.adapters.s3 import S3Blobs
from guardia.domain.model import Comment
from guardia.ports import Blobs
from tests.integration.stage import AT, Stage, golden
from tests.store.samples import entry, opening

LONG = "ñ" * 200_000


def _pending(stage: Stage) -> list[str]:
    """The objects that the bucket's lifecycle will delete."""
    s3 = wiring.client("s3")
    return [
        key
        for key in stage.objects("t/")
        if s3.get_object_tagging(Bucket=stage.bucket, Key=key)["TagSet"]
    ]


def _dies(*_: Any) -> None:
    raise ConnectionError


def _clean(stage: Stage, minutes: int) -> int:
    at = (AT + timedelta(minutes=minutes)).isoformat()
    answer: dict[str, int] = housekeeping.handler(golden("housekeeping", time=at), stage.context)
    return answer["kept"]


@pytest.fixture
def crashed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A commit whose objects could not be kept."""
    blobs: Blobs = wiring.blobs()
    with monkeypatch.context() as patch:
        patch.setattr(type(blobs), "keep", _dies)
        with pytest.raises(ConnectionError):
            wiring.store().commit(opening(entries=(entry(comment=Comment(text=LONG)),)))
    assert len(_pending(stage)) == 1
    return stage


def test_what_a_commit_could_not_keep_is_kept_later(crashed: Stage) -> None:
    assert _clean(crashed, 11) == 1
    assert _pending(crashed) == []
    (found,), _ = wiring.store().entries("AAAAAAA1", 0, 10)
    assert found.comment is not None
    assert found.comment.text == LONG


def test_it_is_looked_after_once(crashed: Stage) -> None:
    _clean(crashed, 11)
    assert _clean(crashed, 21) == 0


def test_a_commit_has_ten_minutes_to_see_to_it_itself(crashed: Stage) -> None:
    assert _clean(crashed, 9) == 0


class Refusing:
    """An S3 client that refuses to take a mark off."""

    def __init__(self, code: str) -> None:
        self._code = code

    def delete_object_tagging(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "DeleteObjectTagging")


@pytest.mark.parametrize("code", ["NoSuchKey", "404", "MethodNotAllowed"])
def test_an_object_that_was_erased_meanwhile_holds_nothing_up(code: str) -> None:
    S3Blobs(Refusing(code), "bucket").keep("t/AAAAAAA1/x")


def test_a_refusal_that_may_pass_is_no_erasure() -> None:
    with pytest.raises(ClientError):
        S3Blobs(Refusing("SlowDown"), "bucket").keep("t/AAAAAAA1/x")


def test_a_commit_without_objects_leaves_no_note(stage: Stage) -> None:
    wiring.store().commit(opening())
    assert not [one for one in stage.items() if one["sk"]["S"] == "KEEP"]
