"""The `Courier` port over SQS."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

_AT_ONCE: Final = 10


class QueueCourier:
    """Puts parcels into one queue."""

    def __init__(self, client: Any, url: str) -> None:
        """Take an SQS client and the queue's address."""
        self._client, self._url = client, url

    def hand(self, parcel: Mapping[str, Any]) -> None:
        """Hand a parcel over; see `Courier.hand`."""
        self._client.send_message(QueueUrl=self._url, MessageBody=_body(parcel))

    def hand_all(self, parcels: Sequence[Mapping[str, Any]]) -> None:
        """Hand parcels over; see `Courier.hand_all`."""
        for start in range(0, len(parcels), _AT_ONCE):
            entries = [
                {"Id": str(place), "MessageBody": _body(parcel)}
                for place, parcel in enumerate(parcels[start : start + _AT_ONCE])
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"the queue refused {len(answer['Failed'])} messages")


def _body(parcel: Mapping[str, Any]) -> str:
    return json.dumps(parcel, ensure_ascii=False, separators=(",", ":"))
