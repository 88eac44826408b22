"""An entry as it is remembered between runs: JSON."""

from functools import cache

from pydantic import TypeAdapter

from feeds.syndication.feed import Entry


@cache
def _adapter() -> TypeAdapter[Entry]:
    return TypeAdapter(Entry)


def to_json(entry: Entry) -> str:
    """All of an entry, as JSON that `from_json` reads."""
    return _adapter().dump_json(entry).decode()


def from_json(text: str) -> Entry:
    """The entry that `to_json` wrote."""
    return _adapter().validate_json(text)
