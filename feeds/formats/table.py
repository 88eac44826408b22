"""Every format of a feed and of the site: its file, its media type, its renderer."""

from collections.abc import Callable
from dataclasses import dataclass

from feeds.formats import atom, json_feed, media_types, opml, page, rss
from feeds.syndication.feed import Feed, Site


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """How one feed becomes one file in its folder."""

    file: str
    media_type: str
    render: Callable[[Feed], bytes]


@dataclass(frozen=True, slots=True)
class SiteFormat:
    """How all feeds become one file at the top."""

    file: str
    media_type: str
    render: Callable[[Site], bytes]


FEED_FORMATS = (
    FeedFormat("rss.xml", media_types.RSS, rss.render),
    FeedFormat("atom.xml", media_types.ATOM, atom.render),
    FeedFormat("feed.json", media_types.JSON_FEED, json_feed.render),
    FeedFormat("index.html", media_types.HTML, page.render),
)
SITE_FORMATS = (
    SiteFormat("feeds.opml", media_types.OPML, opml.render),
    SiteFormat("index.html", media_types.HTML, page.render_index),
)
