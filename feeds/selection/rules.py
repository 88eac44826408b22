"""Which articles a feed takes: a rule is one SQL condition on `file`, with a name and a reason.

Selection and `explain` use the same conditions, so that what is said is what was done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feeds.config import Config, Rules
from feeds.library.database import marks
from feeds.text import same

MOMENT = "strftime('%Y-%m-%d %H:%M UTC', {}, 'unixepoch')"

TOPIC_NAMES = (
    "coalesce((SELECT group_concat(name, ', ') FROM "
    "(SELECT name FROM topic WHERE topic.file = file.id ORDER BY place)), 'no topic')"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`asks` says what an article needs; `admits` is the condition; `has` what the article has, as text."""

    name: str
    asks: str
    admits: str
    parameters: tuple[object, ...]
    has: str


def site_rules(config: Config, now: datetime) -> tuple[Rule, ...]:
    """What every feed asks."""
    return (
        Rule(
            "published",
            f"published by {now:%Y-%m-%d %H:%M} UTC",
            "file.published_at <= ?",
            (int(now.timestamp()),),
            MOMENT.format("file.published_at"),
        ),
        *(_having("site's include", config.include) if config.include else ()),
        *_lacking("site's exclude", config.exclude),
    )


def feed_rules(config: Config, feed: Rules, now: datetime) -> tuple[Rule, ...]:
    """What one feed asks beyond `site_rules` and its own topics: its own values, else the site's."""
    near = (feed, config)
    rules: list[Rule] = [*_lacking("exclude", feed.exclude)]
    for name, column in (("min_quality", "quality"), ("min_heat", "heat")):
        floor = _nearest(near, name)
        if floor is not None:
            rules.append(_at_least(name, column, floor))
    age = _nearest(near, "max_age")
    if age is not None:
        oldest = now - age
        rules.append(
            Rule(
                "max_age",
                f"published since {oldest:%Y-%m-%d %H:%M} UTC",
                "file.published_at >= ?",
                (int(oldest.timestamp()),),
                MOMENT.format("file.published_at"),
            )
        )
    rules.extend(_providers(_nearest(near, "providers")))
    rules.extend(_types(_nearest(near, "types")))
    rules.extend(_languages(_nearest(near, "languages"), config.site.language))
    return tuple(rules)


def topic_rules(members: Iterable[str]) -> tuple[Rule, ...]:
    """What makes an article one of a topic, or of several combined."""
    return _having("topic", tuple(members))


def all_of(rules: Iterable[Rule]) -> tuple[str, tuple[object, ...]]:
    """Rules that hold together, as one condition and its parameters."""
    rules = tuple(rules)
    condition = " AND ".join(rule.admits for rule in rules)
    return condition or "TRUE", tuple(value for rule in rules for value in rule.parameters)


def meets_floor(quality: float | None, floor: float | None) -> bool:
    """Whether a quality meets the floor; where there is no quality there is nothing to miss."""
    return floor is None or quality is None or quality >= floor


def _nearest(near: tuple[Rules, Rules], name: str) -> Any:
    feed, site = near
    return getattr(feed if name in feed.model_fields_set else site, name)


def _at_least(name: str, column: str, floor: float) -> Rule:
    return Rule(
        name,
        f"{column} of at least {floor:g}, where it is given",
        f"coalesce(file.{column} >= ?, TRUE)",
        (floor,),
        f"coalesce(printf('%g', file.{column}), 'no {column}')",
    )


def _providers(wanted: tuple[str, ...]) -> tuple[Rule, ...]:
    keys = tuple(same(name) for name in wanted)
    condition = f"(file.provider IN ({marks(keys)}) OR file.domain IN ({marks(keys)}))"
    has = "coalesce(nullif(file.byline, ''), 'none')"
    return (Rule("providers", _one_of(wanted), condition, keys + keys, has),) if wanted else ()


def _types(wanted: tuple[str, ...]) -> tuple[Rule, ...]:
    keys = tuple(same(name) for name in wanted)
    return (
        (Rule("types", _one_of(wanted), f"file.type IN ({marks(keys)})", keys, "file.type"),)
        if wanted
        else ()
    )


def _languages(wanted: tuple[str, ...], default: str) -> tuple[Rule, ...]:
    """`en` takes `en-GB` too (RFC 4647 §3.3.1)."""
    if not wanted:
        return ()
    own = "coalesce(nullif(file.language, ''), ?)"
    condition = " OR ".join(f"{own} = ? OR substr({own}, 1, length(?) + 1) = ? || '-'" for _ in wanted)
    fallback = same(default)
    parameters = [
        part for name in wanted for part in (fallback, same(name), fallback, same(name), same(name))
    ]
    quoted = fallback.replace("'", "''")
    has = f"coalesce(nullif(file.language, ''), '{quoted}')"
    return (Rule("languages", _one_of(wanted), f"({condition})", tuple(parameters), has),)


def _having(name: str, topics: tuple[str, ...]) -> tuple[Rule, ...]:
    if not topics:
        return ()
    keys = tuple(sorted({same(topic) for topic in topics}))
    asks = f"the topic {topics[0]}" if len(topics) == 1 else f"one of the topics {', '.join(topics)}"
    condition = f"EXISTS (SELECT 1 FROM topic WHERE topic.file = file.id AND topic.key IN ({marks(keys)}))"
    return (Rule(name, asks, condition, keys, TOPIC_NAMES),)


def _lacking(name: str, topics: tuple[str, ...]) -> tuple[Rule, ...]:
    if not topics:
        return ()
    keys = tuple(sorted({same(topic) for topic in topics}))
    condition = (
        f"NOT EXISTS (SELECT 1 FROM topic WHERE topic.file = file.id AND topic.key IN ({marks(keys)}))"
    )
    return (Rule(name, f"none of the topics {', '.join(topics)}", condition, keys, TOPIC_NAMES),)


def _one_of(wanted: tuple[str, ...]) -> str:
    return f"one of {', '.join(wanted)}"
