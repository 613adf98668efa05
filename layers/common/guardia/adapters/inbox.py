"""The `Inbox` port over S3: received mail that lies where SES put it.

How often a mail was offered again is a tag of its object: nothing else has to be kept for it, and
it goes with the object.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from guardia.ports import Lying, NotFoundError

PREFIX: Final = "in/"
_OFFERED: Final = "offered"
_HEAD_BYTES: Final = 256 * 1024
"""As much of a mail as a header may have."""
_GONE: Final = ("NoSuchKey", "404", "NotFound")


class S3Inbox:
    """What lies below `in/` of one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        """Take an S3 client and the bucket's name."""
        self._client, self.place = client, bucket

    def lying(self, until: datetime) -> Iterator[Lying]:
        """Go through what was stored up to an instant; see `Inbox.lying`."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.place, Prefix=PREFIX):
            for one in page.get("Contents", ()):
                if one["LastModified"] <= until:
                    yield Lying(key=one["Key"], at=one["LastModified"])

    def head(self, key: str) -> bytes:
        """Return a mail's first bytes; see `Inbox.head`."""
        try:
            answer = self._client.get_object(
                Bucket=self.place, Key=key, Range=f"bytes=0-{_HEAD_BYTES - 1}"
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidRange":  # an empty object has no first byte
                return b""
            if code in _GONE:
                raise NotFoundError("object", key) from error
            raise
        body: bytes = answer["Body"].read()
        return body

    def offered(self, key: str) -> int:
        """Return how often it was offered again; see `Inbox.offered`."""
        try:
            tags = self._client.get_object_tagging(Bucket=self.place, Key=key)["TagSet"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise NotFoundError("object", key) from error
            raise
        return next((int(one["Value"]) for one in tags if one["Key"] == _OFFERED), 0)

    def note(self, key: str, times: int) -> None:
        """Write down how often it was offered again; see `Inbox.note`."""
        tags = {"TagSet": [{"Key": _OFFERED, "Value": str(times)}]}
        try:
            self._client.put_object_tagging(Bucket=self.place, Key=key, Tagging=tags)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise
