"""The feeds of a run: their words, dates, entries and retractions, before anything is rendered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from feeds.config import Config
from feeds.library import ledger
from feeds.library.ledger import KnownEntry, KnownFeed, Retracted
from feeds.publishing.entries import Emitted, digest_of
from feeds.publishing.prepare import Prepared
from feeds.syndication import stored
from feeds.syndication.compose import compose_feed, compose_vanished, moment, moved_entry, retraction
from feeds.syndication.feed import Feed
from feeds.syndication.identity import moved_id


@dataclass(frozen=True, slots=True)
class Draft:
    """A feed with what is remembered of its entries; `digest` is of all that it is rendered from."""

    feed: Feed
    first_slug: str
    entries: tuple[KnownEntry, ...]
    digest: bytes
    vanished: bool = False
    notice: str = ""  # JSON of its only entry, where the feed has moved


def feed_members(prepared: Prepared, emitted: Emitted) -> dict[str, tuple[KnownEntry, ...]]:
    """The entries of every feed, in order: the selected, and those whose file is rejected for now."""
    links = {entry.link for entry in emitted.entries.values()}
    held = {identity: one for identity, one in prepared.held.items() if one.link not in links}
    known = ledger.entries(prepared.library, held)
    staying: dict[str, list[KnownEntry]] = {}
    for identity, one in held.items():
        for slug in one.feeds:
            staying.setdefault(slug, []).append(known[identity])
    members: dict[str, tuple[KnownEntry, ...]] = {}
    for feed in prepared.selection.feeds:
        entries = [emitted.entries[one.file] for one in feed.articles] + staying.pop(feed.spec.slug, [])
        members[feed.spec.slug] = tuple(sorted(entries, key=_newest_first)[: feed.spec.limit])
    return members | {slug: tuple(sorted(entries, key=_newest_first)) for slug, entries in staying.items()}


def _newest_first(one: KnownEntry) -> tuple[int, str]:
    return -one.published_at, one.link


def draft_feeds(
    prepared: Prepared, members: Mapping[str, tuple[KnownEntry, ...]], retracted: Iterable[Retracted]
) -> tuple[Draft, ...]:
    """Every feed: the selected ones, those whose topic vanished, and the notices of moved ones."""
    config, standing = prepared.config, prepared.standing
    days = config.retractions.days
    since = int((prepared.now - timedelta(days=days)).timestamp())
    gone = {slug: list(rows) for slug, rows in ledger.retractions(prepared.library, since).items()}
    for one in retracted if days else ():
        rows = gone.setdefault(one.feed, [])
        if all(one.entry != row.entry for row in rows):  # the first moment counts, as in the ledger
            rows.append(one)
    for rows in gone.values():
        rows.sort(key=lambda one: (-one.withdrawn_at, one.entry))
    drafts = []
    for selected in prepared.selection.feeds:
        slug = selected.spec.slug
        stood = standing.of_topic(selected.spec.name, slug)
        first_slug = stood.first_slug if stood else slug
        feed = compose_feed(selected.spec, first_slug, config)
        drafts.append(_draft(feed, first_slug, members[slug], gone.get(slug, []), stood, prepared))
    present = {draft.feed.slug for draft in drafts}
    moved = [old for old, new in config.moved.items() if old not in present and new in present]
    for slug, stood in standing.feeds.items():
        if slug not in present and slug not in moved:
            feed = compose_vanished(stood, config)
            draft = _draft(feed, stood.first_slug, members.get(slug, ()), gone.get(slug, []), stood, prepared)
            drafts.append(replace(draft, vanished=not draft.entries))
    drafts.extend([_moved(slug, drafts, prepared) for slug in moved])
    return tuple(drafts)


def as_it_stands(feed: Feed, prepared: Prepared) -> Feed:
    """What lists of feeds say of a feed that is not replaced in this run."""
    stood = prepared.standing.feeds[feed.slug]
    size = len(prepared.standing.shown.get(feed.slug, ()))
    return replace(
        feed,
        title=stood.title,
        description=stood.description,
        language=stood.language,
        updated=moment(stood.updated_at),
        size=size,
    )


def moved_nowhere(config: Config, drafts: Iterable[Draft]) -> tuple[str, ...]:
    """A warning for each moved feed that cannot be: its old place is in use, or its new one is not there."""
    standing = {draft.feed.slug for draft in drafts if not draft.notice}
    return tuple(
        f"config: moved: {old} cannot point to {new}: "
        + (f"there is no feed {new}" if new not in standing else f"{old} is a feed of this run")
        for old, new in config.moved.items()
        if old in standing or new not in standing
    )


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
    seconds = [one.updated_at for one in entries] + ([stood.updated_at] if stood else [])
    moments = [*(one.when for one in retractions), *([moment(max(seconds))] if seconds else [])]
    updated = max(moments, default=feed.updated)
    feed = replace(feed, updated=updated, retractions=retractions, size=len(entries))
    digest = digest_of((feed, [(one.id, one.digest) for one in entries], prepared.code))
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
    entry = KnownEntry(identity, "", notice.link, notice.title, at, at, at, b"", b"", digest_of(content))
    draft = _draft(
        replace(new.feed, slug=slug, updated=moved_at), new.first_slug, (entry,), [], None, prepared
    )
    return replace(draft, notice=content)
