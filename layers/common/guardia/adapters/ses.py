"""The `Outbound` port over SES v2."""

from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from guardia.mail.provider import TAG
from guardia.ports import PermanentError, TemporaryError

_PERMANENT: Final = (
    "MessageRejected",
    "BadRequestException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "AccountSuspendedException",
)
_TEMPORARY: Final = (
    "TooManyRequestsException",
    "LimitExceededException",
    "SendingPausedException",
    "ThrottlingException",
    "InternalFailure",
    "ServiceUnavailable",
)


class SesOutbound:
    """Sends raw mail with our tag, so that every event of the provider names the outbox row."""

    def __init__(self, client: Any, *, configuration_set: str | None, region: str) -> None:
        """Take an SES v2 client and the configuration set that publishes its events."""
        self._client, self._set, self._region = client, configuration_set, region

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        """Hand a message over; see `Outbound.send`.

        SES replaces our Message-ID by its own id at its own domain (Amazon SES, header fields).
        """
        try:
            answer = self._client.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": list(to)},
                Content={"Raw": {"Data": mime}},
                EmailTags=[{"Name": TAG, "Value": tag.replace(".", "-")}],
                **({"ConfigurationSetName": self._set} if self._set else {}),
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _PERMANENT:
                raise PermanentError(code) from error
            if code in _TEMPORARY:
                raise TemporaryError(code) from error
            raise
        return message_id(answer["MessageId"], self._region)


def message_id(id_: str, region: str) -> str:
    """The Message-ID that recipients see of the provider's own id."""
    domain = "email" if region == "us-east-1" else region
    return f"<{id_}@{domain}.amazonses.com>"
