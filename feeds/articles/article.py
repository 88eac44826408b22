"""An article as the schema has it: validated, frozen, every address absolute, every date aware UTC.

Values arrive as the text that stands in the front matter (`feeds.strict_yaml`); here each field says what
it takes. A ValidationError's message completes "expected".
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from feeds.strict_yaml import shown
from feeds.text import folded, language_tag, printable, same, web_address

TRUE = frozenset(("true", "yes", "on"))
FALSE = frozenset(("false", "no", "off"))
NUMBER = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,12})?")
MAX_NUMBER = 1_000_000_000
MAX_TOPICS = 50
MAX_TOPIC = 200  # characters; Unicode's normal forms take quadratic time
MAX_TITLE = 1000  # characters
MAX_PARTS = 500  # pictures, pieces of related coverage
EARLIEST_YEAR = 1990
# Most dates, which need no mending.
EXACT_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[-+][0-9]{2}:[0-9]{2})")
# YAML's timestamps may leave out leading zeros, and put a space before the zone.
LOOSE_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d*)?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|[-+]\d{1,2}(?::?\d{2})?)?)?"
)


def expected(what: str, found: str = "") -> PydanticCustomError:
    """A field does not hold what it takes; `found` where the value itself says too little."""
    return PydanticCustomError("expected", "{what}", {"what": what, "found": found})


def truth(value: object) -> bool:
    """YAML 1.1's booleans, whether quoted or not; raises PydanticCustomError."""
    text = value.strip().lower() if isinstance(value, str) else None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise expected("true or false")


def date_time(value: object) -> datetime:
    """A date as generators write it (ISO 8601, YAML, RFC 5322), in UTC, to the second; naive means UTC.

    Raises PydanticCustomError for anything else, and for what lies before 1990.
    """
    if isinstance(value, datetime):
        return value
    moment = _moment(value.strip()) if isinstance(value, str) else None
    if moment is None:
        raise expected("a date such as 2026-11-22T18:00:00Z")
    if moment.year < EARLIEST_YEAR:
        raise expected(f"a date from {EARLIEST_YEAR} on")
    return moment


def _moment(text: str) -> datetime | None:
    try:
        match = None if EXACT_DATE.fullmatch(text) else LOOSE_DATE.fullmatch(text)
        moment = datetime.fromisoformat(_iso(match) if match else text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
    return aware.replace(microsecond=0)


def _iso(match: re.Match[str]) -> str:
    part = {key: (value or "0").zfill(2) for key, value in match.groupdict().items() if key != "zone"}
    zone = match["zone"] or "Z"
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        digits = digits.zfill(2) + "00" if len(digits) <= 2 else digits.zfill(4)  # noqa: PLR2004 - hours only
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    else:
        zone = "+00:00"
    return "{year}-{month}-{day}T{hour}:{minute}:{second}".format(**part) + zone


def _optional(read: Callable[[object], object]) -> Callable[[object], object]:
    """None, and text of nothing but white space, mean that the field is not there."""

    def optional(value: object) -> object:
        empty = value is None or (isinstance(value, str) and not value.strip())
        return None if empty else read(value)

    return optional


def _line(value: object, info: ValidationInfo) -> str:
    """A line of plain text; what XML forbids is removed, and told to the context."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise expected("text")
    if printable(value) != value:
        _mend(info, "text without control characters", "some, now removed")
    return folded(value)


def _language(value: object, info: ValidationInfo) -> str:
    """A language that is none makes no article unusable."""
    text = _line(value, info)
    tag = language_tag(text)
    if text and not tag:
        _mend(info, "a language such as en or de-CH", shown(text))
    return tag


def _required(value: str) -> str:
    if not value:
        raise expected("text")
    if len(value) > MAX_TITLE:
        raise expected(f"text of at most {MAX_TITLE:,} characters", f"{len(value):,}")
    return value


def _number(value: object) -> float:
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        number = float(value)
        if abs(number) <= MAX_NUMBER:
            return int(number) if number.is_integer() else number
    raise expected("a number")


def _size(value: object) -> int:
    number = _number(value)
    if number < 0:
        raise expected("a size of 0 or more")
    return int(number)


def _address(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise expected("an http or https address")
    try:
        address = web_address(value, info.context.base(value) if isinstance(info.context, Reader) else "")
    except ValueError as error:
        raise expected(str(error)) from error
    if address != value and isinstance(info.context, Reader):
        info.context.own_ways += 1
    return address


def _topics(value: object) -> object:
    """Topics are text whatever YAML thinks of it; each once, compared as feeds compare them."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise expected("a list of topics")
    names: dict[str, str] = {}
    for name in filter(None, map(_topic, value)):
        names.setdefault(same(name), name)
    if len(names) > MAX_TOPICS:
        raise expected(f"at most {MAX_TOPICS} topics", str(len(names)))
    return tuple(names.values())


def _topic(value: object) -> str:
    if not isinstance(value, str | None):
        raise expected("topics of plain text", shown(value))
    name = folded(value or "")
    if len(name) > MAX_TOPIC:
        raise expected(f"topics of at most {MAX_TOPIC} characters", shown(name))
    return name


Line = Annotated[str, BeforeValidator(_line)]
Title = Annotated[str, BeforeValidator(lambda value, info: _required(_line(value, info)))]
Address = Annotated[str, BeforeValidator(_address)]
Moment = Annotated[datetime, BeforeValidator(date_time)]
OptionalMoment = Annotated[datetime | None, BeforeValidator(_optional(date_time))]
OptionalNumber = Annotated[float | None, BeforeValidator(_optional(_number))]
Size = Annotated[int, BeforeValidator(lambda value: _optional(_size)(value) or 0)]


class Reader:
    """What the fields of one article need to know while they are read, and what they let pass."""

    def __init__(self, site_url: str) -> None:
        self.site_url = site_url
        self.page_url: str | None = None  # of the article, once it is known
        self.notes: list[tuple[str, str, str]] = []
        self.own_ways = 0  # values that may read otherwise in another article

    def base(self, address: str) -> str:
        """What a relative address is relative to: `/picture.png` to the site, `picture.png` to its page."""
        return self.site_url if self.page_url is None or address.startswith("/") else self.page_url

    def mend(self, field: str, what: str, found: str) -> None:
        """Note that something small was removed or passed over."""
        self.own_ways += 1
        self.notes.append((field, what, found))


class Part(BaseModel):
    """Frozen; unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        """A key without a value is not there, and the next of its aliases counts."""
        return (
            {key: part for key, part in value.items() if part not in (None, "")}
            if isinstance(value, dict)
            else value
        )


class Image(Part):
    """A picture; width, height (pixels) and length (bytes) are 0 where not known."""

    url: Address
    width: Size = 0
    height: Size = 0
    length: Size = Field(default=0, validation_alias=AliasChoices("length", "bytes", "fileSize"))
    title: Line = Field(default="", validation_alias=AliasChoices("title", "alt"))


def _unless_broken(value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """A picture or a piece of related coverage that is broken is passed over: the article is worth more."""
    try:
        return read(value)
    except ValidationError as invalid:
        location, what, found = first_error(invalid)
        _mend(info, " as ".join([what, *filter(None, [".".join(map(str, location))])]), found)
        return None


def _mend(info: ValidationInfo, what: str, found: str) -> None:
    if isinstance(info.context, Reader):
        # Only a field of the article itself has a line: a part's may bear the same name as another.
        own = info.field_name if "path" in info.data else None
        info.context.mend(own or "", what, found)


def _page(link: str, info: ValidationInfo) -> str:
    if isinstance(info.context, Reader):
        info.context.page_url = link
    return link


def _present(parts: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(part for part in parts if part is not None)


def _listed(value: object, info: ValidationInfo) -> object:
    """Pictures and related coverage make no article unusable, whatever stands there."""
    if value is None or isinstance(value, list):
        if value and len(value) > MAX_PARTS:
            _mend(info, f"at most {MAX_PARTS} of them", f"{len(value)}, now cut")
        return (value or ())[:MAX_PARTS]
    _mend(info, "a list", shown(value))
    return ()


def _named(value: object) -> object:
    """A provider may be a mere name, or a mere domain."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and not value.get("name") and isinstance(value.get("domain"), str):
        return {**value, "name": value["domain"]}
    return value


Images = Annotated[
    tuple[Annotated[Image | None, WrapValidator(_unless_broken)], ...],
    BeforeValidator(_listed),
    AfterValidator(_present),
]


class Provider(Part):
    """Who wrote or first published the article."""

    name: Title
    domain: Line = ""
    images: Images = ()

    @property
    def logo(self) -> str | None:
        """Address of its first picture."""
        return next((image.url for image in self.images if image), None)


def _once(value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Provider | None:
    """Most articles are of a few providers: what reads the same wherever it stands is read once."""
    if value is None or not isinstance(info.context, Reader):
        return cast("Provider | None", read(value))
    key = repr(value)
    known = KNOWN_PROVIDERS.get(key)
    if known is None:
        before = info.context.own_ways
        known = cast("Provider", read(value))
        if info.context.own_ways == before and len(key) <= MAX_KNOWN_LENGTH:
            if len(KNOWN_PROVIDERS) == MAX_KNOWN:
                KNOWN_PROVIDERS.clear()
            KNOWN_PROVIDERS[key] = known
    return known


MAX_KNOWN, MAX_KNOWN_LENGTH = 1000, 1000
KNOWN_PROVIDERS: dict[str, Provider] = {}
ByProvider = Annotated[Provider | None, WrapValidator(_once), BeforeValidator(_named)]


class Related(Part):
    """Coverage of the same matter elsewhere."""

    title: Title
    link: Address = Field(validation_alias=AliasChoices("webUrl", "originalUrl", "url"))
    quality: OptionalNumber = None
    provider: ByProvider = None


class Article(Part):
    """One article; `path` is its file as the user named it, `slug` what its id is made of."""

    path: str
    slug: str
    id: str | None = None
    title: Title
    published_at: Moment
    link: Annotated[Address, AfterValidator(_page)]
    updated_at: OptionalMoment = None
    excerpt: Line = ""
    type: Line = "article"
    language: Annotated[str, BeforeValidator(_language)] = ""
    quality: OptionalNumber = None
    heat: OptionalNumber = None
    provider: ByProvider = None
    topics: Annotated[tuple[str, ...], BeforeValidator(_topics)] = ()
    images: Images = ()
    related: Annotated[
        tuple[Annotated[Related | None, WrapValidator(_unless_broken)], ...],
        BeforeValidator(_listed),
        AfterValidator(_present),
    ] = ()
    frame: str | None = None
    body: str = Field(default="", repr=False)
    body_is_html: bool = False


# What pydantic's own complaints mean to who writes front matter.
EXPECTATIONS = {
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "tuple_type": "a list",
    "missing": "a value",
}


def _expectation(error: ErrorDetails) -> str:
    if error["type"] == "expected":
        return str(error["msg"])
    return EXPECTATIONS.get(error["type"], error["msg"])


def first_error(invalid: ValidationError) -> tuple[tuple[int | str, ...], str, str]:
    """Where an article is wrong first, what was expected there, and what was found."""
    error = invalid.errors(include_url=False)[0]
    if error["type"] == "missing":
        return error["loc"], _expectation(error), "nothing"
    return error["loc"], _expectation(error), error.get("ctx", {}).get("found") or shown(error["input"])
