"""Atom 1.0 (RFC 4287), with Media RSS."""

from feeds.formats import builder
from feeds.syndication.feed import Feed


def render(feed: Feed) -> bytes:
    """The feed as Atom 1.0, UTF-8."""
    return builder.atom(feed)
