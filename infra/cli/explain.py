"""`guardia explain`: why each rule did, or did not, fire on a ticket."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from infra.cli import desk_api


def explain(
    ticket: Annotated[
        str, typer.Argument(help="The ticket's id, like K7Q2M9XD.", metavar="TICKET")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell, entry by entry, which rules fired on a ticket, and of each other one why it did not."""
    found = desk_api.get(f"/v1/tickets/{quote(ticket, safe='')}/explain")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for entry in found["entries"]:
        for line in _told(entry):
            typer.echo(line)


def _told(entry: Mapping[str, Any]) -> Iterator[str]:
    actor = entry["actor"]["email"] or entry["actor"]["kind"]
    config = entry["config"] or "none"
    yield f"{entry['seq']:>3}  {entry['at']}  {entry['event']} by {actor} (config {config})"
    for rule in entry["rules"]:
        yield f"       {'fired' if rule['matched'] else 'not  '}  {rule['kind']} {rule['id']}"
        for said in rule["suppressed"]:
            yield f"                held back: {said}"
        for one in rule["conditions"]:
            mark = "yes" if one["result"] else "no "
            if not one["field"]:
                yield f"              {mark}  {one['operator']} of"
                continue
            wanted, actual = (
                json.dumps(one[key], ensure_ascii=False) for key in ("value", "actual")
            )
            yield f"              {mark}    {one['field']} {one['operator']} {wanted}: {actual}"
