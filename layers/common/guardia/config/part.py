"""What every model of the desk document is made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

Tree = Annotated[Any, WithJsonSchema({"$comment": "Tree"})]
"""Conditions; `conditions.check_tree` reads them."""

Loose = Annotated[Any, WithJsonSchema({})]
"""A value that is read elsewhere, or may be anything."""


class Part(BaseModel):
    """A mapping of the document: unknown keys are errors, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
