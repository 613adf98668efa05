"""The local AWS: ministack as a child of the desk, and the resources the template names in it."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.stack import ACCOUNT, REGION, Queue, Stack, queue_arn, topic_arn

ROOT: Final = Path(__file__).resolve().parents[2]
START_PATIENCE: Final = 60.0
"""Seconds to wait for ministack; an older one on the same state may have to save first."""
STOP_PATIENCE: Final = 30.0

_TABLE_KEYS: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
)


_THERE_ALREADY: Final = frozenset(
    {"AlreadyExistsException", "EntityAlreadyExists", "ResourceInUseException"}
)


class CloudError(Exception):
    """The local AWS does not start."""


class Cloud:
    """A ministack. Its life is the desk's: it saves and ends when our pipe closes.

    One that does not `keep` starts empty each time; one that `outlives` us goes on until it is told
    to end, and its process is `pid`.
    """

    def __init__(self, state: Path, *, keep: bool = True, outlives: bool = False) -> None:
        """Choose where it will listen."""
        self._state, self._log = state, state / "aws.log"
        self._keep, self._outlives = keep, outlives
        self._port = _free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting.

        Raises:
            CloudError: it is not installed.
        """
        python = Path(os.environ.get("MINISTACK_PYTHON", ROOT / ".tools/ministack/bin/python"))
        if not python.exists():
            raise CloudError("the local AWS is not installed; run `make install`")
        with self._log.open("w") as log:
            self._child = self._spawn(python, self._state, self._port, log)

    def _spawn(
        self, python: Path, state: Path, port: int, log: IO[str]
    ) -> "subprocess.Popen[bytes]":
        environment = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        environment |= {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "MINISTACK_REGION": REGION,
            "OUTLIVES": "1" if self._outlives else "0",
            "PERSIST_STATE": "1" if self._keep else "0",
            "S3_DATA_DIR": str(state / "objects"),
            "S3_PERSIST": "1" if self._keep else "0",
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(state / "aws"),
            "TMPDIR": str(state),
        }
        wrapper = Path(__file__).with_name("ministack_wrapper.py")
        return subprocess.Popen(  # noqa: S603 - our own file, with our own arguments
            [python, "-P", wrapper],
            stdin=subprocess.DEVNULL if self._outlives else subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            # A session of its own: Ctrl-C reaches the desk alone, which stops this one last.
            start_new_session=True,
        )

    def wait(self) -> None:
        """Return once it answers.

        Raises:
            CloudError: it does not come up.
        """
        until = time.monotonic() + START_PATIENCE
        while time.monotonic() < until:
            if self._child is None or self._child.poll() is not None:
                raise CloudError(f"the local AWS ended at once; its last words are in {self._log}")
            try:
                with urllib.request.urlopen(  # noqa: S310 - our own address
                    f"{self.endpoint}/_ministack/health", timeout=2
                ):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        raise CloudError(f"the local AWS does not answer; see {self._log}")

    @property
    def pid(self) -> int | None:
        """The process's number, None before the start."""
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Let it save and end."""
        if self._child is None:
            return
        if self._child.stdin:
            self._child.stdin.close()
        try:
            self._child.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(endpoint: str) -> dict[str, str]:
    """Return the variables with which every AWS client of this process finds the local AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "",
        # Without these a client would ask the network who it is, and where the table's host is.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }


class Clients:
    """The runtime's own AWS clients, made when they are first asked for."""

    def __init__(self, endpoint: str) -> None:
        """Remember where the local AWS is."""
        self._session = botocore.session.get_session()
        self._session.set_credentials(ACCOUNT, "local")
        self._endpoint = endpoint
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._made:
            self._made[service] = self._session.create_client(
                service,
                region_name=REGION,
                endpoint_url=self._endpoint,
                config=Config(
                    connect_timeout=2,
                    read_timeout=30,
                    max_pool_connections=20,
                    retries={"total_max_attempts": 3},
                    account_id_endpoint_mode="disabled",
                    s3={"addressing_style": "path"},
                ),
            )
        return self._made[service]

    def close(self) -> None:
        """Close every connection."""
        for client in self._made.values():
            client.close()


def provision(stack: Stack, aws: Clients) -> None:
    """Create what the template names and the local AWS does not have yet."""
    for name, properties in stack.tables.items():
        _table(aws("dynamodb"), name, properties)
    s3 = aws("s3")
    there = {one["Name"] for one in s3.list_buckets()["Buckets"]}
    for bucket in set(stack.buckets) - there:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for queue in sorted(stack.queues, key=lambda one: one.max_receives):
        _queue(aws("sqs"), queue)
    for topic in stack.topics:
        _topic(aws("sns"), topic, stack)
    for name in stack.configuration_sets:
        make_once(aws("sesv2").create_configuration_set, ConfigurationSetName=name)


def make_once(call: Any, **arguments: Any) -> None:
    """Create something; that it is there already is no error."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _THERE_ALREADY:
            raise


def _table(dynamodb: Any, name: str, properties: Mapping[str, Any]) -> None:
    arguments = {key: properties[key] for key in _TABLE_KEYS if key in properties}
    stream = properties.get("StreamSpecification")
    if stream:
        arguments["StreamSpecification"] = {**stream, "StreamEnabled": True}
    # No time to live: items would expire by the machine's clock, which is not the desk's. DynamoDB
    # itself may take two days, so nothing may count on it.
    make_once(dynamodb.create_table, TableName=name, **arguments)


def _queue(sqs: Any, queue: Queue) -> None:
    url = sqs.create_queue(QueueName=queue.name)["QueueUrl"]
    attributes = {
        "VisibilityTimeout": str(queue.visibility),
        "MessageRetentionPeriod": str(queue.retention),
    }
    if queue.dead_letters:
        attributes["RedrivePolicy"] = json.dumps(
            {
                "deadLetterTargetArn": queue_arn(queue.dead_letters),
                "maxReceiveCount": queue.max_receives,
            }
        )
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _topic(sns: Any, topic: str, stack: Stack) -> None:
    arn = sns.create_topic(Name=topic)["TopicArn"]
    found = sns.list_subscriptions_by_topic(TopicArn=topic_arn(topic))["Subscriptions"]
    there = {one["Endpoint"] for one in found}
    for one in stack.topics[topic]:
        if queue_arn(one.queue) not in there:
            sns.subscribe(
                TopicArn=arn,
                Protocol="sqs",
                Endpoint=queue_arn(one.queue),
                Attributes=dict(one.attributes),
            )
