"""Addresses that the desk writes to, over the API: whether they take mail, and trying again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.http_api.answers import answer
from guardia import shapes, wiring
from guardia.domain import budgets
from guardia.domain.model import InvalidError
from guardia.service import Guardia

_MOST = 320


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the routes of addresses."""

    @app.get("/v1/addresses/<address>")
    def read(address: str) -> Response[Any]:
        name = _name(address)
        return answer(200, shapes.address(name, wiring.budgets().known(name)))

    @app.post("/v1/addresses/<address>/clear")
    def clear(address: str) -> Response[Any]:
        name = _name(address)
        _, after = wiring.budgets().change(name, budgets.cleared)
        return answer(200, shapes.address(name, after))


def _name(text: str) -> str:
    name = unquote(text).strip().lower()
    if "@" not in name or len(name) > _MOST or any(one.isspace() for one in name):
        raise InvalidError("address", "is no email address", "address")
    return name
