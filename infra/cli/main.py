"""The `guardia` command. Data goes to standard output, talk to standard error.

Exit status: 0 done, 1 the answer is no, 2 the input cannot be read or the call is wrong.
"""

import json
import sys
from importlib.metadata import PackageNotFoundError, version as installed
from typing import Annotated

import typer

import guardia
from infra.cli import (
    addresses,
    config,
    dlq,
    doctor,
    explain,
    hooks,
    hours,
    keys,
    mail,
    outbox,
    simulate,
    suspended,
    webhooks,
)

EXAMPLES = """
Examples:

  guardia config validate infra/desk       check a desk before it goes live

  guardia simulate story.yaml              what would happen, on a virtual clock

  guardia explain K7Q2M9XD                 why each rule did, or did not, fire

  echo '{"op": "is_open", "at": "2026-03-06T20:00:00+01:00", "schedule": "oficina"}' \\
    | guardia hours --desk infra/desk
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=f"Guardia, the help desk without servers.\n{EXAMPLES}",
)
app.add_typer(config.app, name="config")
app.command("simulate")(simulate.simulate)
app.command("explain")(explain.explain)
app.command("doctor")(doctor.doctor)
app.command("hours")(hours.hours)
app.add_typer(mail.app, name="mail")
app.add_typer(keys.app, name="keys")
app.add_typer(suspended.app, name="suspended")
app.add_typer(hooks.app, name="hooks")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(outbox.app, name="outbox")
app.add_typer(dlq.app, name="dlq")
app.add_typer(addresses.app, name="addresses")


@app.command()
def version(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell which version this is, and which zone data it counts with."""
    try:
        tzdata = installed("tzdata")
    except PackageNotFoundError:
        tzdata = "system"
    found = {
        "guardia": guardia.__version__,
        "python": sys.version.split()[0],
        "tzdata": tzdata,
    }
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(
            f"guardia {found['guardia']} (Python {found['python']}, tzdata {found['tzdata']})"
        )


def main() -> None:
    """Run the command; a reader that goes away early ends it quietly."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
