"""Feeds with a schedule of their own that has not come round: a run for others leaves them as they stand."""

from collections.abc import Collection
from dataclasses import replace

from feeds.library import ledger
from feeds.library.ledger import KnownFeed, Retracted
from feeds.publishing.drafts import Draft
from feeds.publishing.memory import feed_stamp
from feeds.publishing.prepare import Prepared
from feeds.syndication.compose import moment
from feeds.text import same


def at_rest(
    drafts: Collection[Draft],
    prepared: Prepared,
    waiting: Collection[str],
    retracted: Collection[Retracted],
) -> tuple[Draft, ...]:
    """The drafts, those of `waiting` names as they stand.

    A feed that does not stand, whose files are not as we left them or that shows a withdrawn entry never
    waits: subscribers are not left with what was taken back.
    """
    names = {same(name) for name in waiting}
    recalled = {one.feed for one in retracted}
    drawn = []
    for draft in drafts:
        stood = prepared.standing.feeds.get(draft.feed.slug)
        waits = same(draft.feed.name) in names and draft.feed.slug not in recalled and not draft.notice
        if waits and stood is not None and stood.stamp == feed_stamp(stood.slug, prepared.config):
            drawn.append(_as_it_stands(draft, stood, prepared))
        else:
            drawn.append(draft)
    return tuple(drawn)


def _as_it_stands(draft: Draft, stood: KnownFeed, prepared: Prepared) -> Draft:
    entries = ledger.entries(prepared.library, prepared.standing.shown.get(stood.slug, ()))
    feed = replace(
        draft.feed,
        name=stood.name,
        title=stood.title,
        description=stood.description,
        language=stood.language,
        updated=moment(stood.updated_at),
        size=len(entries),
    )
    return Draft(feed, stood.first_slug, tuple(entries.values()), stood.digest)
