"""Which feeds there are: one for all, one a topic, and the combinations that the config names."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.config import RESERVED_SLUG, Config, FeedConfig
from feeds.library.ledger import Standing
from feeds.selection.rules import Rule, feed_rules, site_rules, topic_rules
from feeds.selection.slugs import distinct, slugify
from feeds.text import same

EVERYTHING = ""  # the name of the feed `all`, which no topic can have


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed that there is to be: who it is, and whom it takes."""

    slug: str
    name: str
    config: FeedConfig
    members: tuple[str, ...]  # topics; none means every article
    rules: tuple[Rule, ...]  # beyond being of one of them
    limit: int
    wanted: bool  # named in the config, or for all: stands even while it is empty

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """All that it asks of an article."""
        return (*topic_rules(self.members), *self.rules)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A feed before it has its slug."""

    name: str
    config: FeedConfig
    wanted: bool
    members: tuple[str, ...]
    section: str = "topics"  # of the config, where it can be named


def feed_specs(
    found: Iterable[str], config: Config, standing: Standing, now: datetime
) -> tuple[tuple[FeedSpec, ...], tuple[str, ...]]:
    """Every feed's spec, `all` first, then by name; and a warning for each slug that two wanted.

    `found` are the names of topics that articles have, in any spelling.
    """
    names = spellings(found, config, standing)
    topics = {same(name): feed for name, feed in config.topics.items()}
    asked = [_Asked(EVERYTHING, FeedConfig(), wanted=True, members=())]
    for key, name in names.items():
        feed = topics.get(key, FeedConfig())
        asked.append(_Asked(name, feed, wanted=key in topics, members=(name, *feed.include)))
    asked.extend(
        _Asked(name, feed, wanted=True, members=feed.include, section="feeds")
        for name, feed in config.feeds.items()
    )
    slugs, warnings = _slugs(asked, standing)
    site = site_rules(config, now)
    specs = [
        FeedSpec(
            slug=slugs[one.name],
            name=one.name,
            config=one.config,
            members=one.members,
            rules=(*site, *feed_rules(config, one.config, now)),
            limit=one.config.limit or config.limit,
            wanted=one.wanted,
        )
        for one in asked
    ]
    return tuple(sorted(specs, key=_order)), warnings


def spellings(found: Iterable[str], config: Config, standing: Standing) -> Mapping[str, str]:
    """One spelling of every topic, by its comparable name: the config's, the standing one, the first."""
    names = {same(name): name for name in sorted(set(map(_nfc, found)), reverse=True)}
    combined = {same(name) for name in config.feeds}
    names.update({same(feed.name): feed.name for feed in standing.feeds.values() if same(feed.name) in names})
    names.update({same(name): _nfc(name) for name in config.topics})
    return {key: names[key] for key in sorted(names) if key not in combined}


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _order(spec: FeedSpec) -> tuple[bool, str, str]:
    return spec.slug != RESERVED_SLUG, same(spec.name), spec.slug


def _slugs(asked: list[_Asked], standing: Standing) -> tuple[dict[str, str], tuple[str, ...]]:
    """A slug for every feed: the config's word first, then who stands there, then by code point."""
    slugs = {EVERYTHING: RESERVED_SLUG}
    # A topic that vanished keeps its folder: its subscribers must not get another topic's entries.
    owners = {slug: feed.name for slug, feed in standing.feeds.items()} | {RESERVED_SLUG: EVERYTHING}
    warnings = []
    for one in asked:
        if one.config.slug:
            slugs[one.name] = one.config.slug
            owners[one.config.slug] = one.name
    rest = [one for one in asked if one.name not in slugs]
    for one in sorted(rest, key=lambda one: one.name):
        slug = standing.slugs.get(same(one.name))
        if slug and same(owners[slug]) == same(one.name):
            slugs[one.name] = slug
    for one in sorted(rest, key=lambda one: one.name):
        wanted = slugify(one.name)
        taken = wanted in owners and same(owners[wanted]) != same(one.name)
        slug = slugs.setdefault(one.name, distinct(one.name, wanted) if taken else wanted)
        owners[slug] = one.name
        if slug == distinct(one.name, wanted) and taken:
            other = repr(owners[wanted]) if owners[wanted] else "the feed of all topics"
            warnings.append(_settle(one, wanted, other))
    return slugs, tuple(warnings)


def _settle(one: _Asked, slug: str, other: str) -> str:
    own = distinct(one.name, slug)
    line = f"{one.section}: {{{json.dumps(one.name, ensure_ascii=False)}: {{slug: {own}}}}}"
    return (
        f"{one.name!r} wants the folder {slug!r} of {other} and got {own!r}; "
        f"the config line that settles it: {line}"
    )
