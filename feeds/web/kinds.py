"""What may be served: which names, as which media type, and what browsers are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from feeds.formats import media_types
from feeds.formats.redirects import FILES

UTF_8 = "; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a file is announced."""

    content_type: str
    compressible: bool = True
    feed: bool = False  # one of a feed's formats
    page: bool = False  # shown in a browser's window
    drawing: bool = False  # a picture that can hold scripts


# Our formats are written in UTF-8. JSON has no charset parameter (RFC 8259 §11), feed+json none either.
BY_NAME: Mapping[str, Kind] = {
    "rss.xml": Kind(media_types.RSS + UTF_8, feed=True),
    "atom.xml": Kind(media_types.ATOM + UTF_8, feed=True),
    "feed.json": Kind(media_types.JSON_FEED, feed=True),
    "feeds.opml": Kind(media_types.OPML + UTF_8),
    "index.html": Kind(media_types.HTML + UTF_8, page=True),
}
# What people put beside their feeds. XML states its encoding itself (RFC 7303 §3).
BY_SUFFIX: Mapping[str, Kind] = {
    "avif": Kind("image/avif", compressible=False),
    "css": Kind("text/css" + UTF_8),
    "gif": Kind("image/gif", compressible=False),
    "html": Kind(media_types.HTML + UTF_8, page=True),
    "ico": Kind("image/vnd.microsoft.icon"),
    "jpeg": Kind("image/jpeg", compressible=False),
    "jpg": Kind("image/jpeg", compressible=False),
    "js": Kind("text/javascript" + UTF_8),
    "json": Kind("application/json"),
    "opml": Kind(media_types.OPML + UTF_8),
    "png": Kind("image/png", compressible=False),
    "svg": Kind("image/svg+xml", drawing=True),
    "txt": Kind("text/plain" + UTF_8),
    "webmanifest": Kind("application/manifest+json"),
    "webp": Kind("image/webp", compressible=False),
    "woff2": Kind("font/woff2", compressible=False),
    "xml": Kind("application/xml"),
}
OF_A_FEED = frozenset(filter(None, FILES))


def kind_of(path: str) -> Kind | None:
    """The kind of the file at this path; None for what is not served (`redirects.nginx`, `_redirects`, …)."""
    name = path.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return BY_NAME.get(name) or (BY_SUFFIX.get(suffix.lower()) if dot else None)


def feed_of(path: str) -> tuple[str, str] | None:
    """The slug and file of a feed's format, ("", file) of the site's own; None for any other file."""
    slug, slash, name = path.rpartition("/")
    if not slash:
        return ("", name) if name in ("index.html", "feeds.opml") else None
    return (slug, name) if name in OF_A_FEED and "/" not in slug else None
