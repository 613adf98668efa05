"""The `Secrets` port over SSM parameters: read once a container, made on first use."""

import base64
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class SsmSecrets:
    """SecureString parameters below a prefix, in the form `whsec_` + base64."""

    def __init__(self, client: Any, prefix: str, make: Callable[[], bytes]) -> None:
        """Take an SSM client, the path that all names begin with, and the source of new ones."""
        self._client, self._prefix, self._make = client, prefix, make
        self._known: dict[str, bytes] = {}

    def get(self, name: str) -> bytes:
        """Return a secret; one that does not exist yet is made, once for all containers."""
        if name not in self._known:
            self._known[name] = self._read(name) or self._create(name)
        return self._known[name]

    def _read(self, name: str) -> bytes | None:
        try:
            answer = self._client.get_parameter(Name=self._prefix + name, WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        text: str = answer["Parameter"]["Value"]
        return base64.b64decode(text.removeprefix("whsec_"))

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
