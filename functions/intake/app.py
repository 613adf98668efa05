"""What the public may send: forms, and the question whether we are well."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.intake import answers, posts
from guardia import wiring
from guardia.arrivals import FormArrival
from guardia.domain.desk import Desk
from guardia.domain.forms import FormError, Post
from guardia.domain.model import RefusedError
from guardia.ports import NotFoundError, StaleError
from guardia.service import Guardia


def build(desk: Callable[[], Guardia], live: Callable[[], Desk]) -> Callable[..., dict[str, Any]]:
    """Build the handler over a help desk and its live configuration (for CORS alone)."""
    logger = Logger(service="intake")

    def form(event: APIGatewayProxyEventV2, name: str) -> dict[str, Any]:
        origin = event.headers.get("origin")
        allowed = answers.cors(live().forms.get(name), origin)
        if event.http_method == "OPTIONS":
            return answers.preflight(allowed)
        try:
            context = event.request_context
            post = Post(
                id=f"form:{context.request_id}",
                at=datetime.fromtimestamp(context.time_epoch / 1000, UTC),
                form=name,
                values=posts.values(event),
                origin=origin,
                language=event.headers.get("accept-language"),
            )
            outcome = desk().receive(FormArrival(post))
        except posts.UnreadableError as error:
            return answers.problem(error.status, str(error), allowed)
        except FormError as error:
            return answers.problem(422, error.message, allowed, error.errors)
        except NotFoundError:
            return answers.problem(404, f"there is no form {name}", allowed)
        except RefusedError as error:
            return answers.problem(403, error.message, allowed)
        except StaleError:
            return answers.problem(503, "the desk is busy; send the form again", allowed)
        logger.info("form", form=name, ticket=outcome.ticket)
        if "text/html" in event.headers.get("accept", ""):
            return answers.see_other(event, allowed, outcome.ticket)
        return answers.ok(201, {"ticket": outcome.ticket}, allowed)

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        request = APIGatewayProxyEventV2(event)
        if request.raw_path == "/healthz":
            return answers.ok(200, {"status": "ok"}, {})
        name = (request.path_parameters or {}).get("form", "")
        return form(request, name)

    return handle


handler = build(wiring.guardia, wiring.current_desk)
