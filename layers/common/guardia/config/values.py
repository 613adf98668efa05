"""The small values of the document, as pydantic types: ids, addresses, durations, texts, zones.

Each brings its own sentence for what is wrong with it, and the JSON Schema that editors read.
"""

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from guardia.config.problem import suggestion
from guardia.domain.vocabulary import NONE
from guardia.hooks import jsonpath

NOT_BUILT: Final = "is not built in this version of Guardia"

ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
EMAIL: Final = re.compile(r"[^@\s<>()\[\],;:\"\\]{1,64}@[\w-]+(\.[\w-]+)*")
_DOMAIN: Final = re.compile(r"[\w-]+(\.[\w-]+)+")
_DURATION: Final = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_TAG: Final = re.compile(r"[^\s,]{1,100}")
_ORIGIN: Final = re.compile(r"https?://[\w.-]+(:\d{1,5})?")
_URL: Final = re.compile(r"https?://[\w.-]+(:\d{1,5})?(/[^\s?#]*)?")
_SECONDS: Final = (86_400, 3_600, 60, 1)


def refusal(message: str, *at: str | int) -> PydanticCustomError:
    """Build an error whose message is a sentence; `at` leads from the value to the wrong part."""
    return PydanticCustomError("guardia", "{message}", {"message": message, "at": at})


def seconds_of(text: Any) -> int | None:
    """Return the seconds of a duration like `15m`, `1h30m`, `2d`, or None where it is none."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if found is None:
        return None
    return sum(
        int(count) * unit for count, unit in zip(found.groups(), _SECONDS, strict=True) if count
    )


def _text_of(value: Any, what: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise refusal(f"{what} is missing here")
    if isinstance(value, bool | int | float):
        raise refusal(f"{what} must be a text; put it in quotes")
    raise refusal(f"{what} must be a text")


def _id(value: Any) -> str:
    text = _text_of(value, "an id")
    if text == NONE:
        raise refusal("`none` means nothing; choose another id")
    if ID.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no id: lower-case letters a-z, digits, `-` and `_`")
    return text


def _email(value: Any) -> str:
    text = _text_of(value, "an address").strip().lower()
    if EMAIL.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no email address; it looks like name@example.com")
    return text


def _domain(value: Any) -> str:
    text = _text_of(value, "a domain").strip().lower()
    if _DOMAIN.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no domain; it looks like example.com")
    return text


def _duration(value: Any) -> int:
    seconds = seconds_of(value)
    if seconds is None:
        raise refusal(f"`{str(value)[:80]}` is no duration; write `15m`, `1h30m` or `2d`")
    return seconds


def _zone(value: Any) -> str:
    text = _text_of(value, "a time zone")
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = suggestion(text, available_timezones())
        hint = near or "; use an IANA name like `Europe/Madrid`"
        raise refusal(f"there is no time zone `{text[:80]}`{hint}") from None
    return text


def _language(value: Any) -> str:
    text = _text_of(value, "a language")
    if _LANGUAGE.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no language; use its short code, like `es` or `en`")
    return text


def _tag(value: Any) -> str:
    text = _text_of(value, "a tag").strip().lower()
    if _TAG.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no tag: one word without spaces and commas")
    return text


def _origin(value: Any) -> str:
    text = _text_of(value, "an origin").lower().removesuffix("/")
    if _ORIGIN.fullmatch(text) is None:
        raise refusal(
            f"`{text[:80]}` is no origin; write scheme and host alone, like `https://acme.example`"
        )
    return text


def _url(value: Any) -> str:
    text = _text_of(value, "an address").removesuffix("/")
    if _URL.fullmatch(text) is None:
        raise refusal(f"`{text[:80]}` is no web address; it looks like `https://desk.acme.example`")
    return text


def _endpoint(value: Any) -> str:
    text = _text_of(value, "an address")
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or parts.scheme not in ("https", "http") or re.search(r"[\s\\]", text):
        raise refusal(f"`{text[:80]}` is no web address; it looks like `https://app.example/hook`")
    if "@" in parts.netloc:
        raise refusal("the address names a user; secrets are named, never written: use `secret`")
    return text.partition("#")[0]


def _json_path(value: Any) -> str:
    text = _text_of(value, "a path")
    try:
        return jsonpath.read(text).text
    except jsonpath.PathError as error:
        raise refusal(f"`{text[:80]}` is no JSONPath: {error}") from None


def _name(value: Any) -> str:
    text = _text_of(value, "a name").strip()
    if not text:
        raise refusal("a name cannot be empty")
    if any(one in text for one in "\r\n\0"):
        raise refusal("a name stands on one line")
    return text


def _phone(value: Any) -> str:
    text = _text_of(value, "a phone number")
    compact = re.sub(r"[ ().-]", "", text)
    if re.fullmatch(r"\+[1-9][0-9]{5,14}", compact) is None:
        raise refusal(
            f"`{text[:80]}` is no phone number; write it with its country, like `+34600111000`"
        )
    return compact


def _texts(value: Any) -> str | dict[str, str]:
    if isinstance(value, dict):
        if not value:
            raise refusal("a text in no language; write at least one")
        for language, text in value.items():
            if _LANGUAGE.fullmatch(language) is None:
                raise refusal(
                    f"`{language[:80]}` is no language; use its short code, like `es` or `en`",
                    language,
                )
            if not isinstance(text, str):
                raise refusal("must be a text; put it in quotes", language)
        return dict(value)
    if isinstance(value, str):
        return value
    quotes = "; put it in quotes" if isinstance(value, bool | int | float) else ""
    raise refusal(f"must be a text, or a text in each language: {{es: …, en: …}}{quotes}")


def _one_line(value: str | dict[str, str]) -> str | dict[str, str]:
    each = value.items() if isinstance(value, dict) else [("", value)]
    for language, text in each:
        if any(one in text.strip() for one in "\r\n\0"):
            raise refusal("a subject stands on one line", *([language] if language else []))
    if isinstance(value, dict):
        return {language: text.strip() for language, text in value.items()}
    return value.strip()


def _means(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"webhook"}:
        return f"webhook:{_id(value['webhook'])}"
    if value not in ("email", "sms"):
        raise refusal("must be `email`, `sms` or `{webhook: <id>}`")
    return str(value)


def _group(value: Any) -> str | bool:
    return True if value is True else _id(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise refusal("must be a text, a number, true or false")
    return value


TEXT_SCHEMA: Final = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "patternProperties": {f"^{_LANGUAGE.pattern}$": {"type": "string"}},
        },
    ]
}

Id = Annotated[
    str, PlainValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{ID.pattern}$"})
]
Address = Annotated[
    str, PlainValidator(_email), WithJsonSchema({"type": "string", "format": "email"})
]
Domain = Annotated[str, PlainValidator(_domain), WithJsonSchema({"type": "string"})]
Duration = Annotated[
    int,
    PlainValidator(_duration),
    WithJsonSchema(
        {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "minLength": 2}
    ),
]
Zone = Annotated[
    str,
    PlainValidator(_zone),
    WithJsonSchema({"type": "string", "examples": ["Europe/Madrid", "UTC"]}),
]
Language = Annotated[
    str,
    PlainValidator(_language),
    WithJsonSchema({"type": "string", "pattern": f"^{_LANGUAGE.pattern}$"}),
]
Tag = Annotated[
    str, PlainValidator(_tag), WithJsonSchema({"type": "string", "pattern": f"^{_TAG.pattern}$"})
]
Origin = Annotated[str, PlainValidator(_origin), WithJsonSchema({"type": "string"})]
Url = Annotated[str, PlainValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "minLength": 1})]
Phone = Annotated[
    str, PlainValidator(_phone), WithJsonSchema({"type": "string", "examples": ["+34600111000"]})
]
Endpoint = Annotated[
    str,
    PlainValidator(_endpoint),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"}),
]
"""Where calls of a webhook go."""

JsonPath = Annotated[
    str,
    PlainValidator(_json_path),
    WithJsonSchema({"type": "string", "pattern": r"^\$", "examples": ["$.customer.email"]}),
]
"""Where a value lies in the body of a delivery."""

Texts = Annotated[str | dict[str, str], PlainValidator(_texts), WithJsonSchema(TEXT_SCHEMA)]
"""A text, or one for each language."""

Line = Annotated[
    str | dict[str, str],
    PlainValidator(_texts),
    AfterValidator(_one_line),
    WithJsonSchema(TEXT_SCHEMA),
]
"""A text on one line, or one for each language."""

Means = Annotated[
    str,
    PlainValidator(_means),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["email", "sms"]},
                {
                    "type": "object",
                    "properties": {"webhook": {"type": "string", "pattern": f"^{ID.pattern}$"}},
                    "required": ["webhook"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A way to tell an agent; a webhook is kept as `webhook:<id>`."""

GroupOrOwn = Annotated[
    str | bool,
    PlainValidator(_group),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{ID.pattern}$"}, {"const": True}]}),
]
"""A group's id, or true for the ticket's own."""

Scalar = Annotated[
    Any,
    PlainValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
