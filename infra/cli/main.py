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
    backtest,
    config,
    dlq,
    doctor,
    explain,
    hooks,
    hours,
    keys,
    mail,
    outbox,
    records,
    scenarios,
    simulate,
    stuck,
    suspended,
    webhooks,
)

HELP = """Guardia, the help desk without servers.

Commands that talk to a running desk ask the one at GUARDIA_URL (left out: that of `make run`) with
the key in GUARDIA_API_KEY; doctor and dlq ask AWS with your AWS credentials.

Exit status: 0 done, 1 the answer is no, 2 the input cannot be read or the call is wrong. Data goes
to standard output, talk to standard error; --json everywhere.

\b
Examples:
  guardia config validate infra/desk    check a desk before it goes live
  guardia test infra/desk               whether it does what its scenarios expect
  guardia config plan infra/desk        what would change on the running one
  guardia simulate story.yaml           what would happen, on a virtual clock
  guardia explain K7Q2M9XD              why each rule did, or did not, fire
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=HELP,
)
app.add_typer(config.app, name="config")
app.command("simulate")(simulate.simulate)
app.command("test", short_help="Run the scenarios beside a desk, like tests.")(
    scenarios.run_scenarios
)
app.command("backtest", short_help="What a desk would have done with recorded tickets.")(
    backtest.backtest
)
app.command("export", short_help="Write recorded tickets into a file.")(records.export)
app.command("explain", short_help="Why each rule did, or did not, fire on a ticket.")(
    explain.explain
)
app.command("doctor", short_help="Is the desk in AWS well, and what is to be done?")(doctor.doctor)
app.command("hours", short_help="Questions about business hours, in JSON Lines.")(hours.hours)
app.add_typer(mail.app, name="mail")
app.add_typer(keys.app, name="keys")
app.add_typer(suspended.app, name="suspended")
app.add_typer(hooks.app, name="hooks")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(outbox.app, name="outbox")
app.add_typer(stuck.app, name="stuck")
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
