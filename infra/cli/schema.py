"""Writes docs/desk.schema.json: `python -m infra.cli.schema`."""

import json
from pathlib import Path
from typing import Final

from guardia.config.export import json_schema

TARGET: Final = Path(__file__).parents[2] / "docs" / "desk.schema.json"


def written() -> str:
    """Return the text of the file as it is committed."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
