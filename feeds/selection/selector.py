"""From the index to feeds: who is in which, in what order, and who stands for whom.

Each feed's first articles come from SQL by an index. Only articles that share a link or an id with
another are weighed against each other, here; there are few of them.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from feeds.articles.problem import Rejected
from feeds.config import Config
from feeds.library.ledger import Held, KnownEntry, Standing
from feeds.selection.rules import Rule, all_of
from feeds.selection.topics import FeedSpec, feed_specs
from feeds.text import same

EntryId = Callable[[str], str]  # an article's `identity` → the id that subscribers see


class Candidate(NamedTuple):
    """What selection knows of an article; dates in seconds since 1970."""

    file: int
    path: str
    folder: str
    size: int
    identity: str
    link: str
    published_at: int
    updated_at: int | None
    digest: bytes


COLUMNS = ", ".join("file.id" if name == "file" else f"file.{name}" for name in Candidate._fields)


@dataclass(frozen=True, slots=True)
class SelectedFeed:
    """A feed's articles in order, at most its limit."""

    spec: FeedSpec
    articles: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The outcome for all articles."""

    specs: tuple[FeedSpec, ...]
    feeds: tuple[SelectedFeed, ...]
    selected: int  # articles that at least one feed takes
    twins: "Twins"
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Twins:
    """What became of articles that share a link or an id with another.

    `entries` are the articles whose entry stands for a group, each with the slugs of the feeds that take
    any of the group; `carried_by` leads from every taken article to its group's; `groups` back.
    """

    entries: Mapping[Candidate, frozenset[str]]
    carried_by: Mapping[int, Candidate]
    groups: Mapping[int, tuple[int, ...]]  # file of an entry → files of its group, its own first
    rejected: tuple[Rejected, ...]


def select(
    library: sqlite3.Connection,
    config: Config,
    standing: Standing,
    now: datetime,
    entry_id: EntryId,
    stood: Callable[[str], KnownEntry | None],
) -> Selection:
    """Choose each feed's articles by the rules.

    Two files with one id: the one that carried the standing entry (`stood` tells it by id) is taken, else
    the one with the smaller path; the other is rejected. Articles with one link are one entry, in the feeds
    of all of them.
    """
    found = [name for (name,) in library.execute("SELECT DISTINCT name FROM topic")]
    specs, warnings = feed_specs(found, config, standing, now)
    twins = _weigh(library, specs, standing, entry_id, stood)
    feeds = []
    for spec in specs:
        newest = [*top(library, spec), *(one for one, slugs in twins.entries.items() if spec.slug in slugs)]
        newest.sort(key=_newest_first)
        if newest or spec.wanted:
            feeds.append(SelectedFeed(spec, tuple(newest[: spec.limit])))
    selected = count_selected(library, specs) - len(twins.rejected)
    return Selection(specs, tuple(feeds), selected, twins, warnings)


def top(library: sqlite3.Connection, spec: FeedSpec, limit: int | None = None) -> list[Candidate]:
    """The first articles that a feed takes, those apart that have twins."""
    condition, parameters = all_of(spec.rules)
    if len(spec.members) == 1:
        source = "topic CROSS JOIN file ON file.id = topic.file"
        condition, parameters = f"topic.key = ? AND {condition}", (same(spec.members[0]), *parameters)
        order = "topic.published_at DESC, topic.link"  # which the topic's index is in
    else:
        source, order = "file", "file.published_at DESC, file.link"
        condition, parameters = all_of(spec.all_rules)
    rows = library.execute(
        f"SELECT {COLUMNS} FROM {source} WHERE file.state = 'article' AND file.twins = 0 "
        f"AND {condition} ORDER BY {order} LIMIT ?",
        (*parameters, spec.limit if limit is None else limit),
    )
    return list(map(Candidate._make, rows))


def count_selected(library: sqlite3.Connection, specs: Iterable[FeedSpec]) -> int:
    """How many articles at least one feed takes."""
    conditions = dict.fromkeys(_covering(specs))
    parameters = [value for _, values in conditions for value in values]
    either = " OR ".join(f"({condition})" for condition, _ in conditions)
    (count,) = library.execute(
        f"SELECT count(*) FROM file NOT INDEXED WHERE state = 'article' AND ({either})",
        parameters,
    ).fetchone()
    return int(count)


def _covering(specs: Iterable[FeedSpec]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """The conditions of all feeds, less those of topics that take no more than the feed of everything."""
    every = [spec for spec in specs if not spec.members]
    everything = {spec.rules for spec in every}
    yield from (all_of(spec.rules) for spec in every)
    yield from (all_of(spec.all_rules) for spec in specs if spec.members and spec.rules not in everything)


def _weigh(
    library: sqlite3.Connection,
    specs: tuple[FeedSpec, ...],
    standing: Standing,
    entry_id: EntryId,
    stood: Callable[[str], KnownEntry | None],
) -> Twins:
    # The plus keeps SQLite from going through all files in the order of their paths.
    rows = library.execute(f"SELECT {COLUMNS} FROM file WHERE twins ORDER BY +path")
    candidates = [Candidate._make(row) for row in rows]
    takers = _takers(library, candidates, specs)
    wanted = [one for one in candidates if takers[one.file]]
    distinct, rejected = _one_file_an_id(wanted, entry_id, stood)
    entries: dict[Candidate, frozenset[str]] = {}
    carried_by: dict[int, Candidate] = {}
    groups: dict[int, tuple[int, ...]] = {}
    for group in _by(distinct, lambda one: one.link).values():
        ranked = sorted(
            group, key=lambda one: (entry_id(one.identity) not in standing.entries, *_earliest(one))
        )
        entries[ranked[0]] = frozenset(slug for one in group for slug in takers[one.file])
        carried_by.update((one.file, ranked[0]) for one in group)
        rest = sorted(ranked[1:], key=_earliest)
        groups[ranked[0].file] = (ranked[0].file, *(one.file for one in rest))
    return Twins(entries, carried_by, groups, tuple(rejected))


def _takers(
    library: sqlite3.Connection, candidates: list[Candidate], specs: tuple[FeedSpec, ...]
) -> dict[int, set[str]]:
    """The slugs of the feeds that take each of the articles that have twins.

    Rules are asked once for all feeds that have the same; topics are looked up.
    """
    takers: dict[int, set[str]] = {one.file: set() for one in candidates}
    if not candidates:
        return takers
    topics: dict[str, set[int]] = defaultdict(set)
    for key, file in library.execute(
        "SELECT key, file FROM topic JOIN file ON file.id = topic.file WHERE twins"
    ):
        topics[key].add(file)
    for rules, alike in _by_rules(specs).items():
        condition, parameters = all_of(rules)
        admitted = {
            file
            for (file,) in library.execute(
                f"SELECT id FROM file WHERE twins AND {condition}",
                parameters,
            )
        }
        for spec in alike:
            members = (
                set().union(*(topics.get(same(name), set()) for name in spec.members))
                if spec.members
                else admitted
            )
            for file in members & admitted:
                takers[file].add(spec.slug)
    return takers


def _by_rules(specs: Iterable[FeedSpec]) -> dict[tuple[Rule, ...], list[FeedSpec]]:
    groups: dict[tuple[Rule, ...], list[FeedSpec]] = defaultdict(list)
    for spec in specs:
        groups[spec.rules].append(spec)
    return groups


def _one_file_an_id(
    articles: Iterable[Candidate], entry_id: EntryId, stood: Callable[[str], KnownEntry | None]
) -> tuple[list[Candidate], list[Rejected]]:
    taken: list[Candidate] = []
    rejected: list[Rejected] = []
    for identity, rivals in _by(articles, lambda one: entry_id(one.identity)).items():
        known = stood(identity) if len(rivals) > 1 else None
        ranked = sorted(rivals, key=lambda rival: (*_strangeness(rival, known), rival.path))
        taken.append(ranked[0])
        rejected.extend(_rejected(rival, identity, ranked[0].path) for rival in ranked[1:])
    return taken, rejected


def _strangeness(rival: Candidate, known: KnownEntry | None) -> tuple[bool, bool]:
    """The file that carried a standing entry is no stranger, nor, where that is not known, its link."""
    return (True, True) if known is None else (rival.path != known.path, rival.link != known.link)


def without_held(
    selection: Selection, held: Mapping[str, Held], standing: Standing, entry_id: EntryId
) -> Selection:
    """The selection without articles that want id or link of an entry whose file is rejected for now."""
    links = {one.link for one in held.values()}

    def gives_way(one: Candidate) -> bool:
        identity = entry_id(one.identity)
        return identity in held or (one.link in links and identity not in standing.entries)

    if not held:
        return selection
    shown = {one for feed in selection.feeds for one in feed.articles}
    rejected = [
        _rejected(one, entry_id(one.identity), held[entry_id(one.identity)].path)
        for one in shown
        if entry_id(one.identity) in held
    ]
    feeds = tuple(
        replace(feed, articles=tuple(one for one in feed.articles if not gives_way(one)))
        for feed in selection.feeds
    )
    twins = replace(selection.twins, rejected=(*selection.twins.rejected, *rejected))
    return replace(selection, feeds=feeds, twins=twins)


def _rejected(rival: Candidate, identity: str, path: str) -> Rejected:
    return Rejected(rival.path, None, "", f"a file name of its own (the id is {identity})", f"{path}'s")


def _by(articles: Iterable[Candidate], key: Callable[[Candidate], str]) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for article in articles:
        groups[key(article)].append(article)
    return groups


def _earliest(one: Candidate) -> tuple[int, str]:
    return one.published_at, one.path


def _newest_first(one: Candidate) -> tuple[int, str]:
    return -one.published_at, one.link
