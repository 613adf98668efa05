"""`GET /openapi.json`: the document of the API (OpenAPI 3.1), made of its own routes when somebody
asks for it, and never before: that takes longer than most requests.
"""

# ruff: noqa: PLC0415 - see above
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

import guardia as package
from functions.http_api.scopes import PUBLIC, SCOPES
from guardia.service import Guardia

_JSON: Final = "application/json"
_METHODS_WITH_BODY: Final = ("POST", "PATCH", "PUT")
_ALWAYS: Final = (400, 401, 403, 422, 429, 500, 503)
_WITH_BODY: Final = (413, 415)
_GATEWAY: Final = (401, 403, 404, 413, 429, 500, 503)
"""What API Gateway answers by itself: no key, one that opens nothing, no such path, too much, too
often, or a function that does not answer."""
_TEXT: Final = {"type": "string"}


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the route of the document."""

    @cache
    def text() -> str:
        return json.dumps(document(app), ensure_ascii=False)

    @app.get("/openapi.json")
    def openapi() -> Response[Any]:
        return Response(HTTPStatus.OK, _JSON, text())


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """Return the document: parameters and bodies are the routes' own, the rest is `operations`'."""
    from functions.http_api import answer_schemas, explain_schemas, operations

    made = json.loads(app.get_openapi_json_schema(title="Guardia", version=package.__version__))
    generated = {_shape(path): found for path, found in made["paths"].items()}
    paths: dict[str, Any] = {}
    for (method, path), scope in SCOPES.items():
        told = generated[_shape(path)][method.lower()]
        known = operations.OPERATIONS[method, path]
        paths.setdefault(path, {})[method.lower()] = _operation(known, method, path, scope, told)
    schemas = made.get("components", {}).get("schemas", {})
    schemas = {name: one for name, one in schemas.items() if not name.endswith("ValidationError")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guardia",
            "version": package.__version__,
            "description": "The help desk without servers. docs/api.md tells the rest.",
        },
        "security": [{"key": []}],
        "paths": paths | operations.PUBLIC,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, gd_...; each route names the scope it asks for.",
                }
            },
            "responses": {
                "Problem": {
                    "description": "Why not (RFC 9457).",
                    "content": {
                        "application/problem+json": {"schema": answer_schemas.ref("Problem")}
                    },
                },
                "Stopped": {
                    "description": "Why not (RFC 9457); or, where API Gateway itself stopped the"
                    " request, its `message`.",
                    "content": {
                        "application/problem+json": {"schema": answer_schemas.ref("Problem")},
                        _JSON: {"schema": answer_schemas.members("Why not.", message=_TEXT)},
                    },
                },
                "Unchanged": {
                    "description": "It is as you know it.",
                    "headers": {"ETag": operations.ETAG},
                },
            },
            "schemas": _tidy(schemas) | answer_schemas.SCHEMAS | explain_schemas.SCHEMAS,
        },
    }


def _shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _operation(known: Any, method: str, path: str, scope: str, told: Any) -> dict[str, Any]:
    """One operation; variables of its path bear the names that the path gives them."""
    names = iter(re.findall(r"\{(\w+)\}", path))
    parameters = []
    for one in sorted(told.get("parameters", ()), key=lambda each: each["in"] != "path"):
        name = next(names) if one["in"] == "path" else one["name"]
        parameters.append({**_tidy(one), "name": name, "schema": _present(_tidy(one["schema"]))})
    parameters += _headers(known, method)
    found: dict[str, Any] = {"operationId": known.name, "summary": known.does}
    if scope == PUBLIC:
        found["security"] = []
    else:
        found["description"] = f"Asks for the scope `{scope}`."
    if parameters:
        found["parameters"] = parameters
    if "requestBody" in told:
        found["requestBody"] = _tidy(told["requestBody"])
    return found | {"responses": dict(_responses(known, method, path))}


def _headers(known: Any, method: str) -> Iterator[dict[str, Any]]:
    said = {
        "If-Match": "ETags, one of which the ticket must have; `*` for any.",
        "If-None-Match": "ETags that the caller knows.",
        "Idempotency-Key": "Names this request, so that it is done once however often it is sent.",
    }
    sends = (*known.sends, *(("Idempotency-Key",) if method == "POST" else ()))
    for name in sends:
        schema: dict[str, Any] = {"type": "string"}
        if name == "Idempotency-Key":
            schema |= {"minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": said[name],
            "schema": schema,
        }


def _responses(known: Any, method: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    good: dict[str, Any] = {"description": f"{known.does}: done."}
    if known.headers:
        good["headers"] = dict(known.headers)
    if method == "POST":
        replayed = {"description": "This was done before.", "schema": {"type": "string"}}
        good.setdefault("headers", {})["Idempotency-Replayed"] = replayed
    if known.schema is not None:
        good["content"] = {_JSON: {"schema": known.schema}}
    yield str(known.status), good
    refusals = set(known.refusals)
    if "{" in path:
        refusals.add(HTTPStatus.NOT_FOUND)
    if SCOPES[method, path] != PUBLIC:
        refusals |= {*_ALWAYS, *(_WITH_BODY if method in _METHODS_WITH_BODY else ())}
    if method == "POST":
        refusals.add(HTTPStatus.CONFLICT)
    for status in sorted(refusals):
        name = "Stopped" if status in _GATEWAY else "Problem"
        name = "Unchanged" if status == HTTPStatus.NOT_MODIFIED else name
        yield str(int(status)), {"$ref": f"#/components/responses/{name}"}


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is there: it is left out, never null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: one for name, one in schema.items() if name != "anyOf"}}


def _tidy(value: Any) -> Any:
    """Whole numbers without a point, and no titles that only repeat a name."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if not _is_title(name, one)}
        return {name: _tidy(one) for name, one in kept.items()}
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_title(name: str, value: Any) -> bool:
    return name == "title" and isinstance(value, str)
