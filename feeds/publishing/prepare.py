"""Everything that a run has to know before it composes a feed: the index up to date, articles chosen."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.articles import source
from feeds.articles.aliases import Reading
from feeds.articles.problem import Rejected
from feeds.articles.source import Found
from feeds.config import Config
from feeds.library import database, index, ledger
from feeds.library.index import Changes
from feeds.library.ledger import Held, KnownEntry, Standing
from feeds.selection.selector import Selection, select, without_held
from feeds.syndication.identity import entry_id

Progress = Callable[[str, int, int], None]


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
    held: Mapping[str, Held]

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """Everything that is not published for a fault of its own, by path."""
        known = index.rejected(self.library)
        return tuple(sorted((*self.found.unreadable, *known, *self.selection.twins.rejected), key=_place))


def prepare(
    library: sqlite3.Connection,
    config: Config,
    now: datetime,
    code: str,
    started_ns: int,
    progress: Progress = silent,
) -> Prepared:
    """Bring the index up to date and select."""
    found = source.find(config.sources, started_ns - index.YOUNG_NS)
    reading = Reading(config.site.url, config.site.links, config.topic_keys)

    def reads(done: int, total: int) -> None:
        progress("Reading articles", done, total)

    before = database.listing_for(config.state, config.output)
    changes = index.update(library, found, reading, started_ns, reads, before)
    standing = ledger.standing(library, config.moved)

    def identity(text: str) -> str:
        return entry_id(text, config.site)

    def stood(entry: str) -> KnownEntry | None:
        return ledger.entries(library, [entry] if entry in standing.entries else []).get(entry)

    held = ledger.held(library)
    selection = select(library, config, standing, now, identity, stood)
    selection = without_held(selection, held, standing, identity)
    return Prepared(library, config, now, code, found, changes, reading, standing, selection, held)


def _place(problem: Rejected) -> tuple[str, int]:
    return problem.path, problem.line or 0
