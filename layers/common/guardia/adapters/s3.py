"""The `Blobs` port over S3: raw mail, attachments, long bodies, config documents."""

from typing import Any

from botocore.exceptions import ClientError

from guardia.ports import NotFoundError

_GONE = ("NoSuchKey", "404", "NotFound")


class S3Blobs:
    """One bucket. Objects tagged `state=pending` are deleted by its lifecycle after two days."""

    def __init__(self, client: Any, bucket: str) -> None:
        """Take an S3 client and the bucket's name."""
        self._client, self._bucket = client, bucket

    def get(self, key: str) -> bytes:
        """Return an object's bytes; see `Blobs.get`."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise NotFoundError("object", key) from error
            raise
        body: bytes = answer["Body"].read()
        return body

    def put(self, key: str, body: bytes, *, content_type: str, pending: bool) -> None:
        """Write an object; see `Blobs.put`."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=body,
            ContentType=content_type,
            **({"Tagging": "state=pending"} if pending else {}),
        )

    def keep(self, key: str) -> None:
        """Take the pending mark off; see `Blobs.keep`."""
        try:
            self._client.delete_object_tagging(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in (*_GONE, "MethodNotAllowed"):
                raise  # the second: what is there is the mark of its deletion

    def move(self, source: str, target: str) -> None:
        """Copy, then delete: a crash between the two leaves both, never none."""
        try:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=target,
                CopySource={"Bucket": self._bucket, "Key": source},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return
            raise
        self.delete(source)

    def delete(self, key: str) -> None:
        """Delete an object; see `Blobs.delete`."""
        self._client.delete_object(Bucket=self._bucket, Key=key)
