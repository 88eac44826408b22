"""A library that was lost is rebuilt: the articles are read again, the ledger from what stands."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds.errors import LibraryFailed
from feeds.library import database, ledger, readback
from feeds.library.database import Unusable
from feeds.library.ledger import KnownEntry, KnownFeed
from feeds.library.readback import StandingEntry, StandingFeed
from feeds.publishing.entries import text_digest

FORGOTTEN = (
    "What stands was read back from the Atom files. Forgotten are the `updated` dates of entries that no "
    "feed shows, retractions, entries whose file cannot be read now, and who came first to a contested slug "
    "or link that no feed shows; ids never change."
)


def open_library(state: Path, output: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """The library of an output folder, rebuilt where it is missing or unusable, and warnings of that."""
    path = database.path_for(state, output)
    why = f"{path}: the library is {'empty' if path.exists() else 'missing'} and was rebuilt. "
    try:
        library = database.connect(path)
    except Unusable as error:
        why = _put_aside(path, error)
        library = database.connect(path)
    rebuilt = ledger.is_empty(library) and seed(library, output)
    return library, (why + FORGOTTEN,) if rebuilt else ()


def replace_library(
    state: Path, output: Path, damage: Exception
) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """A library rebuilt in place of one that turned out to be damaged while it was used."""
    why = _put_aside(database.path_for(state, output), damage)
    library, _ = open_library(state, output)
    return library, (why + FORGOTTEN,)


@contextmanager
def telling(state: Path, output: Path) -> Iterator[None]:
    """What SQLite complains of, as one clear line."""
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryFailed(database.path_for(state, output), error) from error


def open_to_ask(state: Path, output: Path) -> sqlite3.Connection:
    """The library for those who only ask: what is missing or unusable is left to the next publish."""
    path = database.path_for(state, output)
    if path.exists():
        with suppress(Unusable):
            library = database.connect(path)
            if not ledger.is_empty(library):
                return library
            library.close()
    library = database.connect(None)
    seed(library, output)
    return library


def seed(library: sqlite3.Connection, output: Path) -> int:
    """Enter what stands in the output folder into an empty ledger; returns the number of its feeds."""
    feeds = readback.read(output)
    with database.transaction(library, keep=True):
        for feed in feeds:
            for entry in feed.entries:
                ledger.put_entry(library, _entry(entry), "")
            ledger.put_feed(library, _feed(feed), (entry.id for entry in feed.entries))
    return len(feeds)


def _put_aside(path: Path, damage: Exception) -> str:
    """Returns what to say of it. Raises LibraryFailed where it is the disk that failed, not the file."""
    if isinstance(damage.__cause__ or damage, sqlite3.Error) and database.is_sound(path):
        raise LibraryFailed(path, damage)
    aside = path.with_suffix(".unusable")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    return f"{path}: {damage}. It was put aside as {aside.name} and the library rebuilt. "


def _feed(feed: StandingFeed) -> KnownFeed:
    first_slug = feed.id.rpartition("/")[2] or feed.slug
    updated_at = int(feed.updated.timestamp())
    return KnownFeed(
        feed.slug, first_slug, feed.name, feed.title, feed.description, feed.language, updated_at, b"", ""
    )


def _entry(entry: StandingEntry) -> KnownEntry:
    return KnownEntry(
        id=entry.id,
        path="",
        link=entry.link,
        title=entry.title,
        first_at=int(entry.published.timestamp()),
        published_at=int(entry.published.timestamp()),
        updated_at=int(entry.updated.timestamp()),
        text_digest=text_digest(entry.title, entry.link, entry.summary, entry.content_html),
        source_digest=b"",
        digest=b"",
    )
