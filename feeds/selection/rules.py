"""Which articles a feed takes: each rule has a name and a reason, for selection and `explain` alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feeds.articles.article import EARLIEST_YEAR, Article
from feeds.config import Config, Rules
from feeds.text import same

BEGINNING = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)  # no article is older


@dataclass(frozen=True, slots=True)
class Rule:
    """`asks` says what an article needs, `shows` what it has; `admits` decides."""

    name: str
    asks: str
    shows: Callable[[Article], str]
    admits: Callable[[Article], bool]


def site_rules(config: Config, now: datetime) -> tuple[Rule, ...]:
    """What every feed asks."""
    return (
        _published_by(now),
        *_having("site's include", config.include),
        *_lacking("site's exclude", config.exclude),
    )


def feed_rules(config: Config, feed: Rules | None, now: datetime) -> tuple[Rule, ...]:
    """What one feed asks beyond `site_rules` and its own topics: its own values, else the site's."""
    near: tuple[Rules, ...] = (config,) if feed is None else (feed, config)
    rules: list[Rule] = []
    floor = _nearest(near, "min_quality")
    if floor is not None:
        rules.append(_at_least("min_quality", "quality", floor))
    heat = _nearest(near, "min_heat")
    if heat is not None:
        rules.append(_at_least("min_heat", "heat", heat))
    age = _nearest(near, "max_age")
    if age is not None:
        oldest = now - min(age, now - BEGINNING)
        rules.append(
            Rule("max_age", f"published since {oldest:%Y-%m-%d %H:%M} UTC", _date, _published_since(oldest))
        )
    for name, values in (("providers", _providers), ("types", _types)):
        rules.extend(_one_of(name, values, _nearest(near, name)))
    rules.extend(_one_of("languages", _languages(config.site.language), _nearest(near, "languages")))
    return tuple(rules)


def topic_rules(members: Iterable[str], excluded: Iterable[str]) -> tuple[Rule, ...]:
    """What makes an article one of a topic, or of several combined."""
    return (*_having("topic", members), *_lacking("exclude", excluded))


def meets_floor(quality: float | None, floor: float | None) -> bool:
    """Whether a quality meets the floor; where there is no quality there is nothing to miss."""
    return floor is None or quality is None or quality >= floor


def _nearest(near: tuple[Rules, ...], name: str) -> Any:
    values = (getattr(rules, name) for rules in near if name in rules.model_fields_set or rules is near[-1])
    return next(values)


def _published_by(now: datetime) -> Rule:
    return Rule(
        "published",
        f"published by {now:%Y-%m-%d %H:%M} UTC",
        _date,
        lambda article: article.published_at <= now,
    )


def _published_since(oldest: datetime) -> Callable[[Article], bool]:
    return lambda article: article.published_at >= oldest


def _date(article: Article) -> str:
    return f"{article.published_at:%Y-%m-%d %H:%M} UTC"


def _at_least(name: str, field: str, floor: float) -> Rule:
    def shows(article: Article) -> str:
        value = getattr(article, field)
        return f"no {field}" if value is None else f"{value:g}"

    return Rule(
        name,
        f"{field} of at least {floor:g}, where it is given",
        shows,
        lambda article: meets_floor(getattr(article, field), floor),
    )


def _one_of(
    name: str, values: Callable[[Article], tuple[str, ...]], wanted: tuple[str, ...]
) -> tuple[Rule, ...]:
    if not wanted:
        return ()
    keys = frozenset(same(value) for value in wanted)
    return (
        Rule(
            name,
            f"one of {', '.join(wanted)}",
            lambda article: " / ".join(value for value in values(article) if value) or "none",
            lambda article: any(same(value) in keys for value in values(article)),
        ),
    )


def _providers(article: Article) -> tuple[str, ...]:
    return (article.provider.name, article.provider.domain) if article.provider else ()


def _types(article: Article) -> tuple[str, ...]:
    return (article.type,)


def _languages(default: str) -> Callable[[Article], tuple[str, ...]]:
    """`en` takes `en-GB` too (RFC 4647 §3.3.1)."""

    def languages(article: Article) -> tuple[str, ...]:
        tag = article.language or default
        parts = tag.split("-")
        return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))

    return languages


def _having(name: str, topics: Iterable[str]) -> list[Rule]:
    wanted = tuple(topics)
    if not wanted:
        return []
    keys = frozenset(same(topic) for topic in wanted)
    asks = f"the topic {wanted[0]}" if len(wanted) == 1 else f"one of the topics {', '.join(wanted)}"
    return [Rule(name, asks, _topic_names, lambda article: not keys.isdisjoint(map(same, article.topics)))]


def _lacking(name: str, topics: Iterable[str]) -> list[Rule]:
    unwanted = tuple(topics)
    if not unwanted:
        return []
    keys = frozenset(same(topic) for topic in unwanted)
    return [
        Rule(
            name,
            f"none of the topics {', '.join(unwanted)}",
            _topic_names,
            lambda article: keys.isdisjoint(map(same, article.topics)),
        )
    ]


def _topic_names(article: Article) -> str:
    return ", ".join(article.topics) or "no topic"
