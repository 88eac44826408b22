"""When time alone changes a feed next: an embargo ends, an article grows too old, a retraction is done."""

from collections.abc import Iterator

from feeds.publishing.prepare import Prepared
from feeds.publishing.withdrawal import BY_AGE

DAY = 24 * 60 * 60


def next_change(prepared: Prepared) -> int | None:
    """Seconds since 1970 of the first moment at which a run without any other change has work to do."""
    return min((moment for moment in _moments(prepared) if moment is not None), default=None)


def _moments(prepared: Prepared) -> Iterator[int | None]:
    library, now = prepared.library, int(prepared.now.timestamp())

    def first(query: str, *parameters: int) -> int | None:
        (found,) = library.execute(query, parameters).fetchone()
        return None if found is None else int(found)

    yield first("SELECT min(published_at) FROM file WHERE state = 'article' AND published_at > ?", now)
    yield first("SELECT min(updated_at) FROM file WHERE updated_at > ?", now)
    oldest = {
        rule.parameters[0] for spec in prepared.selection.specs for rule in spec.rules if rule.name == BY_AGE
    }
    for since in oldest:
        published = first(
            "SELECT min(published_at) FROM file WHERE state = 'article' AND published_at >= ?",
            int(str(since)),
        )
        yield None if published is None else published + (now - int(str(since))) + 1
    withdrawn = first("SELECT min(withdrawn_at) FROM retraction")
    yield None if withdrawn is None else withdrawn + prepared.config.retractions.days * DAY
