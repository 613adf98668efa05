"""Cursors of lists that lie under one key: the sort key where the next page begins."""

import base64

from guardia.domain.model import InvalidError


def written(sk: str) -> str:
    """Write a sort key as a cursor."""
    return base64.urlsafe_b64encode(sk.encode()).decode().rstrip("=")


def read(cursor: str | None, prefix: str) -> str | None:
    """Read a cursor of a list whose sort keys begin with `prefix`; None for the first page.

    Raises:
        InvalidError: it is none of that list.
    """
    if cursor is None:
        return None
    try:
        sk = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        sk = ""
    if not sk.startswith(prefix) or "~" in sk:
        raise InvalidError("cursor", "is not a cursor of this list", "cursor")
    return sk
