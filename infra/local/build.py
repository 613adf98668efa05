"""`sam build` for this machine: what the real build makes for arm64, made for who runs it."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SAM: Final = ROOT / ".tools/sam/bin/sam"
FOLDER: Final = ROOT / ".aws-sam/local"

_WHEELS: Final = {
    ("Linux", "x86_64"): "x86_64-manylinux_2_28",
    ("Linux", "aarch64"): "aarch64-manylinux_2_28",
    ("Darwin", "x86_64"): "x86_64-apple-darwin",
    ("Darwin", "arm64"): "aarch64-apple-darwin",
}
_ARCHITECTURES: Final = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}


class BuildError(Exception):
    """The build failed. The message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the functions will run on: `python` as `3.11`, `wheels` as uv names the platform."""

    python: str
    architecture: str
    wheels: str

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that say so."""
        return {"Runtime": f"python{self.python}", "Architecture": self.architecture}


def this_machine(interpreter: str = sys.executable) -> Machine:
    """Describe this machine with one of its interpreters.

    Raises:
        BuildError: no wheels are known for it.
    """
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run(  # noqa: S603 - an interpreter that was named to us
        [interpreter, "-c", asked], check=True, capture_output=True, text=True
    ).stdout.strip()
    kind = (platform.system(), platform.machine())
    if kind not in _WHEELS:
        raise BuildError(f"what is deployed cannot be built for {kind[0]} on {kind[1]}")
    return Machine(python=version, architecture=_ARCHITECTURES[kind[1]], wheels=_WHEELS[kind])


def build_here(target: Path, machine: Machine) -> Path:
    """Build the template's functions and layer into the folder `target`, which is emptied first.

    What did not change since the last build is taken from it. Builds wait for one another; what one
    of them made is its own.

    Raises:
        BuildError: `sam build` is not installed, or fails.
    """
    shared = FOLDER / f"python{machine.python}"
    shared.mkdir(parents=True, exist_ok=True)
    overrides = [f"{name}={value}" for name, value in machine.parameters.items()]
    command = ["build", "--build-dir", f"{shared}/build", "--cache-dir", f"{shared}/cache"]
    variables = {"TARGET_PLATFORM": machine.wheels, "TARGET_PYTHON": machine.python}
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sam([*command, "--parameter-overrides", *overrides], **variables)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(shared / "build", target)
    return target


def sam(arguments: list[str], **variables: str) -> None:
    """Run the SAM CLI at the repository's root; what it says is shown only where it fails.

    Raises:
        BuildError: it is not installed, or ends with an error.
    """
    if not SAM.exists():
        raise BuildError("the SAM CLI is not installed; run it by `make`")
    path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own tool, with our own arguments
        [SAM, *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": path,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "1",
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"sam {arguments[0]} failed:\n{done.stdout.strip()}")
