"""What rules say: in which languages, how often, and to whom."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardia.config.actions import DEFAULT_SUBJECT
from guardia.config.lint.facts import Claim, Custom, claim, clash, fact
from guardia.config.node import Path
from guardia.config.problem import Findings, listed
from guardia.config.walk import Normal, actions, conditions, texts_of_rules
from guardia.domain import vocabulary
from guardia.domain.placeholders import Placeholder, holds_strangers_words, parse

_NARROWING: Final = ("update", "comment_public", "actor", "comment")
_TO_REQUESTER: Final = ("requester", "requester_and_ccs")
_OF_DIGESTS: Final = ("digest.count", "digest.tickets")
_IN_DIGESTS: Final = (*_OF_DIGESTS, "desk.name")
_NEW_FROM_OUTSIDE: Final = Claim((fact("update", "is", "create"), fact("actor", "is", "end_user")))


def check_languages(document: Normal, findings: Findings) -> None:
    """A text that is written in some of the desk's languages should be so in all of them."""
    locales = document["desk"]["locales"]
    for index, template in enumerate(document["templates"]):
        for key in ("subject", "body"):
            _check_text(template[key], locales, ("templates", index, key), findings)
    for path, text in texts_of_rules(document):
        _check_text(text, locales, path, findings)


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


def check_mails(document: Normal, custom: Custom, findings: Findings) -> None:
    """Look for triggers that mail or call on everything, and for texts of rules with a stranger's
    words."""
    for index, trigger in enumerate(document["triggers"]):
        path: Path = ("triggers", index)
        asked = list(conditions(trigger.get("when")))
        if not any(_narrows(one) for one in asked):
            if any(_mails_requester(action) for action in trigger["do"]):
                message = (
                    "mails the requester on every update; ask for `update`, `actor`,"
                    " `comment_public` or a change"
                )
                findings.warn(path, message)
            if any("webhook" in action for action in trigger["do"]):
                message = (
                    "calls a webhook on every update, also on those that come of its calls; ask for"
                    " `update`, `actor` or a change"
                )
                findings.warn(path, message)
    for path, rule in _speaking_to_strangers(document, custom):
        for place, message in _echoes(document, rule, frozenset(custom)):
            findings.warn((*path, *place), message)


def _mails_requester(action: Normal) -> bool:
    return "email" in action and bool(set(action["email"]["to"]) & set(_TO_REQUESTER))


def _narrows(one: Normal) -> bool:
    return one["field"] in _NARROWING or one["operator"] in vocabulary.CHANGE


def check_digests(document: Normal, custom: Custom, findings: Findings) -> None:
    """A digest speaks of many tickets, all other texts of one: each has placeholders of its own."""
    templates = {one["id"]: one for one in document["templates"]}
    fields = frozenset(custom)
    for path, action in actions(document):
        for verb, body in action.items():
            if not isinstance(body, Mapping) or "template" not in body:
                continue
            said = templates[body["template"]]
            paths = _paths(said["subject"], fields) | _paths(said["body"], fields)
            if verb == "digest":
                empty, why = paths - set(_IN_DIGESTS), "in a digest, which speaks of many tickets"
            else:
                empty, why = paths & set(_OF_DIGESTS), "in what is no digest"
            if empty:
                message = f"{_stay_empty(sorted(empty))} {why}"
                findings.warn((*path, verb, "template"), message)


def _stay_empty(paths: list[str]) -> str:
    return f"{listed(paths)} {'stays' if len(paths) == 1 else 'stay'} empty"


def _paths(text: Mapping[str, str], fields: frozenset[str]) -> set[str]:
    return {
        path
        for each in text.values()
        if each != DEFAULT_SUBJECT
        for path in parse(each, fields=fields).paths()
    }


# -- what strangers wrote -------------------------------------------------------------------------


def _speaking_to_strangers(document: Normal, custom: Custom) -> Iterator[tuple[Path, Normal]]:
    """The rules that may write about a ticket whose requester has proved nothing: triggers where
    it is new, and whatever time sets off."""
    for index, trigger in enumerate(document["triggers"]):
        if clash(claim(trigger.get("when")) + _NEW_FROM_OUTSIDE, custom) is None:
            yield ("triggers", index), trigger
    for index, automation in enumerate(document["automations"]):
        yield ("automations", index), automation
    for index, policy in enumerate(document["sla_policies"]):
        for position, escalation in enumerate(policy["escalate"]):
            yield ("sla_policies", index, "escalate", position), escalation


def _echoes(document: Normal, rule: Normal, fields: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Texts that repeat to people outside the team what somebody may have written who proved
    nothing: it is left out for them, so the text should be one that can do without."""
    team = {one["email"] for one in document["agents"]}
    templates = {one["id"]: one for one in document["templates"]}
    for index, action in enumerate(rule["do"]):
        body: Any = None
        if "email" in action and any(
            one not in (*team, "assignee", "group") for one in action["email"]["to"]
        ):
            verb, body = "email", action["email"]
        elif "comment" in action and action["comment"]["public"]:
            verb, body = "comment", action["comment"]
        if body is None:
            continue
        said = templates[body["template"]] if "template" in body else body
        for key in ("subject", "body", "text"):
            paths = sorted(_repeated(said.get(key, {}), fields))
            if paths:
                place: Path = ("do", index, verb, "template" if "template" in body else key)
                message = (
                    f"{_stay_empty(paths)} for people whose address nobody proved; add a"
                    ' `default:"…"`, or do without'
                )
                yield place, message


def _repeated(text: Mapping[str, str], fields: frozenset[str]) -> set[str]:
    return {
        one.path
        for each in text.values()
        if each != DEFAULT_SUBJECT
        for one in parse(each, fields=fields).pieces
        if isinstance(one, Placeholder)
        and holds_strangers_words(one.path)
        and not any(name == "default" for name, _ in one.filters)
    }
