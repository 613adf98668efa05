"""What pydantic found, as sentences for the person who edits the desk."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from guardia.config.node import Path
from guardia.config.part import Part
from guardia.config.problem import Findings, listed, suggestion
from guardia.config.rule_schema import Action, AssignAction, NotifyAction
from guardia.config.values import NOT_BUILT
from guardia.domain import vocabulary

_NOT_BUILT_KEYS: Final[dict[type[BaseModel], tuple[str, ...]]] = {
    Action: vocabulary.NOT_BUILT_ACTIONS,
    NotifyAction: vocabulary.NOT_BUILT_NOTIFY,
    AssignAction: vocabulary.NOT_BUILT_ASSIGN,
}
_SENTENCES: Final[Mapping[str, str]] = {
    "string_type": "must be a text; put it in quotes",
    "bool_type": "must be `true` or `false`",
    "int_type": "must be a whole number",
    "list_type": "must be a list: […], or a line for each item beginning with `-`",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
}


def check_shape(model: type[Part], plain: Any, path: Path, findings: Findings) -> Part | None:
    """Read one part of the document; return None and note each problem where it is wrong."""
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        told: set[Path] = set()
        for detail in error.errors(include_url=False, include_input=False):
            where, message, key = _told(model, plain, detail)
            if where not in told:
                told.add(where)
                place: Path = (*path, *where)
                findings.error(place, _about(place, message), key=key)
        return None


def _about(place: Path, message: str) -> str:
    """Begin a sentence that lacks one with the key it is about."""
    if not message.startswith("must "):
        return message
    keys = [one for one in place if isinstance(one, str)]
    return (
        f"`{keys[-1]}` {message}"
        if isinstance(place[-1], str)
        else f"an item of `{keys[-1]}` {message}"
    )


def _told(model: type[Part], plain: Any, detail: ErrorDetails) -> tuple[Path, str, bool]:
    """Return where a problem is, its sentence, and whether the key itself is meant."""
    where = tuple(_walked(plain, detail["loc"]))
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "guardia":
        return (*where, *context["at"]), context["message"], False
    if kind == "extra_forbidden":
        owner = _model_at(model, where[:-1])
        return where, _unknown(owner, str(detail["loc"][-1])), True
    if kind == "missing":
        return (*where, str(detail["loc"][-1])), f"`{detail['loc'][-1]}` is missing", False
    if kind == "literal_error":
        allowed = str(context["expected"]).replace("'", "`").replace("True", "`true`")
        return where, f"must be {allowed}", False
    if kind in _SENTENCES:
        return where, _SENTENCES[kind], False
    message = detail["msg"].replace("Input should be", "must be")
    return where, message[0].lower() + message[1:], False


def _unknown(owner: type[BaseModel] | None, key: str) -> str:
    if owner is None:
        return f"unknown key `{key}`"
    if key in _NOT_BUILT_KEYS.get(owner, ()):
        return f"`{key}` {NOT_BUILT}"
    known = tuple(owner.model_fields)
    near = suggestion(key, known)
    return f"unknown key `{key}`{near or f'; there are {listed(known)}'}"


def _walked(plain: Any, loc: tuple[str | int, ...]) -> Iterator[str | int]:
    """Leave out of an error's place what is no step in the document (names of union members)."""
    at = plain
    for step in loc:
        inside = dict(enumerate(at)) if isinstance(at, list) else at
        if isinstance(inside, dict) and step in inside:
            at = inside[step]
            yield step


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    for step in path:
        if isinstance(step, int) or model is None:
            continue
        known = model.model_fields.get(step)
        model = _part_of(known.annotation) if known else None
    return model


def _part_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation like `list[Action] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, Union, UnionType, Annotated):
        found = (_part_of(one) for one in get_args(annotation))
        return next((one for one in found if one is not None), None)
    return None
