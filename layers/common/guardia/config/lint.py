"""What a desk document may say but hardly means: warnings, never errors."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardia.config.node import Path
from guardia.config.problem import Findings, listed
from guardia.domain import vocabulary

Normal = Mapping[str, Any]

_ONE_VALUE: Final = ("ordered", "choice", "person", "context", "fact", "boolean")
_ALWAYS: Final = ("update", "comment_public", "actor")
_TO_REQUESTER: Final = ("requester", "requester_and_ccs")


def check_meaning(document: Normal, findings: Findings) -> None:
    """Look for what is allowed and hardly meant, in a document without errors."""
    _check_unused(document, findings)
    _check_languages(document, findings)
    _check_people(document, findings)
    _check_secrets(document, findings)
    stopped: str | None = None
    for index, trigger in enumerate(document["triggers"]):
        path: Path = ("triggers", index)
        if stopped is not None:
            message = f"never reached: `{stopped}` before it always matches and stops"
            findings.warn(path, message)
        if "when" not in trigger and any("stop" in action for action in trigger["do"]):
            stopped = stopped or trigger["id"]
        _check_trigger(document, trigger, path, findings)


def _check_trigger(document: Normal, trigger: Normal, path: Path, findings: Findings) -> None:
    asked = list(_conditions(trigger.get("when")))
    mails = [
        action["email"]["to"]
        for action in trigger["do"]
        if "email" in action and set(action["email"]["to"]) & set(_TO_REQUESTER)
    ]
    if mails and not any(_narrows(one) for one in asked):
        message = (
            "mails the requester on every update; ask for `update`, `actor`, `comment_public` or a"
            " change"
        )
        findings.warn(path, message)
    custom = {one["id"]: one["type"] for one in document["fields"]}
    for field, values in _contradictions(trigger.get("when"), custom):
        message = f"never matches: `{field}` cannot be {' and '.join(values)} at once"
        findings.warn((*path, "when"), message)


def _narrows(one: Normal) -> bool:
    operator = one["operator"]
    return one["field"] in _ALWAYS or one["field"] == "comment" or operator in vocabulary.CHANGE


def _conditions(tree: Normal | None) -> Iterator[Normal]:
    if tree is None:
        return
    if "field" in tree:
        yield tree
        return
    for items in tree.values():
        for one in items:
            yield from _conditions(one)


def _contradictions(
    tree: Normal | None, custom: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Fields of one value that an `all` wants to be several things at once."""
    wanted: dict[str, set[str]] = {}
    if tree is None or "all" not in tree:
        return
    for one in tree["all"]:
        known = vocabulary.field(one["field"], dict(custom)) if "field" in one else None
        if known is None or known.kind not in _ONE_VALUE or one["operator"] != "is":
            continue
        if one["field"] in ("actor", "requester", "comment_public"):
            continue  # one person, and one comment, answers to several of their words
        many = one["value"] if isinstance(one["value"], list) else [one["value"]]
        values = {str(each) for each in many}
        before = wanted.setdefault(one["field"], values)
        if not before & values:
            yield one["field"], sorted(f"`{each}`" for each in before | values)
        wanted[one["field"]] = before & values


def _check_unused(document: Normal, findings: Findings) -> None:
    used = {
        section: set(_mentioned(document, section))
        for section in ("templates", "schedules", "calendars")
    }
    for section, names in used.items():
        for index, one in enumerate(document[section]):
            if one["id"] not in names:
                findings.warn((section, index, "id"), f"`{one['id']}` is used nowhere")


def _mentioned(document: Normal, section: str) -> Iterator[str]:
    if section == "calendars":
        for schedule in document["schedules"]:
            yield from schedule["calendars"]
        return
    key = section.removesuffix("s")
    if section == "schedules":
        for owner in (document["desk"], *document["departments"], *document["groups"]):
            if key in owner:
                yield owner[key]
    for trigger in document["triggers"]:
        for action in trigger["do"]:
            for verb, body in action.items():
                if verb == "set_schedule" and section == "schedules":
                    yield body
                elif isinstance(body, Mapping) and key in body:
                    yield body[key]
        for one in _conditions(trigger.get("when")):
            if section == "schedules":
                yield from _schedules_asked(one)


def _schedules_asked(one: Normal) -> Iterator[str]:
    if "schedule" in one:
        yield one["schedule"]
    if (
        one["field"] in ("schedule", "within_schedule")
        and one["operator"] not in vocabulary.VALUELESS
    ):
        yield from one["value"] if isinstance(one["value"], list) else [one["value"]]


def _check_languages(document: Normal, findings: Findings) -> None:
    """A text that is written in some of the desk's languages should be so in all of them."""
    locales = document["desk"]["locales"]
    for index, template in enumerate(document["templates"]):
        for key in ("subject", "body"):
            _check_text(template[key], locales, ("templates", index, key), findings)
    for index, trigger in enumerate(document["triggers"]):
        for position, action in enumerate(trigger["do"]):
            for verb, body in action.items():
                for key in ("subject", "body", "text") if verb != "webhook" else ():
                    if isinstance(body, Mapping) and isinstance(body.get(key), Mapping):
                        path: Path = ("triggers", index, "do", position, verb, key)
                        _check_text(body[key], locales, path, findings)


def _check_text(
    text: Mapping[str, str], locales: list[str], path: Path, findings: Findings
) -> None:
    missing = [one for one in locales if one not in text]
    alike = len(set(text.values())) == 1 and all("{{" in one for one in text.values())
    if missing and not (alike and _only_placeholders(next(iter(text.values())))):
        findings.warn(path, f"the text is not written in {listed(missing)}")


def _only_placeholders(text: str) -> bool:
    """Whether a text holds nothing that could be translated."""
    return text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1


def _check_secrets(document: Normal, findings: Findings) -> None:
    """What one secret signs for one, all that hold it take: each should have its own."""
    owners: dict[str, str] = {
        one["secret"]: f"webhook `{one['id']}`" for one in document["webhooks"]
    }
    for index, one in enumerate(document["sources"]):
        other = owners.setdefault(one["secret"], f"source `{one['id']}`")
        if other != f"source `{one['id']}`":
            message = f"shares its secret with the {other}: what is signed for one passes as both's"
            findings.warn(("sources", index, "secret"), message)


def _check_people(document: Normal, findings: Findings) -> None:
    agents = document["agents"]
    if agents and not any(one["role"] == "admin" for one in agents):
        findings.warn(("agents",), "no agent is an `admin`; nobody may change the desk")
    for index, one in enumerate(agents):
        if "sms" in one["means"]:
            message = "`sms` is not built in this version of Guardia; they are told by email"
            findings.warn(("agents", index, "means"), message)
    for index, one in enumerate(document["webhooks"]):
        if not one["url"].startswith("https://"):
            message = "only https is called; http reaches nothing but a fake on this machine"
            findings.warn(("webhooks", index, "url"), message)
    members = {group for one in agents for group in one["groups"]}
    for index, group in enumerate(document["groups"]):
        if group["id"] not in members:
            findings.warn(("groups", index, "id"), f"nobody is in the group `{group['id']}`")
