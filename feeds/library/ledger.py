"""What was promised to subscribers: ids, dates, folders of feeds, and what was withdrawn."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from feeds.library.database import marks
from feeds.text import same


class KnownEntry(NamedTuple):
    """An entry as last emitted; dates in seconds since 1970."""

    id: str
    path: str
    link: str
    title: str
    first_at: int
    published_at: int
    updated_at: int
    text_digest: bytes
    source_digest: bytes
    digest: bytes


ENTRY_COLUMNS = ", ".join(KnownEntry._fields)
TOGETHER = 500  # rows asked for at once
RETIRED = "SELECT slug, first_slug, name, updated_at FROM retired"
PUT_ENTRY = (
    f"INSERT INTO entry ({ENTRY_COLUMNS}, content) VALUES ({', '.join('?' * 11)}) "
    "ON CONFLICT (id) DO UPDATE SET path = excluded.path, link = excluded.link, title = excluded.title, "
    "published_at = excluded.published_at, updated_at = excluded.updated_at, "
    "text_digest = excluded.text_digest, source_digest = excluded.source_digest, digest = excluded.digest, "
    "content = excluded.content"
)


class KnownFeed(NamedTuple):
    """A feed as last written."""

    slug: str
    first_slug: str
    name: str
    title: str
    description: str
    language: str
    updated_at: int
    digest: bytes
    stamp: str


class Held(NamedTuple):
    """A standing entry whose file is rejected for now, and the feeds in which it stays."""

    path: str
    link: str
    feeds: tuple[str, ...]


class Retracted(NamedTuple):
    """An entry that a feed had shown, and when it was withdrawn."""

    feed: str
    entry: str
    withdrawn_at: int


@dataclass(frozen=True)
class Standing:
    """What subscribers have now."""

    feeds: Mapping[str, KnownFeed]
    shown: Mapping[str, tuple[str, ...]]  # slug of a feed → ids of its entries
    moved: frozenset[str] = frozenset()  # slugs at which no more than a notice stands
    retired: Mapping[str, KnownFeed] = field(default_factory=dict)  # what is kept of those that were removed

    @cached_property
    def entries(self) -> frozenset[str]:
        """Ids of all entries that stand in any feed."""
        return frozenset(entry for entries in self.shown.values() for entry in entries)

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """The slug of each topic that has a feed, by the topic's comparable name."""
        feeds = sorted(self.feeds.items(), reverse=True)
        return {same(feed.name): slug for slug, feed in feeds if slug not in self.moved}

    def of_topic(self, name: str, slug: str) -> KnownFeed | None:
        """The feed that a topic has had so far, at this slug or another."""
        here = self.feeds.get(slug)
        if here is not None and slug not in self.moved and same(here.name) == same(name):
            return here
        elsewhere = self.slugs.get(same(name))
        if elsewhere is not None:
            return self.feeds[elsewhere]
        before = self.retired.get(slug)
        return before if before is not None and same(before.name) == same(name) else None


def standing(library: sqlite3.Connection, moved: Iterable[str] = ()) -> Standing:
    """All feeds that stand, with their entries; `moved` are the slugs that the config says were left."""
    feeds = [KnownFeed(*row) for row in library.execute("SELECT * FROM feed ORDER BY slug")]
    shown: dict[str, list[str]] = {}
    for slug, entry in library.execute("SELECT feed, entry FROM shown ORDER BY feed, place"):
        shown.setdefault(slug, []).append(entry)
    return Standing(
        {feed.slug: feed for feed in feeds},
        {slug: tuple(entries) for slug, entries in shown.items()},
        frozenset(moved),
        {row[0]: _retired(*row) for row in library.execute(RETIRED)},
    )


def _retired(slug: str, first_slug: str, name: str, updated_at: int) -> KnownFeed:
    return KnownFeed(slug, first_slug, name, "", "", "", updated_at, b"", "")


def is_empty(library: sqlite3.Connection) -> bool:
    """Whether nothing was ever published, as far as is known."""
    return library.execute("SELECT 1 FROM feed").fetchone() is None


def entries(library: sqlite3.Connection, ids: Iterable[str]) -> dict[str, KnownEntry]:
    """Those of the entries that are known, by id."""
    found: dict[str, KnownEntry] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        query = f"SELECT {ENTRY_COLUMNS} FROM entry WHERE id IN ({marks(some)})"
        found.update((row[0], KnownEntry._make(row)) for row in library.execute(query, some))
    return {identity: found[identity] for identity in wanted if identity in found}


def content(library: sqlite3.Connection, identity: str) -> str:
    """The JSON of a known entry."""
    (text,) = library.execute("SELECT content FROM entry WHERE id = ?", (identity,)).fetchone()
    return str(text)


def put_entry(library: sqlite3.Connection, entry: KnownEntry, content_json: str) -> None:
    """Remember an entry as it is emitted now; the run that first published it stays."""
    library.execute(PUT_ENTRY, (*entry, content_json))


def move_entry(library: sqlite3.Connection, identity: str, path: str) -> None:
    """Remember that another file carries an entry now."""
    library.execute("UPDATE entry SET path = ? WHERE id = ? AND path != ?", (path, identity, path))


def put_feed(library: sqlite3.Connection, feed: KnownFeed, entry_ids: Iterable[str]) -> None:
    """Remember a feed and its entries, in order."""
    library.execute("DELETE FROM retired WHERE slug = ?", (feed.slug,))
    library.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", feed)
    library.execute("DELETE FROM shown WHERE feed = ?", (feed.slug,))
    library.executemany(
        "INSERT INTO shown VALUES (?, ?, ?)",
        ((feed.slug, place, entry) for place, entry in enumerate(entry_ids)),
    )


def retire_feed(library: sqlite3.Connection, slug: str, retired_at: int) -> None:
    """Remember no more of a feed than that it was there, and its date."""
    library.execute(
        "INSERT OR REPLACE INTO retired "
        "SELECT slug, first_slug, name, updated_at, ? FROM feed WHERE slug = ?",
        (retired_at, slug),
    )
    for table, column in (("feed", "slug"), ("shown", "feed"), ("retraction", "feed")):
        library.execute(f"DELETE FROM {table} WHERE {column} = ?", (slug,))


def put_moved(library: sqlite3.Connection, moved: Mapping[str, str]) -> None:
    """Remember where moved feeds are now, and no others."""
    library.execute("DELETE FROM moved")
    library.executemany("INSERT INTO moved VALUES (?, ?)", moved.items())


def held(library: sqlite3.Connection) -> dict[str, Held]:
    """Standing entries whose file is rejected now, by id."""
    rows = library.execute(
        "SELECT shown.entry, entry.path, entry.link, shown.feed "
        "FROM file CROSS JOIN entry ON entry.path = file.path CROSS JOIN shown ON shown.entry = entry.id "
        "WHERE file.state = 'rejected' AND file.state != 'article' ORDER BY shown.entry, shown.feed"
    )
    found: dict[str, Held] = {}
    for identity, path, link, feed in rows:
        before = found.get(identity)
        found[identity] = Held(path, link, (*(before.feeds if before else ()), feed))
    return found


def retract(library: sqlite3.Connection, retracted: Iterable[Retracted]) -> None:
    """Remember withdrawals; the first moment counts."""
    library.executemany("INSERT OR IGNORE INTO retraction VALUES (?, ?, ?)", retracted)


def unretract(library: sqlite3.Connection, slug: str, entry_ids: Iterable[str]) -> None:
    """Entries that a feed shows are not withdrawn from it, whatever was said before."""
    library.executemany(
        "DELETE FROM retraction WHERE feed = ? AND entry = ?", ((slug, entry) for entry in entry_ids)
    )


def retractions(library: sqlite3.Connection, since: int) -> dict[str, tuple[Retracted, ...]]:
    """Withdrawals after a moment, by feed, the newest first; older ones are forgotten."""
    library.execute("DELETE FROM retraction WHERE withdrawn_at <= ?", (since,))
    found: dict[str, list[Retracted]] = {}
    for row in library.execute("SELECT * FROM retraction ORDER BY feed, withdrawn_at DESC, entry"):
        found.setdefault(row[0], []).append(Retracted(*row))
    return {feed: tuple(rows) for feed, rows in found.items()}
