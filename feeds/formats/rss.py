"""RSS 2.0, with atom:link, content:encoded, dc:creator and Media RSS."""

from collections.abc import Iterable

from feeds.formats import builder
from feeds.syndication.feed import Entry, Feed


def render_entry(entry: Entry, feed: Feed) -> bytes:
    """The entry as an item of any feed of this feed's site."""
    return builder.rss_item(entry, feed.site_url)


def render(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The feed as RSS 2.0, UTF-8, with these rendered entries."""
    return builder.rss(feed, entries)
