"""A selection becomes feeds of entries."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from feeds.articles.article import Article, Provider
from feeds.config import RESERVED_SLUG, Config
from feeds.library.standing import Standing, StandingEntry, StandingFeed
from feeds.selection.rules import meets_floor
from feeds.selection.selector import SelectedFeed, Selection
from feeds.syndication.content import content_html, text_html
from feeds.syndication.feed import Author, Entry, Feed, Related, Site
from feeds.syndication.identity import entry_id, epoch, feed_id
from feeds.syndication.media import largest, media
from feeds.text import web_address

ALL_TOPICS = "All topics"
EVERY = re.compile(r"every\s+(\d{1,5})\s*(m|h|d)[a-z]*", re.IGNORECASE)
MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
DEFAULT_TTL = 60


def compose(selection: Selection, config: Config, standing: Standing, now: datetime) -> Site:
    """Every feed that the selection asks for; an entry is the same in all of its feeds."""
    entries: dict[str, Entry] = {}
    for feed in selection.feeds:
        for article in feed.articles:
            if article.path not in entries:
                entry = compose_entry(article, selection.topics[article.path], config, now)
                entries[article.path] = _dated(entry, standing.entries.get(entry.id), config, now)
    return Site(
        url=config.site.url,
        title=config.site.title or "Feeds",
        description=config.site.description,
        language=config.site.language,
        feeds=tuple(
            _feed(feed, (entries[article.path] for article in feed.articles), config, standing)
            for feed in selection.feeds
        ),
    )


def compose_entry(article: Article, topics: tuple[str, ...], config: Config, now: datetime) -> Entry:
    """One article as an entry that carries all of `topics`."""
    author = _author(article.provider)
    pictures = tuple(media(image) for image in article.images if image)
    lead = largest(pictures)
    related = _related(article, config)
    return Entry(
        id=entry_id(article, config.site),
        link=article.link,
        title=article.title,
        published=article.published_at,
        updated=_updated(article, now),
        summary=article.excerpt,
        content_html=content_html(article, author, lead, related),
        language=article.language or None,
        author=author,
        categories=topics,
        media=pictures,
        lead=lead,
        related=tuple(related),
    )


def withdrawn(stands: StandingFeed, config: Config) -> Feed:
    """The valid, empty feed that stays where a topic vanished."""
    return Feed(
        id=feed_id(stands.slug, config.site),
        slug=stands.slug,
        name=stands.name,
        title=stands.title,
        description=stands.description,
        language=stands.language,
        url=f"{config.site.url}{stands.slug}/",
        site_url=config.site.url,
        site_title=config.site.title,
        updated=stands.updated,
        ttl=ttl(config.schedule),
        hub=config.hub,
    )


def _dated(entry: Entry, stands: StandingEntry | None, config: Config, now: datetime) -> Entry:
    """Under `updates: bump`, the entry updated now if subscribers see it change, else when they last did."""
    if stands is None or config.updates != "bump":
        return entry
    if _shown(entry) != _shown(stands):
        return replace(entry, updated=max(now, entry.updated))
    if stands.updated > stands.published:
        return replace(entry, updated=max(stands.updated, entry.updated))
    return entry


def _shown(entry: Entry | StandingEntry) -> tuple[str, str, str, str]:
    """What makes an entry another one to its readers: not its pictures, topics or related coverage."""
    return entry.title, entry.link, entry.summary, text_html(entry.content_html, entry.link)


def _updated(article: Article, now: datetime) -> datetime:
    revised = article.updated_at
    return revised if revised is not None and article.published_at < revised <= now else article.published_at


def _author(provider: Provider | None) -> Author | None:
    if provider is None:
        return None
    domain = provider.domain
    try:
        url = web_address(domain if "://" in domain else f"https://{domain}") if domain else None
    except ValueError:
        url = None
    return Author(provider.name, url, provider.logo)


def _related(article: Article, config: Config) -> list[Related]:
    worthy = (one for one in article.related if one and meets_floor(one.quality, config.min_quality))
    chosen = [one for one, _ in zip(worthy, range(config.related), strict=False)]
    return [Related(one.link, one.title, one.provider.name if one.provider else "") for one in chosen]


def _feed(feed: SelectedFeed, entries: Iterable[Entry], config: Config, standing: Standing) -> Feed:
    spec, site = feed.spec, config.site
    name = spec.name or site.title or ALL_TOPICS
    title = f"{name} – {site.title}" if site.title and name != site.title else name
    subject = f"on {spec.name}" if spec.name else "on all topics"
    described = f"Articles {subject}" + (f" from {site.title}" if site.title else "")
    members = tuple(entries)
    stands = standing.feeds.get(spec.slug)
    moments = [entry.updated for entry in members] + ([stands.updated] if stands else [])
    return Feed(
        id=feed_id(spec.slug, site),
        slug=spec.slug,
        name=spec.name,
        title=spec.config.title or title,
        description=spec.config.description
        or (site.description if spec.slug == RESERVED_SLUG and site.description else described),
        language=spec.config.language or site.language,
        url=f"{site.url}{spec.slug}/",
        site_url=site.url,
        site_title=site.title,
        updated=max(moments, default=epoch(site)),
        ttl=ttl(spec.config.schedule or config.schedule),
        image=spec.config.image or site.image,
        hub=config.hub,
        entries=members,
    )


def ttl(schedule: str | None) -> int:
    """Minutes for which a reader need not ask again: the interval of the schedule, where it is one."""
    match = EVERY.fullmatch(schedule.strip()) if schedule else None
    return max(1, int(match[1]) * MINUTES[match[2].lower()]) if match else DEFAULT_TTL
