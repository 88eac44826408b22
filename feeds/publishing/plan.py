"""What the next publish would write, and how that differs from what stands."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import chain

from feeds.articles import source
from feeds.articles.aliases import Reading
from feeds.articles.problem import Mended, Rejected
from feeds.articles.source import Found
from feeds.config import Config
from feeds.formats import redirects
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library import index, ledger
from feeds.library.index import Changes
from feeds.library.ledger import KnownEntry, KnownFeed, Retracted, Standing
from feeds.publishing import withdrawal
from feeds.publishing.entries import Circumstances, Emitted, emit
from feeds.publishing.output import Document, stamp
from feeds.publishing.pieces import Pieces
from feeds.publishing.report import EntryChange, FeedReport
from feeds.selection.selector import Selection, select
from feeds.syndication import stored
from feeds.syndication.compose import (
    compose_feed,
    compose_vanished,
    moment,
    moved_entry,
    retraction,
)
from feeds.syndication.feed import Feed, Site
from feeds.syndication.identity import entry_id, moved_id

Progress = Callable[[str, int, int], None]
DIGEST_SIZE = 16
SITE_STAMP = "site_files"  # the setting that tells whether the site's own files are as we left them


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All articles read and chosen from; nothing composed yet."""

    library: sqlite3.Connection
    config: Config
    now: datetime
    code: str
    found: Found
    changes: Changes
    reading: Reading
    standing: Standing
    selection: Selection

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """Everything that is not published for a fault of its own, by path."""
        known = index.rejected(self.library)
        return tuple(sorted((*self.found.unreadable, *known, *self.selection.twins.rejected), key=_place))


@dataclass(frozen=True, slots=True)
class Draft:
    """A feed with what is remembered of its entries; `digest` is of all that it is rendered from."""

    feed: Feed
    first_slug: str
    entries: tuple[KnownEntry, ...]
    digest: bytes
    vanished: bool = False
    notice: str = ""  # JSON of its only entry, where the feed has moved


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a publish writes and remembers."""

    drafts: tuple[Draft, ...]
    documents: Iterator[Document]  # of feeds that are not as they should be, rendered as they are asked for
    rendered: tuple[str, ...]  # slugs of those feeds
    expected: int  # files of the whole output
    obsolete: tuple[str, ...]  # paths to remove
    emitted: Emitted
    retracted: tuple[Retracted, ...]
    reports: tuple[FeedReport, ...]
    site_digest: str


def prepare(
    library: sqlite3.Connection,
    config: Config,
    now: datetime,
    code: str,
    started_ns: int,
    progress: Progress = silent,
) -> Prepared:
    """Bring the index up to date and select."""
    found = source.find(config.sources)
    reading = Reading(config.site.url, config.site.links, config.topic_keys)

    def reads(done: int, total: int) -> None:
        progress("Reading articles", done, total)

    changes = index.update(library, found, reading, started_ns, reads)
    standing = ledger.standing(library)

    def identity(text: str) -> str:
        return entry_id(text, config.site)

    def link_of(entry: str) -> str | None:
        known = ledger.entries(library, [entry] if entry in standing.entries else [])
        return known[entry].link if known else None

    selection = select(library, config, standing, now, identity, link_of)
    return Prepared(library, config, now, code, found, changes, reading, standing, selection)


def plan(prepared: Prepared, progress: Progress = silent) -> Plan:
    """Compose and render what is not as it should be, and compare it with what stands."""
    library, config = prepared.library, prepared.config
    given = Circumstances(config, prepared.reading, prepared.now, prepared.code)
    emitted = emit(library, prepared.selection, prepared.standing.entries, given)
    members = _members(prepared, emitted)
    retracted = withdrawal.withdrawn(
        library, config, prepared.selection, prepared.standing, members, prepared.now
    )
    drafts = _drafts(prepared, members, retracted)
    kept = tuple(draft for draft in drafts if not (draft.vanished and config.prune))
    stale = [draft for draft in kept if not _stands(draft, prepared)]
    site = _site(kept, config)
    digest = _site_digest(site, kept, prepared).hex()
    documents = _rendered(stale, library, emitted, progress)
    if _setting(library, SITE_STAMP) != f"{digest} {_site_stamp(config)}":
        documents = chain(documents, _site_documents(site, config))
    return Plan(
        drafts=kept,
        documents=documents,
        rendered=tuple(draft.feed.slug for draft in stale),
        expected=len(kept) * len(FEED_FORMATS) + len(_site_files(config)),
        obsolete=tuple(_obsolete(drafts, kept)),
        emitted=emitted,
        retracted=tuple(retracted),
        reports=tuple(_report(draft, prepared) for draft in drafts),
        site_digest=digest,
    )


def remember(prepared: Prepared, planned: Plan) -> None:
    """Write down what subscribers have now, once it stands on disk."""
    library, config = prepared.library, prepared.config
    for known in planned.emitted.entries.values():
        if known.id in planned.emitted.composed:
            ledger.put_entry(library, known, stored.to_json(planned.emitted.composed[known.id]))
        else:
            ledger.move_entry(library, known.id, known.path)
    index.add_mended(library, planned.emitted.mended)
    ledger.retract(library, planned.retracted)
    kept = {draft.feed.slug for draft in planned.drafts}
    for slug in prepared.standing.feeds.keys() - kept:
        ledger.forget_feed(library, slug)
    for draft in planned.drafts:
        known_feed = _known_feed(draft, config)
        if prepared.standing.feeds.get(draft.feed.slug) != known_feed:
            ids = [one.id for one in draft.entries]
            if draft.notice:
                ledger.put_entry(library, draft.entries[0], draft.notice)
            ledger.put_feed(library, known_feed, ids)
            ledger.unretract(library, draft.feed.slug, ids)
    value = f"{planned.site_digest} {_site_stamp(config)}"
    library.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (SITE_STAMP, value))


def _place(problem: Rejected) -> tuple[str, int]:
    return problem.path, problem.line or 0


def _members(prepared: Prepared, emitted: Emitted) -> dict[str, tuple[KnownEntry, ...]]:
    """The entries of every feed, in order: the selected, and those whose file is rejected for now."""
    fresh = {entry.id for entry in emitted.entries.values()}
    held = {one: slugs for one, slugs in ledger.held(prepared.library).items() if one not in fresh}
    known = ledger.entries(prepared.library, held)
    staying: dict[str, list[KnownEntry]] = {}
    for identity, slugs in held.items():
        for slug in slugs:
            staying.setdefault(slug, []).append(known[identity])
    members: dict[str, tuple[KnownEntry, ...]] = {}
    for feed in prepared.selection.feeds:
        entries = [emitted.entries[one.file] for one in feed.articles] + staying.pop(feed.spec.slug, [])
        entries.sort(key=lambda one: (-one.published_at, one.link))
        members[feed.spec.slug] = tuple(entries[: feed.spec.limit])
    return members | {slug: tuple(entries) for slug, entries in staying.items()}


def _drafts(
    prepared: Prepared,
    members: Mapping[str, tuple[KnownEntry, ...]],
    retracted: list[Retracted],
) -> tuple[Draft, ...]:
    config, standing = prepared.config, prepared.standing
    days = config.retractions.days
    since = int((prepared.now - timedelta(days=days)).timestamp())
    gone = {slug: list(rows) for slug, rows in ledger.retractions(prepared.library, since).items()}
    for one in retracted if days else ():
        gone.setdefault(one.feed, []).insert(0, one)
    drafts = []
    for selected in prepared.selection.feeds:
        stood = standing.feeds.get(selected.spec.slug)
        first_slug = stood.first_slug if stood else selected.spec.slug
        feed = compose_feed(selected.spec, first_slug, config)
        drafts.append(_draft(feed, first_slug, members[feed.slug], gone.get(feed.slug, []), stood, prepared))
    present = {draft.feed.slug for draft in drafts}
    moved = [slug for slug in config.moved if slug not in present and config.moved[slug] in present]
    for slug, stood in standing.feeds.items():
        if slug not in present and slug not in moved:
            feed = compose_vanished(stood, config)
            draft = _draft(feed, stood.first_slug, members.get(slug, ()), gone.get(slug, []), stood, prepared)
            drafts.append(replace(draft, vanished=not draft.entries))
    drafts.extend([_moved(slug, drafts, prepared) for slug in moved])
    return tuple(drafts)


def _draft(
    feed: Feed,
    first_slug: str,
    entries: tuple[KnownEntry, ...],
    gone: list[Retracted],
    stood: KnownFeed | None,
    prepared: Prepared,
) -> Draft:
    ids = {entry.id for entry in entries}
    retractions = tuple(retraction(one.entry, one.withdrawn_at) for one in gone if one.entry not in ids)
    moments = [*(moment(one.updated_at) for one in entries), *(one.when for one in retractions)]
    if stood is not None:
        moments.append(moment(stood.updated_at))
    updated = max(moments, default=feed.updated)
    feed = replace(feed, updated=updated, retractions=retractions, size=len(entries))
    digest = _digest([asdict(feed), [(one.id, one.digest.hex()) for one in entries], prepared.code])
    return Draft(feed, first_slug, entries, digest)


def _moved(slug: str, drafts: list[Draft], prepared: Prepared) -> Draft:
    """What stands at the old place of a feed: the new one's name and address, and a notice."""
    new = next(draft for draft in drafts if draft.feed.slug == prepared.config.moved[slug])
    identity = moved_id(slug, prepared.config.site)
    known = ledger.entries(prepared.library, [identity]).get(identity)
    moved_at = prepared.now if known is None else moment(known.published_at)
    notice = moved_entry(identity, new.feed, moved_at)
    content = stored.to_json(notice)
    at = int(moved_at.timestamp())
    entry = KnownEntry(identity, "", notice.link, notice.title, at, at, at, b"", b"", _digest(content))
    draft = _draft(
        replace(new.feed, slug=slug, updated=moved_at), new.first_slug, (entry,), [], None, prepared
    )
    return replace(draft, notice=content)


def _stands(draft: Draft, prepared: Prepared) -> bool:
    """Whether the feed's files are what they should be, without reading one."""
    return prepared.standing.feeds.get(draft.feed.slug) == _known_feed(draft, prepared.config)


def _known_feed(draft: Draft, config: Config) -> KnownFeed:
    feed = draft.feed
    return KnownFeed(
        slug=feed.slug,
        first_slug=draft.first_slug,
        name=feed.name,
        title=feed.title,
        description=feed.description,
        language=feed.language,
        updated_at=int(feed.updated.timestamp()),
        digest=draft.digest,
        stamp=stamp(config.output / feed.slug, (form.file for form in FEED_FORMATS)),
    )


def _site(drafts: Iterable[Draft], config: Config) -> Site:
    return Site(
        url=config.site.url,
        title=config.site.title or "Feeds",
        description=config.site.description,
        language=config.site.language,
        feeds=tuple(draft.feed for draft in drafts if draft.feed.slug not in config.moved),
    )


def _rendered(
    drafts: list[Draft], library: sqlite3.Connection, emitted: Emitted, progress: Progress
) -> Iterator[Document]:
    pieces = Pieces(library, emitted, (one.id for draft in drafts for one in draft.entries))
    for count, draft in enumerate(drafts, start=1):
        pieces.notices.update({one.id: draft.notice for one in draft.entries if draft.notice})
        entries = [pieces.take(one.id, draft.feed) for one in draft.entries]
        for place, form in enumerate(FEED_FORMATS):
            data = form.render_feed(draft.feed, [piece[place] for piece in entries])
            yield Document(f"{draft.feed.slug}/{form.file}", data)
        progress("Rendering feeds", count, len(drafts))


def _site_digest(site: Site, drafts: Iterable[Draft], prepared: Prepared) -> bytes:
    about = asdict(replace(site, feeds=()))
    return _digest([about, [draft.digest.hex() for draft in drafts], prepared.code, prepared.config.moved])


def _site_documents(site: Site, config: Config) -> Iterator[Document]:
    if config.moved:
        for form in redirects.FORMATS:
            yield Document(form.file, form.render(config.site.url, config.moved))
    for site_form in SITE_FORMATS:
        yield Document(site_form.file, site_form.render(site))


def _site_files(config: Config) -> tuple[str, ...]:
    moved = tuple(form.file for form in redirects.FORMATS) if config.moved else ()
    return (*moved, *(form.file for form in SITE_FORMATS))


def _site_stamp(config: Config) -> str:
    return stamp(config.output, _site_files(config))


def _setting(library: sqlite3.Connection, name: str) -> str | None:
    row = library.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _obsolete(drafts: tuple[Draft, ...], kept: tuple[Draft, ...]) -> list[str]:
    slugs = {draft.feed.slug for draft in kept}
    return [
        f"{draft.feed.slug}/{form.file}"
        for draft in drafts
        if draft.feed.slug not in slugs
        for form in FEED_FORMATS
    ]


def _report(draft: Draft, prepared: Prepared) -> FeedReport:
    slug = draft.feed.slug
    stood = prepared.standing.feeds.get(slug)
    added: list[EntryChange] = []
    changed: list[EntryChange] = []
    removed: list[EntryChange] = []
    if stood is None or stood.digest != draft.digest:
        before = ledger.entries(prepared.library, prepared.standing.shown.get(slug, ()))
        after = {entry.id: entry for entry in draft.entries}
        added = [_change(entry) for entry in draft.entries if entry.id not in before]
        changed = [
            _change(entry)
            for entry in draft.entries
            if entry.id in before and _differs(entry, before[entry.id])
        ]
        removed = [_change(entry) for entry in before.values() if entry.id not in after]
    return FeedReport(
        slug,
        draft.feed.title,
        len(draft.entries),
        tuple(added),
        tuple(changed),
        tuple(removed),
        draft.vanished,
    )


def _differs(entry: KnownEntry, before: KnownEntry) -> bool:
    """Of what was read back from Atom files no more than the text can be compared."""
    return entry.digest != before.digest if before.digest else entry.text_digest != before.text_digest


def _change(entry: KnownEntry) -> EntryChange:
    return EntryChange(entry.id, entry.title)


def _digest(value: object) -> bytes:
    text = json.dumps(value, default=str)
    return blake2b(text.encode(errors="surrogateescape"), digest_size=DIGEST_SIZE).digest()


def mended(prepared: Prepared, planned: Plan | None) -> tuple[Mended, ...]:
    """What was removed or passed over in the articles, and in the related coverage of those shown."""
    notes = {*index.mended(prepared.library), *(planned.emitted.mended if planned else ())}
    return tuple(sorted(notes, key=lambda note: (note.path, note.line or 0, note.field)))
