"""What the API's requests may say."""

import re
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s<>]+@[^@\s<>]+$"
    ),
]
Phone = Annotated[
    str,
    BeforeValidator(lambda text: re.sub(r"[\s().-]", "", str(text))),
    StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"),
]
"""International form (E.164); spaces, dots, dashes and brackets are passed over."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)]
Value = str | int | float | bool | list[str] | None


class Body(BaseModel):
    """Every body: a field that does not exist is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Person(Body):
    """A requester by address or phone number."""

    email: Email | None = None
    phone: Phone | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if (self.email is None) is (self.phone is None):
            raise ValueError("name the requester by one of email and phone")
        return self


class CommentIn(Body):
    """A comment; `by` is the agent who writes it."""

    body: Text
    public: bool = True
    by: Email | None = None


class Fields(Body):
    """The writable fields of a ticket; `none` and null empty one."""

    subject: Annotated[str, StringConstraints(max_length=500)] | None = None
    status: Word | None = None
    priority: Word | None = None
    type: Word | None = None
    group: Word | None = None
    department: Word | None = None
    assignee: Word | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] | None = None
    fields: dict[str, Value] = Field(default_factory=dict)
    tags: list[Tag] | None = None
    add_tags: list[Tag] = Field(default_factory=list)
    remove_tags: list[Tag] = Field(default_factory=list)
    by: Email | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were written, by the names of the domain."""
        plain = ("status", "priority", "type", "group", "department", "assignee", "language")
        sent = {name: getattr(self, name) for name in plain if name in self.model_fields_set}
        return sent | {f"fields.{name}": value for name, value in self.fields.items()}


class TicketIn(Fields):
    """A new ticket."""

    requester: Email | Person
    comment: CommentIn


class TicketPatch(Fields):
    """A change of a ticket."""

    comment: CommentIn | None = None
