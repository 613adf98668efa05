"""Backtests over the API: a desk document in, a job out that tries it on recorded tickets."""

# ruff: noqa: PLC0415 - what reads documents is imported when somebody sends one
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, Self

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import Field, model_validator

from functions.http_api import calls
from functions.http_api.answers import answer
from functions.http_api.config import DocumentIn, check, wrong
from functions.http_api.filters import instant
from functions.http_api.records import check_admin
from guardia import environment, wiring
from guardia.service import Guardia

LAST: Final = 200
"""How many tickets are taken where nobody says."""

KEPT: Final = timedelta(days=14)
"""How long a backtest's answer can be read."""


class BacktestIn(DocumentIn):
    """A desk document to try on the `last` tickets, or on those that changed `since` an instant;
    at most `keep` of those that differ are told of."""

    last: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    since: (
        Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})] | None
    ) = None
    keep: Annotated[int, Field(ge=0, le=100)] = 20

    @model_validator(mode="after")
    def _asks_for_one_span(self) -> Self:
        if self.last is not None and self.since is not None:
            raise ValueError("send one of last and since")
        return self


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the route of backtests."""

    @app.post("/v1/backtest")
    def backtest(body: BacktestIn) -> Response[Any]:
        from guardia.rehearsal import job

        call = calls.current(app)
        check_admin(call.agent)
        since = instant(body.since, "since")
        report = check(body, call.body)
        if report.document is None:
            return wrong(report)
        text = json.dumps(report.document, ensure_ascii=False, sort_keys=True).encode()
        key = job.key_of(hashlib.sha256(text).hexdigest())
        wiring.blobs().put(key, text, content_type="application/json", pending=False)
        asked = {
            "document": key,
            "before": wiring.config().live(),
            "last": LAST if body.last is None and since is None else body.last,
            "since": since.isoformat() if since else None,
            "keep": body.keep,
        }
        started = wiring.runner().start(
            f"{job.KIND}-{environment.new_id()}",
            job.KIND,
            asked,
            expires_at=call.at + KEPT,
        )
        return answer(HTTPStatus.ACCEPTED, {"job": started.id})
