"""What programs sent in, over the API: the latest deliveries of a source."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.http_api import calls
from functions.http_api.answers import answer
from guardia import shapes, wiring
from guardia.domain.model import InvalidError
from guardia.ports import NotFoundError
from guardia.service import Guardia

SHOWN: Final = timedelta(days=14)


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the routes of sources."""

    @app.get("/v1/sources/<source_id>/deliveries")
    def deliveries(
        source_id: str,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Response[Any]:
        unknown = set(app.current_event.query_string_parameters or {}) - {"limit", "cursor"}
        if unknown:
            raise InvalidError("unknown_filter", "this list has none", sorted(unknown)[0])
        live = wiring.current_desk
        if source_id not in live().sources and source_id not in live(fresh=True).sources:
            raise NotFoundError("source", source_id[:64])
        since = calls.current(app).at - SHOWN
        found, following = wiring.hook_log().latest(source_id, since, limit, cursor)
        return answer(200, {"items": [shapes.handled(one) for one in found], "next": following})
