"""What the config and the ledger say of a response: how long it is fresh, its links, where a feed went."""

from collections.abc import Mapping
from urllib.parse import quote

from feeds.config import Config
from feeds.schedule import Schedule
from feeds.selection.slugs import slugify

LONGEST, SHORTEST = 3600, 1  # seconds for which a response may be called fresh
WATCHED = 60  # at most, where an article may be published at any moment
UNSCHEDULED = 300


class Policy:
    """One config's, and one state of the ledger's; never changes."""

    def __init__(self, config: Config, departed: Mapping[str, str]) -> None:
        self._url = config.site.url
        self._hub = config.hub
        self._departed = {**departed, **config.moved}
        self._site_age = _max_age(config.schedule, config)
        named = [(feed.slug or slugify(name), feed) for name, feed in (config.topics | config.feeds).items()]
        self._ages = {slug: _max_age(feed.schedule, config) for slug, feed in named if feed.schedule}

    def cache_control(self, slug: str) -> str:
        """Fresh until the feed may be published again, and served stale for as long while that is looked up.

        (RFC 9111 §5.2.2, RFC 5861 §3)
        """
        age = self._ages.get(slug, self._site_age)
        return f"public, max-age={age}, stale-while-revalidate={age}"

    def link(self, path: str) -> str:
        """A feed's own address and its hub, as WebSub §4 has them."""
        own = f'<{self._url}{quote(path)}>; rel="self"'
        return f'{own}, <{self._hub}>; rel="hub"' if self._hub else own

    def moved_to(self, slug: str) -> str:
        """The slug where this feed is now, after all its moves; empty where it never moved."""
        return next((new for new in reversed(self._way(slug)) if new), "")

    def retired(self, slug: str) -> bool:
        """Whether the ledger says that the feed is gone for good, wherever it had moved to."""
        return self._way(slug)[-1:] == [""]

    def _way(self, slug: str) -> list[str]:
        """The slugs that the feed had next, in order; a way that comes back leads nowhere."""
        way: list[str] = []
        while (next_one := self._departed.get(way[-1] if way else slug)) is not None:
            if next_one == slug or next_one in way:
                return []
            way.append(next_one)
        return way


def _max_age(schedule: Schedule | None, config: Config) -> int:
    schedule = schedule or config.schedule
    age = int(schedule.period.total_seconds()) if schedule else UNSCHEDULED
    return max(SHORTEST, min(age, LONGEST, WATCHED if config.watch else LONGEST))
