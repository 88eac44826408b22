"""`feeds publish` against the second reading of the contract in independent.py, over whole source folders."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import json
import os
import subprocess
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from independent import NOW, SITE_URL, Feed, Item, expected_feeds
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("seeds", "../shared/seeds", "../shared/corpus/powerapps", "../shared/corpus/azure-sample")
ALWAYS = "seeds"

ATOM = "{http://www.w3.org/2005/Atom}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MEDIA = "{http://search.yahoo.com/mrss/}content"
LONGEST_VALUE = 300

# What a format does not carry, as its reader below leaves it.
NOT_CARRIED: dict[str, dict[str, Any]] = {
    "rss.xml": {"updated": None, "image": None, "related": ()},
    "atom.xml": {"image": None},
    "feed.json": {"media": (), "related": ()},
}


def publish(source: Path, folder: Path) -> Path:
    output = folder / "output"
    options = {"--source": source, "--output": output, "--state": folder / "state"}
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "publish", *(str(part) for pair in options.items() for part in pair)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"exit {done.returncode}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
    return output


def only(found: Iterable[Any]) -> Any:
    """The one element, or None; a second one is a mistake."""
    values = list(found)
    assert len(values) <= 1, f"more than one: {[getattr(value, 'tag', value) for value in values]}"
    return values[0] if values else None


def text(element: Any) -> str:
    return "" if element is None else element.text or ""


def present(element: Any) -> str:
    """Text that must not be empty where its element is there: nothing to say means no element."""
    assert element is None or element.text, f"empty <{element.tag}>"
    return text(element)


def unescaped(escaped: str) -> str:
    """The plain text of HTML without markup, however its quotes are written; raw markup stands out."""
    plain = html.unescape(escaped)
    quotes = escaped.replace("&quot;", '"').replace("&#34;", '"').replace("&#39;", "'").replace("&#x27;", "'")
    return plain if html.escape(plain, quote=False) == quotes else f"not escaped once: {escaped}"


def links(element: Any, rel: str) -> list[Any]:
    return [link for link in element.findall(f"{ATOM}link") if link.get("rel", "alternate") == rel]


def media(element: Any) -> tuple[str, ...]:
    return tuple(content.get("url") for content in element.iter(MEDIA))


def rss_excerpt(item: Any) -> str:
    """Beside content:encoded the description is the excerpt; alone it is the content, and there is none."""
    description = present(only(item.findall("description")))
    return unescaped(description) if item.find(ENCODED) is not None else ""


def rss_item(element: Any) -> Item:
    guid, enclosure = only(element.findall("guid")), only(element.findall("enclosure"))
    assert guid.get("isPermaLink") == "false"
    return Item(
        id=guid.text,
        title=text(only(element.findall("title"))),
        link=text(only(element.findall("link"))),
        published=parsedate_to_datetime(element.findtext("pubDate")),
        excerpt=rss_excerpt(element),
        enclosure=None if enclosure is None else (enclosure.get("url"), enclosure.get("type")),
        media=media(element),
        topics=frozenset(category.text for category in element.findall("category")),
        author=text(only(element.findall(CREATOR))) or None,
        **NOT_CARRIED["rss.xml"],
    )


def atom_item(element: Any) -> Item:
    title, summary = (only(element.findall(f"{ATOM}{name}")) for name in ("title", "summary"))
    assert title.get("type", "text") == "text"
    assert summary is None or summary.get("type", "text") == "text"
    enclosure = only(links(element, "enclosure"))
    return Item(
        id=element.findtext(f"{ATOM}id"),
        title=text(title),
        link=only(links(element, "alternate")).get("href"),
        published=dt.datetime.fromisoformat(element.findtext(f"{ATOM}published")),
        updated=dt.datetime.fromisoformat(element.findtext(f"{ATOM}updated")),
        excerpt=present(summary),
        enclosure=None if enclosure is None else (enclosure.get("href"), enclosure.get("type")),
        media=media(element),
        topics=frozenset(category.get("term") for category in element.findall(f"{ATOM}category")),
        author=element.findtext(f"{ATOM}author/{ATOM}name"),
        related=tuple(link.get("href") for link in links(element, "related")),
        **NOT_CARRIED["atom.xml"],
    )


def json_item(item: dict[str, Any]) -> Item:
    attachment, author = only(item.get("attachments", [])), only(item.get("authors", []))
    assert item.get("summary") != "", "an empty summary"
    return Item(
        id=item["id"],
        title=item["title"],
        link=item["url"],
        published=dt.datetime.fromisoformat(item["date_published"]),
        updated=dt.datetime.fromisoformat(item["date_modified"]),
        excerpt=item.get("summary", ""),
        image=item.get("image"),
        enclosure=None if attachment is None else (attachment["url"], attachment["mime_type"]),
        topics=frozenset(item.get("tags", [])),
        author=None if author is None else author["name"],
        **NOT_CARRIED["feed.json"],
    )


def is_page(url: str | None, slug: str) -> bool:
    return url in {f"{SITE_URL}{slug}/", f"{SITE_URL}{slug}/index.html"}


def read_rss(path: Path, feed: Feed) -> list[Item]:
    channel = etree.parse(str(path)).getroot().find("channel")
    assert channel is not None
    assert text(channel.find("title")).strip()
    assert is_page(channel.findtext("link"), feed.slug), f"channel link {channel.findtext('link')}"
    assert [link.get("href") for link in links(channel, "self")] == [f"{SITE_URL}{feed.slug}/rss.xml"]
    built = channel.findtext("lastBuildDate")
    assert built is None or parsedate_to_datetime(built) == feed.updated, f"lastBuildDate {built}"
    return [rss_item(element) for element in channel.findall("item")]


def read_atom(path: Path, feed: Feed) -> list[Item]:
    root = etree.parse(str(path)).getroot()
    assert text(root.find(f"{ATOM}title")).strip()
    assert root.findtext(f"{ATOM}id") == feed.id, f"id {root.findtext(f'{ATOM}id')}, not {feed.id}"
    updated = dt.datetime.fromisoformat(root.findtext(f"{ATOM}updated") or "")
    assert updated == feed.updated, f"updated {updated}, not {feed.updated}"
    rels = [link.get("rel", "alternate") for link in root.findall(f"{ATOM}link")]
    assert rels.index("alternate") < rels.index("self")
    assert is_page(links(root, "alternate")[0].get("href"), feed.slug)
    assert [link.get("href") for link in links(root, "self")] == [f"{SITE_URL}{feed.slug}/atom.xml"]
    return [atom_item(element) for element in root.findall(f"{ATOM}entry")]


def read_json(path: Path, feed: Feed) -> list[Item]:
    document = json.loads(path.read_text("utf-8"))
    assert document["title"].strip()
    assert document["feed_url"] == f"{SITE_URL}{feed.slug}/feed.json"
    assert is_page(document["home_page_url"], feed.slug)
    return [json_item(item) for item in document["items"]]


READERS: dict[str, Callable[[Path, Feed], list[Item]]] = {
    "rss.xml": read_rss,
    "atom.xml": read_atom,
    "feed.json": read_json,
}


def first_difference(expected: list[Item], found: list[Item]) -> str:
    """Nothing where they are equal, else the first item that differs, field by field."""
    for number, (wanted, got) in enumerate(zip(expected, found, strict=False)):
        if wanted != got:
            fields = (field.name for field in dataclasses.fields(Item))
            pairs = ((name, getattr(wanted, name), getattr(got, name)) for name in fields)
            lines = [
                f"    {name}: expected {repr(a)[:LONGEST_VALUE]}\n    but found {repr(b)[:LONGEST_VALUE]}"
                for name, a, b in pairs
                if a != b
            ]
            return "\n".join([f"  item {number} ({wanted.id}):", *lines])
    return "" if len(expected) == len(found) else f"  {len(expected)} items expected, {len(found)} found"


def file_difference(output: Path, feed: Feed, name: str) -> str:
    expected = [dataclasses.replace(item, **NOT_CARRIED[name]) for item in feed.items]
    try:
        found = READERS[name](output / feed.slug / name, feed)
    except (
        AssertionError,
        AttributeError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
        etree.LxmlError,
    ) as error:
        return f"  {type(error).__name__}: {str(error)[:LONGEST_VALUE]}"
    return first_difference(expected, found)


@pytest.mark.parametrize("source", SOURCES)
def test_published_feeds_are_those_of_an_independent_reading(source: str, tmp_path: Path) -> None:
    folder = ROOT / source
    if source != ALWAYS and not folder.is_dir():
        pytest.skip(f"{source} is not beside this checkout")
    feeds = expected_feeds(folder)
    output = publish(folder.resolve(), tmp_path)
    assert {path.name for path in output.iterdir() if path.is_dir()} == set(feeds)
    differences = [
        f"{slug}/{name}\n{difference}"
        for slug, feed in feeds.items()
        for name in READERS
        if (difference := file_difference(output, feed, name))
    ]
    assert not differences, f"{len(differences)} files differ, the first:\n" + "\n".join(differences[:5])
