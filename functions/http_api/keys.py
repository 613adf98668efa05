"""API keys over the API: make, list, revoke, replace. A key is shown once, and kept nowhere."""

import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from functions.http_api import calls
from functions.http_api.answers import answer
from functions.http_api.bodies import Body, Email
from guardia import environment, planning, shapes, wiring
from guardia.domain import api_keys, issuing
from guardia.domain.api_keys import ApiKey
from guardia.domain.desk import Desk
from guardia.domain.model import InvalidError, RefusedError
from guardia.ports import NotFoundError
from guardia.service import Guardia

_LONGEST: Final = timedelta(days=3_660)
_MAX_ID: Final = 64


def _lifetime(value: Any) -> Any:
    from guardia.config.values import seconds_of  # noqa: PLC0415 - few requests make a key

    seconds = value if isinstance(value, int) else seconds_of(value)
    if isinstance(value, bool) or not seconds or not 0 < seconds <= _LONGEST.total_seconds():
        raise ValueError("must be a duration like 90d or 12h, at most ten years")
    return timedelta(seconds=seconds)


def _named(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of text")
    return text


class KeyIn(Body):
    """A key to make. `expires_in` is a duration, or seconds; left out, it never expires."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
        AfterValidator(_named),
    ]
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)]
    agent: Email | None = None
    expires_in: Annotated[
        timedelta | None,
        BeforeValidator(lambda value: None if value is None else _lifetime(value)),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
    ] = None
    by: Email | None = None


def routes(
    app: APIGatewayHttpResolver,
    desk: Callable[[], Guardia],  # noqa: ARG001 - the routes of every noun are installed alike
) -> None:
    """Install the routes of API keys."""

    @app.post("/v1/keys")
    def create(body: KeyIn) -> Response[Any]:
        call = calls.current(app)
        live = wiring.current_desk(fresh=True)
        scopes = tuple(dict.fromkeys(body.scopes))
        issuing.check(scopes, call.scopes)
        id_, text, made_by = _drawn(call.mark)
        key = ApiKey(
            id=id_,
            name=body.name,
            agent=_agent(live, body.agent),
            scopes=scopes,
            hash=api_keys.hash_of(text),
            created_at=call.at,
            created_by=planning.acting(live, body.by or call.agent),
            expires_at=call.at + body.expires_in if body.expires_in else None,
            made_by=made_by,
        )
        wiring.api_keys().add(key)
        return answer(HTTPStatus.CREATED, shapes.api_key(key) | {"key": text})

    @app.get("/v1/keys")
    def keys(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    ) -> Response[Any]:
        found, following = wiring.api_keys().page(limit, cursor)
        items = [shapes.api_key(one) for one in found]
        return answer(HTTPStatus.OK, {"items": items, "next": following})

    @app.delete("/v1/keys/<key_id>")
    def revoke(key_id: str) -> Response[Any]:
        wiring.api_keys().revoke(_id(key_id), calls.current(app).at)
        return Response(HTTPStatus.NO_CONTENT, None, "")

    @app.post("/v1/keys/<key_id>/rotate")
    def rotate(key_id: str) -> Response[Any]:
        call = calls.current(app)
        old = wiring.api_keys().get(_id(key_id))
        if old is None:
            raise NotFoundError("key", key_id)
        issuing.check(old.scopes, call.scopes)
        by = planning.acting(wiring.current_desk(fresh=True), call.agent)
        id_, text, made_by = _drawn(call.mark)
        hash_ = api_keys.hash_of(text)
        fresh, until = issuing.successor(
            old, id=id_, hash=hash_, at=call.at, by=by, made_by=made_by
        )
        wiring.api_keys().replace(old.id, until, fresh)
        return answer(HTTPStatus.CREATED, shapes.api_key(fresh) | {"key": text})


def unsaid(body: str) -> str:
    """An answer as it may be kept: without the key, which is null when it is repeated."""
    return json.dumps({**json.loads(body), "key": None}, ensure_ascii=False)


def _drawn(mark: str | None) -> tuple[str, str, str | None]:
    """A new key: its id, how it is written, and the digest of a request that may be repeated.

    Such a request always makes the key of one id: a crash before its answer leaves no other.
    """
    made_by = api_keys.hash_of(mark) if mark else None
    id_ = api_keys.id_for(mark) if mark else environment.new_id()
    return id_, api_keys.written(id_, environment.new_secret()), made_by


def _id(text: str) -> str:
    if text.lower() == api_keys.FIRST:
        message = "the first key is the stack's parameter ApiKeyHash; change it there"
        raise RefusedError("first_key", message)
    if len(text) > _MAX_ID:
        raise NotFoundError("key", f"{text[:_MAX_ID]}…")
    return text.upper()


def _agent(desk: Desk, email: str | None) -> str | None:
    """Whom a key may act as.

    Raises:
        InvalidError: it is no agent of the desk, or a light one.
    """
    if email is None:
        return None
    if email not in desk.agents:
        raise InvalidError("unknown_agent", f"`{email}` is no agent of this desk", "agent")
    if desk.agents[email].role == "light":
        raise InvalidError("light_agent", "a light agent cannot use the API", "agent")
    return email
