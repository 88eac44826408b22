"""From articles to feeds: who is in which, in what order, and who stands for whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.articles.article import Article
from feeds.articles.problem import Rejected
from feeds.config import Config
from feeds.library.standing import Standing
from feeds.selection.topics import FeedSpec, feed_specs
from feeds.text import same


@dataclass(frozen=True, slots=True)
class SelectedFeed:
    """A feed's articles in order; those past `spec.limit` are in `beyond`."""

    spec: FeedSpec
    articles: tuple[Article, ...]
    beyond: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The outcome for all articles; everything by path is by an article's `path`."""

    specs: tuple[FeedSpec, ...]
    feeds: tuple[SelectedFeed, ...]
    selected: frozenset[str]  # paths of articles that at least one feed takes, or their twin's entry
    topics: Mapping[str, tuple[str, ...]]  # path of an entry's article → the topics of all its twins
    represented_by: Mapping[str, Article]  # path → the article whose entry carries it
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...]


def select(
    articles: Iterable[Article],
    config: Config,
    standing: Standing,
    now: datetime,
    entry_id: Callable[[Article], str],
) -> Selection:
    """Choose each feed's articles by the rules; `entry_id` tells who would be one entry to a reader.

    Two files with one id: the standing one is taken, else the one with the smaller path, the other is
    rejected. Articles with one link are one entry, in the feeds of all of them.
    """
    articles = tuple(articles)
    specs, warnings = feed_specs(articles, config, standing, now)
    takers = _takers(articles, specs)
    wanted = [article for article in articles if takers[article.path]]
    distinct, rejected = _one_file_an_id(wanted, standing, entry_id)
    groups = _by(distinct, lambda article: article.link)
    winners = {
        link: min(twins, key=lambda twin: (entry_id(twin) not in standing.entries, *_earliest(twin)))
        for link, twins in groups.items()
    }
    chosen: dict[str, dict[str, Article]] = defaultdict(dict)
    for article in distinct:
        winner = winners[article.link]
        for spec in takers[article.path]:
            chosen[spec.slug][winner.path] = winner
    feeds = [_feed(spec, chosen[spec.slug].values()) for spec in specs if spec.wanted or chosen[spec.slug]]
    return Selection(
        specs=specs,
        feeds=tuple(feeds),
        selected=frozenset(article.path for article in distinct),
        topics={
            winners[link].path: _all_topics(winners[link], twins, specs) for link, twins in groups.items()
        },
        represented_by={article.path: winners[article.link] for article in distinct},
        rejected=tuple(rejected),
        warnings=warnings,
    )


def _takers(articles: Iterable[Article], specs: tuple[FeedSpec, ...]) -> dict[str, list[FeedSpec]]:
    """The feeds that take each article; topic feeds are looked up by topic, not tried one by one."""
    by_topic: dict[str, list[FeedSpec]] = defaultdict(list)
    everywhere = []
    for spec in specs:
        if spec.members:
            for key in {same(member) for member in spec.members}:
                by_topic[key].append(spec)
        else:
            everywhere.append(spec)
    takers = {}
    for article in articles:
        candidates = {spec.slug: spec for spec in everywhere}
        candidates |= {spec.slug: spec for topic in article.topics for spec in by_topic[same(topic)]}
        takers[article.path] = [spec for spec in candidates.values() if spec.admits(article)]
    return takers


def _one_file_an_id(
    articles: Iterable[Article], standing: Standing, entry_id: Callable[[Article], str]
) -> tuple[list[Article], list[Rejected]]:
    taken: list[Article] = []
    rejected: list[Rejected] = []
    for identity, rivals in _by(articles, entry_id).items():
        stands = standing.entries.get(identity)
        ranked = sorted(rivals, key=lambda rival: (stands is None or rival.link != stands.link, rival.path))
        taken.append(ranked[0])
        rejected.extend(
            Rejected(
                rival.path, None, "", f"a file name of its own (the id is {identity})", f"{ranked[0].path}'s"
            )
            for rival in ranked[1:]
        )
    return taken, rejected


def _by(articles: Iterable[Article], key: Callable[[Article], str]) -> dict[str, list[Article]]:
    groups: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        groups[key(article)].append(article)
    return groups


def _earliest(article: Article) -> tuple[datetime, str]:
    return article.published_at, article.path


def _feed(spec: FeedSpec, articles: Iterable[Article]) -> SelectedFeed:
    ordered = sorted(articles, key=lambda article: article.link)
    ordered.sort(key=lambda article: article.published_at, reverse=True)
    return SelectedFeed(spec, tuple(ordered[: spec.limit]), tuple(ordered[spec.limit :]))


def _all_topics(winner: Article, twins: list[Article], specs: tuple[FeedSpec, ...]) -> tuple[str, ...]:
    """The winner's topics first, each as its feed spells it."""
    names = {same(spec.name): spec.name for spec in specs}
    ordered = [winner, *sorted((twin for twin in twins if twin is not winner), key=_earliest)]
    topics = {same(topic): names.get(same(topic), topic) for one in ordered for topic in one.topics}
    return tuple(topics.values())
