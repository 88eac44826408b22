"""Ids that never change: tag URIs (RFC 4151) made of what a publisher keeps, not of where things stand."""

from datetime import UTC, datetime
from urllib.parse import quote

from feeds.articles.article import Article
from feeds.config import SiteConfig


def entry_id(article: Article, site: SiteConfig) -> str:
    """An article's own absolute id, else one of its file's name; never of its address or its date."""
    return article.id or f"tag:{site.authority}:{quote(article.slug, safe='')}"


def feed_id(slug: str, site: SiteConfig) -> str:
    """The id of the feed whose first slug this is."""
    return f"tag:{site.authority}:feed/{slug}"


def epoch(site: SiteConfig) -> datetime:
    """When a feed that never had an entry was updated: 1 January of the ids' year."""
    year = int(site.authority.rpartition(",")[2][:4])
    return datetime(year, 1, 1, tzinfo=UTC)
