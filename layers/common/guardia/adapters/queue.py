"""The `Courier` port over SQS."""

import json
from collections.abc import Mapping
from typing import Any


class QueueCourier:
    """Puts parcels into one queue."""

    def __init__(self, client: Any, url: str) -> None:
        """Take an SQS client and the queue's address."""
        self._client, self._url = client, url

    def hand(self, parcel: Mapping[str, Any]) -> None:
        """Hand a call over; see `Courier.hand`."""
        body = json.dumps(parcel, ensure_ascii=False, separators=(",", ":"))
        self._client.send_message(QueueUrl=self._url, MessageBody=body)
