"""`guardia explain`: why each rule did, or did not, fire, what the clocks read, what is to come."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from guardia.domain.model import InvalidError
from guardia.rehearsal import explanation
from infra.cli import desk_api, explain_text

_PAGE: Final = 100
"""The most entries that one request gives."""


def explain(
    ticket: Annotated[
        str, typer.Argument(help="The ticket's id, like K7Q2M9XD.", metavar="TICKET")
    ],
    *,
    rule: Annotated[
        str | None,
        typer.Option(help="Why this trigger, automation or policy did, or did not, fire."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="How it stood, or will stand, at an instant: one with its offset, 09:00 (the next"
            " in the desk's zone), or +2h."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many entries at most, the newest.")
    ] = 1_000,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell a ticket's story: which rules fired, and of each other one why it did not; each SLA
    clock as stretches of time that add up; and what will come if nobody does anything.

    --rule asks about one rule; --at tells how the ticket stood, or will stand, at another instant,
    and what will have happened by then. A long history is read page by page and told as it comes.

    Exit status: 0 told, 1 there is no such ticket or rule, 2 the call is wrong or no desk answers.
    """
    if at is not None:
        _checked(at)
    place = f"/v1/tickets/{quote(ticket, safe='')}"
    head = desk_api.get(place)
    skipped = max(0, head["version"] - limit)
    asked = {name: one for name, one in (("rule", rule), ("at", at)) if one is not None}
    pages = _pages(f"{place}/explain", asked, skipped)
    if as_json:
        typer.echo(json.dumps(_whole(pages), ensure_ascii=False))
        return
    if skipped:
        typer.echo(f"the oldest {skipped:,} entries are left out; --limit tells more", err=True)
    explain_text.tell(head, pages)


def _pages(path: str, asked: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
    """The answer page by page; how the ticket stands at another instant is asked for once."""
    following: str | None = str(after)
    while following is not None:
        query = urlencode(asked | {"limit": str(_PAGE), "cursor": following})
        page = desk_api.get(f"{path}?{query}", wrong=("at",))
        yield page
        following = page["next"]
        asked = {name: one for name, one in asked.items() if name != "at"}


def _checked(at: str) -> None:
    """End the command with status 2 where no desk could tell which instant is meant."""
    try:
        explanation.instant(at, datetime.now(UTC), "UTC")
    except InvalidError as error:
        typer.echo(f"--at {error.message}", err=True)
        raise typer.Exit(2) from None


def _whole(pages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The pages as one answer."""
    whole = next(pages)
    for page in pages:
        whole["entries"] += page["entries"]
        for one, more in zip(whole["rules"], page["rules"], strict=False):
            one["events"] += more["events"]
            one["fired"] += more["fired"]
    return whole | {"next": None}
