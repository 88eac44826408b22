"""What the next publish would write, and how that differs from what stands."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.articles import loader, source
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.loader import Loaded
from feeds.articles.problem import Rejected
from feeds.config import Config
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library import standing as library
from feeds.library.standing import Standing, StandingEntry
from feeds.publishing.output import Document
from feeds.publishing.report import EntryChange, FeedReport
from feeds.selection.selector import Selection, select
from feeds.syndication.compose import compose, withdrawn
from feeds.syndication.feed import Feed, Site
from feeds.syndication.identity import entry_id

Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All articles read and chosen from; nothing rendered yet."""

    config: Config
    now: datetime
    loaded: Loaded
    selection: Selection
    standing: Standing
    unreadable: tuple[Rejected, ...]  # folders

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """Everything that is not published for a fault of its own, by path."""
        return tuple(sorted((*self.unreadable, *self.loaded.rejected, *self.selection.rejected), key=_place))


@dataclass(frozen=True, slots=True)
class Plan:
    """Every document of the output as it should be, in the order in which to write it."""

    documents: tuple[Document, ...]
    obsolete: tuple[str, ...]  # paths to remove
    feeds: tuple[FeedReport, ...]
    entries: int


def prepare(
    config: Config, now: datetime, *, unpublished_too: bool = False, progress: Progress = silent
) -> Prepared:
    """Load and select; reads the sources and the output folder, writes nothing."""
    files, unreadable = source.find(config.sources)
    reading = Reading(config.site.url, config.site.links, config.topic_keys)
    done = iter(range(1, len(files) + 1))
    loaded = loader.load(
        files,
        reading,
        unpublished_too=unpublished_too,
        progress=lambda: progress("Reading articles", next(done), len(files)),
    )
    standing = library.read(config.output)

    def identity(article: Article) -> str:
        return entry_id(article, config.site)

    selection = select(loaded.articles, config, standing, now, identity)
    return Prepared(config, now, loaded, selection, standing, tuple(unreadable))


def plan(prepared: Prepared, progress: Progress = silent) -> Plan:
    """Compose and render everything, and compare it with what stands."""
    config, standing = prepared.config, prepared.standing
    composed = compose(prepared.selection, config, standing, prepared.now)
    vanished = _vanished(composed, prepared)
    site = composed if config.prune else replace(composed, feeds=composed.feeds + vanished)
    obsolete = _paths(vanished) if config.prune else ()
    documents: list[Document] = []
    reports: list[FeedReport] = []
    beyond = {feed.spec.slug: len(feed.beyond) for feed in prepared.selection.feeds}
    for count, feed in enumerate(composed.feeds + vanished, start=1):
        rendered = tuple(_render(feed))
        reports.append(_report(feed, rendered, standing, beyond.get(feed.slug)))
        if feed in site.feeds:
            documents.extend(rendered)
        progress("Rendering feeds", count, len(composed.feeds) + len(vanished))
    documents.extend(Document(form.file, form.render(site)) for form in SITE_FORMATS)
    distinct = {entry.id for feed in site.feeds for entry in feed.entries}
    return Plan(tuple(documents), tuple(obsolete), tuple(reports), len(distinct))


def _place(problem: Rejected) -> tuple[str, int]:
    return problem.path, problem.line or 0


def _vanished(site: Site, prepared: Prepared) -> tuple[Feed, ...]:
    present = {feed.slug for feed in site.feeds}
    gone = (feed for slug, feed in sorted(prepared.standing.feeds.items()) if slug not in present)
    return tuple(withdrawn(feed, prepared.config) for feed in gone)


def _render(feed: Feed) -> Iterator[Document]:
    return (Document(f"{feed.slug}/{form.file}", form.render(feed)) for form in FEED_FORMATS)


def _paths(feeds: Iterable[Feed]) -> list[str]:
    return [f"{feed.slug}/{form.file}" for feed in feeds for form in FEED_FORMATS]


def _report(feed: Feed, rendered: tuple[Document, ...], standing: Standing, beyond: int | None) -> FeedReport:
    atom = next(document.data for document in rendered if document.path.endswith(library.ATOM_FILE))
    after = {entry.id: entry for entry in library.read_feed(feed.slug, atom).entries}
    stood = standing.feeds.get(feed.slug)
    before = {entry.id: entry for entry in stood.entries} if stood else {}
    return FeedReport(
        slug=feed.slug,
        title=feed.title,
        entries=len(feed.entries),
        beyond=beyond or 0,
        added=_changes(entry for entry in after.values() if entry.id not in before),
        changed=_changes(
            entry
            for entry in after.values()
            if entry.id in before and entry.fingerprint != before[entry.id].fingerprint
        ),
        removed=_changes(entry for entry in before.values() if entry.id not in after),
        vanished=beyond is None,
    )


def _changes(entries: Iterable[StandingEntry]) -> tuple[EntryChange, ...]:
    return tuple(EntryChange(entry.id, entry.title) for entry in entries)
