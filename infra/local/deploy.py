"""`make deploy-local`: the real template, built for this machine, deployed into the local AWS.

`sam deploy` does here what it does on AWS: change set, layer, functions, event sources, roles. The
local AWS goes on running afterwards, so that what was deployed can be used; `make undeploy-local`
ends it. A second `make deploy-local` updates what runs.
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import ruamel.yaml

from infra.local import desk
from infra.local.build import FOLDER, ROOT, BuildError, build_here, sam, this_machine
from infra.local.cloud import Clients, Cloud, CloudError, environment, make_once
from infra.local.invoke import say
from infra.local.routes import open_routes
from infra.local.stack import STACK

_RUNNING: Final = "aws.json"
_PATIENCE: Final = 10.0
EXAMPLE: Final = ROOT / "infra/desk"
_DOMAIN: Final = "acme.example"
"""The example desk's own, `infra/desk`."""


def main(arguments: list[str]) -> int:
    """Deploy, or with `--end` end what runs; return the exit status."""
    if arguments == ["--end"]:
        say("the local AWS has ended" if end(FOLDER) else "no local AWS is running")
        return 0
    try:
        endpoint = running(FOLDER) or start(FOLDER)
        say(f"the local AWS: {endpoint}")
        key = api_key(FOLDER)
        outputs = deploy(FOLDER, endpoint, parameters(key))
        version = publish(Path(os.environ.get("DESK") or EXAMPLE), endpoint, outputs)
        say(f"version {version} of the desk is live")
        for name, value in {**outputs, "Endpoint": endpoint, "ApiKey": key}.items():
            print(f"{name}: {value}")  # noqa: T201 - the outputs are the answer
    except (BuildError, CloudError, desk.DeskError) as error:
        say(f"guardia: {error}")
        return 2
    say("it goes on running until `make undeploy-local`; to ask it:")
    say(f"  curl '{outputs['ApiUrl']}/healthz'")
    say(f"  AWS_ENDPOINT_URL={endpoint} .venv/bin/guardia dlq list")
    return 0


# ── the local AWS ──────────────────────────────────────────────────────────────────────────────


def running(folder: Path) -> str | None:
    """Return the address of the local AWS that an earlier call started, if it still answers."""
    try:
        endpoint = str(json.loads((folder / _RUNNING).read_text(encoding="utf-8"))["endpoint"])
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):  # noqa: S310 - ours
            return endpoint
    except (OSError, ValueError, KeyError, TypeError):
        return None


def start(folder: Path) -> str:
    """Start a local AWS that outlives us, empty; return its address.

    Raises:
        CloudError: it does not start.
    """
    state = folder / "aws"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    cloud = Cloud(state, keep=False, outlives=True)
    cloud.start()
    cloud.wait()
    told = {"endpoint": cloud.endpoint, "pid": cloud.pid}
    (folder / _RUNNING).write_text(json.dumps(told), encoding="utf-8")
    return cloud.endpoint


def end(folder: Path) -> bool:
    """End the local AWS that an earlier call started; return whether one was running."""
    if running(folder) is None:
        return False
    group = int(json.loads((folder / _RUNNING).read_text(encoding="utf-8"))["pid"])
    (folder / _RUNNING).unlink()
    until = time.monotonic() + _PATIENCE
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < until:
            time.sleep(0.1)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
    return True


# ── the deployment ─────────────────────────────────────────────────────────────────────────────


def parameters(key: str) -> dict[str, str]:
    """The template's parameters of a deployment here.

    Receipt rules are stored by no local AWS, and the owner's DNS, which proves the sending domain,
    is not here either.
    """
    return {
        **this_machine().parameters,
        "InboundMode": "off",
        "SendingIdentityMode": "existing",
        "InboundDomain": _DOMAIN,
        "SupportAddress": f"soporte@{_DOMAIN}",
        "ApiKeyHash": hashlib.sha256(key.encode()).hexdigest(),
    }


def api_key(folder: Path) -> str:
    """Return GUARDIA_API_KEY, or the key made by an earlier call, or a new one that is kept."""
    given = os.environ.get("GUARDIA_API_KEY")
    if given:
        return given
    file = folder / "api-key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"gd_{secrets.token_urlsafe(24)}", encoding="utf-8")
    return file.read_text(encoding="utf-8")


def deploy(folder: Path, endpoint: str, given: Mapping[str, str]) -> dict[str, str]:
    """Build, deploy, and return the stack's outputs.

    Raises:
        BuildError: the build or the deployment fails.
    """
    say("building for this machine")
    built = build_here(folder / "build", this_machine())
    template, left_out = known_here((built / "template.yaml").read_text(encoding="utf-8"))
    for name in left_out:
        say(f"left out, the local AWS has no arithmetic of metrics: {name}")
    file = built / "template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    aws = Clients(endpoint)
    make_once(aws("sesv2").create_email_identity, EmailIdentity=given["InboundDomain"])
    say(f"deploying the stack {STACK}")
    sam(
        [
            *("deploy", "--template-file", str(file), "--stack-name", STACK, "--resolve-s3"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
            *("--capabilities", "CAPABILITY_IAM", "--parameter-overrides"),
            *(f"{name}={value}" for name, value in given.items()),
        ],
        **environment(endpoint),
    )
    [stack] = aws("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
    outputs["ApiUrl"] = open_routes(aws, resources(aws), endpoint)
    outputs["Publish"] = f"GUARDIA_URL='{outputs['ApiUrl']}' guardia config apply DIR"
    aws.close()
    return outputs


def publish(path: Path, endpoint: str, outputs: Mapping[str, str]) -> int:
    """Make a desk document live in what was deployed; return its version.

    Raises:
        DeskError: the document is wrong.
    """
    document = desk.read(path)
    before = dict(os.environ)
    os.environ.update(environment(endpoint))
    os.environ.update({"TABLE_NAME": outputs["Table"], "BUCKET_NAME": outputs["Bucket"]})
    its_desk = desk.Desk(lambda: datetime.now(UTC))
    try:
        return its_desk.publish(document, datetime.now(UTC), desk.source(path))
    finally:
        os.environ.clear()
        os.environ.update(before)
        its_desk.close()


def known_here(text: str) -> tuple[dict[str, Any], list[str]]:
    """Return a built template without what the local AWS refuses, and the names of that."""
    template: dict[str, Any] = ruamel.yaml.YAML(typ="safe", pure=True).load(text)
    refused = [name for name, one in template["Resources"].items() if _refused(one)]
    for name in refused:
        del template["Resources"][name]
    return template, refused


def _refused(resource: Mapping[str, Any]) -> bool:
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def resources(aws: Clients, kinds: Iterable[str] = ()) -> dict[str, str]:
    """Return the physical names of the stack's resources by logical id."""
    pages = aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    wanted = frozenset(kinds)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if not wanted or one["ResourceType"] in wanted
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
