"""`guardia doctor`: is the desk in AWS well, and what is to be done next?"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Final

import typer
from botocore.exceptions import ClientError
from rich.console import Console
from rich.text import Text

from infra.cli.aws import Aws, told
from infra.doctor import checks, live, words
from infra.doctor.checks import Deployed
from infra.doctor.dns import PublicDns
from infra.doctor.finding import Finding

_STACK: Final = "guardia"
_MARKS: Final = {
    "ok": ("ok      ", "green"),
    "warning": ("warning ", "yellow"),
    "failed": ("failed  ", "red"),
    "unknown": ("unknown ", "yellow"),
}


def doctor(
    *,
    stack: Annotated[
        str, typer.Option("--stack", envvar="GUARDIA_STACK", help="The stack's name.")
    ] = _STACK,
    live_mail: Annotated[
        bool, typer.Option("--live", help="Also mail SES's simulator and wait for the answers.")
    ] = False,
    request_text: Annotated[
        bool, typer.Option("--request-text", help="Draft the request for SES production access.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Look at a deployed desk: SES, DNS, receiving, backups, alarms, dead letters.

    Asks AWS with your own credentials and the public DNS; changes nothing.

    Exit status: 0 all is well, 1 something has failed or could not be asked, 2 there is no such
    stack, or no AWS.
    """
    with told():
        aws = Aws(itself=True)
        deployed = _deployed(aws, stack)
    if request_text:
        unverified = int(deployed.parameters.get("MailLimits", "200,60,500").split(",")[2])
        text = words.request(deployed.domain, volume=500, unverified=unverified)
        typer.echo(json.dumps({"text": text}, ensure_ascii=False) if as_json else text)
        return
    findings = list(checks.run(checks.CHECKS, deployed, aws, PublicDns()))
    if live_mail:
        with told():
            findings += live.round_trip(deployed, aws)
    if as_json:
        typer.echo(json.dumps({"stack": stack, "items": [asdict(one) for one in findings]}))
    else:
        _tell(findings)
    bad = any(one.state in ("failed", "unknown") for one in findings)
    raise typer.Exit(1 if bad else 0)


def _tell(findings: Iterable[Finding]) -> None:
    console = Console(width=None if Console().is_terminal else 200, highlight=False)
    for one in findings:
        mark, colour = _MARKS[one.state]
        console.print(Text(mark, style=colour) + Text(f"{one.check}: {one.told}"))
        for name in ("expected", "found", "action"):
            value = getattr(one, name)
            if value is not None:
                console.print(Text(f"          {name}: {value}"))


def _deployed(aws: Aws, name: str) -> Deployed:
    """Read what CloudFormation knows of the stack; end the command where there is none."""
    formation = aws("cloudformation")
    try:
        (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
        rows = formation.describe_stack_resources(StackName=name)["StackResources"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        typer.echo(f"there is no stack {name} here; deploy it with: sam deploy --guided", err=True)
        raise typer.Exit(2) from None
    return Deployed(
        name=name,
        region=formation.meta.region_name,
        parameters={
            one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", ())
        },
        resources={one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in rows},
    )
