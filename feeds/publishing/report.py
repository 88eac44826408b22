"""What a run did, for a person to read and a script to parse."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal

from feeds.articles.problem import Mended, Rejected
from feeds.formats import media_types
from feeds.formats.table import FEED_FORMATS

Outcome = Literal["published", "planned", "refused"]
# What people subscribe to in a feed's folder, its page left out.
FEED_FILES = tuple(f"/{form.file}" for form in FEED_FORMATS if form.media_type != media_types.HTML)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry that a publish adds to a feed, changes in it or takes from it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed of the run: its entries, and its difference to what stood."""

    slug: str
    title: str
    entries: int
    added: tuple[EntryChange, ...]
    changed: tuple[EntryChange, ...]
    removed: tuple[EntryChange, ...]
    vanished: bool = False  # its topic is gone; it stays, empty, or is pruned

    def untouched(self) -> "FeedReport":
        """The same feed in a run that leaves it alone."""
        return replace(self, added=(), changed=(), removed=())


@dataclass(frozen=True, slots=True)
class Articles:
    """Files by what became of them. found = rejected + unpublished + selected + passed over."""

    found: int
    selected: int
    passed_over: int
    unpublished: int
    rejected: int
    ignored: int


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A feed that was not replaced: which file of it is wrong, what was expected there and what was found."""

    slug: str
    file: str
    expected: str
    found: str
    stands: bool  # subscribers have an earlier version of it

    def __str__(self) -> str:
        stays = "it stays as it was" if self.stands else "it does not come out"
        return f"{self.slug}/{self.file}: expected {self.expected}, found {self.found}; {stays}"


@dataclass(frozen=True, slots=True)
class Ping:
    """What became of telling the hub that the feed at `url` changed."""

    url: str
    ok: bool
    outcome: str  # the hub's answer, or why there is none
    tries: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole run. Paths in `written`, `removed` are below `output`."""

    outcome: Outcome
    now: datetime
    output: str
    articles: Articles
    entries: int
    parsed: int  # articles whose bytes were new
    rendered: tuple[str, ...]  # slugs of feeds that were not as they should be
    feeds: tuple[FeedReport, ...]
    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    mended: tuple[Mended, ...]
    warnings: tuple[str, ...]
    held_back: tuple[HeldBack, ...] = ()  # feeds that failed the gate and stay as they were
    once: tuple[str, ...] = ()  # warnings of what happened in this run alone
    pings: tuple[Ping, ...] = ()
    next_change: datetime | None = None  # when time alone changes something
    left: Mapping[str, object] | None = None  # for `unchanged.stands`; None: the next run has to look itself

    @property
    def feed_files_written(self) -> tuple[str, ...]:
        """Those of `written` that are topics of a hub: feeds in each format, no page and no list."""
        return tuple(path for path in self.written if path.endswith(FEED_FILES))

    def as_json(self) -> Mapping[str, object]:
        """The report as JSON has it: dates as RFC 3339."""
        told = asdict(replace(self, left=None))
        del told["left"]
        return told | {
            "now": _rfc_3339(self.now),
            "next_change": self.next_change and _rfc_3339(self.next_change),
        }

    def repeated(self) -> "Report":
        """What the same run says when it is run again and nothing has changed."""
        feeds = tuple(feed.untouched() for feed in self.feeds if not (feed.vanished and self.removed))
        unchanged = self.unchanged + len(self.written)
        return replace(
            self,
            parsed=0,
            rendered=(),
            feeds=feeds,
            written=(),
            removed=(),
            unchanged=unchanged,
            once=(),
            pings=(),
        )


def _rfc_3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
