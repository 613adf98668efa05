"""The `Secrets` port over SSM parameters: the desk's own are made on first use and read once a
container, those that others sign with are somebody's to write, and read again after minutes."""

import base64
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

from guardia.ports import NotFoundError

FRESH: Final = 300.0
"""Seconds for which a secret that was read is not read again."""

MISSING: Final = 10.0
"""Seconds for which one that was not there is not looked for again."""


class SsmSecrets:
    """SecureString parameters below a prefix, in the form `whsec_` + base64."""

    def __init__(
        self, client: Any, prefix: str, make: Callable[[], bytes], steady: Callable[[], float]
    ) -> None:
        """Take an SSM client, the path that all names begin with, the source of new ones, and a
        clock that only goes forward, in seconds."""
        self._client, self._prefix, self._make, self._steady = client, prefix, make, steady
        self._known: dict[str, bytes] = {}
        self._texts: dict[str, tuple[float, str | None]] = {}

    def get(self, name: str) -> bytes:
        """Return a secret; one that does not exist yet is made, once for all containers."""
        if name not in self._known:
            self._known[name] = self._read(name) or self._create(name)
        return self._known[name]

    def text(self, name: str) -> str:
        """Return a secret as it was written; see `Secrets.text`."""
        until, text = self._texts.get(name, (float("-inf"), None))
        if self._steady() >= until:
            text = self._written(name)
            self._texts[name] = (self._steady() + (FRESH if text else MISSING), text)
        if not text:
            raise NotFoundError("secret", name)
        return text

    def _read(self, name: str) -> bytes | None:
        text = self._written(name)
        return None if text is None else base64.b64decode(text.removeprefix("whsec_"))

    def _written(self, name: str) -> str | None:
        try:
            answer = self._client.get_parameter(Name=self._prefix + name, WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        text: str = answer["Parameter"]["Value"]
        return text

    def _create(self, name: str) -> bytes:
        """Put a new secret unless somebody else was faster; then theirs holds."""
        secret = self._make()
        value = "whsec_" + base64.b64encode(secret).decode()
        try:
            self._client.put_parameter(
                Name=self._prefix + name, Value=value, Type="SecureString", Overwrite=False
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterAlreadyExists":
                raise
            return self._read(name) or secret
        return secret
