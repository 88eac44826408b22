"""Why an article is in a feed, or is not."""

import sqlite3
from dataclasses import dataclass

from feeds.selection.selector import COLUMNS, Candidate, Selection, top
from feeds.selection.topics import FeedSpec
from feeds.text import same

NO_LIMIT = -1  # SQLite's


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that keeps an article out of a feed: what it asks and what the article has."""

    rule: str
    asks: str
    has: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One feed's word on an article. `place` counts from 1; past the limit it is in no feed."""

    slug: str
    name: str
    limit: int
    place: int | None
    missed: tuple[Missed, ...] = ()

    @property
    def is_in(self) -> bool:
        """Whether the feed shows it."""
        return self.place is not None and self.place <= self.limit


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one article; `carried_by` is its twin whose entry stands for it."""

    path: str
    identity: str
    link: str
    title: str
    published_at: int
    topics: tuple[str, ...]
    carried_by: str | None
    verdicts: tuple[Verdict, ...]


def explain(library: sqlite3.Connection, path: str, selection: Selection) -> Explanation:
    """The word of every feed that could concern an article: its topics', the combinations, and `all`."""
    row = library.execute(f"SELECT {COLUMNS}, title FROM file WHERE path = ?", (path,)).fetchone()
    article, title = Candidate(*row[:-1]), str(row[-1])
    topics = _topics(library, article.file)
    winner = selection.twins.carried_by.get(article.file, article)
    group = selection.twins.groups.get(winner.file, (winner.file,))
    keys = {same(topic) for file in (article.file, *group) for topic in _topics(library, file)}
    own = {same(topic) for topic in topics}
    verdicts = [
        (spec, _verdict(library, spec, article, winner, selection))
        for spec in selection.specs
        if _concerns(spec, keys)
    ]
    carried_by = winner.path if winner.path != article.path else None
    return Explanation(
        path,
        article.identity,
        article.link,
        title,
        article.published_at,
        topics,
        carried_by,
        tuple(verdict for spec, verdict in verdicts if verdict.place is not None or _concerns(spec, own)),
    )


def _topics(library: sqlite3.Connection, file: int) -> tuple[str, ...]:
    rows = library.execute("SELECT name FROM topic WHERE file = ? ORDER BY place", (file,))
    return tuple(name for (name,) in rows)


def _concerns(spec: FeedSpec, topics: set[str]) -> bool:
    return not spec.members or not topics.isdisjoint(map(same, spec.members))


def _verdict(
    library: sqlite3.Connection, spec: FeedSpec, article: Candidate, winner: Candidate, selection: Selection
) -> Verdict:
    place = _place(library, spec, winner, selection)
    return Verdict(
        spec.slug, spec.name, spec.limit, place, _missed(library, spec, article) if place is None else ()
    )


def _place(
    library: sqlite3.Connection, spec: FeedSpec, winner: Candidate, selection: Selection
) -> int | None:
    """Where the entry stands in the feed's whole order, past its limit too."""
    twins = [one for one, slugs in selection.twins.entries.items() if spec.slug in slugs]
    order = sorted([*top(library, spec, NO_LIMIT), *twins], key=lambda one: (-one.published_at, one.link))
    return next((place for place, one in enumerate(order, start=1) if one.file == winner.file), None)


def _missed(library: sqlite3.Connection, spec: FeedSpec, article: Candidate) -> tuple[Missed, ...]:
    missed = []
    for rule in spec.all_rules:
        admitted, has = library.execute(
            f"SELECT ({rule.admits}), {rule.has} FROM file WHERE file.id = ?",
            (*rule.parameters, article.file),
        ).fetchone()
        if not admitted:
            missed.append(Missed(rule.name, rule.asks, str(has)))
    return tuple(missed)
