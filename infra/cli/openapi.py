"""Writes docs/openapi.json: `python -m infra.cli.openapi`."""

import json
from pathlib import Path
from typing import Final

from functions.http_api import openapi
from functions.http_api.app import resolver
from guardia import wiring

TARGET: Final = Path(__file__).parents[2] / "docs" / "openapi.json"


def written() -> str:
    """Return the text of the file as it is committed: the document laid out for people."""
    document = openapi.document(resolver(wiring.guardia))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
