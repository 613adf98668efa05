"""Runs ministack for a desk: started by `infra.local.cloud` in ministack's own environment.

ministack saves its state only at a clean exit. Here it saves every half minute, and once more
when the desk's process is gone, however it went: its end of our standard input closes then. With
PERSIST_STATE=0 nothing is saved, with OUTLIVES=1 it goes on until it is told to end.
"""

import atexit
import fcntl
import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SAVE_EVERY = 30.0
"""Seconds between two savings."""
LOOP_PATIENCE = 10.0
"""Seconds a saving waits for the server to hold still."""
SAVED_PORT = "4566"

_saving = threading.Lock()


def main() -> None:
    """Serve until the desk is gone, then save and end."""
    state = Path(os.environ["STATE_DIR"])
    state.mkdir(parents=True, exist_ok=True)
    # An older one on the same state may still be saving; nothing is read before it ends.
    lock = (state.parent / "aws.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    keep = os.environ["PERSIST_STATE"] == "1"
    if keep:
        # Queues are saved under their address: it must be the same whatever port we listen on.
        port = os.environ["GATEWAY_PORT"]
        os.environ["GATEWAY_PORT"] = SAVED_PORT
        importlib.import_module("ministack.services.sqs")
        os.environ["GATEWAY_PORT"] = port
    app = importlib.import_module("ministack.app")

    if keep:
        atexit.register(_save, app)
        threading.Thread(target=_save_often, args=(app,), daemon=True).start()
    if os.environ["OUTLIVES"] != "1":
        end = threading.Thread(target=_end_with_the_desk, args=(app, keep), daemon=True)
        end.start()
    app.main()


def _save_often(app: Any) -> None:
    pause = threading.Event()
    while not pause.wait(SAVE_EVERY):
        _save(app)


def _end_with_the_desk(app: Any, keep: bool) -> None:
    sys.stdin.buffer.read()
    if keep:
        _save(app)
    # Left behind by a server that is not stopped in its own way.
    (Path(os.environ["TMPDIR"]) / f"ministack-{os.environ['GATEWAY_PORT']}.pid").unlink(
        missing_ok=True
    )
    os._exit(0)


def _save(app: Any) -> None:
    """Write everything down as it stood at one instant."""
    save_all = importlib.import_module("ministack.core.persistence").save_all
    with _saving:
        kept: dict[str, Any] = {}
        done = threading.Event()

        def copy() -> None:
            for name, state_of in _services(app).items():
                kept[name] = state_of()
            done.set()

        try:
            # In the server's own loop no request changes anything half way.
            app._MAIN_LOOP.call_soon_threadsafe(copy)
        except (AttributeError, RuntimeError):
            copy()
        if done.wait(LOOP_PATIENCE):
            save_all({name: (lambda state=state: state) for name, state in kept.items()})


def _services(app: Any) -> Mapping[str, Callable[[], Any]]:
    services: Mapping[str, Callable[[], Any]] = app._build_persistence_save_dict()
    return services


if __name__ == "__main__":
    main()
