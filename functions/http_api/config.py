"""The desk document over the API: what is live and what was before, checking, publishing, going
back.

The document's reader is imported where a document is read: it takes a while to start, and most
requests need none of it.
"""

# ruff: noqa: PLC0415 - see above
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, StringConstraints, model_validator

from functions.http_api import calls
from functions.http_api.answers import answer
from functions.http_api.bodies import Body, Email
from functions.http_api.problems import problem
from guardia import planning, shapes, wiring
from guardia.domain.model import RefusedError
from guardia.ports import DriftError, NotFoundError
from guardia.service import Guardia

if TYPE_CHECKING:
    from guardia.config.validate import Report

MAX_BODY: Final = 4 * 2**20
SINCE: Final = 20
"""How many versions somebody is told of who is refused because of them."""

Message = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]


class DocumentIn(Body):
    """A desk document: one JSON object, or the texts of its files by path."""

    document: dict[str, Any] | None = None
    files: dict[str, str] | None = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.document is None) is (self.files is None):
            raise ValueError("send the desk as one of document and files")
        return self


class ConfigIn(DocumentIn):
    """A document to make live. `parent` is the version it was made from, else the live one."""

    message: Message = ""
    parent: Annotated[int, Field(ge=0)] | None = None
    by: Email | None = None


class RollbackIn(Body):
    """A version to go back to, else the one before the live one."""

    to: Annotated[int, Field(ge=1)] | None = None
    message: Message | None = None
    by: Email | None = None


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the routes of the desk document."""

    def checked(body: DocumentIn) -> "Report":
        return check(body, calls.current(app).body)

    @app.get("/v1/config")
    def live() -> Response[Any]:
        number = wiring.config().live()
        return answer(200, _shown(number) if number else shapes.NO_VERSION)

    @app.put("/v1/config")
    def publish(body: ConfigIn) -> Response[Any]:
        author = _author(body.by or calls.current(app).agent)
        report = checked(body)
        if report.document is None:
            return wrong(report)
        config = wiring.config()
        parent = config.live() if body.parent is None else body.parent
        source = {"document": report.plain} | ({"files": body.files} if body.files else {})
        number = config.publish(
            report.document,
            author=author,
            message=body.message,
            at=calls.current(app).at,
            parent=parent,
            source=source,
        )
        warnings = [one.row() for one in report.warnings]
        return answer(200, _shown(number) | {"warnings": warnings})

    @app.get("/v1/config/log")
    def log(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[int | None, Query(ge=1)] = None,
    ) -> Response[Any]:
        config = wiring.config()
        number = config.live()
        newest = number if cursor is None else min(cursor, number)
        found = config.versions(newest, limit)
        items = [shapes.version(one, live=number) for one in found]
        following = str(newest - limit) if newest > limit else None
        return answer(200, {"items": items, "next": following})

    @app.post("/v1/config/validate")
    def validate(body: DocumentIn) -> Response[Any]:
        from guardia.config.diff import changes

        report = checked(body)
        config = wiring.config()
        number = config.live()
        before = config.read(number) if number else {}
        differs = changes(before, report.document) if report.document is not None else []
        return answer(
            200,
            {
                "ok": report.ok,
                "errors": [one.row() for one in report.errors],
                "warnings": [one.row() for one in report.warnings],
                "live": number,
                "files_differ": body.files is not None and _files(number) != body.files,
                "changes": [shapes.change(one) for one in differs],
            },
        )

    @app.post("/v1/config/rollback")
    def rollback(body: RollbackIn) -> Response[Any]:
        author = _author(body.by or calls.current(app).agent)
        config = wiring.config()
        number = config.live()
        to = number - 1 if body.to is None else body.to
        if to < 1:
            raise RefusedError("first_version", "there is no version before the live one")
        back = config.publish(
            config.read(to),
            author=author,
            message=f"back to version {to}" if body.message is None else body.message,
            at=calls.current(app).at,
            parent=number,
            source=config.source(to) or None,
        )
        return answer(200, _shown(back))

    @app.get("/v1/config/<number>")
    def version(number: str) -> Response[Any]:
        if not (number.isascii() and number.isdigit()) or len(number) > len(str(2**31)):
            raise NotFoundError("config version", number[:64])
        return answer(200, _shown(int(number)))

    app.exception_handler(DriftError)(_drifted)
    app.exception_handler(TooLargeError)(_too_large)


class TooLargeError(Exception):
    """The body is longer than a desk document may be."""


def _author(by: str | None) -> str:
    """The admin whom the caller acts as; who it is where a desk has no admin yet.

    Raises:
        InvalidError: it is no agent.
        RefusedError: it is no admin.
    """
    live = wiring.current_desk(fresh=True)
    email = planning.acting(live, by)
    if email is None:
        return "api"
    if live.agents[email].role != "admin":
        raise RefusedError("not_admin", "only an admin may change the desk", "by")
    return email


def check(body: DocumentIn, text: str) -> "Report":
    """Check what was sent; `text` is the whole body. Of a document the places are those in it.

    Raises:
        TooLargeError: it is longer than a desk document may be.
    """
    from guardia.config.document import Files
    from guardia.config.json_text import parse_json
    from guardia.config.problem import DocumentError, Problem, UnreadableError
    from guardia.config.validate import Report, validate

    if len(text.encode("utf-8", "replace")) > MAX_BODY:
        raise TooLargeError
    try:
        if body.files is not None:
            return validate(Files(body.files))
        return validate(parse_json(text, "").value["document"])
    except DocumentError as error:
        return Report(errors=error.problems, warnings=(), document=None)
    except UnreadableError as error:
        said = Problem(file="", line=0, column=0, message=str(error), path="files")
        return Report(errors=(said,), warnings=(), document=None)


def _shown(number: int) -> dict[str, Any]:
    """A version with its document as it was sent, and its files where it was sent as such."""
    config = wiring.config()
    found = shapes.version(config.version(number), live=config.live())
    source: Mapping[str, Any] = config.source(number)
    document = source.get("document", config.read(number) if not source else {})
    return found | {"document": document, "files": source.get("files")}


def _files(number: int) -> Any:
    """The files that a version was sent as, None where it was sent otherwise."""
    return wiring.config().source(number).get("files") if number else None


def wrong(report: "Report") -> Response[Any]:
    """Answer with what is wrong in a document."""
    count = len(report.errors)
    said = f"the document has {count} error{'' if count == 1 else 's'}; nothing was changed"
    return problem(422, said, [one.row() for one in report.errors])


def _drifted(error: DriftError) -> Response[Any]:
    """Name who published what since."""
    if error.live <= error.parent:
        return problem(
            409, f"version {error.live} is live here; there is no version {error.parent}"
        )
    since = wiring.config().versions(error.live, min(SINCE, error.live - error.parent))
    told = ", ".join(f"{one.number} by {one.author} at {shapes.instant(one.at)}" for one in since)
    return problem(
        409,
        f"version {error.live} is live, not {error.parent}; published since: {told}",
        since=[shapes.version(one, live=error.live) for one in since],
    )


def _too_large(_error: TooLargeError) -> Response[Any]:
    return problem(413, f"the body may have at most {MAX_BODY // 2**20} MiB")
