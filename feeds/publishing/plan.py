"""What the next publish would write, and how that differs from what stands."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain

from feeds.articles.problem import Mended
from feeds.config import Config
from feeds.formats import redirects
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library import index, ledger
from feeds.library.ledger import KnownEntry, Retracted
from feeds.publishing import withdrawal
from feeds.publishing.drafts import Draft, as_it_stands, draft_feeds, feed_members, moved_nowhere
from feeds.publishing.entries import Circumstances, Emitted, digest_of, emit
from feeds.publishing.gate import Gate
from feeds.publishing.memory import moved, remember_entries, remember_feeds, site_stands, stands
from feeds.publishing.output import Document
from feeds.publishing.pieces import Pieces
from feeds.publishing.prepare import Prepared, Progress, silent
from feeds.publishing.report import EntryChange, FeedReport
from feeds.publishing.resting import at_rest
from feeds.syndication.feed import Site


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
    gate: Gate  # knows which feeds were held back once their documents were asked for
    warnings: tuple[str, ...]


def plan(prepared: Prepared, progress: Progress = silent, due: Collection[str] | None = None) -> Plan:
    """Compose and render what is not as it should be, and compare it with what stands.

    Feeds whose schedule is not among those `due` stay as they stand.
    """
    library, config = prepared.library, prepared.config
    given = Circumstances(config, prepared.reading, prepared.now, prepared.code)
    emitted = emit(library, prepared.selection, prepared.standing.entries, given)
    members = feed_members(prepared, emitted)
    retracted = withdrawal.withdrawn(
        library, config, prepared.selection, prepared.standing, members, prepared.now
    )
    drafts = at_rest(draft_feeds(prepared, members, retracted), prepared, due, retracted)
    kept = tuple(draft for draft in drafts if not (draft.vanished and config.prune))
    stale = [draft for draft in kept if not stands(draft, prepared)]
    site = _site(kept, config)
    elsewhere = moved(kept, config)
    digest = _site_digest(site, kept, elsewhere, prepared).hex()
    gate = Gate(prepared.standing, emitted.secured)
    documents = _rendered(stale, library, emitted, gate, progress)
    if not site_stands(library, config, digest):
        documents = chain(documents, _site_documents(kept, gate, prepared, elsewhere))
    return Plan(
        drafts=kept,
        documents=documents,
        rendered=tuple(draft.feed.slug for draft in stale),
        expected=len(kept) * len(FEED_FORMATS)
        + (len(redirects.FORMATS) if elsewhere else 0)
        + len(SITE_FORMATS),
        obsolete=tuple(_obsolete(drafts, kept, config)),
        emitted=emitted,
        retracted=tuple(retracted),
        reports=tuple(_report(draft, prepared) for draft in drafts),
        site_digest=digest,
        gate=gate,
        warnings=moved_nowhere(config, drafts),
    )


def remember(prepared: Prepared, planned: Plan) -> None:
    """Write down what subscribers have now, once it stands on disk."""
    held_back = planned.gate.held_back
    out = {one.id for draft in planned.drafts if draft.feed.slug not in held_back for one in draft.entries}
    withheld = {one.id for draft in planned.drafts for one in draft.entries} - out
    remember_entries(prepared, planned.emitted, planned.retracted, withheld)
    # What lists all feeds is made anew as long as one of them is not what it should be.
    remember_feeds(prepared, planned.drafts, held_back, "" if held_back else planned.site_digest)


def mended(prepared: Prepared, planned: Plan) -> tuple[Mended, ...]:
    """What was removed or passed over in the articles, and in the related coverage of those shown."""
    notes = {*index.mended(prepared.library), *planned.emitted.mended}
    return tuple(sorted(notes, key=lambda note: (note.path, note.line or 0, note.field)))


def _site(drafts: Iterable[Draft], config: Config) -> Site:
    return Site(
        url=config.site.url,
        title=config.site.title or "Feeds",
        description=config.site.description,
        language=config.site.language,
        feeds=tuple(draft.feed for draft in drafts if not draft.notice),
    )


def _rendered(
    drafts: list[Draft], library: sqlite3.Connection, emitted: Emitted, gate: Gate, progress: Progress
) -> Iterator[Document]:
    """The files of every feed that passes the gate."""
    pieces = Pieces(library, emitted, (one.id for draft in drafts for one in draft.entries))
    for count, draft in enumerate(drafts, start=1):
        yield from gate.passes(draft, partial(_feed_documents, draft, pieces))
        progress("Rendering feeds", count, len(drafts))


def _feed_documents(draft: Draft, pieces: Pieces) -> list[Document]:
    pieces.notices.update({one.id: draft.notice for one in draft.entries if draft.notice})
    entries = [pieces.take(one.id, draft.feed) for one in draft.entries]
    feed = draft.feed
    return [
        Document(f"{feed.slug}/{form.file}", form.render_feed(feed, [piece[place] for piece in entries]))
        for place, form in enumerate(FEED_FORMATS)
    ]


def _site_digest(site: Site, drafts: Iterable[Draft], moved: Mapping[str, str], prepared: Prepared) -> bytes:
    about = asdict(replace(site, feeds=()))
    return digest_of([about, [draft.digest.hex() for draft in drafts], prepared.code, dict(moved)])


def _site_documents(
    drafts: Iterable[Draft], gate: Gate, prepared: Prepared, moved: Mapping[str, str]
) -> Iterator[Document]:
    """Asked for last, when it is known which feeds stay as they were, and which do not come out at all."""
    held_back = gate.held_back
    present = [
        replace(draft, feed=as_it_stands(draft.feed, prepared)) if draft.feed.slug in held_back else draft
        for draft in drafts
        if draft.feed.slug not in held_back or held_back[draft.feed.slug].stands
    ]
    if not present:
        return  # there is no feed to list
    site = _site(present, prepared.config)
    if moved:
        for form in redirects.FORMATS:
            yield Document(form.file, form.render(site.url, moved))
    for site_form in SITE_FORMATS:
        yield Document(site_form.file, site_form.render(site))


def _obsolete(drafts: tuple[Draft, ...], kept: tuple[Draft, ...], config: Config) -> list[str]:
    slugs = {draft.feed.slug for draft in kept}
    gone = [draft.feed.slug for draft in drafts if draft.feed.slug not in slugs]
    paths = [f"{slug}/{form.file}" for slug in gone for form in FEED_FORMATS]
    if not any(draft.notice for draft in kept):
        paths += [form.file for form in redirects.FORMATS if (config.output / form.file).exists()]
    return paths


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
