"""`guardia mail`: what the desk makes of a mail, without a desk."""

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from guardia.domain.language import detect
from guardia.mail.automatic import judge
from guardia.mail.html import clean
from guardia.mail.message import document
from guardia.mail.parse import parse
from guardia.mail.reply import new_part, new_part_of_html
from guardia.mail.tokens import find_token

LANGUAGES: Final = ("es", "en")
"""What a text is tried for where no desk says which languages it speaks."""

app = typer.Typer(no_args_is_help=True, help="Look at mail the way the desk does.")

_File = Annotated[str, typer.Argument(metavar="FILE", help="A mail; - or nothing: standard input.")]
_Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line, in and out.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON; the only form this command has.")]


@app.command("parse")
def parse_command(file: _File = "-", jsonl: _Lines = False, json_: _Json = False) -> None:
    """Print a mail as one JSON object; with --jsonl one for each line `{"id", "raw_b64"}`."""
    del json_  # the answer is JSON with and without it
    if jsonl:
        _answer_lines(_read(file), _parsed_line)
    else:
        _print(parsed(_read(file)))


@app.command("reply")
def reply_command(file: _File = "-", jsonl: _Lines = False, json_: _Json = False) -> None:
    """Print the new part of a reply: a text, or with --jsonl lines `{"id", "text" | "html"}`."""
    del json_  # the answer is JSON with and without it
    if jsonl:
        _answer_lines(_read(file), _reply_line)
    else:
        _print({"reply": new_part(_read(file).decode("utf-8", errors="replace"))})


def parsed(raw: bytes) -> dict[str, Any]:
    """Return a raw mail under the names of the outside contract."""
    mail = parse(raw)
    verdict = judge(mail.headers, mail.sender.address if mail.sender else "", None, (), "")
    return document(
        mail,
        html=clean(mail.html) if mail.html is not None else None,
        language=mail.language or detect(f"{mail.subject}\n{mail.reply}", LANGUAGES),
        automatic=(verdict.value, verdict.reason),
        verdict=verdict.verdict,
        token=find_token(mail.recipients, (*mail.references, mail.in_reply_to or ""), mail.subject),
    )


def _parsed_line(line: dict[str, Any]) -> dict[str, Any]:
    raw = line.get("raw_b64")
    if not isinstance(raw, str):
        raise ValueError("raw_b64: must be the mail's bytes in base64")
    try:
        return parsed(base64.b64decode("".join(raw.split()), validate=True))
    except binascii.Error as error:
        raise ValueError("raw_b64: is not base64") from error


def _reply_line(line: dict[str, Any]) -> dict[str, Any]:
    for name, trim in (("text", new_part), ("html", new_part_of_html)):
        value = line.get(name)
        if isinstance(value, str):
            return {"reply": trim(value)}
        if value is not None:
            raise ValueError(f"{name}: must be a text")
    raise ValueError("text or html: one of them must be given")


def _answer_lines(data: bytes, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for number, line in enumerate(_lines(data), start=1):
        if line.strip():
            _print(_answered(number, line, answer))


def _lines(data: bytes) -> Iterable[bytes]:
    # Only line feeds end a line of JSON Lines; `splitlines` of text would also cut at U+2028.
    return data.split(b"\n")


def _answered(
    number: int, line: bytes, answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    name = None
    try:
        value = json.loads(line)
        if not isinstance(value, dict):
            raise ValueError("a line must be a JSON object")
        name = value.get("id")
        return {"id": name, **answer(value)}
    except RecursionError:
        return {"id": name, "line": number, "error": "the line nests too deeply"}
    except ValueError as error:
        known = not isinstance(error, json.JSONDecodeError | UnicodeDecodeError)
        return {"id": name, "line": number, "error": str(error) if known else "not valid JSON"}


def _read(file: str) -> bytes:
    """Return the bytes of a file or of standard input; ends the command where there are none."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        typer.echo(f"{file}: cannot be read ({error.strerror or 'unknown reason'})", err=True)
        raise typer.Exit(2) from error


def _print(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
