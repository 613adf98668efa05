"""From the stored form of what rules do to the actions that the domain carries out."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from guardia.domain import vocabulary
from guardia.domain.desk import (
    Action,
    AddComment,
    Assign,
    CallWebhook,
    Digest,
    Email,
    Notify,
    Set,
    SetSchedule,
    Stop,
    Tag,
    Texts,
)
from guardia.domain.placeholders import parse

Stored = Mapping[str, Any]


class TextReader:
    """Reads texts with placeholders, each different one once."""

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields
        self._read: dict[str, Any] = {}

    def read(self, texts: Mapping[str, str]) -> Texts:
        """Read a text in all its languages."""
        for text in texts.values():
            if text not in self._read:
                self._read[text] = parse(text, fields=self._fields)
        return {language: self._read[text] for language, text in texts.items()}

    def tree(self, tree: Any) -> Any:
        """Read every text in a tree of JSON."""
        if isinstance(tree, str):
            return self.read({"": tree})[""]
        if isinstance(tree, dict):
            return {key: self.tree(one) for key, one in tree.items()}
        return [self.tree(one) for one in tree] if isinstance(tree, list) else tree


def read_actions(actions: list[Stored], texts: TextReader) -> tuple[Action, ...]:
    """Read what a rule does, in order."""
    return tuple([_ACTIONS[verb](body, texts) for one in actions for verb, body in one.items()])


def _email(body: Stored, texts: TextReader) -> Action:
    own = {key: texts.read(body[key]) for key in ("subject", "body") if key in body}
    return Email(to=tuple(body["to"]), template=body.get("template"), **own)


def _notify(body: Stored, texts: TextReader) -> Action:
    target = next(one for one in vocabulary.NOTIFY_TO if one in body)
    return Notify(
        target=target,
        id=body[target] if isinstance(body[target], str) else None,
        template=body.get("template"),
        text=texts.read(body["text"]) if "text" in body else None,
        until_hours="hold" in body,
    )


def _digest(body: Stored, _texts: TextReader) -> Action:
    target = next(one for one in vocabulary.DIGEST_TO if one in body)
    return Digest(
        target=target,
        id=body[target] if isinstance(body[target], str) else None,
        template=body.get("template"),
    )


def _webhook(body: Stored, texts: TextReader) -> Action:
    return CallWebhook(webhook=body["webhook"], body=texts.tree(body.get("body")))


def _comment(body: Stored, texts: TextReader) -> Action:
    return AddComment(text=texts.read(body["text"]), public=body["public"], by=body.get("by"))


def _assign(body: Stored, _texts: TextReader) -> Action:
    return Assign(agent=body.get("agent"), group=body.get("group"))


def _set(body: Stored, _texts: TextReader) -> Action:
    return Set(values=body)


def _tags(mode: str) -> Callable[[Any, TextReader], Action]:
    return lambda body, _texts: Tag(mode=mode, tags=tuple(body))


_ACTIONS: Final[Mapping[str, Callable[[Any, TextReader], Action]]] = {
    "email": _email,
    "notify": _notify,
    "webhook": _webhook,
    "comment": _comment,
    "assign": _assign,
    "set": _set,
    "add_tags": _tags("add"),
    "remove_tags": _tags("remove"),
    "set_tags": _tags("set"),
    "set_schedule": lambda body, _texts: SetSchedule(schedule=body),
    "stop": lambda _body, _texts: Stop(),
    "digest": _digest,
}
