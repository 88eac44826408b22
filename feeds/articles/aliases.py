"""Front matter as other generators write it, under the names of our schema."""

import html
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from pydantic_core import PydanticCustomError

from feeds.articles.article import date_time, truth
from feeds.articles.source import SourceFile
from feeds.strict_yaml import Value
from feeds.text import printable, web_address

# Field of `Article` → the keys that may hold it; the first with a value counts.
KEYS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "published_at": ("publishedDateTime", "date", "publishDate", "pubDate"),
    "updated_at": ("updatedDateTime", "updated", "lastmod", "last_modified_at"),
    "link": ("webUrl", "originalUrl", "permalink", "url"),
    "excerpt": ("excerpt", "description", "summary"),
    "type": ("type",),
    "language": ("language", "lang", "locale"),
    "quality": ("quality",),
    "heat": ("heat",),
    "provider": ("provider", "author"),
    "images": ("images", "image", "featured_image", "cover"),
    "related": ("related",),
}
WITHDRAWN = ("removed", "deleted", "draft")
FLAGS = ("published", *WITHDRAWN)  # all that `is_published` looks at
DRAFTS_FOLDER = "_drafts"  # Jekyll's
SPACE_SEPARATED = ("tags", "categories")  # Jekyll: one string is several tags
DATED_NAME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_](.+)")
# A permalink that its own generator has still to fill in.
TEMPLATE = re.compile(r"\{\{|\{%|/:|^:|^(?:false|true|pretty|date|ordinal|weekdate|none)$")
FRAME = re.compile(r"<iframe\b[^<>]*?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What of the config decides how front matter is understood."""

    site_url: str
    link_pattern: str | None = None
    topic_keys: tuple[str, ...] = ("topics", "tags", "categories")


@cache
def keys_read(reading: Reading, skipped: frozenset[str]) -> tuple[str, ...]:
    """Every key but the skipped that `canonical` looks at: beside FLAGS, the others need not be decoded."""
    named = (key for keys in KEYS.values() for key in keys)
    wanted = dict.fromkeys((*named, *reading.topic_keys, "slug", "id", "featuredContent"))
    return tuple(key for key in wanted if key not in skipped)


@dataclass(frozen=True, slots=True)
class Fields:
    """Raw values by the field names of `Article`, and the key under which each stood."""

    values: dict[str, object]
    origin: dict[str, str]

    @property
    def by_site(self) -> bool:
        """Whether the link depends on the site's address or pattern."""
        link = self.values.get("link")
        return not (isinstance(link, str) and link.lstrip()[:4].lower() == "http")


def is_published(raw: dict[str, Value], file: SourceFile) -> bool:
    """Whether the author wants it out: `published`, unless withdrawn; without the key, unless a draft.

    Raises KeyError with the key that holds neither true nor false.
    """
    if DRAFTS_FOLDER in file.folder.split("/"):
        return False
    return _flag(raw, "published", default=True) and not any(
        _flag(raw, key, default=False) for key in WITHDRAWN
    )


def _flag(raw: dict[str, Value], key: str, *, default: bool) -> bool:
    value = raw.get(key)
    if value is None:
        return default
    try:
        return truth(value)
    except PydanticCustomError as error:
        raise KeyError(key) from error


def canonical(raw: dict[str, Value], file: SourceFile, reading: Reading) -> Fields:
    """The values of one article's front matter under our names; what is not there is left out."""
    fields = Fields({}, {})
    for name, keys in KEYS.items():
        for key in keys:
            if key in raw and _has_value(raw, key):
                fields.values[name] = raw[key]
                fields.origin[name] = key
                break
    _topics(raw, reading, fields)
    _date(file, fields)
    _link(raw, file, reading, fields)
    _images(fields)
    author = fields.values.get("provider")
    if fields.origin.get("provider") == "author" and isinstance(author, list):
        fields.values["provider"] = author[0] if author else None
    fields.values["frame"] = _frame(raw)
    fields.values["id"] = _own_id(raw)
    return fields


def _has_value(raw: dict[str, Value], key: str) -> bool:
    value = raw.get(key)
    if isinstance(value, str):
        return bool(value.strip()) and not (key in ("permalink", "url") and TEMPLATE.search(value.strip()))
    return bool(value)


def _topics(raw: dict[str, Value], reading: Reading, fields: Fields) -> None:
    key = next((key for key in reading.topic_keys if raw.get(key) not in (None, "", [])), None)
    if key is None:
        return
    value = raw[key]
    if isinstance(value, str):
        split = value.split(",") if "," in value or key not in SPACE_SEPARATED else value.split()
        value = list(split)
    fields.values["topics"], fields.origin["topics"] = value, key


def _date(file: SourceFile, fields: Fields) -> None:
    if "published_at" in fields.values:
        return
    dated = DATED_NAME.fullmatch(file.stem)
    if dated:
        fields.values["published_at"], fields.origin["published_at"] = dated[1], "the date in its name"


def _link(raw: dict[str, Value], file: SourceFile, reading: Reading, fields: Fields) -> None:
    if "link" in fields.values or reading.link_pattern is None:
        return
    try:
        date = date_time(fields.values.get("published_at"))
    except PydanticCustomError:
        return  # the date is what is wrong, and will be told
    dated = DATED_NAME.fullmatch(file.stem)
    own = raw.get("slug")
    link = reading.link_pattern.format(
        year=f"{date:%Y}",
        month=f"{date:%m}",
        day=f"{date:%d}",
        slug=quote(own.strip() if isinstance(own, str) and own.strip() else dated[2] if dated else file.stem),
        stem=quote(file.stem),
        folder=quote(file.folder),
    )
    # An article at the top has no {folder}: `/{folder}/{slug}/` must not become a host.
    fields.values["link"] = re.sub(r"(?<!:)/{2,}", "/", link)


def _images(fields: Fields) -> None:
    """One image or several, each a mapping or a mere address, which Jekyll's themes call `path`."""
    images = fields.values.get("images")
    if isinstance(images, str | dict):
        images = [images]
    if isinstance(images, list):
        fields.values["images"] = [_image(image) for image in images]


def _image(image: Value) -> Value:
    if isinstance(image, str):
        return {"url": image}
    if isinstance(image, dict) and "url" not in image:
        address = next((image[key] for key in ("path", "src", "image") if key in image), None)
        return {**image, "url": address}
    return image


def _frame(raw: dict[str, Value]) -> str | None:
    """Of featured content, the address of its frame is all that we take."""
    content = raw.get("featuredContent")
    found = FRAME.search(content) if isinstance(content, str) else None
    if found is None:
        return None
    try:
        return web_address(html.unescape(found[1] or found[2] or ""))
    except ValueError:
        return None


def _own_id(raw: dict[str, Value]) -> str | None:
    own = raw.get("id")
    if not isinstance(own, str) or printable(own) != own:
        return None
    return own.strip() if ABSOLUTE.fullmatch(own.strip()) else None
