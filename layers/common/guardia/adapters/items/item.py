"""What every item has: its two keys, and writing that erases nothing it does not know."""

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model


class Item(Model):
    """What every item has: its two keys."""

    class Meta:
        """Bound to a table once, by `adapters.table`."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def put_attributes(cls) -> dict[str, Attribute[Any]]:
        """The attributes besides the keys, by name."""
        found = {
            name: one for name, one in cls.get_attributes().items() if name not in ("pk", "sk")
        }
        return dict(found)

    def actions(self) -> list[Action]:
        """What makes a stored item say what this one says, and nothing about what it knows not."""
        found: list[Action] = []
        for name, attribute in self.put_attributes().items():
            value = getattr(self, name)
            found.append(attribute.remove() if value is None else attribute.set(value))
        return found


def tuples(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values with tuples for lists, as the domain holds them."""
    return {key: tuple(one) if isinstance(one, list) else one for key, one in kept.items()}
