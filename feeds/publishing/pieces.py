"""Entries as the bytes that feeds are put together from: each rendered once a run, however many show it."""

import sqlite3
from collections import Counter
from collections.abc import Iterable

from feeds.formats.table import FEED_FORMATS
from feeds.library import ledger
from feeds.publishing.entries import Emitted
from feeds.syndication import stored
from feeds.syndication.feed import Feed

Piece = tuple[bytes, ...]  # in the order of FEED_FORMATS


class Pieces:
    """Renders entries for feeds, and forgets each when the last feed that shows it has it.

    `uses` names an entry as often as feeds show it. An entry's page depends on the feed's language too.
    """

    def __init__(self, library: sqlite3.Connection, emitted: Emitted, uses: Iterable[str]) -> None:
        self.notices: dict[str, str] = {}
        self._library = library
        self._composed = emitted.composed
        self._left = Counter(uses)
        self._pieces: dict[tuple[str, str], Piece] = {}

    def take(self, identity: str, feed: Feed) -> Piece:
        """The entry in every format, for this feed."""
        key = (identity, feed.language)
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = self._render(identity, feed)
        self._left[identity] -= 1
        if not self._left[identity]:
            del self._pieces[key]
        return piece

    def _render(self, identity: str, feed: Feed) -> Piece:
        entry = self._composed.get(identity)
        if entry is None:
            entry = stored.from_json(self.notices.get(identity) or ledger.content(self._library, identity))
        return tuple(form.render_entry(entry, feed) for form in FEED_FORMATS)
