"""The library's file: one SQLite database for each output folder, readable with the sqlite3 shell.

`docs/library.md` describes its tables. A migration is a script that is never edited again; the database's
`user_version` counts those that were run.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from feeds.errors import LibraryFailed

INDEX = """
CREATE TABLE file (              -- what was read: one row an article file
  id            INTEGER PRIMARY KEY,
  path          TEXT NOT NULL UNIQUE,   -- as the user named it
  folder        TEXT NOT NULL,          -- below its source, for link patterns
  mtime_ns      INTEGER NOT NULL,       -- 0: it was too young to be sure; with the next two: unchanged?
  size          INTEGER NOT NULL,
  inode         INTEGER NOT NULL,
  digest        BLOB NOT NULL,          -- BLAKE2b of its bytes; empty where they could not be read
  state         TEXT NOT NULL CHECK (state IN ('article', 'rejected', 'unpublished', 'ignored')),
  reading       INTEGER NOT NULL,       -- 1: what it says depends on site.url and site.links
  -- an article:
  identity      TEXT,                   -- its own id, or its slug after a blank
  link          TEXT,
  title         TEXT,
  published_at  INTEGER,                -- seconds since 1970
  updated_at    INTEGER,
  quality       REAL,
  heat          REAL,
  type          TEXT,                   -- this and the next three: NFC, case-folded
  language      TEXT,
  provider      TEXT,
  domain        TEXT,
  byline        TEXT,                   -- provider and domain as they stand there
  twins         INTEGER NOT NULL DEFAULT 0,  -- 1: another article has the same link or identity
  -- a rejected file:
  line          INTEGER,
  field         TEXT,
  expected      TEXT,
  found         TEXT
) STRICT;
CREATE INDEX file_newest ON file (published_at DESC, link) WHERE state = 'article';
CREATE INDEX file_link ON file (link) WHERE state = 'article';
CREATE INDEX file_identity ON file (identity) WHERE state = 'article';
CREATE INDEX file_twins ON file (id) WHERE twins;
CREATE INDEX file_updated ON file (updated_at) WHERE updated_at IS NOT NULL;
CREATE INDEX file_other ON file (state, path) WHERE state != 'article';

CREATE TABLE topic (             -- the topics of each article
  key           TEXT NOT NULL,          -- NFC, case-folded
  published_at  INTEGER NOT NULL,
  link          TEXT NOT NULL,
  file          INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
  place         INTEGER NOT NULL,       -- in the article's list
  name          TEXT NOT NULL,          -- as it stands there
  PRIMARY KEY (key, published_at DESC, link, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_file ON topic (file);

CREATE TABLE mended (            -- what was removed or passed over while reading
  file          INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
  line          INTEGER,
  field         TEXT NOT NULL,
  expected      TEXT NOT NULL,
  found         TEXT NOT NULL
) STRICT;
CREATE INDEX mended_file ON mended (file);

CREATE TABLE setting (           -- what the rows above were read with
  name          TEXT PRIMARY KEY,
  value         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
LEDGER = """
CREATE TABLE entry (             -- what subscribers were given, ever: one row an id
  id            TEXT PRIMARY KEY,
  path          TEXT NOT NULL,          -- the file that carried it last
  link          TEXT NOT NULL,
  title         TEXT NOT NULL,
  first_at      INTEGER NOT NULL,       -- the run that first published it
  published_at  INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  text_digest   BLOB NOT NULL,          -- of title, link, excerpt and body, as emitted
  source_digest BLOB NOT NULL,          -- of what it was composed from
  digest        BLOB NOT NULL,          -- of content
  content       TEXT NOT NULL           -- the whole entry, as JSON
) STRICT;
CREATE INDEX entry_path ON entry (path);

CREATE TABLE feed (              -- every feed that stands
  slug          TEXT PRIMARY KEY,
  first_slug    TEXT NOT NULL,          -- which its id is made of
  name          TEXT NOT NULL,          -- of its topic; empty: the feed of all
  title         TEXT NOT NULL,
  description   TEXT NOT NULL,
  language      TEXT NOT NULL,
  updated_at    INTEGER NOT NULL,       -- never falls
  digest        BLOB NOT NULL,          -- of all that it was rendered from
  stamp         TEXT NOT NULL           -- mtime, size and inode of its files as we left them
) STRICT;

CREATE TABLE shown (             -- which entries stand in which feed
  feed          TEXT NOT NULL,
  place         INTEGER NOT NULL,
  entry         TEXT NOT NULL,
  PRIMARY KEY (feed, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_entry ON shown (entry);

CREATE TABLE retraction (        -- withdrawn entries, and the feeds that had shown them (RFC 6721)
  feed          TEXT NOT NULL,
  entry         TEXT NOT NULL,
  withdrawn_at  INTEGER NOT NULL,
  PRIMARY KEY (feed, entry)
) STRICT, WITHOUT ROWID;
"""
DEPARTED = """
CREATE TABLE retired (           -- feeds that were removed; their dates never fall when they come back
  slug          TEXT PRIMARY KEY,
  first_slug    TEXT NOT NULL,
  name          TEXT NOT NULL,
  updated_at    INTEGER NOT NULL,
  retired_at    INTEGER NOT NULL        -- the run that removed it
) STRICT, WITHOUT ROWID;

CREATE TABLE moved (             -- slugs at which no more than a notice stands
  slug          TEXT PRIMARY KEY,
  new_slug      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
# What a run asks when one article changed is answered without a look at each row.
SHORT_RUNS = """
CREATE INDEX file_unread ON file (size) WHERE digest = x'';
DROP INDEX topic_file;
CREATE INDEX topic_file ON topic (file, place, name);
"""
MIGRATIONS = (INDEX, LEDGER, DEPARTED, SHORT_RUNS)
CACHE_KIB = 32 * 1024


class Unusable(Exception):  # noqa: N818
    """The file is no library of ours, or a newer version's, or corrupt."""


def path_for(state: Path, output: Path) -> Path:
    """The library of one output folder: its name, and a digest of where it is."""
    place = hashlib.blake2b(str(output.resolve()).encode(errors="surrogateescape"), digest_size=4).hexdigest()
    return state / f"{output.resolve().name or 'output'}-{place}.sqlite"


def listing_for(state: Path, output: Path) -> Path:
    """Where the listing is kept that the library's index was made of."""
    return path_for(state, output).with_suffix(".listing")


def connect(path: Path | None) -> sqlite3.Connection:
    """Open the library, migrated to this version; None opens one in memory that nobody keeps.

    Raises Unusable for what is no library, and LibraryFailed where SQLite cannot read or write.
    """
    try:
        connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        if is_damaged(error):
            raise Unusable(str(error)) from error
        raise LibraryFailed(path or Path(":memory:"), error) from error
    return connection


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong at a second look: one error of a disk looks like a damaged file."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file's contents are at fault, and not the disk, a lock or our own statement."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise Unusable(f"it was written by a newer version (schema {version})")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def marks(values: Collection[object]) -> str:
    """A question mark for each value, for `IN (…)`."""
    return ", ".join("?" * len(values))


def setting(connection: sqlite3.Connection, name: str) -> str | None:
    """What was written down under this name."""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def put_setting(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Write down a value, in place of what was there."""
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


@contextmanager
def transaction(connection: sqlite3.Connection, *, keep: bool) -> Iterator[None]:
    """All or nothing; without `keep` nothing in any case, for those who only ask."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT" if keep else "ROLLBACK")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise
