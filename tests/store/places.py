"""The places a store can live in: a dictionary, moto in this process, ministack beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import botocore.session
from botocore.config import Config
from moto import mock_aws

from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.adapters.s3 import S3Blobs
from guardia.adapters.store import TableStore
from guardia.adapters.table import Table
from guardia.ports import Blobs, Store
from infra.local.cloud import ROOT, Cloud
from infra.local.stack import REGION
from infra.local.template import load

TABLE_KEYS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
"""What a table is created from. Without its stream: moto copies that in every transaction."""


@cache
def table_properties() -> dict[str, Any]:
    """What template.yaml says of its one table."""
    (found,) = load(ROOT / "template.yaml", endpoint="http://unused").tables.values()
    return {key: found[key] for key in TABLE_KEYS if key in found}


class Place(Protocol):
    """A store, the blobs behind it, and a look at everything that is written down."""

    @property
    def store(self) -> Store: ...

    @property
    def blobs(self) -> Blobs: ...

    def everything(self) -> Any:
        """All that is kept, comparable with an earlier look."""


@dataclass
class InMemory:
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)

    def everything(self) -> Any:
        kept = {name: value for name, value in vars(self.store).items() if value}
        return repr(sorted(kept.items()))


@dataclass
class InTable:
    """A table as template.yaml describes it, empty, on some DynamoDB; `client` speaks to it raw."""

    store: TableStore
    blobs: S3Blobs
    table: Table
    client: Any

    def everything(self) -> Any:
        pages = self.client.get_paginator("scan").paginate(TableName=self.table.name)
        found = [item for page in pages for item in page["Items"]]
        return sorted(found, key=lambda one: (one["pk"]["S"], one["sk"]["S"]))

    def item(self, pk: str, sk: str) -> dict[str, Any]:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found: dict[str, Any] = self.client.get_item(
            TableName=self.table.name, Key=key, ConsistentRead=True
        )["Item"]
        return found

    def put(self, **attributes: Any) -> None:
        self.client.put_item(TableName=self.table.name, Item=attributes)


@dataclass
class Aws:
    """A local AWS of any kind; `endpoint` is None where botocore itself is mocked."""

    endpoint: str | None
    made: int = 0

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            config=Config(s3={"addressing_style": "path"}, account_id_endpoint_mode="disabled"),
        )

    @contextmanager
    def place(self) -> Iterator[InTable]:
        self.made += 1
        name = f"guardia-{self.made}"
        dynamodb, s3 = self.client("dynamodb"), self.client("s3")
        dynamodb.create_table(TableName=name, **table_properties())
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        blobs = S3Blobs(s3, name)
        table = Table(name, region=REGION, host=self.endpoint)
        yield InTable(store=TableStore(table, blobs), blobs=blobs, table=table, client=dynamodb)
        dynamodb.delete_table(TableName=name)
        for one in (dynamodb, s3, table.connection.client):
            one.close()


@contextmanager
def moto() -> Iterator[Aws]:
    with mock_aws():
        yield Aws(None)


@contextmanager
def ministack(state: Path) -> Iterator[Aws]:
    cloud = Cloud(state)
    cloud.start()
    cloud.wait()
    yield Aws(cloud.endpoint)
    cloud.stop()
