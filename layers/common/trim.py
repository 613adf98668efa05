"""Cut botocore's data down to what the functions read, when the layer is built.

    python3 trim.py <folder of botocore's data> <service>...

A function reads these files at each cold start, before it can make its first call. Of services we
do not call everything goes; of the others what is there for people who read documentation; of the
list of endpoints all but theirs. What is left are files as botocore expects them, unpacked.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

_FOR_PEOPLE = ("documentation", "documentationUrl", "examples")
_READ_WHOLE = "clientContextParams"
"""botocore reads the texts of these parameters when it makes a client."""

_NEVER_READ = "examples-1.json"


def main(folder: Path, services: set[str]) -> None:
    """Cut the folder down, in place."""
    for place in folder.iterdir():
        if place.is_dir() and place.name not in services:
            shutil.rmtree(place)
    for file in sorted(folder.glob("*/*/*.json*")):
        if not file.name.startswith(_NEVER_READ):
            model = _without_documentation(_read(file))
            _write(file.with_name(file.name.removesuffix(".gz")), model)
        if file.name.startswith(_NEVER_READ) or file.suffix == ".gz":
            file.unlink()
    endpoints = folder / "endpoints.json"
    found = _read(endpoints)
    for partition in found["partitions"]:
        kept = {name: one for name, one in partition["services"].items() if name in services}
        partition["services"] = kept
    _write(endpoints, found)


def _without_documentation(model: Any) -> Any:
    """A model without its texts; a shape or a member that happens to be named so stays."""
    if isinstance(model, list):
        return [_without_documentation(one) for one in model]
    if not isinstance(model, dict):
        return model
    return {
        key: one if key == _READ_WHOLE else _without_documentation(one)
        for key, one in model.items()
        if not (key in _FOR_PEOPLE and isinstance(one, str))
    }


def _read(file: Path) -> Any:
    data = file.read_bytes()
    return json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)


def _write(file: Path, value: Any) -> None:
    """Write a new file in the old one's place: uv links what it installs to its cache, so that a
    change in place would change every environment of this machine."""
    file.unlink(missing_ok=True)
    file.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
