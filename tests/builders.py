"""Articles, entries and feeds for tests: everything has a value, a test names only what it is about."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from feeds.articles.article import Article
from feeds.articles.loader import Read
from feeds.articles.problem import Rejected
from feeds.articles.source import SourceFile
from feeds.config import Config, SiteConfig
from feeds.formats.table import FEED_FORMATS
from feeds.library import database, index, ledger
from feeds.library.ledger import KnownEntry, KnownFeed
from feeds.publishing import entries
from feeds.selection.rules import Rule
from feeds.selection.selector import Candidate, SelectedFeed, Selection, select
from feeds.selection.topics import FeedSpec
from feeds.syndication.compose import compose_entry
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
    size=1,
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


def write_article(path: Path, body: str = "", **front_matter: Any) -> Path:
    """A file that holds an article; its link follows from its name unless it is given."""
    given = {
        "title": f"Title of {path.stem}",
        "publishedDateTime": NOON,
        "webUrl": f"https://articles.example/{path.stem}",
    }
    # JSON is YAML.
    lines = [f"{key}: {json.dumps(value, default=str)}" for key, value in (given | front_matter).items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["---", *lines, "---", body]), encoding="utf-8")
    return path


def numbered(many: Iterable[dict[str, Any]]) -> list[Article]:
    """An article of each of these fields, in files of their own."""
    return [article(path=f"seeds/{number}.md", **fields) for number, fields in enumerate(many)]


def entry(**fields: Any) -> Entry:
    """An entry that has what every entry must have, and an excerpt."""
    return replace(ENTRY, **fields)


def feed(*entries: Entry, **fields: Any) -> Feed:
    """A feed of these entries, of none where none is given."""
    return replace(FEED, **{"entries": entries, "size": len(entries), **fields})


def rendered(of: Feed, file: str) -> bytes:
    """A feed as one of its files."""
    (form,) = (form for form in FEED_FORMATS if form.file == file)
    return form.render(of)


def config(**keys: Any) -> Config:
    """A config as its file would say it, of a site that has an address."""
    return Config.model_validate({"site": SITE} | keys)


def identity(one: Article, site: SiteConfig) -> str:
    """The id that subscribers see."""
    return entry_id(index._identity(one), site)


def composed(one: Article, settings: Config | None = None, topics: tuple[str, ...] = ()) -> Entry:
    """An article as the entry that it becomes at `NOW`."""
    settings = settings or config()
    return compose_entry(one, identity(one, settings.site), topics, settings, NOW)


class Stands(NamedTuple):
    """A feed as it was written before."""

    feed: KnownFeed
    entries: tuple[KnownEntry, ...]


def standing_entry(of: Article, settings: Config, **fields: Any) -> KnownEntry:
    """An article's entry as it was emitted before."""
    published_at = int(of.published_at.timestamp())
    stands = KnownEntry(
        id=identity(of, settings.site),
        path=of.path,
        link=of.link,
        title=of.title,
        first_at=published_at,
        published_at=published_at,
        updated_at=published_at,
        text_digest=b"",
        source_digest=b"",
        digest=b"",
    )
    return stands._replace(**fields)


def standing_feed(slug: str, name: str, *entries: KnownEntry, **fields: Any) -> Stands:
    """A feed as it was written before."""
    feed = KnownFeed(
        slug=slug,
        first_slug=slug,
        name=name,
        title=name,
        description=f"Articles on {name}",
        language="en",
        updated_at=int(NOON.timestamp()),
        digest=b"",
        stamp="",
    )
    return Stands(feed._replace(**fields), entries)


@dataclass(frozen=True, slots=True)
class Selected:
    """What was chosen, and the library that it was chosen from, which is closed with it."""

    library: sqlite3.Connection
    articles: Mapping[str, Article]  # by path
    selection: Selection

    def __del__(self) -> None:
        self.library.close()

    @property
    def specs(self) -> tuple[FeedSpec, ...]:
        return self.selection.specs

    @property
    def feeds(self) -> tuple[SelectedFeed, ...]:
        return self.selection.feeds

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        return self.selection.twins.rejected

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.selection.warnings

    @property
    def topics(self) -> dict[str, tuple[str, ...]]:
        """Path of each article that is shown → the topics of its entry."""
        shown = {one.file: one for feed in self.feeds for one in feed.articles}
        topics = entries._topics(self.library, shown, self.selection)
        return {shown[file].path: names for file, names in topics.items()}

    @property
    def carried_by(self) -> dict[str, str]:
        """Path of each article with a twin → that of the one whose entry stands for it."""
        paths = dict(self.library.execute("SELECT id, path FROM file"))
        return {paths[file]: one.path for file, one in self.selection.twins.carried_by.items()}

    def admits(self, spec: FeedSpec, path: str) -> bool:
        """Whether each rule of a feed, asked alone, takes an article."""
        return all(self.admitted_by(rule, path) for rule in spec.all_rules)

    def admitted_by(self, rule: Rule, path: str) -> bool:
        row = self.library.execute(f"SELECT {rule.admits} FROM file WHERE path = ?", (*rule.parameters, path))
        return bool(row.fetchone()[0])


def selected(
    articles: Iterable[Article],
    settings: Config | None = None,
    stands: Iterable[Stands] = (),
    *,
    one_by_one: bool = False,
) -> Selected:
    """What is chosen of these articles at `NOW`; twins are found for all at once or `one_by_one`."""
    articles, settings, library = tuple(articles), settings or config(), database.connect(None)
    many = 1_000_000 if one_by_one else 0  # files, of which these are few or most
    for feed, shown in stands:
        for known in shown:
            ledger.put_entry(library, known, "")
        ledger.put_feed(library, feed, (known.id for known in shown))
    library.execute("CREATE TEMP TABLE touched (value TEXT PRIMARY KEY) WITHOUT ROWID")
    writer = index.Writer(library)
    for one in articles:
        writer.put(Read(SourceFile(one.path, "", 1, 1, 1), one), None, (1, 1, 1), b"digest")
        if one_by_one:
            writer.flush()
            index._find_twins(library, many)
            library.execute("DELETE FROM touched")
    writer.flush()
    index._find_twins(library, many)
    standing = ledger.standing(library)
    selection = select(
        library,
        settings,
        standing,
        NOW,
        lambda text: entry_id(text, settings.site),
        ledger.entries(library, standing.entries).get,
    )
    return Selected(library, {one.path: one for one in articles}, selection)


def listed(chosen: Selected) -> dict[str, list[str]]:
    """The slug of every feed, and the slugs of its articles in their order."""
    return {one.spec.slug: slugs(chosen, one.articles) for one in chosen.feeds}


def slugs(chosen: Selected, candidates: Iterable[Candidate]) -> list[str]:
    """The slugs of articles as they were given."""
    return [chosen.articles[one.path].slug for one in candidates]


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
