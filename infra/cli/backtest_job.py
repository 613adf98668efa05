"""A backtest that the running desk does itself, as a job."""

import time
from pathlib import Path
from typing import Any, Final

import typer

from guardia.config.files import gather
from infra.cli import desk_api
from infra.cli.progress import Far

_POLL: Final = 1.0
"""Seconds between two questions how far it is."""


def run(source: Path, asked: dict[str, Any], keep: int) -> dict[str, Any]:
    """Start the job for the desk of a folder, and wait until it is done, telling how far it is;
    return its answer, with `seconds`.

    Ends the command with status 1 where the job cannot be done.
    """
    body: dict[str, Any] = {"files": dict(gather(source).texts), "keep": min(keep, 100)}
    if asked.get("last") is not None:
        body["last"] = asked["last"]
    if asked.get("since") is not None:
        body["since"] = asked["since"].isoformat()
    id_ = desk_api.call("POST", "/v1/backtest", body)["job"]
    typer.echo(f"job {id_}", err=True)
    with Far("tickets", asked.get("last")) as far:
        while True:
            job = desk_api.get(f"/v1/jobs/{id_}")
            seen = int(job["counts"].get("seen", 0))
            far.tell(seen, seen)
            if job["state"] in ("done", "failed"):
                break
            time.sleep(_POLL)
        if job["state"] == "failed":
            typer.echo(f"the job was given up: {job['error']}", err=True)
            raise typer.Exit(1)
        left_out = int(job["counts"].get("failed", 0))
        if left_out:
            typer.echo(f"{left_out} tickets could not be decided again", err=True)
        return {**job["answer"], "seconds": round(far.seconds, 3)}
