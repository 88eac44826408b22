"""Every format of a feed and of the site: its file, its media type, its renderer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from feeds.formats import atom, json_feed, media_types, opml, page, rss
from feeds.syndication.feed import Entry, Feed, Site


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """How one feed becomes one file in its folder: entry by entry, then as a whole.

    An entry's bytes depend on its feed only in what is the same for all feeds of the site, and its language.
    """

    file: str
    media_type: str
    render_entry: Callable[[Entry, Feed], bytes]
    render_feed: Callable[[Feed, Iterable[bytes]], bytes]

    def render(self, feed: Feed) -> bytes:
        """The whole file, from a feed with its entries."""
        return self.render_feed(feed, [self.render_entry(entry, feed) for entry in feed.entries])


@dataclass(frozen=True, slots=True)
class SiteFormat:
    """How all feeds become one file at the top."""

    file: str
    media_type: str
    render: Callable[[Site], bytes]


FEED_FORMATS = (
    FeedFormat("rss.xml", media_types.RSS, rss.render_entry, rss.render),
    FeedFormat("atom.xml", media_types.ATOM, atom.render_entry, atom.render),
    FeedFormat("feed.json", media_types.JSON_FEED, json_feed.render_entry, json_feed.render),
    FeedFormat("index.html", media_types.HTML, page.render_entry, page.render),
)
SITE_FORMATS = (
    SiteFormat("feeds.opml", media_types.OPML, opml.render),
    SiteFormat("index.html", media_types.HTML, page.render_index),
)
