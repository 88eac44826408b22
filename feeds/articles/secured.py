"""What an article keeps to itself: the values of its `secured` keys, which no feed may show.

They are never read into an article. This is how the last look before a publish knows them all the same.
"""

from collections.abc import Iterator

from feeds.articles.contents import Contents
from feeds.articles.front_matter import FrontMatterError
from feeds.strict_yaml import Value
from feeds.text import folded

KEY = "secured"
# Shorter texts stand in too many places by chance, and of longer ones the beginning tells as much.
SHORTEST = 24
LONGEST = 80
MOST = 50


def values(contents: Contents) -> tuple[str, ...]:
    """How the texts below any `secured` key of a file begin, but for those that stand openly in it too."""
    data = contents.data
    if KEY.encode() not in data:
        return ()
    found: list[str] = []
    for text in _texts(_secured(contents)):
        beginning = folded(text[: 2 * LONGEST])[:LONGEST]
        if len(beginning) >= SHORTEST and beginning not in found and data.count(beginning.encode()) <= 1:
            found.append(beginning)
        if len(found) == MOST:
            break
    return tuple(found)


def _secured(contents: Contents) -> Iterator[Value]:
    short = contents.plain
    if short is not None and contents.data.count(KEY.encode()) == 1:
        yield from short.only((KEY,)).values()
        return
    try:
        matter = contents.front_matter
    except FrontMatterError:
        return
    if matter is not None:
        yield from _below(matter.document.value)


def _below(value: Value) -> Iterator[Value]:
    """The values of every `secured` key, at any depth."""
    for key, part in value.items() if isinstance(value, dict) else ():
        if key == KEY:
            yield part
        else:
            yield from _below(part)
    for part in value if isinstance(value, list) else ():
        yield from _below(part)


def _texts(values: Iterator[Value]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | dict):
            yield from _texts(iter(value.values() if isinstance(value, dict) else value))
