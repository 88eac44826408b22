"""The contract a second time, from its text alone: what `feeds publish` must yield, found the simple way."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

import yaml
from anyascii import anyascii

if TYPE_CHECKING:
    from pathlib import Path

SITE_URL = "http://127.0.0.1:8000/"
SITE_ID = "127.0.0.1,2026"
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
NEVER = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # updated of a feed that never had an entry
OLDEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
MIN_QUALITY, LIMIT, RELATED = 50, 50, 5
TOPIC_KEYS = ("topics", "tags", "categories")
SUFFIXES = (".md", ".markdown", ".txt", ".html")
LARGEST_FILE = 4 * 1024 * 1024

TYPES = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "image/jpeg"),
    **{
        f".{name}": f"image/{name}"
        for name in ("png", "apng", "gif", "webp", "avif", "bmp", "heic", "heif", "jxl")
    },
    **dict.fromkeys((".tif", ".tiff"), "image/tiff"),
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
}

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
ENTITY = re.compile(r"&(#\d+|#x[0-9a-f]+|[A-Za-z][A-Za-z0-9]*);", re.IGNORECASE)
UNWANTED = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\ufeff\x7f-\x84\x86-\x9f]",
)
# RFC 3986: brackets are legal only around an IPv6 address.
ILLEGAL_IN_URI = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


@dataclass(frozen=True)
class Item:
    """One entry as a subscriber sees it, in any of the three formats."""

    id: str
    title: str
    link: str
    published: dt.datetime
    updated: dt.datetime | None
    excerpt: str
    image: str | None
    enclosure: tuple[str, str] | None
    media: tuple[str, ...]
    topics: frozenset[str]
    author: str | None
    related: tuple[str, ...]


@dataclass(frozen=True)
class Feed:
    """One folder of the output."""

    slug: str
    items: tuple[Item, ...]

    @property
    def id(self) -> str:
        return f"tag:{SITE_ID}:feed/{self.slug}"

    @property
    def updated(self) -> dt.datetime:
        return max((item.updated or item.published for item in self.items), default=NEVER)


@dataclass(frozen=True)
class Article:
    """A selected file: its item, and what decides between it and its rivals."""

    path: str
    slug: str
    item: Item


class RejectedError(Exception):
    """A file that the contract does not let into any feed."""


def clean(text: str) -> str:
    text = ENTITY.sub(lambda match: html.unescape(match.group()), text)
    return " ".join(UNWANTED.sub("", text).split())


def absolute(url: Any) -> str | None:
    """The address as published, or None where it is not http(s)."""
    text = str(url or "").strip()
    if not text:
        return None
    text = text if SCHEME.match(text) else urljoin(SITE_URL, text)
    host = re.match(r"https?://[^/?#]+", text, re.IGNORECASE)
    if host is None:
        return None
    rest = ILLEGAL_IN_URI.sub(lambda match: quote(match.group(), safe=""), text[host.end() :])
    return host.group() + (rest if rest.startswith("/") else "/" + rest)


def moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value.strip())
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if not isinstance(value, dt.datetime):
        message = f"no date: {value!r}"
        raise RejectedError(message)
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def reaches_floor(quality: Any) -> bool:
    return quality is None or float(quality) >= MIN_QUALITY


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class FrontMatter:
    """Values as YAML means them, and their plain text (a title `2024`, a topic `NO` are text)."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, Any] = yaml.load(text, yaml.CSafeLoader) or {}
        self._source = text
        self._texts: dict[str, Any] | None = None

    def get(self, *names: str) -> Any:
        """The value of the first of `names` that is there."""
        return next((self.values[name] for name in names if self.values.get(name) is not None), None)

    def text(self, *names: str) -> Any:
        """Like `get`, with every scalar as it was written."""
        if self._texts is None:
            self._texts = yaml.load(self._source, yaml.CBaseLoader)
        name = next((name for name in names if self.values.get(name) is not None), None)
        return None if name is None else self._texts[name]

    @property
    def is_published(self) -> bool:
        if any(self.values.get(key) is True for key in ("removed", "deleted", "draft")):
            return False
        return self.values.get("published", True) is True


def images(front: FrontMatter) -> list[tuple[int, str]]:
    """Area and address of each image that can be shown."""
    found = []
    for image in as_list(front.get("images", "image")):
        fields = image if isinstance(image, dict) else {"url": image}
        if url := absolute(fields.get("url")):
            found.append((int(fields.get("width") or 0) * int(fields.get("height") or 0), url))
    return found


def media_type(url: str) -> str | None:
    return TYPES.get(PurePosixPath(urlsplit(url).path).suffix.lower())


def related(front: FrontMatter) -> tuple[str, ...]:
    links = (
        absolute(other.get("webUrl"))
        for other in as_list(front.get("related"))
        if reaches_floor(other.get("quality")) and clean(str(other.get("title") or ""))
    )
    return tuple(link for link in links if link)[:RELATED]


def topics(front: FrontMatter) -> frozenset[str]:
    values, texts = as_list(front.get(*TOPIC_KEYS)), as_list(front.text(*TOPIC_KEYS))
    written = (text for value, text in zip(values, texts, strict=True) if value is not None)
    names = (unicodedata.normalize("NFC", clean(name)) for name in written)
    return frozenset(name for name in names if name)


def entry_id(front: FrontMatter, slug: str) -> str:
    own = front.get("id")
    if isinstance(own, str) and SCHEME.match(own):
        return own
    return f"tag:{SITE_ID}:{quote(slug, safe='')}"


def item_of(front: FrontMatter, slug: str) -> Item:
    title = clean(front.text("title") or "")
    link = absolute(front.get("webUrl", "originalUrl", "permalink", "url"))
    published = moment(front.get("publishedDateTime", "date"))
    if not title or link is None or published < OLDEST:
        raise RejectedError(slug)
    changed = front.get("updatedDateTime")
    updated = max(published, moment(changed)) if changed and moment(changed) <= NOW else published
    shown = images(front)
    largest = max(shown, key=lambda image: image[0])[1] if shown else None
    kind = media_type(largest) if largest else None
    return Item(
        id=entry_id(front, slug),
        title=title,
        link=link,
        published=published,
        updated=updated,
        excerpt=clean(front.text("excerpt", "description") or ""),
        image=largest,
        enclosure=(largest, kind) if largest and kind else None,
        media=tuple(url for _, url in shown),
        topics=topics(front),
        author=clean(str((front.get("provider") or {}).get("name") or "")) or None,
        related=related(front),
    )


def selected_article(folder: Path, path: Path) -> Article | None:
    """The article of one file, None where it is not selected; raises RejectedError where it is broken."""
    if path.stat().st_size > LARGEST_FILE:
        raise RejectedError(path.name)
    found = FRONT_MATTER.match(path.read_text("utf-8-sig"))
    if found is None:
        return None
    front = FrontMatter(found.group(1))
    if not front.is_published or not reaches_floor(front.get("quality")):
        return None
    slug = path.resolve().parent.name if path.stem == "index" else path.stem
    item = item_of(front, slug)
    return Article(path.relative_to(folder).as_posix(), slug, item) if item.published <= NOW else None


def selected_articles(folder: Path) -> list[Article]:
    """By path; of two with one slug the first."""
    by_slug: dict[str, Article] = {}
    paths = (path for path in folder.rglob("*") if path.suffix in SUFFIXES and not path.is_symlink())
    for path in sorted(paths, key=lambda path: path.relative_to(folder).as_posix()):
        try:
            article = selected_article(folder, path)
        except (RejectedError, ValueError, yaml.YAMLError):
            continue
        if article is not None:
            by_slug.setdefault(article.slug, article)
    return list(by_slug.values())


def entries(articles: list[Article]) -> list[Item]:
    """One entry a link, newest first."""
    by_link: dict[str, list[Article]] = {}
    for article in articles:
        by_link.setdefault(article.item.link, []).append(article)
    found = []
    for rivals in by_link.values():
        winner = min(rivals, key=lambda article: (article.item.published, article.path))
        every_topic = frozenset[str]().union(*(article.item.topics for article in rivals))
        found.append(replace(winner.item, topics=every_topic))
    return sorted(sorted(found, key=lambda item: item.link), key=lambda item: item.published, reverse=True)


def plain_slug(name: str) -> str:
    name = re.sub(r"(?<=[^\W_]|\+)\+", "-plus", name)
    name = re.sub(r"(?<=[^\W_])#", "-sharp", name)
    name = re.sub(r"(?<!\S)\.(?=[^\W\d_])", "dot-", name)
    return re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower())[:60].strip("-") or f"topic-{digest(name)}"


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]


def topic_slugs(names: set[str]) -> dict[str, str]:
    """The folder of each topic."""
    slugs: dict[str, str] = {}
    for name in sorted(names):
        slug = plain_slug(name)
        if slug == "all" or slug in slugs.values():
            slug = f"{slug[:53].rstrip('-')}-{digest(name)}"
        slugs[name] = slug
    return slugs


def one_spelling(items: list[Item]) -> list[Item]:
    """Topics that differ only in case become one, under the spelling that is first by code point."""
    spelling: dict[str, str] = {}
    for name in sorted({name for item in items for name in item.topics}):
        spelling.setdefault(name.casefold(), name)
    return [
        replace(item, topics=frozenset(spelling[name.casefold()] for name in item.topics)) for item in items
    ]


def expected_feeds(folder: Path) -> dict[str, Feed]:
    """By slug, all that publishing `folder` without any config must yield."""
    items = one_spelling(entries(selected_articles(folder)))
    slugs = topic_slugs({name for item in items for name in item.topics})
    feeds = {"all": Feed("all", tuple(items[:LIMIT]))}
    for name, slug in slugs.items():
        feeds[slug] = Feed(slug, tuple([item for item in items if name in item.topics][:LIMIT]))
    return feeds
