"""A feed of entries, as every format says it: no format's words, no format's quirks.

All text is plain text unless its name ends in `_html`; all addresses are absolute http(s) URIs; all
dates are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Who an entry is by: the provider of the article."""

    name: str
    url: str | None = None
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture of an entry. `type` is None where the address does not tell; 0 means not known."""

    url: str
    type: str | None
    width: int = 0
    height: int = 0
    length: int = 0  # bytes
    title: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Coverage of the same matter elsewhere (RFC 4287 §4.2.7.2, rel="related")."""

    url: str
    title: str
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as subscribers see it, the same in every feed."""

    id: str
    link: str
    title: str
    published: datetime
    updated: datetime
    summary: str
    content_html: str
    language: str | None = None
    author: Author | None = None
    categories: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    lead: Media | None = None  # the largest of media
    related: tuple[Related, ...] = ()

    @property
    def enclosure(self) -> Media | None:
        """The lead picture, where its type is known, which every format's enclosure has to state."""
        return self.lead if self.lead is not None and self.lead.type is not None else None


@dataclass(frozen=True, slots=True)
class Retraction:
    """An entry that was withdrawn (RFC 6721 §3)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: entries in the order in which they are shown, newest first."""

    id: str
    slug: str
    name: str  # of the topic or combination
    title: str
    description: str
    language: str
    url: str  # of its folder, which is its page; ends in a slash
    site_url: str
    site_title: str
    updated: datetime
    ttl: int  # minutes
    image: str | None = None
    hub: str | None = None
    size: int = 0  # entries, which are left out where only the feed as a whole matters
    retractions: tuple[Retraction, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def rss_url(self) -> str:
        """Self link of the RSS feed."""
        return self.url + "rss.xml"

    @property
    def atom_url(self) -> str:
        """Self link of the Atom feed."""
        return self.url + "atom.xml"

    @property
    def json_url(self) -> str:
        """Self link of the JSON feed."""
        return self.url + "feed.json"


@dataclass(frozen=True, slots=True)
class Site:
    """All feeds together, for the OPML list and the index page; `feeds` in the order of the list."""

    url: str
    title: str
    description: str
    language: str
    feeds: tuple[Feed, ...]

    @property
    def updated(self) -> datetime:
        """The newest `updated` of the feeds."""
        return max(feed.updated for feed in self.feeds)
