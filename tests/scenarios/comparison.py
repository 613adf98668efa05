"""Two answers to one simulation document, compared without the ids that each run makes anew."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_ABSENT: Final = object()


def comparable(answer: Mapping[str, Any]) -> Any:
    """An answer with every id of a ticket or a person replaced by its number or address.

    Of a refused step only its sentence is kept: the API has no short codes, and does not tell which
    ticket a repeated mail belonged to.
    """
    names = {one["id"]: f"ticket-{one['number']}" for one in answer["tickets"]}
    people = [one["requester"] for one in answer["tickets"] if one["requester"]]
    for one in (*answer["contacts"], *people):
        names[one["id"]] = f"contact-{one['email']}"
    kept = {
        "tickets": answer["tickets"],
        "outbox": sorted(answer["outbox"], key=lambda one: (one["at"], one["ticket"] or 0)),
        "contacts": sorted(answer["contacts"], key=lambda one: str(one["email"])),
        "timeline": [_step(one) for one in answer["timeline"]],
        "expect": [{"row": one["row"], "ok": one["ok"]} for one in answer["expect"]],
    }
    text = json.dumps(kept, ensure_ascii=False)
    for id_, name in names.items():
        text = text.replace(id_, name)
    return json.loads(text)


def _step(line: Mapping[str, Any]) -> dict[str, Any]:
    refused = line["refused"]
    if refused is None:
        return dict(line)
    code, colon, sentence = refused.partition(": ")
    plain = (
        refused if code in ("form", "source", "suspended") or not colon or " " in code else sentence
    )
    return {"at": line["at"], "step": line["step"], "refused": plain}


def first_difference(one: Any, other: Any) -> str | None:
    """Name the first place where two answers differ, and what stands there; None: nowhere."""
    return next(_differences(one, other, ""), None)


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys((*one, *other)):
            place = f"{path}.{name}" if path else str(name)
            yield from _differences(one.get(name, _ABSENT), other.get(name, _ABSENT), place)
    elif isinstance(one, list) and isinstance(other, list):
        for number, pair in enumerate(zip(one, other, strict=False)):
            yield from _differences(*pair, f"{path}[{number}]")
        if len(one) != len(other):
            yield f"{path}: {len(one)} rows and {len(other)} rows"
    elif one != other:
        yield f"{path}: {_shown(one)} and {_shown(other)}"


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
