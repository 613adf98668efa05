"""Trials over the API: a simulation document in, what would happen out. Nothing is kept.

What runs it is imported when somebody asks: it takes a while to start.
"""

# ruff: noqa: PLC0415 - see above
from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import ConfigDict, Field

from functions.http_api.answers import answer
from functions.http_api.bodies import Body
from functions.http_api.problems import problem
from guardia import environment, wiring
from guardia.service import Guardia

MAX_STEPS: Final = 1_000
MAX_SECONDS: Final = 10.0
"""How long a simulation may take here; `guardia simulate` has no such limit."""

LIVE: Final = "live"
"""What names the live desk in a simulation."""


class SimulationIn(Body):
    """A simulation document. A desk is given whole, or `live` names the one that is live here."""

    model_config = ConfigDict(extra="allow")  # the simulation itself says what it does not know

    steps: list[Any] = Field(default_factory=list, max_length=MAX_STEPS)


class TimeIsUpError(Exception):
    """The simulation takes too long."""


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the route of simulations."""

    @app.post("/v1/simulate")
    def simulate(body: SimulationIn) -> Response[Any]:
        from guardia.config.problem import DocumentError, UnreadableError
        from guardia.rehearsal import simulate as rehearsal
        from guardia.rehearsal.steps import SimulationError

        end = environment.steady() + MAX_SECONDS

        def go_on() -> None:
            if environment.steady() > end:
                raise TimeIsUpError

        try:
            return answer(200, rehearsal.simulate(body.model_dump(), _load, go_on=go_on))
        except DocumentError as error:
            rows = [one.row() for one in error.problems]
            return problem(422, "the simulation's desk is wrong", rows)
        except (SimulationError, UnreadableError) as error:
            return problem(422, str(error), [{"path": "", "message": str(error)}])
        except TimeIsUpError:
            said = f"the simulation takes longer than {MAX_SECONDS:.0f} seconds"
            return problem(422, said, [{"path": "steps", "message": said}])


def _load(source: Any) -> Mapping[str, Any]:
    """A desk that is given whole, or the live one; nothing is read from a disk here."""
    from guardia.config.load import load_document
    from guardia.rehearsal.steps import SimulationError

    if source == LIVE:
        number = wiring.config().live()
        return wiring.config().read(number) if number else {}
    if not isinstance(source, Mapping):
        raise SimulationError(f"desk: must be a desk document, or `{LIVE}`")
    return load_document(source)
