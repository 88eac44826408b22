"""What the ledger knows of a feed on disk: compared before it is rendered, written down once it stands."""

import sqlite3
from collections.abc import Collection, Iterable

from feeds.config import Config
from feeds.formats import redirects
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library import database, index, ledger
from feeds.library.ledger import KnownFeed, Retracted
from feeds.publishing.drafts import Draft
from feeds.publishing.entries import Emitted
from feeds.publishing.output import MISSING, stamp
from feeds.publishing.prepare import Prepared
from feeds.syndication import stored

SITE_STAMP = "site_files"  # the setting that tells whether the site's own files are as we left them


def stands(draft: Draft, prepared: Prepared) -> bool:
    """Whether the feed's files are what they should be, without reading one."""
    known = _known_feed(draft, prepared.config)
    return MISSING not in known.stamp and prepared.standing.feeds.get(draft.feed.slug) == known


def site_stands(library: sqlite3.Connection, config: Config, digest: str) -> bool:
    """Whether the files of the site as a whole are, which are made of what has this digest."""
    there = stamp(config.output, (form.file for form in SITE_FORMATS))
    return MISSING not in there and database.setting(library, SITE_STAMP) == _site_value(config, digest)


def all_there(drafts: Iterable[Draft], config: Config) -> bool:
    """Whether nobody took a file away between its writing and now."""
    stamps = [feed_stamp(draft.feed.slug, config) for draft in drafts]
    return not any(MISSING in one for one in (*stamps, stamp(config.output, (f.file for f in SITE_FORMATS))))


def feed_stamp(slug: str, config: Config) -> str:
    """What the file system says of a feed's files now."""
    return stamp(config.output / slug, (form.file for form in FEED_FORMATS))


def remember_entries(
    prepared: Prepared, emitted: Emitted, retracted: tuple[Retracted, ...], withheld: Collection[str]
) -> None:
    """Write down the entries that subscribers have now, and those that were taken from them.

    The `withheld` are in no feed that came out: they are composed again next time.
    """
    library = prepared.library
    for known in emitted.entries.values():
        if known.id in withheld:
            continue
        if known.id in emitted.composed:
            ledger.put_entry(library, known, stored.to_json(emitted.composed[known.id]))
    for known in emitted.moved:
        ledger.move_entry(library, known.id, known.path)
    index.add_mended(library, emitted.mended)
    ledger.retract(library, retracted)


def remember_feeds(
    prepared: Prepared, drafts: tuple[Draft, ...], held_back: Collection[str], site_digest: str
) -> None:
    """Write down the feeds that stand now; those that were held back stay as they were known."""
    library, config = prepared.library, prepared.config
    now = int(prepared.now.timestamp())
    for slug in prepared.standing.feeds.keys() - {draft.feed.slug for draft in drafts}:
        ledger.retire_feed(library, slug, now)
    ledger.put_moved(library, moved(drafts, config))
    for draft in drafts:
        if draft.feed.slug in held_back:
            continue
        known = _known_feed(draft, config)
        if prepared.standing.feeds.get(known.slug) != known:
            ids = [one.id for one in draft.entries]
            if draft.notice:
                ledger.put_entry(library, draft.entries[0], draft.notice)
            ledger.put_feed(library, known, ids)
            ledger.unretract(library, known.slug, ids)
    database.put_setting(library, SITE_STAMP, _site_value(config, site_digest))


def moved(drafts: Iterable[Draft], config: Config) -> dict[str, str]:
    """Old slug → new slug of feeds that stand elsewhere now."""
    return {draft.feed.slug: config.moved[draft.feed.slug] for draft in drafts if draft.notice}


def _site_value(config: Config, digest: str) -> str:
    names = (form.file for form in (*redirects.FORMATS, *SITE_FORMATS))
    return f"{digest} {stamp(config.output, names)}"


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
        stamp=feed_stamp(feed.slug, config),
    )
