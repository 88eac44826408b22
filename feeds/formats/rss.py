"""RSS 2.0, with atom:link, content:encoded, dc:creator and Media RSS."""

from feeds.formats import builder
from feeds.syndication.feed import Feed


def render(feed: Feed) -> bytes:
    """The feed as RSS 2.0, UTF-8."""
    return builder.rss(feed)
