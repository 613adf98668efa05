"""What is deployed, built for this machine too, and looked at from outside.

`sam build` makes the real thing, for arm64 and Lambda's Python. A machine of another kind cannot
run it; so it is built a second time for the Python that runs these tests
(`ARTEFACT_PYTHON` names another one), and that variant is imported in isolation: only the
function's folder and the layer are on the path, nothing of the project.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.intrinsics import read

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".aws-sam/build"
PYTHON = os.environ.get("ARTEFACT_PYTHON", sys.executable)

_PROBE = """
import json, sys, time
places, handler, event = json.load(sys.stdin)
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "guardia", 512, "a1"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:guardia"
    def get_remaining_time_in_millis(self): return 60_000
sys.path[:0] = places
start = time.perf_counter()
module, _, name = handler.rpartition(".")
found = getattr(__import__(module, fromlist=[name]), name)
took = (time.perf_counter() - start) * 1000
answer = found(event, Context()) if event is not None else None
print(json.dumps({"ms": took, "modules": sorted(sys.modules), "answer": answer}))
"""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A function of the template: its logical id and its handler."""

    id: str
    handler: str

    @property
    def folder(self) -> str:
        """Name of its folder below functions/."""
        return self.handler.split(".")[1]


def functions() -> list[Shipped]:
    """Read the functions from template.yaml."""
    resources = read((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    return [
        Shipped(name, one["Properties"]["Handler"])
        for name, one in resources.items()
        if one["Type"] == "AWS::Serverless::Function"
    ]


def isolated(
    built: Path, function: Shipped, event: Any = None, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Import the handler in a bare interpreter and, with an event, call it.

    Returns milliseconds of the import (`ms`), what was imported (`modules`), and the `answer`.
    """
    places = [str(built / function.id), str(built / "CommonLayer/python")]
    done = subprocess.run(  # noqa: S603 - an interpreter that was named to us
        [PYTHON, "-I", "-S", "-B", "-c", _PROBE],
        input=json.dumps([places, function.handler, event]),
        env={"AWS_REGION": "eu-west-1", "PATH": os.environ["PATH"], **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{function.id} does not start:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def megabytes(folder: Path) -> float:
    """Add up the files below a folder."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6


def packages(folder: Path) -> set[str]:
    """Name what is installed in a folder, as the installers wrote it down."""
    found = (re.match(r"(.+?)-[^-]+\.dist-info$", one.name) for one in folder.iterdir())
    return {one.group(1).lower().replace("_", "-") for one in found if one}
