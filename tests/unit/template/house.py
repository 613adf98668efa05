"""The template in both its forms, and the questions its rules ask of it."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
TRANSLATOR = ROOT / ".tools/ministack/bin/python"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """`source` is template.yaml as written, `stack` what CloudFormation gets of it."""

    source: Json
    stack: Json

    def of(self, kind: str) -> dict[str, Json]:
        """Return the stack's resources of a kind by logical id."""
        found = self.stack["Resources"]
        return {name: one for name, one in found.items() if one["Type"] == kind}

    def properties(self, name: str) -> Json:
        """Return what a resource of the stack says of itself."""
        found: Json = self.stack["Resources"][name].get("Properties", {})
        return found

    def functions(self) -> dict[str, Json]:
        """Return the functions as written, by logical id."""
        found = self.source["Resources"]
        kind = "AWS::Serverless::Function"
        return {name: one["Properties"] for name, one in found.items() if one["Type"] == kind}

    def policies(self, name: str) -> list[Json]:
        """Return a role's policies, less the one SAM adds, without Sid, for a failure's queue."""
        found: list[Json] = self.properties(name).get("Policies", [])
        return [one for one in found if not one["PolicyName"].endswith("OnFailureSQSPolicy")]

    def statements(self) -> Iterator[tuple[str, Json]]:
        """Yield every statement of every policy of a role, a queue, a topic, a bucket."""
        for name in self.stack["Resources"]:
            own = self.properties(name)
            documents = [one["PolicyDocument"] for one in self.policies(name)]
            documents += [own["PolicyDocument"]] if "PolicyDocument" in own else []
            for document in documents:
                yield from ((name, one) for one in document["Statement"])


def house() -> House:
    """Return a copy of the template that a test may change.

    Raises:
        RuntimeError: the translator is not installed.
    """
    found = json.loads(_translated())
    return House(found["source"], found["stack"])


@cache
def _translated() -> str:
    if not TRANSLATOR.exists():
        raise RuntimeError("the translator is not installed; run the tests by `make test`")
    command = [str(TRANSLATOR), "infra/tools/translate.py", "template.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
    return done.stdout


def listed(value: Any) -> list[Any]:
    """Return what may be written as one thing or as a list of things as a list."""
    return value if isinstance(value, list) else [value]


def named(value: Any) -> list[str]:
    """Return the logical ids that a value refers to, in order."""
    if isinstance(value, list):
        return [name for one in value for name in named(one)]
    if not isinstance(value, dict):
        return []
    if "Ref" in value:
        return [str(value["Ref"])]
    if "Fn::GetAtt" in value:
        found = value["Fn::GetAtt"]
        return [str(found[0] if isinstance(found, list) else found.split(".")[0])]
    if "Fn::Sub" in value:
        text = listed(value["Fn::Sub"])[0]
        return re.findall(r"\$\{([A-Za-z0-9]+)[.}]", text)
    return [name for one in value.values() for name in named(one)]
