"""The config file: what may stand in it, with its defaults, and a clear line for what may not.

See docs/config.md for the reference by example.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from feeds import strict_yaml
from feeds.errors import ConfigError
from feeds.schedule import Every, Schedule, parse
from feeds.text import folded, language_tag, same, web_address

DEFAULT_PATH = Path("config/feeds.yaml")
MAX_SLUG = 60
RESERVED_SLUG = "all"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# RFC 4151 §2.1: a domain or an address in it, a comma, and a day on which it was ours.
TAG_AUTHORITY = re.compile(r"(?:[\w.+-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,\d{4}(?:-\d{2}(?:-\d{2})?)?")
DEFAULT_ID_YEAR = 2026
DEFAULT_SCHEDULE = Every(timedelta(minutes=15))
SITE = ""  # the name of the site's schedule among those of topics and feeds
DURATION = re.compile(
    r"(\d{1,6})\s*(?:(m)(?:in(?:ute)?s?)?|(h)(?:ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)", re.IGNORECASE
)
MAX_DURATION = timedelta(days=36_500)  # what can be taken from any date
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

# What pydantic's own complaints mean to who writes the file.
MESSAGES = {
    "extra_forbidden": "no such key",
    "dict_type": "expected a mapping of keys to values",
    "model_type": "expected a mapping of keys to values",
    "tuple_type": "expected a list",
    "string_type": "expected text",
    "path_type": "expected a path",
    "too_short": "expected at least one",
}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a duration such as 90d, 12h or 2w")
    duration = timedelta(**{UNITS[match[match.lastindex or 0].lower()]: int(match[1])})
    if duration > MAX_DURATION:
        raise ValueError("expected a duration of at most 100 years")
    return duration


def _address(value: str) -> str:
    try:
        return web_address(value)
    except ValueError as error:
        raise ValueError(f"expected {error}") from None


def _folder_address(value: str) -> str:
    address = _address(value)
    if urlsplit(address).query or urlsplit(address).fragment:
        raise ValueError("expected an address without query and fragment")
    return address if address.endswith("/") else address + "/"


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value) or len(value) > MAX_SLUG or value == RESERVED_SLUG:
        raise ValueError(
            f"expected a slug of a-z, 0-9 and -, at most {MAX_SLUG} characters, other than '{RESERVED_SLUG}'"
        )
    return value


def _language(value: str) -> str:
    tag = language_tag(value)
    if not tag:
        raise ValueError("expected a language such as en or de-CH (BCP 47)")
    return tag


def _tag_authority(value: str) -> str:
    if not TAG_AUTHORITY.fullmatch(value):
        raise ValueError("expected a domain and a year, such as example.com,2026 (RFC 4151)")
    return value


def _name(value: str) -> str:
    name = folded(value)
    if not name:
        raise ValueError("expected a name")
    return name


def _schedule(value: object) -> object:
    return parse(value) if isinstance(value, str) else value


def _watch(value: object) -> object:
    try:
        return value if value == "poll" else TypeAdapter(bool).validate_python(value)
    except ValidationError:
        raise ValueError("expected true, false or poll") from None


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected a time zone such as Europe/Zurich (IANA)") from None
    return value


def _names(value: object) -> object:
    """One name may stand without brackets."""
    return (value,) if isinstance(value, str) else value


def _nothing_is_empty(value: object) -> object:
    return {} if value is None else value


def _link_pattern(value: str) -> str:
    try:
        value.format(**dict.fromkeys(("year", "month", "day", "slug", "stem", "folder"), "1"))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ValueError(
            "expected a pattern of {year}, {month}, {day}, {slug}, {stem} and {folder}"
        ) from error
    return value


Language = Annotated[str, AfterValidator(_language)]
Slug = Annotated[str, AfterValidator(_slug)]
Line = Annotated[str, AfterValidator(folded)]
Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(_address)]
Names = Annotated[tuple[Line, ...], BeforeValidator(_names)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
When = Annotated[Schedule, BeforeValidator(_schedule)]
Section = BeforeValidator(_nothing_is_empty)


class Strict(BaseModel):
    """Frozen, and a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


class Rules(Strict):
    """Which articles belong; each can be set for the site, a topic or a feed, the nearer one counts.

    Only `include` and `exclude` of the site and of a feed hold together.
    """

    min_quality: float | None = None
    min_heat: float | None = None
    max_age: Duration | None = None
    limit: int | None = Field(default=None, ge=1, le=10_000)
    include: Names = ()
    exclude: Names = ()
    providers: Names = ()
    types: Names = ()
    languages: Names = ()


class FeedConfig(Rules):
    """What an editor may say of one topic's feed, or of a feed that combines topics."""

    slug: Slug | None = None
    title: Line | None = None
    description: Line | None = None
    language: Language | None = None
    image: Address | None = None
    schedule: When | None = None


class SiteConfig(Strict):
    """Where the output is served, and the names that go with it."""

    url: Annotated[str, AfterValidator(_folder_address)] = "http://127.0.0.1:8000/"
    id: Annotated[str, AfterValidator(_tag_authority)] | None = None
    title: Line = ""
    description: Line = ""
    language: Language = "en"
    links: Annotated[str, AfterValidator(_link_pattern)] | None = None
    image: Address | None = None

    @cached_property
    def authority(self) -> str:
        """Of every tag URI (RFC 4151): `id`, or the host of `url` and 2026."""
        return self.id or f"{(urlsplit(self.url).hostname or '').strip('[]')},{DEFAULT_ID_YEAR}"


class RetractionsConfig(Strict):
    """How long Atom says that an entry was withdrawn (RFC 6721)."""

    days: int = Field(default=30, ge=0)


class Threshold(Strict):
    """Too many: more than `percent` of what stands, and `at_least` so many."""

    percent: float = Field(ge=0, le=100)
    at_least: int = Field(ge=1)


class IdsThreshold(Threshold):
    """Of entries that would get another id, and so come a second time."""

    percent: float = Field(default=20, ge=0, le=100)
    at_least: int = Field(default=2, ge=1)


class DatesThreshold(Threshold):
    """Of entries that would get another date of publication."""

    percent: float = Field(default=20, ge=0, le=100)
    at_least: int = Field(default=10, ge=1)


class LeavingThreshold(Threshold):
    """Of entries, in all or in one feed, that would leave because their files are gone or held back."""

    percent: float = Field(default=50, ge=0, le=100)
    at_least: int = Field(default=10, ge=1)


class GuardConfig(Strict):
    """How much may change at once before a publish is refused."""

    ids: Annotated[IdsThreshold, Section] = IdsThreshold()
    dates: Annotated[DatesThreshold, Section] = DatesThreshold()
    leaving: Annotated[LeavingThreshold, Section] = LeavingThreshold()


class ServeConfig(Strict):
    """Where feeds are served to readers."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)


class HealthConfig(Strict):
    """Where /healthz, /readyz and /metrics are; for who runs Feedwright, not for readers."""

    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=0, le=65535)


class Config(Rules):
    """The whole file. Paths are relative to the working folder."""

    site: Annotated[SiteConfig, Section] = SiteConfig()
    sources: Annotated[tuple[Path, ...], BeforeValidator(_names)] = Field(
        default=(Path("seeds"),), min_length=1
    )
    output: Path = Path("output")
    state: Path = Path(".feeds")
    min_quality: float | None = 50
    limit: int = Field(default=50, ge=1, le=10_000)
    related: int = Field(default=5, ge=0, le=50)
    schedule: When | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    watch: Annotated[bool | Literal["poll"], BeforeValidator(_watch)] = False
    hub: Address | None = None
    prune: bool = False
    updates: Literal["bump", "keep"] = "bump"
    retractions: Annotated[RetractionsConfig, Section] = RetractionsConfig()
    moved: Annotated[dict[Slug, Slug], Section] = {}
    guard: Annotated[GuardConfig, Section] = GuardConfig()
    serve: Annotated[ServeConfig, Section] = ServeConfig()
    health: Annotated[HealthConfig, Section] = HealthConfig()
    topic_keys: Names = ("topics", "tags", "categories")
    topics: Annotated[dict[Name, Annotated[FeedConfig, Section]], Section] = {}
    feeds: Annotated[dict[Name, Annotated[FeedConfig, Section]], Section] = {}

    @model_validator(mode="before")
    @classmethod
    def _names_once(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        groups = {
            group: values[group] for group in ("topics", "feeds") if isinstance(values.get(group), dict)
        }
        _once(
            (((group, name), same(folded(name))) for group, names in groups.items() for name in names),
            "names the same as",
        )
        return values

    @model_validator(mode="after")
    def _slugs_once(self) -> Self:
        groups = {"topics": self.topics, "feeds": self.feeds}
        _once(
            (
                ((group, name, "slug"), feed.slug)
                for group, feeds in groups.items()
                for name, feed in feeds.items()
                if feed.slug
            ),
            "wants the same as",
        )
        return self

    @model_validator(mode="after")
    def _state_is_not_served(self) -> Self:
        if self.state.resolve().is_relative_to(self.output.resolve()):
            raise _wrong(("state",), f"{self.state} lies in output, which is served; put it elsewhere")
        return self

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """Every schedule by the name of its topic or feed; SITE is that of all feeds without their own."""
        own = {name: feed.schedule for name, feed in (self.topics | self.feeds).items() if feed.schedule}
        return {SITE: self.schedule or DEFAULT_SCHEDULE, **own}


def _wrong(location: strict_yaml.Path, message: str) -> PydanticCustomError:
    """What only the whole config shows to be wrong, and where."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "location": location})


def _once(pairs: Iterable[tuple[strict_yaml.Path, str]], complaint: str) -> None:
    seen: dict[str, strict_yaml.Path] = {}
    for location, value in pairs:
        if value in seen:
            raise _wrong(location, f"{complaint} {_dotted(seen[value])}")
        seen[value] = location


def _dotted(location: strict_yaml.Path) -> str:
    return ".".join(str(part) for part in location)


def load(path: Path | None, overrides: Mapping[str, object]) -> Config:
    """The config file at `path` with command line options over it.

    With no path, the default one where it exists, else defaults alone. Raises ConfigError.
    """
    if path is None and not DEFAULT_PATH.exists():
        return _validated({}, overrides, None)
    path = path or DEFAULT_PATH
    try:
        document = strict_yaml.parse(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: the config file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: expected UTF-8, found the byte 0x{error.object[error.start]:02X}"
        ) from error
    except strict_yaml.YamlError as error:
        raise ConfigError(f"{path}:{error.line}: expected {error.expected}, found {error.found}") from error
    return _validated(document.value, overrides, (path, document))


def _validated(
    values: Mapping[str, object],
    overrides: Mapping[str, object],
    origin: tuple[Path, strict_yaml.Document] | None,
) -> Config:
    given = {key: value for key, value in values.items() if value is not None}
    try:
        return Config.model_validate(given | dict(overrides))
    except ValidationError as invalid:
        lines = [_complaint(error, origin) for error in invalid.errors(include_url=False)]
        raise ConfigError(*lines) from invalid


def _complaint(error: Any, origin: tuple[Path, strict_yaml.Document] | None) -> str:
    location = error.get("ctx", {}).get("location") or tuple(part for part in error["loc"] if part != "[key]")
    message = MESSAGES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    field = _dotted(location)
    place = ""
    if origin is not None:
        path, document = origin
        line = document.line_of(location)
        place = f"{path}: " if line is None or not location else f"{path}:{line}: "
    return f"{place}{field}: {message}" if field else f"{place}{message}"
