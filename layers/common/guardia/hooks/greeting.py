"""What a provider sends to see whether anybody is there: answered, and no ticket."""

from collections.abc import Mapping
from typing import Any, Final

_MAX_CHALLENGE: Final = 1000


def greeting(scheme: str, headers: Mapping[str, str], body: Any) -> Mapping[str, Any] | None:
    """Return the answer to a greeting; None for what is none.

    Slack asks for its challenge back ("Using the Events API over HTTP": `url_verification`);
    GitHub only wants to be heard (the `ping` event).
    """
    if scheme == "slack" and isinstance(body, dict) and body.get("type") == "url_verification":
        challenge = body.get("challenge")
        if isinstance(challenge, str) and len(challenge) <= _MAX_CHALLENGE:
            return {"challenge": challenge}
    if scheme == "github" and headers.get("x-github-event") == "ping":
        return {"ticket": None}
    return None
