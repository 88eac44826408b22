"""Articles become entries, and entries feeds."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from feeds.articles.article import Article, Provider
from feeds.config import RESERVED_SLUG, Config
from feeds.library.ledger import KnownFeed
from feeds.schedule import Schedule
from feeds.selection.rules import meets_floor
from feeds.selection.topics import FeedSpec
from feeds.syndication.content import content_html, notice_html
from feeds.syndication.feed import Author, Entry, Feed, Related, Retraction
from feeds.syndication.identity import epoch, feed_id
from feeds.syndication.media import largest, media
from feeds.text import web_address

ALL_TOPICS = "All topics"
DEFAULT_TTL = 60


def compose_entry(
    article: Article, identity: str, topics: tuple[str, ...], config: Config, now: datetime
) -> Entry:
    """One article as an entry with this id that carries all of `topics`."""
    author = _author(article.provider)
    pictures = tuple(media(image) for image in article.images if image)
    lead = largest(pictures)
    related = _related(article, config)
    return Entry(
        id=identity,
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


def compose_feed(spec: FeedSpec, first_slug: str, config: Config) -> Feed:
    """A feed that there is to be, still without entries and date."""
    site = config.site
    name = spec.name or site.title or ALL_TOPICS
    title = f"{name} – {site.title}" if site.title and name != site.title else name
    subject = f"on {spec.name}" if spec.name else "on all topics"
    described = f"Articles {subject}" + (f" from {site.title}" if site.title else "")
    own = site.description if spec.slug == RESERVED_SLUG and site.description else described
    return Feed(
        id=feed_id(first_slug, site),
        slug=spec.slug,
        name=spec.name,
        title=spec.config.title or title,
        description=spec.config.description or own,
        language=spec.config.language or site.language,
        url=folder_url(spec.slug, config),
        site_url=site.url,
        site_title=site.title,
        updated=epoch(site),
        ttl=ttl(spec.config.schedule or config.schedule),
        image=spec.config.image or site.image,
        hub=config.hub,
    )


def compose_vanished(stood: KnownFeed, config: Config) -> Feed:
    """The valid, empty feed that stays where a topic vanished."""
    return Feed(
        id=feed_id(stood.first_slug, config.site),
        slug=stood.slug,
        name=stood.name,
        title=stood.title,
        description=stood.description,
        language=stood.language,
        url=folder_url(stood.slug, config),
        site_url=config.site.url,
        site_title=config.site.title,
        updated=epoch(config.site),
        ttl=ttl(config.schedule),
        image=config.site.image,
        hub=config.hub,
    )


def moved_entry(identity: str, new: Feed, moved_at: datetime) -> Entry:
    """The notice that stands where a feed was, for readers that do not follow its new self link."""
    text = f"This feed has moved to {new.url}"
    return Entry(
        id=identity,
        link=new.url,
        title=text,
        published=moved_at,
        updated=moved_at,
        summary=f"Please subscribe to {new.title} at its new address.",
        content_html=notice_html(new.url, text),
    )


def retraction(identity: str, withdrawn_at: int) -> Retraction:
    """A withdrawal, in seconds since 1970, as Atom says it."""
    return Retraction(identity, moment(withdrawn_at))


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as a date."""
    return datetime.fromtimestamp(seconds, UTC)


def folder_url(slug: str, config: Config) -> str:
    """Where the folder of a feed is served."""
    return f"{config.site.url}{slug}/"


def ttl(schedule: Schedule | None) -> int:
    """Minutes for which a reader need not ask again: the least time between two runs of the schedule."""
    return max(1, schedule.period // timedelta(minutes=1)) if schedule else DEFAULT_TTL


def _updated(article: Article, now: datetime) -> datetime:
    revised = article.updated_at
    return revised if revised is not None and article.published_at < revised <= now else article.published_at


def _author(provider: Provider | None) -> Author | None:
    if provider is None:
        return None
    return Author(provider.name, _home(provider.domain) if provider.domain else None, provider.logo)


@lru_cache(maxsize=1000)
def _home(domain: str) -> str | None:
    try:
        return web_address(domain if "://" in domain else f"https://{domain}")
    except ValueError:
        return None


def _related(article: Article, config: Config) -> list[Related]:
    worthy = (one for one in article.related if one and meets_floor(one.quality, config.min_quality))
    chosen = [one for one, _ in zip(worthy, range(config.related), strict=False)]
    return [Related(one.link, one.title, one.provider.name if one.provider else "") for one in chosen]
