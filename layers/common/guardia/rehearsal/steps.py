"""The steps of a simulation: each kind as mail, form or request to a world."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Final

from guardia.domain.forms import Post
from guardia.hooks.payload import Delivery
from guardia.planning import Outcome, Request
from guardia.rehearsal.world import World, provider_id, reference

KINDS: Final = ("email", "reply", "note", "update", "form", "api", "source", "config", "wait")
NOT_BUILT: Final = ("message", "presence", "acknowledge", "merge", "unmerge")
_EMAIL: Final = frozenset(
    ("from", "to", "subject", "text", "html", "cc", "ticket", "in_reply_to", "headers",
     "message_id", "language", "verified", "envelope_from", "attachments", "raw_b64")
)  # fmt: skip
_UPDATE: Final = frozenset(("by", "text", "ticket", "set", "add_tags", "remove_tags", "set_tags"))
_API: Final = _UPDATE | {"subject", "requester", "public"}
_FORM: Final = frozenset(("form", "fields", "origin", "language"))
_SOURCE: Final = frozenset(("source", "body", "id"))


class SimulationError(Exception):
    """The simulation document makes no sense; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its place in the document (from 1), its instant, its kind and what it says."""

    place: int
    at: datetime
    kind: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Stage:
    """A world with the number of the ticket that was last touched."""

    world: World
    latest: int = 0


def take(step: Step, stage: Stage) -> Outcome | None:
    """Carry a step out. None where it concerns no ticket.

    Raises:
        SimulationError: it names what does not exist, or is not what such a step is.
        RefusedError: the desk refuses it.
    """
    outcome = _TAKERS[step.kind](step, stage)
    if outcome is not None and outcome.ticket:
        stage.latest = stage.world.numbers[outcome.ticket]
    return outcome


def _known(step: Step, names: frozenset[str]) -> None:
    for name in step.body:
        if name not in names:
            allowed = ", ".join(sorted(names))
            raise SimulationError(
                f"steps[{step.place}].{step.kind}: unknown key `{name}`; there are {allowed}"
            )


def _number(step: Step, stage: Stage) -> int:
    number = step.body.get("ticket", stage.latest)
    if not isinstance(number, int) or stage.world.ticket(number) is None:
        raise SimulationError(f"steps[{step.place}].{step.kind}: there is no ticket {number} then")
    return number


def _text(step: Step, name: str, default: str = "") -> str:
    value = step.body.get(name, default)
    if value is None:
        return default
    if not isinstance(value, str | int | float):
        raise SimulationError(f"steps[{step.place}].{step.kind}.{name}: must be a text")
    return str(value)


def _email(step: Step, stage: Stage) -> Outcome:
    _known(step, _EMAIL)
    world, body = stage.world, step.body
    if "raw_b64" in body:
        try:
            raw = base64.b64decode(str(body["raw_b64"]), validate=True)
        except (binascii.Error, ValueError):
            raise SimulationError(f"steps[{step.place}].email.raw_b64: is not base64") from None
        to, sender = (
            _text(step, "to") or world.address(),
            _text(step, "envelope_from", "raw@mail.example"),
        )
    else:
        to, references = _goal(step, stage)
        sender = parseaddr(_text(step, "from"))[1]
        if not sender:
            raise SimulationError(f"steps[{step.place}].email: needs `from`, an address")
        raw = _mime(step, to, references)
    return world.mail(
        raw,
        at=step.at,
        to=parseaddr(to)[1],
        envelope_from=_text(step, "envelope_from", sender),
        verified=body.get("verified") is not False,
    )


def _goal(step: Step, stage: Stage) -> tuple[str, tuple[str, ...]]:
    """Where a mail goes and what it refers to, as a mail program would write both."""
    world, body = stage.world, step.body
    to = _text(step, "to")
    answered = body.get("in_reply_to")
    if isinstance(answered, Mapping):
        rows = world.sent(step.at)
        place = answered.get("outbox")
        if not isinstance(place, int) or not 1 <= place <= len(rows):
            raise SimulationError(
                f"steps[{step.place}].email.in_reply_to: there is no row {place} then"
            )
        row = rows[place - 1]
        return to or world.reply_address(row), (provider_id(row),)
    if answered is not None:
        return to or world.address(), (str(answered),)
    if "ticket" not in body:
        return to or world.address(), ()
    ticket = world.ticket(_number(step, stage))
    assert ticket is not None  # noqa: S101 - _number refuses what is not there
    return to or ticket.received_by or world.address(), (reference(ticket.id),)


def _mime(step: Step, to: str, references: Sequence[str]) -> bytes:
    body = step.body
    mail = EmailMessage()
    try:
        _address(mail, "From", _text(step, "from"))
        _address(mail, "To", to)
        if body.get("cc"):
            copies = body["cc"] if isinstance(body["cc"], list | tuple) else [body["cc"]]
            _address(mail, "Cc", ", ".join(str(one) for one in copies))
        mail["Subject"] = _text(step, "subject")
        mail["Date"] = format_datetime(step.at)
        mail["Message-ID"] = _text(step, "message_id") or f"<step-{step.place}@mail.example>"
        if references:
            mail["In-Reply-To"] = references[-1]
            mail["References"] = " ".join(references)
        mail.set_content(_text(step, "text"))
        if body.get("html"):
            if not body.get("text"):
                mail.set_content(_text(step, "html"), subtype="html")
            else:
                mail.add_alternative(_text(step, "html"), subtype="html")
        for file in body.get("attachments") or ():
            major, _, minor = str(file.get("type") or "text/plain").partition("/")
            content = str(file.get("text", "")).encode()
            mail.add_attachment(content, maintype=major, subtype=minor, filename=str(file["name"]))
        # Content fields set before the content are dropped with what they described.
        if body.get("language"):
            mail["Content-Language"] = _text(step, "language")
        for name, value in dict(body.get("headers") or {}).items():
            del mail[str(name)]
            mail[str(name)] = str(value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SimulationError(
            f"steps[{step.place}].email: cannot be written as a mail ({error})"
        ) from None
    # Unfolded: an id longer than a line would be written as encoded words, which nobody reads.
    return mail.as_bytes(policy=mail.policy.clone(max_line_length=None))


def _address(mail: EmailMessage, name: str, value: str) -> None:
    mail[name] = value


def _spoken(step: Step, stage: Stage, *, public: bool) -> Outcome:
    if not _text(step, "text"):
        raise SimulationError(f"steps[{step.place}].{step.kind}: needs `text`")
    return _update(step, stage, text=_text(step, "text"), public=public)


def _update(step: Step, stage: Stage, *, text: str | None = None, public: bool = True) -> Outcome:
    _known(step, _UPDATE)
    ticket = stage.world.ticket(_number(step, stage))
    assert ticket is not None  # noqa: S101 - _number refuses what is not there
    return stage.world.request(
        Request(
            id=f"step:{step.place}",
            at=step.at,
            ticket=ticket.id,
            text=text,
            public=public,
            **_asked(step, stage),
        )
    )


def _asked(step: Step, stage: Stage) -> dict[str, Any]:
    """Who asks, and what they ask for besides words."""
    body = step.body
    by = _text(step, "by").lower() or None
    if by is not None and by not in stage.world.desk.agents:
        raise SimulationError(f"steps[{step.place}].{step.kind}.by: the desk has no agent `{by}`")
    found: dict[str, Any] = {
        "by": by,
        "changes": changes(body.get("set"), f"steps[{step.place}].{step.kind}.set"),
    }
    for name in ("add_tags", "remove_tags", "set_tags"):
        if name in body:
            tags = body[name] if isinstance(body[name], list | tuple) else [body[name]]
            found[name] = tuple(str(one) for one in tags)
    return found


def changes(asked: Any, place: str) -> dict[str, Any]:
    """The fields of a `set`, with `fields: {id: value}` and `fields.id` alike."""
    if asked is None:
        return {}
    if not isinstance(asked, Mapping):
        raise SimulationError(f"{place}: must map fields to values")
    own = asked.get("fields") if isinstance(asked.get("fields"), Mapping) else {}
    plain = {str(name): value for name, value in asked.items() if name != "fields"}
    return plain | {f"fields.{name}": value for name, value in dict(own or {}).items()}


def _form(step: Step, stage: Stage) -> Outcome:
    _known(step, _FORM)
    name = _text(step, "form")
    if name not in stage.world.desk.forms:
        raise SimulationError(f"steps[{step.place}].form: the desk has no form `{name}`")
    values = step.body.get("fields")
    if not isinstance(values, Mapping):
        raise SimulationError(f"steps[{step.place}].form.fields: must map fields to values")
    return stage.world.form(
        Post(
            id=f"step:{step.place}",
            at=step.at,
            form=name,
            values=values,
            origin=step.body.get("origin"),
            language=step.body.get("language"),
        )
    )


def _source(step: Step, stage: Stage) -> Outcome:
    """A delivery, signed rightly; one with the `id` of an earlier one is a repeat of it."""
    _known(step, _SOURCE)
    source = stage.world.desk.sources.get(_text(step, "source"))
    if source is None:
        name = _text(step, "source")
        raise SimulationError(f"steps[{step.place}].source: the desk has no source `{name}`")
    if "body" not in step.body:
        raise SimulationError(f"steps[{step.place}].source: needs `body`, what the program sends")
    id_ = _text(step, "id") or f"step-{step.place}"
    return stage.world.hook(Delivery(id=id_, at=step.at, source=source, body=step.body["body"]))


def _api(step: Step, stage: Stage) -> Outcome:
    _known(step, _API)
    requester = _text(step, "requester").lower()
    return stage.world.request(
        Request(
            id=f"step:{step.place}",
            at=step.at,
            subject=_text(step, "subject"),
            requester=parseaddr(requester)[1] or None,
            text=_text(step, "text") or None,
            public=step.body.get("public") is not False,
            **_asked(step, stage),
        )
    )


def _wait(step: Step, _stage: Stage) -> None:
    _known(step, frozenset())


_TAKERS: Final[Mapping[str, Callable[[Step, Stage], Outcome | None]]] = {
    "email": _email,
    "reply": lambda step, stage: _spoken(step, stage, public=True),
    "note": lambda step, stage: _spoken(step, stage, public=False),
    "update": _update,
    "form": _form,
    "api": _api,
    "source": _source,
    "wait": _wait,
}
