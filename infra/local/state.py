"""The folder in which a local desk keeps everything: one desk at a time, one version of it."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

FORMAT: Final = 1
MINISTACK: Final = "1.5.33"
_VERSION: Final = "version.json"
_KEY: Final = "api-key"
_KEY_MINIMUM: Final = 20
_LOCK_PATIENCE: Final = 8.0
"""Seconds in which a desk that is just ending lets go of the folder."""


class StateError(Exception):
    """The folder cannot be used. The message says why, and what to do."""


class State:
    """A state folder that this process holds."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        """Make or open the folder and hold it; `fresh` empties it first.

        Raises:
            StateError: it cannot be written, is somebody else's, or in use.
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            foreign = any(folder.iterdir()) and not (folder / "desk.lock").exists()
            if foreign:
                raise StateError(
                    f"{folder} holds files that are not a desk's state; name an empty folder"
                )
            self._lock = _hold(folder)
            if fresh:
                _empty(folder)
        except OSError as error:
            raise StateError(f"{folder} cannot be used: {error.strerror}") from error

    def check(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """Make sure that what is kept here can be read by this version, for these tables.

        Raises:
            StateError: another version wrote it.
        """
        ours = {"format": FORMAT, "ministack": MINISTACK, "tables": _fingerprint(tables)}
        file = self.folder / _VERSION
        if not file.exists():
            file.write_text(json.dumps(ours), encoding="utf-8")
            return
        try:
            theirs = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            theirs = None
        if theirs != ours:
            raise StateError(
                f"{self.folder} was written by another version of Guardia; start with FRESH=1 to"
                " empty it, or name another folder with STATE=dir"
            )

    def api_key(self, given: str | None) -> str:
        """Return the key: the given one, else the one kept here, else a new one that is kept.

        Raises:
            StateError: the given key is not one.
        """
        file = self.folder / _KEY
        if given:
            if not given.startswith("gd_") or len(given) < _KEY_MINIMUM:
                raise StateError(
                    f"GUARDIA_API_KEY must begin with gd_ and have at least {_KEY_MINIMUM}"
                    " characters"
                )
            if not given.isascii() or not given.isprintable() or " " in given:
                raise StateError("GUARDIA_API_KEY may hold only letters, digits and signs of ASCII")
            return given
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(f"gd_{secrets.token_urlsafe(24)}")
        return file.read_text(encoding="utf-8").strip()

    def install_id(self) -> str:
        """Return the id of this installation, made at its first start."""
        file = self.folder / "install-id"
        if not file.exists():
            file.write_text(secrets.token_hex(8), encoding="utf-8")
        return file.read_text(encoding="utf-8").strip()

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.close()


def _hold(folder: Path) -> IO[str]:
    lock = (folder / "desk.lock").open("a")
    until = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                lock.close()
                raise StateError(
                    f"another desk is running on {folder}; stop it, or name another folder"
                    " with STATE=dir"
                ) from None
            time.sleep(0.1)
        else:
            return lock


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name in {"desk.lock", "aws.lock"}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _fingerprint(tables: Mapping[str, Mapping[str, Any]]) -> str:
    shape = {
        name: {
            key: one.get(key)
            for key in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        }
        for name, one in tables.items()
    }
    text = json.dumps(shape, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
