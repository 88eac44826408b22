"""Why an article is in a feed, or is not."""

from dataclasses import dataclass

from feeds.articles.article import Article
from feeds.selection.rules import Rule
from feeds.selection.selector import Selection
from feeds.selection.topics import FeedSpec
from feeds.text import same


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

    article: Article
    carried_by: Article | None
    verdicts: tuple[Verdict, ...]


def explain(article: Article, selection: Selection) -> Explanation:
    """The word of every feed that could concern an article: its topics', the combinations, and `all`."""
    winner = selection.represented_by.get(article.path, article)
    places = {
        feed.spec.slug: 1 + shown.index(winner.path)
        for feed in selection.feeds
        if winner.path in (shown := [one.path for one in (*feed.articles, *feed.beyond)])
    }
    return Explanation(
        article=article,
        carried_by=None if winner.path == article.path else winner,
        verdicts=tuple(
            _verdict(spec, article, places.get(spec.slug))
            for spec in selection.specs
            if spec.slug in places or _concerns(spec, article)
        ),
    )


def _concerns(spec: FeedSpec, article: Article) -> bool:
    topics = {same(topic) for topic in article.topics}
    return not spec.members or not topics.isdisjoint(map(same, spec.members))


def _verdict(spec: FeedSpec, article: Article, place: int | None) -> Verdict:
    missed = () if place else tuple(_missed(rule, article) for rule in spec.rules if not rule.admits(article))
    return Verdict(spec.slug, spec.name, spec.limit, place, missed)


def _missed(rule: Rule, article: Article) -> Missed:
    return Missed(rule.name, rule.asks, rule.shows(article))
