"""What was set aside, over the API: list, look, take in after all, throw away.

Mail is parsed only where somebody looks into one or takes it in: the parsers take a while to start.
"""

# ruff: noqa: PLC0415 - see above
from collections.abc import Callable
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api.answers import answer
from guardia import environment, reading, shapes, wiring
from guardia.service import Guardia

MAX_TEXT: Final = 20_000
"""Characters of a message that are shown."""


def routes(app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
    """Install the routes of what was set aside."""

    def language() -> str:
        asked = app.current_event.headers.get("accept-language", "").strip().lower()[:2]
        return asked if asked in ("es", "en") else wiring.current_desk().locale

    @app.get("/v1/suspended")
    def suspended(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=1_000)] = None,
    ) -> Response[Any]:
        found, following = desk().store.all_aside(limit, cursor)
        words = language()
        items = [shapes.suspended(one, words) for one in found]
        return answer(200, {"items": items, "next": following})

    @app.get("/v1/suspended/<entry_id>")
    def show(entry_id: str) -> Response[Any]:
        from guardia import recovery

        entry, seen = recovery.preview(desk(), _id(entry_id))
        text = seen.text if len(seen.text) <= MAX_TEXT else seen.text[:MAX_TEXT] + "…"
        told = {"text": text, "attachments": list(seen.files)}
        return answer(200, shapes.suspended(entry, language()) | told)

    @app.post("/v1/suspended/<entry_id>/recover")
    def recover(entry_id: str) -> Response[Any]:
        from guardia import recovery

        ticket = recovery.recover(
            desk(),
            _id(entry_id),
            secrets=wiring.mail_secrets(),
            install_id=environment.settings().install_id,
        )
        return answer(200, {"ticket": ticket})

    @app.delete("/v1/suspended/<entry_id>")
    def discard(entry_id: str) -> Response[Any]:
        from guardia import recovery

        recovery.discard(desk(), _id(entry_id))
        return Response(204)


def _id(text: str) -> str:
    return text.upper()[: reading.MAX_ID]
