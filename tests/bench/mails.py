"""The fields of a mail of 3 KB, 300 KB and 34 MB: time, and the most memory it takes."""

import random  # noqa: TID251 - the same seed draws the same mails
from base64 import encodebytes
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.row import Row
from tests.bench.worker import PEERS, Worker, interleaved

_SIZES: Final = {"3 KB": (1, 0), "300 KB": (1, 2), "34 MB": (1, 1)}
_ATTACHED: Final = {"3 KB": 0, "300 KB": 105_000, "34 MB": 25_000_000}
_TARGETS: Final = {"3 KB": 0.2, "34 MB": 40.0}
_MEMORY: Final = 150.0
_PEERS: Final = ("mail-parser", "standard library")


def measure() -> list[Row]:
    """Time every reader on every size; then each one alone on the largest, for its memory."""
    with TemporaryDirectory() as folder:
        files = {size: str(_written(Path(folder), size)) for size in _SIZES}
        counts = {"3 KB": 40, "300 KB": 5, "34 MB": 1}
        told = {"files": files, "engines": _PEERS}
        with (
            Worker("mail_ours.py", files) as ours,
            Worker("mail_peers.py", told, python=PEERS) as peers,
        ):
            works = {work: counts[_size(work)] for work in (*ours.works, *peers.works)}
            seconds = interleaved([ours, peers], works, rounds=5)
        large = {"34 MB": files["34 MB"]}
        small = {"34 MB": files["3 KB"]}
        memory = {"ours": _peak("mail_ours.py", large) - _peak("mail_ours.py", small)}
        for name in _PEERS:
            memory[name] = _peak("mail_peers.py", {"files": large, "engines": [name]}) - _peak(
                "mail_peers.py", {"files": small, "engines": [name]}
            )
    rows = [
        Row(
            name=f"mail: fields of {size}",
            ours=1000 * seconds[f"ours {size}"],
            peer=1000 * seconds[f"{name} {size}"],
            peer_name=name,
            unit="ms",
            target=_TARGETS.get(size),
        )
        for size in _SIZES
        for name in _PEERS
    ]
    return rows + [
        Row(
            name="mail: memory for the fields of 34 MB",
            ours=memory["ours"],
            peer=memory[name],
            peer_name=name,
            unit="MB",
            target=_MEMORY,
        )
        for name in _PEERS
    ]


def _size(work: str) -> str:
    return next(size for size in _SIZES if work.endswith(size))


def _peak(script: str, setup: object) -> float:
    """The most memory of a fresh process that reads one mail once."""
    python = PEERS if script == "mail_peers.py" else None
    with Worker(script, setup, **({"python": python} if python else {})) as worker:
        return worker.run(worker.works[0])["peak_mb"]


def _written(folder: Path, size: str) -> Path:
    """A mail as a person's program writes it, with files of so many bytes."""
    draw = random.Random(7)  # noqa: S311 - nothing is kept secret with it
    text = "\r\n".join(["Hola, no me funciona la conexión desde esta mañana."] * 40)
    parts = [f'Content-Type: text/plain; charset="utf-8"\r\n\r\n{text}\r\n'.encode()]
    for n in range(_SIZES[size][1]):
        file = encodebytes(draw.randbytes(_ATTACHED[size])).replace(b"\n", b"\r\n")
        head = (
            f'Content-Type: application/pdf; name="f{n}.pdf"\r\nContent-Transfer-Encoding: base64'
            f'\r\nContent-Disposition: attachment; filename="f{n}.pdf"\r\n\r\n'
        )
        parts.append(head.encode() + file)
    body = b"".join(b"--b0und\r\n" + one for one in parts) + b"--b0und--\r\n"
    head = (
        "From: Ana Ruiz <ana@globex.example>\r\nTo: soporte@acme.example\r\n"
        "Subject: =?utf-8?q?No_funciona_la_conexi=C3=B3n?=\r\n"
        "Date: Fri, 06 Mar 2026 18:30:00 +0100\r\nMessage-ID: <1@mail.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b0und"\r\n\r\n'
    )
    place = folder / f"{size.replace(' ', '')}.eml"
    place.write_bytes(head.encode() + body)
    return place
