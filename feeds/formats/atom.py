"""Atom 1.0 (RFC 4287), with Media RSS and tombstones (RFC 6721)."""

from collections.abc import Iterable

from feeds.formats import builder
from feeds.syndication.feed import Entry, Feed


def render_entry(entry: Entry, feed: Feed) -> bytes:
    """The entry as one of any feed of this feed's site."""
    return builder.atom_entry(entry, feed.site_url)


def render(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The feed as Atom 1.0, UTF-8, with these rendered entries."""
    return builder.atom(feed, entries)
