"""Every place in the deployed code that calls AWS, found by reading it.

A call is: a method of a client (`client("sqs").send_message_batch`, `self._client.get_object`,
`self._table.connection.client.query`), of PynamoDB's connection (`connection.batch_get_item`), a
model that reads or writes itself (`item.update(actions=…)`, `item.save()`), or a block of
`TransactWrite`, which calls where it ends.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pynamodb.connection import Connection

from infra.local.cloud import ROOT

SOURCES: Final = ("functions", "layers/common/guardia")
_CLIENTS: Final = ("client", "_client")
_NO_CALLS: Final = ("get_paginator", "get_waiter", "close")
"""They call nothing by themselves; `paginate` does, where its pages are gone through."""

_WRITES: Final = ("save", "delete", "refresh")


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """A call in the code: its file and the lines it spans."""

    path: str
    first: int
    last: int
    text: str

    def holds(self, place: str) -> bool:
        """Whether a `path:line` that was seen lies in it."""
        path, _, line = place.rpartition(":")
        return path == self.path and self.first <= int(line) <= self.last

    def __str__(self) -> str:
        return f"{self.path}:{self.first} {self.text}"


def all_sites() -> list[Site]:
    """Every call of AWS in the deployed code."""
    return sorted(site for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))
                  for site in sites_of(path.read_text(encoding="utf-8"), _name(path)))  # fmt: skip


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sites_of(source: str, path: str) -> Iterator[Site]:
    """The calls in one file's text."""
    tree = ast.parse(source)
    blocks = {name for node in ast.walk(tree) for name in _transactions(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and list(_transactions(node)):
            yield Site(path, node.lineno, node.items[0].context_expr.end_lineno or node.lineno,
                       "TransactWrite")  # fmt: skip
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            told = _owner(owner)
            if (
                (told in _CLIENTS and name not in _NO_CALLS and name.islower())
                or name == "paginate"
                or (told == "connection" and hasattr(Connection, name))
                or (told not in blocks and _writes_itself(node, name))
            ):
                yield Site(path, node.lineno, node.end_lineno or node.lineno, f"{told}.{name}")


def _transactions(node: ast.AST) -> Iterator[str]:
    """The names under which a `with` holds a transaction of PynamoDB."""
    if not isinstance(node, ast.With):
        return
    for item in node.items:
        made = item.context_expr
        if isinstance(made, ast.Call) and ast.unparse(made.func) in (
            "TransactWrite",
            "TransactGet",
        ):
            yield ast.unparse(item.optional_vars) if item.optional_vars else ""


def _owner(node: ast.expr) -> str:
    """What a method is called on, by its last name: `client` of `client("sqs")`."""
    if isinstance(node, ast.Call):
        return _owner(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _writes_itself(node: ast.Call, name: str) -> bool:
    keywords = {one.arg for one in node.keywords}
    if name == "update":
        return "actions" in keywords
    return bool(keywords) == ("condition" in keywords) and name in _WRITES and not node.args
