"""The table behind every model: one client, consistent reads by key, pages of an index."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable

from guardia.adapters.items import KINDS, Item, kind_of

Key = tuple[str, str]
_MAX_BATCH: Final = 100
_MAX_ROUNDS: Final = 5


class Table:
    """One DynamoDB table. Binding is per process: all models speak to the table bound last."""

    def __init__(self, name: str, *, region: str, host: str | None = None) -> None:
        """Bind the models to the table. No call is made yet."""
        self.name = name
        meta = MetaTable(
            {
                "TableName": name,
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
            }
        )
        bound = TableConnection(
            name,
            meta_table=meta,
            region=region,
            host=host,
            connect_timeout_seconds=1,
            read_timeout_seconds=3,
            max_retry_attempts=3,
        )
        self._bound = bound
        self.connection: Connection = bound.connection
        self.bind()

    def bind(self) -> None:
        """Let all models speak to this table from now on."""
        kinds: list[type[Item]] = [Item, *KINDS.values()]
        for kind in kinds:
            kind.Meta.table_name = self.name
            kind._connection = self._bound

    def read(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Read items by key, consistently: one round trip for a hundred of them.

        Keys without an item are left out.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _MAX_BATCH):
            left: Any = [{"pk": pk, "sk": sk} for pk, sk in wanted[start : start + _MAX_BATCH]]
            for _ in range(_MAX_ROUNDS):
                answer = self.connection.batch_get_item(self.name, left, consistent_read=True)
                for raw in answer["Responses"].get(self.name, ()):
                    item = _item(raw)
                    found[item.pk, item.sk] = item
                left = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", ())
                if not left:
                    break
                left = [{name: one["S"] for name, one in key.items()} for key in left]
            else:
                raise TimeoutError("the table does not give all items that were asked for")
        return found

    def query(
        self,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str | None = None,
        names: Mapping[str, str] | None = None,
        limit: int | None = None,
        forward: bool = True,
        start: Mapping[str, Any] | None = None,
    ) -> tuple[list[Item], Mapping[str, Any] | None]:
        """Read one page in key order: the items and where to go on.

        `values` are strings for the placeholders of `condition`. Of an index only the keys are
        sure to be in the items.
        """
        asked: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {name: {"S": one} for name, one in values.items()},
            "ScanIndexForward": forward,
        }
        if index:
            asked["IndexName"] = index
        else:
            asked["ConsistentRead"] = True
        if names:
            asked["ExpressionAttributeNames"] = dict(names)
        if limit:
            asked["Limit"] = limit
        if start:
            asked["ExclusiveStartKey"] = dict(start)
        answer = self.connection.client.query(**asked)
        return [_item(raw) for raw in answer["Items"]], answer.get("LastEvaluatedKey")


def _item(raw: Mapping[str, Any]) -> Item:
    kind = kind_of(raw["pk"]["S"], raw["sk"]["S"])
    return kind.from_raw_data(dict(raw))
