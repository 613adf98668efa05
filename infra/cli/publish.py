"""`guardia config apply`, `rollback`, `log`, `pull`: the document of a running desk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from guardia.config.files import gather
from guardia.config.problem import DocumentError, Problem, UnreadableError
from guardia.config.validate import validate
from infra.cli import asking, changes, desk_api, folder, listing

Source = Annotated[
    Path, typer.Argument(metavar="DIR|FILE", help="The desk's folder, or its one file.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The desk's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Message = Annotated[str | None, typer.Option("--message", "-m", help="Why, for the log.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What publishing a folder would do: its files, what the desk says of them (`answer`), the
    version they were made from, and those that were published since."""

    files: Mapping[str, str]
    answer: Mapping[str, Any]
    parent: int
    since: list[dict[str, Any]]

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is live already, comments included."""
        return not self.answer["changes"] and not self.answer["files_differ"]

    def row(self) -> dict[str, Any]:
        """The plan for programs."""
        return {**self.answer, "parent": self.parent, "since": self.since}


def apply(
    source: Source = Path(),
    *,
    message: Message = None,
    onto: Annotated[
        int | None,
        typer.Option("--onto", help="The live version that this is meant to replace."),
    ] = None,
    yes: Yes = False,
    json_output: Json = False,
) -> None:
    """Make this desk live, after showing what changes.

    Refused where others published since the version it was made from; `--onto N` says that version
    N, the live one, was looked at.

    Exit status: 0 it is live, 1 refused, wrong, or you said no, 2 there is no document or no desk.
    """
    plan = planned(source, json_output=json_output)
    if not json_output:
        show(plan)
    parent = plan.parent if onto is None else onto
    if plan.is_nothing:
        parent = plan.answer["live"]
    elif onto is None and plan.since:
        told = f"say --onto {plan.answer['live']} once their changes are in yours"
        typer.echo(f"refused: others published since version {parent}; {told}", err=True)
        raise typer.Exit(1)
    elif not yes:
        asking.agreed("Make it live?")
    body = {"files": plan.files, "message": message or "", "parent": parent}
    answer = desk_api.ask("PUT", "/v1/config", body)
    if not answer.is_success:
        errors = desk_api.problem(answer).get("errors", ())
        for one in errors:
            typer.echo(_place(one, source), err=True)
        if errors:
            raise typer.Exit(1)
        desk_api.refused(answer)
    version = answer.json()
    folder.note(source, desk_api.url(), version)
    _done(version, json_output=json_output, changes=plan.answer["changes"])


def rollback(
    to: Annotated[
        int | None, typer.Argument(metavar="N", help="The version; else the one before.")
    ] = None,
    *,
    message: Message = None,
    json_output: Json = False,
) -> None:
    """Go back to an older version. It becomes a new one, so nothing is lost."""
    body = {"to": to, "message": message}
    sent = {name: value for name, value in body.items() if value is not None}
    version = desk_api.call("POST", "/v1/config/rollback", sent)
    _done(version, json_output=json_output)


def log(
    *,
    limit: listing.Limit = 50,
    cursor: listing.Cursor = "",
    json_output: Json = False,
) -> None:
    """List the versions, the latest first: number, when, who, why; `*` marks the live one."""
    found = listing.read("/v1/config/log", limit=limit, cursor=cursor)
    if json_output:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["items"]:
        mark = "*" if one["live"] else " "
        told = f"{mark}{one['number']:>5}  {one['at']}  {one['author']}  {one['message']}"
        typer.echo(told.rstrip())
    if not found["items"]:
        typer.echo("The desk has no document yet.", err=True)
    listing.tell_more(found)


def pull(
    directory: Folder = Path(),
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were changed here.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Write the live desk's files into a folder, comments and all.

    Exit status: 0 written, 1 the desk has no document, or files were changed here and stay as they
    are, 2 no desk answers, or the folder cannot be written.
    """
    live = desk_api.get("/v1/config")
    new = folder.files_of(live)
    if not new:
        typer.echo("the desk has no document yet: guardia config apply publishes one", err=True)
        raise typer.Exit(1)
    foreign = [name for name in new if not folder.is_inside(name)]
    if foreign:
        typer.echo(f"{foreign[0]}: lies outside the folder; nothing was written", err=True)
        raise typer.Exit(1)
    old = _before(directory)
    changed = folder.conflicts(directory, old, new)
    if changed and not force:
        for name in changed:
            typer.echo(f"{directory / name}: was changed here", err=True)
        typer.echo("nothing was written; --force overwrites", err=True)
        raise typer.Exit(1)
    try:
        folder.write(directory, old, new)
        folder.note(directory, desk_api.url(), live)
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    if json_output:
        typer.echo(json.dumps({"version": live["number"], "files": sorted(new)}))
    else:
        typer.echo(f"version {live['number']}: {len(new)} files", err=True)


def planned(source: Path, *, json_output: bool) -> Plan:
    """Check a desk here, then ask the running desk what would change; ends the command where
    something is wrong."""
    try:
        report = validate(source)
        if report.errors:
            _wrong([one.row() for one in report.errors], source, json_output=json_output)
        files = gather(source).texts
    except DocumentError as error:
        _wrong([one.row() for one in error.problems], source, json_output=json_output)
    except UnreadableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    answer = desk_api.call("POST", "/v1/config/validate", {"files": files})
    if not answer["ok"]:
        _wrong(answer["errors"], source, json_output=json_output)
    live = answer["live"]
    known = _known(source)
    parent = known if known is not None else live
    since = desk_api.get(f"/v1/config/log?limit={min(live - parent, 20)}") if parent < live else {}
    return Plan(files=files, answer=answer, parent=parent, since=since.get("items", []))


def _known(source: Path) -> int | None:
    """The version that a folder stands for, if the desk still knows it by that hash."""
    known = folder.recall(source, desk_api.url())
    if known is None:
        return None
    answer = desk_api.ask("GET", f"/v1/config/{known.number}")
    same = answer.is_success and answer.json()["hash"] == known.hash
    return known.number if same else None


def _before(directory: Path) -> dict[str, str]:
    """The files as they were pulled, as far as that is known."""
    number = _known(directory)
    return folder.files_of(desk_api.get(f"/v1/config/{number}")) if number is not None else {}


def show(plan: Plan) -> None:
    """Tell people what would change, and what is hardly meant."""
    for one in plan.answer["warnings"]:
        typer.echo(f"{one['file']}:{one['line']}: warning: {one['message']}", err=True)
    for one in plan.since:
        said = f"published since: {one['number']} by {one['author']} at {one['at']}"
        typer.echo(f"{said}  {one['message']}".rstrip(), err=True)
    if plan.answer["changes"]:
        changes.tell(plan.answer["changes"])
    elif plan.is_nothing:
        typer.echo("Nothing changes.")
    else:
        typer.echo("Nothing changes but the text of the files, such as comments.")


def _wrong(errors: list[Any], source: Path, *, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps({"ok": False, "errors": errors, "warnings": []}, ensure_ascii=False))
    else:
        for one in errors:
            typer.echo(_place(one, source))
    raise typer.Exit(1)


def _place(row: Mapping[str, Any], source: Path) -> str:
    """Write a problem so that editors can jump to it."""
    file = row.get("file") or ""
    name = str(source / file) if source.is_dir() and not file.startswith(str(source)) else file
    known = {key: row.get(key) or "" for key in ("message", "path")}
    line, column = row.get("line") or 0, row.get("column") or 0
    return str(Problem(file=name or str(source), line=line, column=column, **known))


def _done(version: Mapping[str, Any], *, json_output: bool, **more: Any) -> None:
    if json_output:
        told = {key: one for key, one in version.items() if key not in ("document", "files")}
        typer.echo(json.dumps(told | more, ensure_ascii=False))
    else:
        said = f": {version['message']}" if version["message"] else ""
        typer.echo(f"version {version['number']} is live{said}", err=True)
