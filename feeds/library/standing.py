"""What subscribers have now: the feeds that stand in the output folder, read back from their Atom files.

Atom holds all of it by its standard: ids, dates, links, and the feed's topic as its category. A feed that
cannot be read back does not stand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from lxml import etree

from feeds.text import same

ATOM = "{http://www.w3.org/2005/Atom}"
ATOM_FILE = "atom.xml"
GENERATOR = "Feedwright"  # by which a feed is known to be ours


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """An entry as last emitted."""

    id: str
    link: str
    title: str
    summary: str
    content_html: str
    published: datetime
    updated: datetime
    fingerprint: str  # all of it, as bytes that change when anything changes


@dataclass(frozen=True, slots=True)
class StandingFeed:
    """A feed as last written; `name` is its topic's."""

    slug: str
    name: str
    title: str
    description: str
    language: str
    updated: datetime
    entries: tuple[StandingEntry, ...]


@dataclass(frozen=True)
class Standing:
    """All feeds that stand, by slug."""

    feeds: Mapping[str, StandingFeed] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Mapping[str, StandingEntry]:
        """Every standing entry by its id."""
        return {entry.id: entry for feed in self.feeds.values() for entry in feed.entries}

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """The slug of each topic that has a feed, by the topic's comparable name."""
        return {same(feed.name): slug for slug, feed in sorted(self.feeds.items(), reverse=True)}


def read(output: Path) -> Standing:
    """What stands in `output`; nothing where there is no such folder."""
    return Standing({feed.slug: feed for feed in _feeds(output)})


def _feeds(output: Path) -> Iterator[StandingFeed]:
    for path in sorted(output.glob(f"*/{ATOM_FILE}")):
        try:
            yield read_feed(path.parent.name, path.read_bytes())
        except (OSError, ValueError):
            continue


def read_feed(slug: str, data: bytes) -> StandingFeed:
    """The feed that an Atom file of ours holds; raises ValueError for any other bytes."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not XML: {error}") from error
    if root.findtext(f"{ATOM}generator") != GENERATOR:
        raise ValueError("not a feed of ours")
    category = root.find(f"{ATOM}category")
    return StandingFeed(
        slug=slug,
        name="" if category is None else category.get("term", ""),
        title=_text(root, "title"),
        description=_text(root, "subtitle"),
        language=root.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
        updated=_moment(root, "updated"),
        entries=tuple(_entry(element) for element in root.iterfind(f"{ATOM}entry")),
    )


def _entry(element: etree._Element) -> StandingEntry:
    links = element.iterfind(f"{ATOM}link")
    return StandingEntry(
        id=_text(element, "id"),
        link=next((link.get("href", "") for link in links if link.get("rel") == "alternate"), ""),
        title=_text(element, "title"),
        summary=element.findtext(f"{ATOM}summary") or "",
        content_html=element.findtext(f"{ATOM}content") or "",
        published=_moment(element, "published"),
        updated=_moment(element, "updated"),
        fingerprint=etree.tostring(element, method="c14n").decode("utf-8"),
    )


def _moment(element: etree._Element, name: str) -> datetime:
    moment = datetime.fromisoformat(_text(element, name))
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {name}")
    return moment


def _text(element: etree._Element, name: str) -> str:
    text = element.findtext(f"{ATOM}{name}")
    if not text:
        raise ValueError(f"no {name}")
    return text
