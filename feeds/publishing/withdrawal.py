"""Which entries were withdrawn: their file is gone or no longer selected, not merely past a limit."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from feeds.config import Config
from feeds.library.database import marks
from feeds.library.ledger import KnownEntry, Retracted, Standing
from feeds.selection.rules import all_of
from feeds.selection.selector import Selection
from feeds.selection.topics import FeedSpec
from feeds.syndication.identity import identities, moved_id

BY_AGE = "max_age"


def withdrawn(
    library: sqlite3.Connection,
    config: Config,
    selection: Selection,
    standing: Standing,
    members: Mapping[str, Iterable[KnownEntry]],
    now: datetime,
) -> list[Retracted]:
    """A retraction for each feed that showed an entry which no feed may show any more."""
    shown = {entry.id for entries in members.values() for entry in entries}
    gone = [
        identity
        for identity in sorted(standing.entries - shown)
        if not identity.startswith(moved_id("", config.site))
        and not _may_return(library, identities(identity, config.site), selection)
    ]
    at = int(now.timestamp())
    return [
        Retracted(slug, identity, at)
        for identity in gone
        for slug, entries in standing.shown.items()
        if identity in entries
    ]


def _may_return(library: sqlite3.Connection, names: tuple[str, ...], selection: Selection) -> bool:
    """Whether an article of this identity is selected still, if only past a limit or too old."""
    query = f"SELECT id FROM file WHERE state = 'article' AND identity IN ({marks(names)})"
    return any(
        _takes(library, spec, file)
        for (file,) in library.execute(query, names).fetchall()
        for spec in selection.specs
    )


def _takes(library: sqlite3.Connection, spec: FeedSpec, file: int) -> bool:
    condition, parameters = all_of(rule for rule in spec.all_rules if rule.name != BY_AGE)
    query = f"SELECT 1 FROM file WHERE id = ? AND {condition}"
    return library.execute(query, (file, *parameters)).fetchone() is not None
