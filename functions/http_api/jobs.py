"""Long work over the API: how a job stands."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.http_api import calls
from functions.http_api.answers import answer
from functions.http_api.records import check_admin
from guardia import reading, shapes, wiring
from guardia.ports import Job, NotFoundError
from guardia.service import Guardia


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the route of jobs."""

    @app.get("/v1/jobs/<job_id>")
    def job(job_id: str) -> Response[Any]:
        check_admin(calls.current(app).agent)  # a backtest's answer tells of tickets
        if len(job_id) > reading.MAX_ID:
            raise NotFoundError("job", job_id[: reading.MAX_ID])
        return answer(200, _shape(wiring.jobs().get(job_id)))


def _shape(one: Job) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state,
        "counts": dict(one.counts),
        "answer": None if one.answer is None else shapes.plain(one.answer),
        "error": one.error,
        "created_at": shapes.instant(one.created_at),
        "updated_at": shapes.instant(one.updated_at),
    }
