"""The look at a whole run before it begins to write: would subscribers be flooded, or left with nothing?

Entries under another id show up as new ones in every reader; entries whose files are gone leave every feed.
A few of each are an editor's work. Many at once are a renamed folder, a changed `site.id`, an unmounted
disk: refused, unless a person says that it is meant.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from feeds.config import Threshold
from feeds.errors import Flooded, NothingFound
from feeds.library import index, ledger
from feeds.library.ledger import KnownEntry
from feeds.publishing.plan import Plan
from feeds.publishing.prepare import Prepared
from feeds.syndication.compose import moment
from feeds.syndication.identity import identities, moved_id

NAMED = 3  # examples of each kind
STANDING = "standing entries would"
GONE = "their files gone or unpublished"


def check(prepared: Prepared, planned: Plan) -> None:
    """Raises NothingFound, or Flooded with all that it saw."""
    if prepared.standing.entries and not index.articles(index.counts(prepared.library)):
        raise NothingFound(prepared.config.sources, len(prepared.standing.entries))
    seen = tuple(_floods(prepared, planned))
    if seen:
        raise Flooded(seen)


def would_refuse(prepared: Prepared, planned: Plan) -> tuple[str, ...]:
    """Why a publish of this plan would be refused; nothing where it would not."""
    try:
        check(prepared, planned)
    except NothingFound as refused:
        return (str(refused),)
    except Flooded as refused:
        return refused.seen
    return ()


def _floods(prepared: Prepared, planned: Plan) -> Iterator[str]:
    """A line for each kind of change of which this run would make too many at once."""
    guard, change = prepared.config.guard, _Change.of(prepared, planned)
    renamed, vanished, standing = change.renamed, change.vanished(prepared), change.standing
    yield from _line(
        guard.ids,
        renamed,
        standing,
        f"{STANDING} get another id (did file names, site.id or site.url change?)",
    )
    yield from _line(guard.dates, change.redated(), standing, f"{STANDING} get another date")
    yield from _line(guard.leaving, vanished, standing, f"{STANDING} leave, {GONE}")
    for slug, shown in sorted(prepared.standing.shown.items()):
        here = {identity: vanished[identity] for identity in shown if identity in vanished}
        yield from _line(guard.leaving, here, shown, f"entries of the feed {slug}/ would leave, {GONE}")


def _line(
    threshold: Threshold, changes: Mapping[str, str], standing: Collection[str], what: str
) -> Iterator[str]:
    if len(changes) >= threshold.at_least and 100 * len(changes) > threshold.percent * len(standing):
        examples = [changes[identity] for identity in sorted(changes)[:NAMED]]
        rest = [f"and {len(changes) - NAMED} more"] if len(changes) > NAMED else []
        yield f"{len(changes)} of {len(standing)} {what}: {', '.join([*examples, *rest])}"


@dataclass(frozen=True)
class _Change:
    """What stands and what would stand instead."""

    standing: frozenset[str]
    present: Mapping[str, KnownEntry]
    known: Mapping[str, KnownEntry]  # as they stand: those that would leave, and those composed anew

    @classmethod
    def of(cls, prepared: Prepared, planned: Plan) -> "_Change":
        notice = moved_id("", prepared.config.site)
        standing = frozenset(one for one in prepared.standing.entries if not one.startswith(notice))
        present = {one.id: one for draft in planned.drafts if not draft.notice for one in draft.entries}
        composed = planned.emitted.composed.keys() & standing
        doubtful = sorted((standing - present.keys()) | composed)
        return cls(standing, present, ledger.entries(prepared.library, doubtful))

    @property
    def gone(self) -> Iterator[KnownEntry]:
        """The entries that no feed would show any more."""
        return (known for known in self.known.values() if known.id not in self.present)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Entries that would come again under another id: of the same file, or with the same link."""
        new = [one for one in self.present.values() if one.id not in self.standing]
        by_path = {one.path: one.id for one in new if one.path}
        by_link = {one.link: one.id for one in new}
        found = {one.id: by_path.get(one.path) or by_link.get(one.link) for one in self.gone}
        return {old: f"{old} → {now}" for old, now in found.items() if now}

    def redated(self) -> Mapping[str, str]:
        """Entries that would be published at another time than subscribers were told."""
        pairs = ((one, self.present[one.id]) for one in self.known.values() if one.id in self.present)
        return {
            before.id: f"{before.id} ({_minute(before)} → {_minute(now)})"
            for before, now in pairs
            if before.published_at != now.published_at
        }

    def vanished(self, prepared: Prepared) -> Mapping[str, str]:
        """Entries whose article is not there any more: no rule, limit or age took them away."""
        library, site = prepared.library, prepared.config.site
        return {
            one.id: one.path or one.id
            for one in self.gone
            if one.id not in self.renamed and not index.is_there(library, one.path, identities(one.id, site))
        }


def _minute(entry: KnownEntry) -> str:
    return f"{moment(entry.published_at):%Y-%m-%d %H:%M}"
