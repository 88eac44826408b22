"""Articles, entries and feeds for tests: everything has a value, a test names only what it is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feeds.articles.article import Article
from feeds.config import Config
from feeds.library.standing import Standing, StandingEntry, StandingFeed
from feeds.selection.selector import Selection, select
from feeds.syndication.feed import Entry, Feed
from feeds.syndication.identity import entry_id

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
SITE_URL = "https://feeds.example/"
SITE = {"url": SITE_URL, "id": "feeds.example,2026"}

ENTRY = Entry(
    id="tag:feeds.example,2026:one",
    link="https://articles.example/one",
    title="One",
    published=NOON,
    updated=NOON,
    summary="What it says.",
    content_html="<p>What it says.</p>",
)
FEED = Feed(
    id="tag:feeds.example,2026:feed/ai",
    slug="ai",
    name="AI",
    title="News on AI",
    description="About machines that learn.",
    language="en",
    url=SITE_URL + "ai/",
    site_url=SITE_URL,
    site_title="Example",
    updated=NOON,
    ttl=60,
    entries=(ENTRY,),
)


def article(**fields: Any) -> Article:
    """An article; its slug and link follow from its path unless they are given."""
    path = fields.get("path", "seeds/one.md")
    slug = fields.get("slug", path.rpartition("/")[2].removesuffix(".md"))
    given = {
        "path": path,
        "slug": slug,
        "title": f"Title of {slug}",
        "published_at": NOON,
        "link": f"https://articles.example/{slug}",
    }
    return Article.model_validate(given | {name: _written(value) for name, value in fields.items()})


def numbered(many: Iterable[dict[str, Any]]) -> list[Article]:
    """An article of each of these fields, in files of their own."""
    return [article(path=f"seeds/{number}.md", **fields) for number, fields in enumerate(many)]


def entry(**fields: Any) -> Entry:
    """An entry that has what every entry must have, and an excerpt."""
    return replace(ENTRY, **fields)


def feed(*entries: Entry, **fields: Any) -> Feed:
    """A feed of these entries, of none where none is given."""
    return replace(FEED, **{"entries": entries, **fields})


def config(**keys: Any) -> Config:
    """A config as its file would say it, of a site that has an address."""
    return Config.model_validate({"site": SITE} | keys)


def standing_entry(of: Article, settings: Config, **fields: Any) -> StandingEntry:
    """An article's entry as it was emitted before."""
    stands = StandingEntry(
        id=entry_id(of, settings.site),
        link=of.link,
        title=of.title,
        summary=of.excerpt,
        content_html="",
        published=of.published_at,
        updated=of.published_at,
        fingerprint="",
    )
    return replace(stands, **fields)


def standing_feed(slug: str, name: str, *entries: StandingEntry, **fields: Any) -> StandingFeed:
    """A feed as it was written before."""
    stands = StandingFeed(
        slug=slug,
        name=name,
        title=name,
        description=f"Articles on {name}",
        language="en",
        updated=NOON,
        entries=entries,
    )
    return replace(stands, **fields)


def standing(*feeds: StandingFeed) -> Standing:
    """All that stands."""
    return Standing({one.slug: one for one in feeds})


def selected(
    articles: Iterable[Article], settings: Config | None = None, stands: Standing | None = None
) -> Selection:
    """What is chosen of these articles at `NOW`."""
    settings = settings or config()
    return select(articles, settings, stands or Standing(), NOW, lambda one: entry_id(one, settings.site))


def listed(selection: Selection) -> dict[str, list[str]]:
    """The slug of every feed, and the slugs of its articles in their order."""
    return {one.spec.slug: [article.slug for article in one.articles] for one in selection.feeds}


def _written(value: Any) -> Any:
    """Numbers as the text that stands in front matter."""
    match value:
        case bool():
            return value
        case int() | float():
            return f"{value}"
        case list() | tuple():
            return [_written(one) for one in value]
        case dict():
            return {key: _written(one) for key, one in value.items()}
        case _:
            return value
