"""Feeds as subscribers' software sees them: parsers that we did not write read the same from every format.

The reference is our own feed.json, read as plain JSON.
"""

import calendar
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import fastfeedparser
import feedparser
import pytest
from conformance.conformance import folders
from node_fixtures import read_feeds
from reader import EntrySort, make_reader

FORMATS = ("rss.xml", "atom.xml", "feed.json")


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as a parser gives it. `updated` is None where the parser, or the format, has no such date."""

    id: str
    title: str
    link: str
    published: int  # seconds of the epoch
    updated: int | None = None


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def reference(folder: Path) -> list[Seen]:
    feed = json.loads((folder / "feed.json").read_bytes())
    return [
        Seen(
            item["id"],
            item["title"],
            item["url"],
            seconds(item["date_published"]),
            seconds(item.get("date_modified", item["date_published"])),
        )
        for item in feed["items"]
    ]


def differences(wanted: list[Seen], seen: list[Seen], *, dated: bool) -> Iterator[str]:
    """What a parser saw otherwise, or in another order; `dated`: the format states when an entry changed."""
    ids, seen_ids = [entry.id for entry in wanted], [entry.id for entry in seen]
    if ids != seen_ids:
        yield f"ids or their order: {seen_ids} instead of {ids}"
        return
    for ours, theirs in zip(wanted, seen, strict=True):
        for field in fields(Seen):
            expected, found = getattr(ours, field.name), getattr(theirs, field.name)
            if expected != found and (field.name != "updated" or dated):
                yield f"{ours.id}: {field.name} is {found!r} instead of {expected!r}"


def by_feedparser(path: Path) -> list[Seen]:
    # What feedparser makes of markup in titles, for the sake of browsers, is not what the feed says.
    parsed = feedparser.parse(path.read_bytes(), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo, parsed.bozo_exception
    return [
        Seen(
            entry["id"],
            entry["title"],
            entry["link"],
            calendar.timegm(entry["published_parsed"]),
            # `get` would fall back to the published date, with a warning
            calendar.timegm(entry["updated_parsed"]) if "updated_parsed" in entry else None,
        )
        for entry in parsed.entries
    ]


def by_fastfeedparser(path: Path) -> list[Seen]:
    return [
        Seen(
            entry["id"],
            entry["title"],
            entry["link"],
            seconds(entry["published"]),
            seconds(entry["updated"]) if entry.get("updated") else None,
        )
        for entry in fastfeedparser.parse(path.read_bytes()).entries
    ]


PARSERS: dict[str, tuple[Callable[[Path], list[Seen]], tuple[str, ...]]] = {
    "feedparser": (by_feedparser, ("rss.xml", "atom.xml")),  # reads no JSON Feed
    "fastfeedparser": (by_fastfeedparser, FORMATS),
}


@pytest.mark.parametrize(
    ("parser", "format_"), [(name, format_) for name, (_, formats) in PARSERS.items() for format_ in formats]
)
def test_parser_reads_what_the_json_feed_says(published: Path, parser: str, format_: str) -> None:
    read, _ = PARSERS[parser]
    problems = {
        folder.name: found
        for folder in folders(published)
        if (found := list(differences(reference(folder), read(folder / format_), dated=format_ != "rss.xml")))
    }
    assert problems == {}


@pytest.mark.parametrize("format_", FORMATS)
def test_reader_stores_what_the_json_feed_says(
    published: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The feedparser inside reader 3.26 imports sgmllib, which no dependency of it brings any more.
    monkeypatch.setenv("READER_NO_VENDORED_FEEDPARSER", "1")
    with make_reader(":memory:", feed_root=str(published)) as reader:
        for folder in folders(published):
            reader.add_feed(f"{folder.name}/{format_}")
        outcomes = {result.url: result.value for result in reader.update_feeds_iter()}
        failed = {url: value for url, value in outcomes.items() if isinstance(value, Exception)}
        assert failed == {}
        problems = {}
        for folder in folders(published):
            wanted = reference(folder)
            # The newest first, like ours; entries of one moment in the order of the file
            entries = reader.get_entries(feed=f"{folder.name}/{format_}", sort=EntrySort.RECENT)
            seen = [
                Seen(
                    entry.id,
                    entry.title or "",
                    entry.link or "",
                    int(entry.published.timestamp()) if entry.published else 0,
                    int(entry.updated.timestamp()) if entry.updated else None,
                )
                for entry in entries
            ]
            if found := list(differences(wanted, seen, dated=format_ != "rss.xml")):
                problems[folder.name] = found
    assert problems == {}


@pytest.mark.node
@pytest.mark.usefixtures("node_modules")
def test_javascript_parsers_read_what_the_json_feed_says(published: Path) -> None:
    paths = [folder / format_ for folder in folders(published) for format_ in FORMATS]
    answers = read_feeds(paths)
    assert len(answers) == sum(1 if path.name == "feed.json" else 2 for path in paths)
    problems = {}
    for answer in answers:
        path = Path(answer["path"])
        seen = [Seen(**item) for item in answer["items"]]
        dated = path.name != "rss.xml" and answer["parser"] != "rss-parser"
        if found := list(differences(reference(path.parent), seen, dated=dated)):
            problems[f"{answer['parser']} {path.parent.name}/{path.name}"] = found
    assert problems == {}
