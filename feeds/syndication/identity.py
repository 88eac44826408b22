"""Ids that never change: tag URIs (RFC 4151) made of what a publisher keeps, not of where things stand."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from feeds.config import SiteConfig

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986 §2.3: nothing to encode, as in most slugs


def entry_id(identity: str, site: SiteConfig) -> str:
    """An article's own absolute id, else one of its slug; never of its address or its date.

    `identity` is as the library has it: the own id, or the slug after a blank.
    """
    if identity.startswith(" "):
        slug = identity[1:]
        return f"tag:{site.authority}:{slug if UNRESERVED.fullmatch(slug) else quote(slug, safe='')}"
    return identity


def identities(entry: str, site: SiteConfig) -> tuple[str, ...]:
    """Of what an article can be whose entry has this id, as the library has it."""
    prefix = f"tag:{site.authority}:"
    return (entry, f" {unquote(entry.removeprefix(prefix))}") if entry.startswith(prefix) else (entry,)


def feed_id(slug: str, site: SiteConfig) -> str:
    """The id of the feed whose first slug this is."""
    return f"tag:{site.authority}:feed/{slug}"


def moved_id(slug: str, site: SiteConfig) -> str:
    """The id of the notice that a feed has moved from this slug."""
    return f"tag:{site.authority}:moved/{slug}"


def epoch(site: SiteConfig) -> datetime:
    """When a feed that never had an entry was updated: 1 January of the ids' year."""
    year = int(site.authority.rpartition(",")[2][:4])
    return datetime(year, 1, 1, tzinfo=UTC)
