"""Going through the rules of a stored document: what they ask, what they do, what they say."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardia.config.node import Path

Normal = Mapping[str, Any]

_SAID: Final = ("subject", "body", "text")
"""Keys of actions that hold a text by language."""


def actions(document: Normal) -> Iterator[tuple[Path, Normal]]:
    """Every action of every rule, with its place."""
    for section in ("triggers", "automations"):
        for index, rule in enumerate(document[section]):
            yield from _done(rule, (section, index))
    for index, policy in enumerate(document["sla_policies"]):
        for position, escalation in enumerate(policy["escalate"]):
            yield from _done(escalation, ("sla_policies", index, "escalate", position))


def _done(rule: Normal, path: Path) -> Iterator[tuple[Path, Normal]]:
    for index, action in enumerate(rule["do"]):
        yield (*path, "do", index), action


def trees(document: Normal) -> Iterator[tuple[Path, Normal]]:
    """The conditions of every rule that has any, with their place."""
    for section in ("views", "triggers", "automations", "sla_policies"):
        for index, rule in enumerate(document[section]):
            if "when" in rule:
                yield (section, index, "when"), rule["when"]
    for index, policy in enumerate(document["sla_policies"]):
        for position, pause in enumerate(policy["pause"]):
            yield ("sla_policies", index, "pause", position, "when"), pause["when"]


def conditions(tree: Normal | None) -> Iterator[Normal]:
    """Every condition of a tree, in its order."""
    if tree is None:
        return
    if "field" in tree:
        yield tree
        return
    for items in tree.values():
        for one in items:
            yield from conditions(one)


def texts_of_rules(document: Normal) -> Iterator[tuple[Path, dict[str, str]]]:
    """Every text that rules carry themselves, by language, with its place."""
    for path, action in actions(document):
        for verb, body in action.items():
            for key in _SAID if verb != "webhook" else ():
                if isinstance(body, Mapping) and isinstance(body.get(key), Mapping):
                    yield (*path, verb, key), dict(body[key])
