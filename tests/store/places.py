"""The places a store can live in: a dictionary, moto in this process, ministack beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import botocore.session
import httpx
from botocore.config import Config
from moto import mock_aws

from guardia.adapters.budgets import TableBudgets
from guardia.adapters.jobs import TableJobs
from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.adapters.memory_jobs import MemoryJobs
from guardia.adapters.memory_ledgers import MemoryBudgets, MemoryWebhooks
from guardia.adapters.s3 import S3Blobs
from guardia.adapters.store import TableStore
from guardia.adapters.table import Table
from guardia.adapters.webhooks import TableWebhooks
from guardia.domain.budgets import Limits
from guardia.ports import Blobs, Budgets, Jobs, Store, Webhooks
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


LIMITS = Limits(domain_per_day=5, unverified_per_hour=3, unverified_per_day=4)


class Place(Protocol):
    """A store, the blobs behind it, and a look at everything that is written down."""

    @property
    def store(self) -> Store: ...

    @property
    def blobs(self) -> Blobs: ...

    @property
    def budgets(self) -> Budgets: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def jobs(self) -> Jobs: ...

    def everything(self) -> Any:
        """All that is kept, comparable with an earlier look."""


@dataclass
class InMemory:
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    budgets: MemoryBudgets = field(default_factory=lambda: MemoryBudgets(LIMITS))
    webhooks: MemoryWebhooks = field(default_factory=MemoryWebhooks)
    jobs: MemoryJobs = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = MemoryJobs(self.store)

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

    @property
    def budgets(self) -> TableBudgets:
        return TableBudgets(self.table, LIMITS)

    @property
    def webhooks(self) -> TableWebhooks:
        return TableWebhooks(self.table)

    @property
    def jobs(self) -> TableJobs:
        return TableJobs(self.table)

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


class Aws:
    """A local AWS with one table and one bucket, made anew for every test."""

    NAME = "guardia"

    def __init__(self, endpoint: str | None, forget: Callable[[], None]) -> None:
        """Bind to `endpoint` (None where botocore itself is mocked); `forget` empties it."""
        self._endpoint, self._forget = endpoint, forget
        self._session = botocore.session.get_session()
        self.dynamodb, self.s3 = self._client("dynamodb"), self._client("s3")
        self._table = Table(self.NAME, region=REGION, host=endpoint)

    def _client(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self._endpoint,
            config=Config(s3={"addressing_style": "path"}, account_id_endpoint_mode="disabled"),
        )

    def fresh(self) -> InTable:
        """Forget everything (the tokens of transactions too) and start with an empty table."""
        self._forget()
        self._table.bind()
        self.dynamodb.create_table(TableName=self.NAME, **table_properties())
        where = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=self.NAME, CreateBucketConfiguration=where)
        blobs = S3Blobs(self.s3, self.NAME)
        store = TableStore(self._table, blobs)
        return InTable(store=store, blobs=blobs, table=self._table, client=self.dynamodb)

    def close(self) -> None:
        for one in (self.dynamodb, self.s3, self._table.connection.client):
            one.close()


@contextmanager
def in_moto() -> Iterator[Aws]:
    mock = mock_aws()

    def forget() -> None:
        mock.stop()
        mock.start()

    mock.start()
    aws = Aws(None, forget)
    yield aws
    aws.close()
    mock.stop()


@contextmanager
def in_ministack(state: Path) -> Iterator[Aws]:
    cloud = Cloud(state)
    cloud.start()
    cloud.wait()

    def forget() -> None:
        httpx.post(f"{cloud.endpoint}/_ministack/reset").raise_for_status()

    aws = Aws(cloud.endpoint, forget)
    yield aws
    aws.close()
    cloud.stop()
