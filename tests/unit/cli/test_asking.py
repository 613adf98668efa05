"""Before what cannot be taken back quietly somebody is asked; silence and no change nothing."""

import pytest
import typer
from typer.testing import CliRunner

from infra.cli.asking import agreed

app = typer.Typer()


@app.command()
def act() -> None:
    agreed("Make it live?")
    typer.echo("done")


@pytest.mark.parametrize(
    ("typed", "status", "data", "told"),
    [
        ("y\n", 0, "done\n", "Make it live?"),
        ("n\n", 1, "", "Make it live?"),
        ("", 1, "", "nobody answered; --yes does it without asking"),
    ],
)
def test_only_a_yes_goes_on(typed: str, status: int, data: str, told: str) -> None:
    done = CliRunner().invoke(app, input=typed)

    assert (done.exit_code, done.stdout) == (status, data)
    assert told in done.stderr
