"""How long a function takes from nothing to its first write, beside a bare boto3 client."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from infra.local.build import build_here, this_machine
from tests.bench.row import Row
from tests.bench.worker import PEERS, ROOT

BUILD: Final = ROOT / ".tools/bench-build"
ROUNDS: Final = 11
_FUNCTIONS: Final = {
    "email_ingress": ("EmailIngressFunction", 0.9),
    "sweep": ("SweepFunction", 0.9),
    "outbox_relay": ("OutboxRelayFunction", 0.9),
    "http_api": ("HttpApiFunction", 1.5),
}

_OURS: Final = """
import importlib, sys, time
start = time.perf_counter()
sys.path[:0] = sys.argv[2:]
importlib.import_module(sys.argv[1])
from guardia import wiring
wiring.table().connection.put_item("guardia", "T#1", "HEAD", attributes={"subject": {"S": "VPN"}})
print(time.perf_counter() - start)
"""
_PEER: Final = """
import sys, time
start = time.perf_counter()
sys.path[:0] = sys.argv[1:]
import boto3
client = boto3.client("dynamodb")
def handler(event, context):
    item = {"pk": {"S": "T#1"}, "sk": {"S": "HEAD"}, "subject": {"S": "VPN"}}
    return client.put_item(TableName="guardia", Item=item, ReturnConsumedCapacity="TOTAL")
handler({}, None)
print(time.perf_counter() - start)
"""


def measure() -> list[Row]:
    """Build what is deployed for this machine, and start each function again and again."""
    build = build_here(BUILD, this_machine())
    site = next((PEERS.parents[1] / "lib").glob("python3*/site-packages"))
    subprocess.run([PEERS, "-m", "compileall", "-q", site], check=False)  # noqa: S603 - our own
    taken: dict[str, list[float]] = {"boto3": []}
    with _endpoint() as url:
        for _ in range(ROUNDS):
            taken["boto3"].append(_run(_PEER, [site], url))
            for name, (folder, _) in _FUNCTIONS.items():
                places = [build / folder, build / "CommonLayer/python"]
                found = _run(_OURS, [f"functions.{name}.app", *places], url)
                taken.setdefault(name, []).append(found)
    return [
        Row(
            name=f"cold start: {name}, init and first put",
            ours=1000 * median(taken[name]),
            peer=1000 * median(taken["boto3"]),
            peer_name="stock boto3 client and put",
            unit="ms",
            target=share,
            of_peer=True,
        )
        for name, (_, share) in _FUNCTIONS.items()
    ]


def _run(script: str, arguments: list[str | Path], url: str) -> float:
    """Start an interpreter that sees what it is given and nothing else; return its seconds."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", "-B", "-c", script, *map(str, arguments)],
        env={
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} does not start:\n{done.stderr}")
    return float(done.stdout.split()[-1])


@contextmanager
def _endpoint() -> Iterator[str]:
    """An AWS that says yes to everything."""

    class Yes(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Yes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
