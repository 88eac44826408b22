"""Feeds with a schedule of their own that has not come round: a run for others leaves them as they stand."""

from collections.abc import Collection
from dataclasses import replace

from feeds.config import SITE
from feeds.library import ledger
from feeds.library.ledger import KnownFeed, Retracted
from feeds.publishing.drafts import Draft, as_it_stands
from feeds.publishing.memory import feed_stamp
from feeds.publishing.prepare import Prepared
from feeds.text import same


def at_rest(
    drafts: Collection[Draft],
    prepared: Prepared,
    due: Collection[str] | None,
    retracted: Collection[Retracted],
) -> tuple[Draft, ...]:
    """The drafts, as they stand where their schedule is not among those that are due; None: all are.

    A feed that does not stand, whose files are not as we left them or that shows a withdrawn entry never
    waits: subscribers are not left with what was taken back.
    """
    if due is None:
        return tuple(drafts)
    config = prepared.config
    own = {same(name) for name in config.schedules}
    named = {same(name) for name in due}
    recalled = {one.feed for one in retracted}

    def waits(draft: Draft) -> bool:
        name = same(draft.feed.name)
        return (name if name in own else SITE) not in named

    def drawn(draft: Draft) -> Draft:
        stood = prepared.standing.feeds.get(draft.feed.slug)
        if stood is None or draft.notice or draft.feed.slug in recalled or not waits(draft):
            return draft
        whole = stood.stamp == feed_stamp(stood.slug, config)
        return _standing_draft(draft, stood, prepared) if whole else draft

    return tuple(drawn(draft) for draft in drafts)


def _standing_draft(draft: Draft, stood: KnownFeed, prepared: Prepared) -> Draft:
    entries = ledger.entries(prepared.library, prepared.standing.shown.get(stood.slug, ()))
    feed = replace(as_it_stands(draft.feed, prepared), name=stood.name)
    return Draft(feed, stood.first_slug, tuple(entries.values()), stood.digest)
