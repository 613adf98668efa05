"""The `Marks` port over the table: what was asked once is done once, and answered alike again.

A commit writes its mark in its own transaction; these are for what is no commit.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import PutError

from guardia.adapters import items, refusals
from guardia.adapters.items import MarkItem
from guardia.adapters.table import Table
from guardia.ports import Claim

AT_WORK: Final = timedelta(seconds=60)
"""How long whoever took a mark is believed to be at work: longer than any request takes."""


class TableMarks:
    """Marks, by what they guard."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def claim(self, mark: str, request: str, at: datetime, expires_at: datetime) -> Claim:
        """Take a mark or tell what became of it; see `Marks.claim`."""
        item = MarkItem.of(mark, json.dumps({"request": request}), expires_at)
        item.open_until = int((at + AT_WORK).timestamp())
        free = MarkItem.pk.does_not_exist() | (MarkItem.open_until < int(at.timestamp()))
        try:
            item.save(condition=free)
        except PutError as error:
            if error.cause_response_code != f"{refusals.FAILED}Exception":
                raise
            return self._kept(mark)
        return Claim(ours=True)

    def _kept(self, mark: str) -> Claim:
        key = items.mark_key(mark)
        found = self._table.read([key]).get(key)
        if not isinstance(found, MarkItem):
            return Claim(open=True)  # it is being given back
        return Claim(open=found.open_until is not None, kept=json.loads(found.answer))

    def keep(self, mark: str, answer: Mapping[str, Any]) -> None:
        """Write down what it came to; see `Marks.keep`."""
        text = json.dumps(answer, ensure_ascii=False)
        MarkItem(*items.mark_key(mark)).update(
            actions=[MarkItem.answer.set(text), MarkItem.open_until.remove()]
        )

    def free(self, mark: str) -> None:
        """Give a mark back; see `Marks.free`."""
        MarkItem(*items.mark_key(mark)).update(actions=[MarkItem.open_until.set(0)])
