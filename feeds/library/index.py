"""What was read, kept up to date: only files that changed are opened, only new contents are parsed."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import NamedTuple

from feeds.articles import loader
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import Contents
from feeds.articles.loader import Read, Unpublished
from feeds.articles.problem import Mended, Rejected
from feeds.articles.source import Found, SourceFile
from feeds.library.database import marks, put_setting, setting
from feeds.text import same

# A file changed within the resolution of its own mtime cannot be told by it (git's "racily clean").
YOUNG_NS = 2_000_000_000
LISTING = "listing"  # the setting that has the digest of the listing that the index was made of
BATCH = 500
# From this share of touched files on, twins are found for all at once.
MOST = 0.2

FILE_COLUMNS = (
    "path", "folder", "mtime_ns", "size", "inode", "digest", "state", "reading",
    "identity", "link", "title", "published_at", "updated_at", "quality", "heat",
    "type", "language", "provider", "domain", "byline", "line", "field", "expected", "found",
)  # fmt: skip
PUT_FILE = (
    f"INSERT INTO file (id, {', '.join(FILE_COLUMNS)}) VALUES (?{', ?' * len(FILE_COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in FILE_COLUMNS)}"
)
# SQLite looks into the index of the few other files only where its condition is said word for word.
OTHER = "state != 'article'"
UNREAD = "SELECT 1 FROM file WHERE digest = x'' AND size <= ?"
TOUCH_FILE = "UPDATE file SET mtime_ns = ?, size = ?, inode = ? WHERE path = ?"
PUT_TOPIC = "INSERT INTO topic (key, published_at, link, file, place, name) VALUES (?, ?, ?, ?, ?, ?)"
PUT_MENDED = "INSERT INTO mended (file, line, field, expected, found) VALUES (?, ?, ?, ?, ?)"


class _Row(NamedTuple):
    id: int
    path: str
    mtime_ns: int
    size: int
    inode: int
    digest: bytes
    reading: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What bringing the index up to date took: files opened, and of those the ones parsed anew."""

    opened: int
    parsed: int
    deleted: int
    unread: bool  # some file could not be opened; that it can be now shows in no listing


def update(
    library: sqlite3.Connection,
    found: Found,
    reading: Reading,
    started_ns: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    before: Path | None = None,
) -> Changes:
    """Bring the index in line with the files that are there.

    `started_ns` is the file system's time when the files were listed. Files below a folder that cannot be
    read keep what is known of them. `before` is where the listing may be that this index was made of: then no
    more than what differs from it is looked at.
    """
    dirty = _dirty(library, reading)
    library.execute("CREATE TEMP TABLE IF NOT EXISTS touched (value TEXT PRIMARY KEY) WITHOUT ROWID")
    library.execute("DELETE FROM touched")
    is_new = library.execute("SELECT 1 FROM file").fetchone() is None
    writer = Writer(library, touching=not is_new)
    # Indexes of a new library are made at the end, in one go, which takes a third of the time.
    postponed = _drop_indexes(library) if is_new else ()
    look = _look(library, found, None if dirty else before)
    opened = parsed = 0
    for count, (file, row) in enumerate(look, start=1):
        again = row is not None and dirty is not None and dirty(row)
        if row is None or again or not row.digest or (row.mtime_ns, row.size, row.inode) != file[2:]:
            stamp = (0 if started_ns - file.mtime_ns < YOUNG_NS else file.mtime_ns, file.size, file.inode)
            parsed += _refresh(writer, file, row, stamp, reading, again=again)
            opened += 1
            progress(count, look.total)
    writer.flush()
    deleted = _delete(library, look.gone(), found.closed)
    for index in postponed:
        library.execute(index)
    _find_twins(library, found.count, everywhere=is_new)
    unread = library.execute(UNREAD, (loader.MAX_FILE,)).fetchone() is not None
    # Files below a folder that could not be read are in the index, though not in the listing.
    put_setting(library, LISTING, "" if found.closed or unread else found.digest)
    return Changes(opened, parsed, deleted, unread)


def _drop_indexes(library: sqlite3.Connection) -> tuple[str, ...]:
    """Returns how to make them again."""
    rows = library.execute(
        "SELECT name, sql FROM sqlite_schema "
        "WHERE type = 'index' AND tbl_name IN ('file', 'topic') AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in rows:
        library.execute(f"DROP INDEX {name}")
    return tuple(sql for _, sql in rows)


def _dirty(library: sqlite3.Connection, reading: Reading) -> Callable[[_Row], bool] | None:
    """Which rows were read in a way that is no longer ours; None if none was."""
    now = {
        "parser": str(loader.PARSER_VERSION),
        "topic_keys": "\n".join(reading.topic_keys),
        "site": f"{reading.site_url}\n{reading.link_pattern or ''}",
    }
    before = dict(library.execute("SELECT name, value FROM setting"))
    library.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", now.items())
    if any(before.get(name, now[name]) != now[name] for name in ("parser", "topic_keys")):
        return lambda _row: True
    if before.get("site", now["site"]) != now["site"]:
        return lambda row: bool(row.reading)
    return None


def _look(library: sqlite3.Connection, found: Found, before: Path | None) -> "_Everything | _Difference":
    difference = None if before is None else found.since(before, setting(library, LISTING) or "")
    return _Everything(library, found) if difference is None else _Difference(library, *difference)


class _Everything:
    """All files, each with its row; `gone` are the paths of rows that were not among them."""

    def __init__(self, library: sqlite3.Connection, found: Found) -> None:
        self._library = library
        self._found = found
        self.total = found.count
        self._rows, last = library.execute("SELECT count(*), coalesce(max(id), 0) FROM file").fetchone()
        self._seen = bytearray(last + 1)  # by id: one byte a row is all that is remembered

    def __iter__(self) -> Iterator[tuple[SourceFile, _Row | None]]:
        looked_up = _with_rows(self._library, self._found)
        for file, row in looked_up if self._rows else zip(self._found, repeat(None)):
            if row is not None:
                self._seen[row.id] = 1
            yield file, row

    def gone(self) -> list[str]:
        if sum(self._seen) == self._rows:
            return []
        rows = self._library.execute("SELECT id, path FROM file WHERE id < ?", (len(self._seen),))
        return [path for number, path in rows if not self._seen[number]]


class _Difference:
    """Files of which an earlier listing said something else; `gone` are those that it alone had."""

    def __init__(self, library: sqlite3.Connection, files: list[SourceFile], were: list[SourceFile]) -> None:
        self._library = library
        self._files = files
        self._were = were
        self.total = len(files)

    def __iter__(self) -> Iterator[tuple[SourceFile, _Row | None]]:
        return _with_rows(self._library, self._files)

    def gone(self) -> list[str]:
        return sorted({file.path for file in self._were} - {file.path for file in self._files})


def _with_rows(
    library: sqlite3.Connection, files: Iterable[SourceFile]
) -> Iterator[tuple[SourceFile, _Row | None]]:
    remaining = iter(files)
    while some := list(islice(remaining, BATCH)):
        query = f"SELECT {', '.join(_Row._fields)} FROM file WHERE path IN ({marks(some)})"
        rows = {row[1]: _Row._make(row) for row in library.execute(query, [file.path for file in some])}
        for file in some:
            yield file, rows.get(file.path)


def _delete(library: sqlite3.Connection, paths: list[str], closed: tuple[str, ...]) -> int:
    """Forget these files, but for those below folders that could not be read."""
    below = tuple("" if folder == "." else f"{folder}/" for folder in closed)
    gone = [path for path in paths if not path.startswith(below)]
    for path in gone:
        _touch(library, path)
        library.execute("DELETE FROM file WHERE path = ?", (path,))
    return len(gone)


def _refresh(
    writer: "Writer",
    file: SourceFile,
    row: _Row | None,
    stamp: tuple[int, int, int],
    reading: Reading,
    *,
    again: bool,
) -> bool:
    """Read one file; true if its contents were new and had to be parsed."""
    data = loader.fetch(file)
    digest = b"" if isinstance(data, Rejected) else loader.digest(data)
    if row is not None and digest and digest == row.digest and not again:
        writer.touch(row, stamp)
        return False
    if isinstance(data, Rejected):
        read = Read(file, data)
    else:
        read = loader.read(Contents(data, count=writer.count), file, reading, whole=False)
    writer.put(read, row, stamp, digest)
    return True


class Writer:
    """Puts what was read into the index, many rows at a time; `touching` whose twins may have changed."""

    def __init__(self, library: sqlite3.Connection, *, touching: bool = True) -> None:
        self._library = library
        self._touching = touching
        (last,) = library.execute("SELECT coalesce(max(id), 0) FROM file").fetchone()
        self._next = last + 1
        self.count = 0  # files that were put
        self._known: list[tuple[int]] = []
        self._files: list[tuple[object, ...]] = []
        self._topics: list[tuple[object, ...]] = []
        self._mended: list[tuple[object, ...]] = []
        self._touched: list[tuple[str]] = []

    def touch(self, row: _Row, stamp: tuple[int, int, int]) -> None:
        """A file that looks changed and holds the same bytes."""
        self._library.execute(TOUCH_FILE, (*stamp, row.path))

    def put(self, read: Read, row: _Row | None, stamp: tuple[int, int, int], digest: bytes) -> None:
        """What a new or changed file turned out to be."""
        self.count += 1
        if row is None:
            number, self._next = self._next, self._next + 1
        else:
            number = row.id
            self._known.append((number,))
            _touch(self._library, row.path)
        self._files.append((number, read.file.path, read.file.folder, *stamp, digest, *_outcome_values(read)))
        if isinstance(read.outcome, Article):
            self._put_article(read.outcome, number)
        self._mended += [(number, note.line, note.field, note.expected, note.found) for note in read.mended]
        if len(self._files) >= BATCH:
            self.flush()

    def _put_article(self, article: Article, number: int) -> None:
        at = int(article.published_at.timestamp())
        self._topics += [
            (same(name), at, article.link, number, place, name) for place, name in enumerate(article.topics)
        ]
        if self._touching:
            self._touched += [(article.link,), (_identity(article),)]

    def flush(self) -> None:
        """Write all that was put so far."""
        for query, rows in (
            ("DELETE FROM topic WHERE file = ?", self._known),
            ("DELETE FROM mended WHERE file = ?", self._known),
            (PUT_FILE, self._files),
            (PUT_TOPIC, self._topics),
            (PUT_MENDED, self._mended),
            ("INSERT OR IGNORE INTO touched VALUES (?)", self._touched),
        ):
            self._library.executemany(query, rows)
        for rows in (self._known, self._files, self._topics, self._mended, self._touched):
            rows.clear()


def _touch(library: sqlite3.Connection, path: str) -> None:
    """Remember whose twins may have changed."""
    library.execute(
        "INSERT OR IGNORE INTO touched SELECT link FROM file WHERE path = ?1 AND state = 'article' "
        "UNION SELECT identity FROM file WHERE path = ?1 AND state = 'article'",
        (path,),
    )


def _outcome_values(read: Read) -> tuple[object, ...]:
    article = read.outcome if isinstance(read.outcome, Article) else None
    rejected = read.outcome if isinstance(read.outcome, Rejected) else None
    return (
        _state(read),
        int(read.by_site),
        *(_article_values(article) if article else (None,) * 12),
        *((rejected.line, rejected.field, rejected.expected, rejected.found) if rejected else (None,) * 4),
    )


def _state(read: Read) -> str:
    match read.outcome:
        case Article():
            return "article"
        case Rejected():
            return "rejected"
        case Unpublished():
            return "unpublished"
        case _:
            return "ignored"


def _identity(article: Article) -> str:
    return article.id or f" {article.slug}"


def _article_values(article: Article) -> tuple[object, ...]:
    provider = article.provider
    return (
        _identity(article),
        article.link,
        article.title,
        int(article.published_at.timestamp()),
        int(article.updated_at.timestamp()) if article.updated_at else None,
        article.quality,
        article.heat,
        same(article.type),
        same(article.language),
        same(provider.name) if provider else "",
        same(provider.domain) if provider else "",
        " / ".join(filter(None, (provider.name, provider.domain))) if provider else "",
    )


def _find_twins(library: sqlite3.Connection, files: int, *, everywhere: bool = False) -> None:
    """Mark the articles that share a link or an identity with another: `everywhere`, or of those touched."""
    (touched,) = library.execute("SELECT count(*) FROM touched").fetchone()
    if everywhere or touched > 2 * MOST * files:
        library.execute("UPDATE file SET twins = 0 WHERE twins")
        for column in ("link", "identity"):
            library.execute(
                f"UPDATE file SET twins = 1 WHERE state = 'article' AND {column} IN "
                f"(SELECT {column} FROM file WHERE state = 'article' GROUP BY {column} HAVING count(*) > 1)"
            )
        return
    for column in ("link", "identity"):
        library.execute(
            f"UPDATE file SET twins = EXISTS (SELECT 1 FROM file AS other WHERE other.state = 'article' "
            f"AND other.id != file.id AND other.link = file.link) OR EXISTS (SELECT 1 FROM file AS other "
            f"WHERE other.state = 'article' AND other.id != file.id AND other.identity = file.identity) "
            f"WHERE state = 'article' AND {column} IN (SELECT value FROM touched)"
        )


def rejected(library: sqlite3.Connection) -> list[Rejected]:
    """Every file that is no article for a fault of its own."""
    rows = library.execute(
        "SELECT path, line, field, expected, found FROM file "
        f"WHERE state = 'rejected' AND {OTHER} ORDER BY path"
    )
    return [Rejected(*row) for row in rows]


def mended(library: sqlite3.Connection) -> list[Mended]:
    """What was removed or passed over, by path."""
    rows = library.execute(
        "SELECT path, mended.line, mended.field, mended.expected, mended.found "
        "FROM mended JOIN file ON file.id = mended.file ORDER BY path, mended.line"
    )
    return [Mended(*row) for row in rows]


def add_mended(library: sqlite3.Connection, notes: Iterable[Mended]) -> None:
    """What was found when an article's text was read, beside what its selection needed."""
    for note in notes:
        library.execute(
            "INSERT INTO mended SELECT id, ?1, ?2, ?3, ?4 FROM file WHERE path = ?5 AND NOT EXISTS "
            "(SELECT 1 FROM mended WHERE file = id AND field = ?2 AND expected = ?3 AND found = ?4)",
            (note.line, note.field, note.expected, note.found, note.path),
        )


def is_there(library: sqlite3.Connection, path: str, identities: Collection[str]) -> bool:
    """Whether a file holds an article of one of these identities, or the file at `path` one with a fault."""
    return (
        library.execute(
            f"SELECT 1 FROM file WHERE state = 'article' AND identity IN ({marks(identities)}) "
            "UNION ALL SELECT 1 FROM file WHERE state = 'rejected' AND path = ?",
            (*identities, path),
        ).fetchone()
        is not None
    )


def counts(library: sqlite3.Connection) -> dict[str, int]:
    """How many files there are of each state."""
    return dict(
        library.execute(
            "SELECT 'article', count(*) FROM file WHERE state = 'article' "
            f"UNION ALL SELECT state, count(*) FROM file WHERE {OTHER} GROUP BY state"
        )
    )


def articles(by_state: Mapping[str, int]) -> int:
    """Of these counts, how many files have front matter, whatever became of them."""
    return sum(number for state, number in by_state.items() if state != "ignored")
