"""What the API's requests may say."""

import re
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StringConstraints,
    Tag as Named,
    WithJsonSchema,
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


def _said(text: str) -> str:
    """Whether somebody who reads it sees anything."""
    if not any(one.isprintable() and not one.isspace() for one in text):
        raise ValueError("must have words")
    return text


def _plain(value: Any) -> Any:
    """What a field of a desk may be given; whether this field takes it is the desk's to say."""
    if isinstance(value, str):
        if len(value) > MOST_TEXT:
            raise ValueError(f"must have at most {MOST_TEXT} characters")
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        if len(value) > MOST_MEMBERS or any(len(one) > MOST_NAME for one in value):
            raise ValueError(f"must be at most {MOST_MEMBERS} texts of {MOST_NAME} characters")
        return value
    raise ValueError("must be a text, a number, true, false, a list of texts, or null")


MOST_TEXT: Final = 16_000
MOST_MEMBERS: Final = 200
MOST_NAME: Final = 320

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000), AfterValidator(_said)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Tags = Annotated[list[Tag], Field(max_length=MOST_MEMBERS)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_NAME)]
FieldName = Annotated[str, StringConstraints(max_length=MOST_NAME)]
Value = Annotated[
    Any,
    AfterValidator(_plain),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": MOST_TEXT},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": "string"}, "maxItems": MOST_MEMBERS},
                {"type": "null"},
            ]
        }
    ),
]


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
    public: StrictBool = True
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
    fields: Annotated[dict[FieldName, Value], Field(max_length=MOST_MEMBERS)] = Field(
        default_factory=dict
    )
    tags: Tags | None = None
    add_tags: Tags = Field(default_factory=list)
    remove_tags: Tags = Field(default_factory=list)
    by: Email | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were written, by the names of the domain."""
        plain = ("status", "priority", "type", "group", "department", "assignee", "language")
        sent = {name: getattr(self, name) for name in plain if name in self.model_fields_set}
        return sent | {f"fields.{name}": value for name, value in self.fields.items()}


class TicketIn(Fields):
    """A new ticket."""

    requester: Annotated[
        Annotated[Email, Named("email")] | Annotated[Person, Named("person")],
        Discriminator(lambda value: "email" if isinstance(value, str) else "person"),
    ]
    comment: CommentIn


class TicketPatch(Fields):
    """A change of a ticket."""

    comment: CommentIn | None = None
