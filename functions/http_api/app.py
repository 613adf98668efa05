"""The JSON API: each module parses, calls one use case and answers; `problems` maps refusals."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from functions.http_api import config, problems, simulations, sources, suspended, tickets
from guardia import wiring
from guardia.service import Guardia


class Routes(Protocol):
    """Installs the routes of one noun."""

    def __call__(self, app: APIGatewayHttpResolver, desk: Callable[[], Guardia]) -> None:
        """Install them; `desk` is asked for at each request."""


ROUTES: Final[tuple[Routes, ...]] = (
    tickets.routes,
    sources.routes,
    config.routes,
    simulations.routes,
    suspended.routes,
)
"""Every route of the API, by noun."""


def build(desk: Callable[[], Guardia]) -> Callable[..., dict[str, Any]]:
    """Build the handler over a help desk; tests bring their own."""
    logger = Logger(service="http-api")
    app = APIGatewayHttpResolver(enable_validation=True)
    for install in ROUTES:
        install(app, desk)
    problems.install(app, logger)
    return logger.inject_lambda_context(app.resolve)


handler = build(wiring.guardia)
