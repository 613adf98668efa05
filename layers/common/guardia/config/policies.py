"""Checking SLA policies: what they promise, what stands their clocks still, and who hears of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from guardia.config.actions import Normal
from guardia.config.conditions import check_tree
from guardia.config.names import Names
from guardia.config.node import Path
from guardia.config.part import Part
from guardia.config.problem import Findings, listed, suggestion
from guardia.config.rule_schema import Escalation, Pause, Target
from guardia.config.rules import Plain, check_escalation, check_when
from guardia.config.scopes import of_a_policy
from guardia.config.sentences import check_shape
from guardia.config.values import seconds_of
from guardia.domain.vocabulary import SLA_METRICS, SLA_SETTINGS


def policy(one: Plain, path: Path, names: Names, findings: Findings) -> Normal:
    """Check an SLA policy; return its stored form."""
    targets = _targets(one, path, findings)
    return {
        "id": one.get("id"),
        **check_when(one, path, names, findings, of_a_policy),
        "targets": targets,
        "warn": _warnings(one, targets, path, findings),
        "pause": _pauses(one, path, names, findings),
        "escalate": _escalations(one, targets, path, names, findings),
        "measure": one.get("measure", "segments"),
        "settings": _settings(one, path, findings),
    }


def _targets(one: Plain, path: Path, findings: Findings) -> list[Normal]:
    if one.get("targets") == []:
        message = "the policy promises nothing; add a target: {metric: …, within: …}"
        findings.error((*path, "targets"), message)
    stored = []
    for place, target in _parts(one, "targets", Target, path, findings):
        if not _knows(target.metric, (*place, "metric"), findings):
            continue
        normal = {"metric": target.metric, "within": target.within, "hours": target.hours}
        if target.priority is not None:
            normal["priority"] = list(dict.fromkeys(target.priority))
        stored.append(normal)
    return stored


def _knows(metric: Any, place: Path, findings: Findings) -> bool:
    if metric in SLA_METRICS:
        return True
    near = suggestion(metric, SLA_METRICS) or f"; there are {listed(SLA_METRICS)}"
    findings.error(place, f"there is no metric `{str(metric)[:80]}`{near}")
    return False


def _warnings(one: Plain, targets: list[Normal], path: Path, findings: Findings) -> list[int]:
    """Check each warning against what it is to come before; longest first, each once."""
    written = one.get("warn")
    found: set[int] = set()
    for index, text in enumerate(written if isinstance(written, list) else ()):
        seconds = seconds_of(text)
        if not seconds:
            continue  # its shape is told of
        place: Path = (*path, "warn", index)
        short = [target for target in targets if target["within"] <= seconds]
        if targets and len(short) == len(targets):
            message = f"`{text}` before a target is before its clock begins: none here lasts longer"
            findings.error(place, message)
        for target in short if len(short) < len(targets) else ():
            message = f"`{text}` is no shorter than a target of `{target['metric']}`"
            findings.warn(place, f"{message}: of that one it warns as soon as its clock begins")
        found.add(seconds)
    return sorted(found, reverse=True)


def _pauses(one: Plain, path: Path, names: Names, findings: Findings) -> list[Normal]:
    stored = []
    for place, pause in _parts(one, "pause", Pause, path, findings):
        when = check_tree(pause.when, (*place, "when"), names, findings, scope=of_a_policy)
        stored.append({"when": when, "reason": pause.reason})
    return stored


def _escalations(
    one: Plain, targets: list[Normal], path: Path, names: Names, findings: Findings
) -> list[Normal]:
    promised = {target["metric"] for target in targets}
    written = one.get("escalate")
    stored = []
    for index, plain in enumerate(written if isinstance(written, list) else ()):
        place: Path = (*path, "escalate", index)
        found = check_shape(Escalation, plain, place, findings)
        done = check_escalation(plain, place, names, findings) if isinstance(plain, Mapping) else []
        if not isinstance(found, Escalation):
            continue
        normal: Normal = {"after": found.after, "do": [action for _, action in done]}
        if found.metric is not None and _knows(found.metric, (*place, "metric"), findings):
            if targets and found.metric not in promised:
                message = f"the policy has no target of `{found.metric}`: it is never missed"
                findings.error((*place, "metric"), message)
            normal["metric"] = found.metric
        stored.append(normal)
    return stored


def _settings(one: Plain, path: Path, findings: Findings) -> dict[str, list[str]]:
    """Check the switches of each metric, by our names or Zendesk's; return those that are on."""
    written = one.get("settings")
    stored: dict[str, list[str]] = {}
    for metric, switches in written.items() if isinstance(written, Mapping) else ():
        place: Path = (*path, "settings", metric)
        if metric not in SLA_SETTINGS:
            near = suggestion(metric, SLA_SETTINGS) or f"; there are {listed(SLA_SETTINGS)}"
            findings.error(place, f"no metric `{metric[:80]}` has settings{near}", key=True)
        elif isinstance(switches, Mapping):
            stored[metric] = list(_switches(metric, switches, place, findings))
    return {metric: names for metric, names in stored.items() if names}


def _switches(
    metric: str, switches: Mapping[str, Any], path: Path, findings: Findings
) -> Iterator[str]:
    ours = SLA_SETTINGS[metric]
    theirs = {alias: name for name, alias in ours.items()}
    given: set[str] = set()
    for word, state in switches.items():
        name = theirs.get(word, word)
        if name not in ours:
            near = suggestion(word, (*ours, *theirs)) or f"; there are {listed(ours)}"
            findings.error((*path, word), f"unknown setting `{word[:80]}`{near}", key=True)
        elif name in given:
            findings.error((*path, word), f"`{name}` is given twice", key=True)
        elif state is True:
            yield name
        given.add(name)


def _parts(
    one: Plain, key: str, model: type[Part], path: Path, findings: Findings
) -> Iterator[tuple[Path, Any]]:
    """The well-formed items of a list in a policy, with their places."""
    written = one.get(key)
    for index, plain in enumerate(written if isinstance(written, list) else ()):
        place: Path = (*path, key, index)
        found = check_shape(model, plain, place, findings)
        if found is not None:
            yield place, found
