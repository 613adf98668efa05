"""`guardia dlq`: what could not be handled, why, and sending it back.

Talks to AWS itself, since it must work when the API does not.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from infra.cli import asking, dead_letters
from infra.cli.aws import Aws, told
from infra.cli.dead_letters import BY_ITSELF, KINDS, Letter, NoStackError

app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: what could not be handled. Asks AWS itself, with your AWS credentials.",
)

Stack = Annotated[str, typer.Option("--stack", envvar="GUARDIA_STACK", help="The stack's name.")]
Itself = Annotated[bool, typer.Option("--aws", help="Ask AWS, even while a desk runs here.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
QueueName = Annotated[
    str, typer.Argument(help="The queue, as `guardia dlq list` names it.", metavar="QUEUE")
]

_STACK: Final = "guardia"
_FASTEST: Final = 100.0


@app.command("list")
def list_queues(
    *, stack: Stack = _STACK, aws_itself: Itself = False, as_json: Json = False
) -> None:
    """Tell of each dead-letter queue how much lies in it, since when, and what it is."""
    with told():
        aws = Aws(itself=aws_itself)
        found = _queues(aws, stack)
        rows = [_row(aws, name, found[name]) for name in KINDS if name in found]
    if as_json:
        typer.echo(json.dumps({"stack": stack, "items": rows}))
        return
    table = Table("queue", "messages", "oldest", "what", box=None)
    for row in rows:
        oldest = "" if row["oldest_seconds"] is None else _age(row["oldest_seconds"])
        table.add_row(row["queue"], str(row["messages"]), oldest, row["what"])
    Console(width=None if Console().is_terminal else 200, markup=False).print(table)


@app.command("show")
def show(
    queue: QueueName,
    id: Annotated[str | None, typer.Argument(help="One message's id.", metavar="ID")] = None,
    *,
    stack: Stack = _STACK,
    aws_itself: Itself = False,
    as_json: Json = False,
) -> None:
    """Show what lies in a queue and why; nothing is deleted.

    Exit status: 0 shown, 1 there is no such message, 2 no such queue or stack, or no AWS.
    """
    with told():
        aws = Aws(itself=aws_itself)
        found = _queues(aws, stack)
        letters = dead_letters.look(aws, _named(found, queue))
    chosen = [one for one in letters if id in (None, one.id)]
    if id is not None and not chosen:
        typer.echo(f"there is no message {id} in {queue}", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps({"queue": queue, "items": [_shape(one) for one in chosen]}))
        return
    if not chosen:
        typer.echo(f"{queue} is empty", err=True)
    for one in chosen:
        typer.echo(f"{one.id}  {_stamp(one.at)}  received {one.receives} times")
        typer.echo(f"  why: {one.reason}")
        typer.echo(json.dumps(one.unwrapped, ensure_ascii=False, indent=2))


@app.command("redrive")
def redrive(
    queue: QueueName,
    *,
    one: Annotated[str | None, typer.Option("--one", help="The message with this id.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Everything in the queue.")] = False,
    rate: Annotated[float, typer.Option("--rate", help="How many a second.")] = 10.0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    stack: Stack = _STACK,
    aws_itself: Itself = False,
    as_json: Json = False,
) -> None:
    """Send messages back to where they failed. What was done already changes nothing.

    Exit status: 0 done, 1 the message is not there, or you said no, 2 no such queue or stack, or no
    AWS.
    """
    if (one is None) == (not all_of_them):
        typer.echo("name one message with --one ID, or say --all", err=True)
        raise typer.Exit(2)
    if not 0 < rate <= _FASTEST:
        typer.echo(f"--rate is a number up to {_FASTEST:g}", err=True)
        raise typer.Exit(2)
    with told():
        aws = Aws(itself=aws_itself)
        found = _queues(aws, stack)
        url = _named(found, queue)
        if not yes:
            _ask(queue, one, dead_letters.counts(aws, url)[0])
        sent = []
        for letter in dead_letters.send_back(aws, found, queue, only=one, rate=rate):
            sent.append(letter.id)
            typer.echo(letter.id, err=True)
    if queue in BY_ITSELF and sent:
        typer.echo(f"nothing was sent: {BY_ITSELF[queue]}", err=True)
    if as_json:
        typer.echo(json.dumps({"queue": queue, "redriven": sent}))
    else:
        typer.echo(f"{len(sent)} of {queue} {'removed' if queue in BY_ITSELF else 'sent back'}")
    if one is not None and not sent:
        typer.echo(f"there is no message {one} in {queue}", err=True)
        raise typer.Exit(1)


def _ask(queue: str, one: str | None, count: int) -> None:
    what = f"message {one}" if one else f"{count} message{'' if count == 1 else 's'}"
    if queue in BY_ITSELF:
        asking.agreed(f"Remove {what} of {queue}? {BY_ITSELF[queue]}")
    else:
        asking.agreed(f"Send {what} of {queue} back to {KINDS[queue][1]}?")


def _queues(aws: Aws, stack: str) -> dict[str, str]:
    try:
        return dead_letters.queues(aws, stack)
    except NoStackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _named(found: dict[str, str], queue: str) -> str:
    if queue in KINDS and queue in found:
        return found[queue]
    known = ", ".join(name for name in KINDS if name in found)
    typer.echo(f"there is no dead-letter queue {queue}; there are {known}", err=True)
    raise typer.Exit(2)


def _row(aws: Aws, name: str, url: str) -> dict[str, Any]:
    seen, hidden = dead_letters.counts(aws, url)
    oldest = min((one.at for one in dead_letters.look(aws, url)), default=None) if seen else None
    age = None if oldest is None else int((datetime.now(UTC) - oldest).total_seconds())
    what, source = KINDS[name]
    return {
        "queue": name,
        "messages": seen + hidden,
        "oldest_seconds": age,
        "what": what,
        "goes_back_to": source,
    }


def _shape(one: Letter) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": _stamp(one.at),
        "receives": one.receives,
        "reason": one.reason,
        "attributes": dict(one.attributes),
        "body": one.body,
        "content": one.unwrapped,
    }


def _age(seconds: int) -> str:
    return str(timedelta(seconds=seconds))


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
