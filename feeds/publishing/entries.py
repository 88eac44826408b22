"""The entries of a run: composed where their articles changed, taken from the ledger where not."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from feeds.articles import loader, secured
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import Contents
from feeds.articles.problem import Mended
from feeds.articles.source import SourceFile
from feeds.config import Config
from feeds.errors import FeedsError
from feeds.library import ledger
from feeds.library.database import marks
from feeds.library.ledger import KnownEntry
from feeds.selection.selector import Candidate, Selection
from feeds.syndication import stored
from feeds.syndication.compose import compose_entry, moment
from feeds.syndication.content import text_html
from feeds.syndication.feed import Entry
from feeds.syndication.identity import entry_id
from feeds.text import same


class SourceChanged(FeedsError):  # noqa: N818 - reads as what happened
    """An article changed between the look at the folder and the reading of its text: look again."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: the articles change faster than they can be read. Try again.")


@dataclass(frozen=True, slots=True)
class Emitted:
    """All entries that the run's feeds show, by the file of their article."""

    entries: Mapping[int, KnownEntry]
    composed: Mapping[str, Entry]  # by id: those that were composed in this run
    moved: tuple[KnownEntry, ...]  # those that another file carries now, and that are as they were
    mended: tuple[Mended, ...]
    secured: Mapping[str, tuple[str, ...]]  # by id: what the articles of `composed` keep to themselves


class _Whole(NamedTuple):
    """An article that was read again, with all that is in it."""

    article: Article
    mended: tuple[Mended, ...]
    secured: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What entries are composed with, beside their articles; `code` tells which code composes them."""

    config: Config
    reading: Reading
    now: datetime
    code: str


def emit(
    library: sqlite3.Connection, selection: Selection, standing: frozenset[str], given: Circumstances
) -> Emitted:
    """Every entry that is shown, its dates settled.

    An article is read again only if its bytes, its topics or what it is composed with changed. Raises
    SourceChanged.
    """
    candidates = {one.file: one for feed in selection.feeds for one in feed.articles}
    topics = _topics(library, candidates, selection)
    ids = {file: entry_id(one.identity, given.config.site) for file, one in candidates.items()}
    known = ledger.entries(library, ids.values())
    with_what = _composed_with(given)
    entries: dict[int, KnownEntry] = {}
    composed: dict[str, Entry] = {}
    moved: list[KnownEntry] = []
    mended: list[Mended] = []
    kept_back: dict[str, tuple[str, ...]] = {}
    for file, one in candidates.items():
        before = known.get(ids[file])
        source = _source_digest(one, topics[file], given.now, with_what)
        if before is not None and before.source_digest == source:
            entries[file] = before
            if before.path != one.path:
                entries[file] = before._replace(path=one.path)
                moved.append(entries[file])
            continue
        read = _read(one, given.reading, len(composed))
        mended.extend(read.mended)
        kept_back[ids[file]] = read.secured
        entry = compose_entry(read.article, ids[file], topics[file], given.config, given.now)
        text = text_digest(entry.title, entry.link, entry.summary, entry.content_html)
        if given.config.updates == "bump" and before is not None:
            changed = ids[file] in standing and before.text_digest != text
            entry = replace(entry, updated=max(given.now if changed else _bumped(before), entry.updated))
        entries[file] = _known(entry, one, text, source, given.now)
        composed[entry.id] = entry
    return Emitted(entries, composed, tuple(moved), tuple(mended), kept_back)


def _topics(
    library: sqlite3.Connection, candidates: Mapping[int, Candidate], selection: Selection
) -> dict[int, tuple[str, ...]]:
    """The topics of each entry: of its article first, then of its twins, as their feeds spell them."""
    names = {same(spec.name): spec.name for spec in selection.specs}
    groups = {file: group for file, group in selection.twins.groups.items() if file in candidates}
    spelled: dict[int, dict[str, str]] = {file: {} for file in chain(candidates, *groups.values())}
    for file, key, name in _topic_rows(library, sorted(spelled)):
        spelled[file][key] = names.get(key, name)
    spelled |= {file: reduce(or_, (spelled[one] for one in group)) for file, group in groups.items()}
    return {file: tuple(spelled[file].values()) for file in candidates}


def _topic_rows(library: sqlite3.Connection, files: list[int]) -> Iterator[tuple[int, str, str]]:
    for start in range(0, len(files), ledger.TOGETHER):
        some = files[start : start + ledger.TOGETHER]
        yield from library.execute(
            f"SELECT file, key, name FROM topic WHERE file IN ({marks(some)}) ORDER BY file, place", some
        )


def _composed_with(given: Circumstances) -> bytes:
    config, site = given.config, given.config.site
    return digest_of(
        (
            given.code,
            site.url,
            site.links,
            site.authority,
            config.related,
            config.min_quality,
            config.topic_keys,
        )
    )


def _source_digest(one: Candidate, topics: tuple[str, ...], now: datetime, with_what: bytes) -> bytes:
    due = one.updated_at if one.updated_at is not None and one.updated_at <= now.timestamp() else None
    return digest_of((one.path, one.digest, topics, due, with_what))


def _read(one: Candidate, reading: Reading, count: int) -> _Whole:
    file = SourceFile(one.path, one.folder, 0, one.size, 0)
    data = loader.fetch(file)
    if not isinstance(data, bytes) or loader.digest(data) != one.digest:
        raise SourceChanged(one.path)
    contents = Contents(data, count=count)
    read = loader.read(contents, file, reading)
    if not isinstance(read.outcome, Article):
        raise SourceChanged(one.path)
    return _Whole(read.outcome, read.mended, secured.values(contents))


def _bumped(before: KnownEntry) -> datetime:
    """When subscribers last saw the entry change; if they never did, before all dates."""
    return moment(before.updated_at if before.updated_at > before.published_at else 0)


def text_digest(title: str, link: str, summary: str, content_html: str) -> bytes:
    """Of what makes an entry another one to its readers: not its pictures, topics or related coverage."""
    text = [title, link, summary, text_html(content_html, link)]
    return loader.digest(json.dumps(text).encode())


def digest_of(value: object) -> bytes:
    """What tells two values apart: text, bytes, numbers, and tuples, lists and dataclasses of them."""
    return loader.digest(repr(value).encode())


def _known(entry: Entry, one: Candidate, text: bytes, source: bytes, now: datetime) -> KnownEntry:
    content = stored.to_json(entry)
    return KnownEntry(
        id=entry.id,
        path=one.path,
        link=entry.link,
        title=entry.title,
        first_at=int(now.timestamp()),
        published_at=int(entry.published.timestamp()),
        updated_at=int(entry.updated.timestamp()),
        text_digest=text,
        source_digest=source,
        digest=loader.digest(content.encode()),
    )
