"""What a first publish costs when all is free but what our contracts ask of the libraries and of the disk.

Imports the libraries, reads every article file, has feedgen make each entry once as RSS and once as Atom, and
writes the files of all feeds, each synced. Nothing is parsed, chosen, checked or remembered, and pages and
JSON cost nothing: they, and what entries say, are taken from an output that `feeds publish` made before
(to read it back is 3 % of the floor).

    python bench/floor.py ARTICLES PUBLISHED OUTPUT
"""

import json
import os
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pydantic
import yaml
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

LIBRARIES = (pydantic.BaseModel, yaml.CSafeLoader)  # which are imported when they are first asked for
FILES = ("rss.xml", "atom.xml", "feed.json", "index.html")


def main(articles: Path, published: Path, output: Path) -> None:
    read(articles)
    pieces: dict[str, tuple[bytes, bytes]] = {}
    for feed in sorted(published.glob("*/feed.json")):
        data = feed.read_bytes()
        items = json.loads(data)["items"]
        for item in items:
            if item["id"] not in pieces:
                pieces[item["id"]] = render(item)
        rss = b"".join(pieces[item["id"]][0] for item in items)
        atom = b"".join(pieces[item["id"]][1] for item in items)
        page = feed.with_name("index.html").read_bytes()
        write(output / feed.parent.name, (rss, atom, data, page))


def read(folder: str | Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                read(entry.path)
            else:
                size = entry.stat(follow_symlinks=False).st_size
                descriptor = os.open(entry.path, os.O_RDONLY)
                os.read(descriptor, size)
                os.close(descriptor)


@cache
def generator() -> FeedGenerator:
    made = FeedGenerator()
    made.load_extension("media")
    made.load_extension("dc", atom=False)
    return made


def render(item: dict[str, Any]) -> tuple[bytes, bytes]:
    entry: FeedEntry = generator().add_entry()
    generator().remove_entry(entry)
    entry.id(item["id"])
    entry.title(item["title"])
    entry.link(href=item["url"])
    entry.published(datetime.fromisoformat(item["date_published"]))
    entry.updated(datetime.fromisoformat(item["date_modified"]))
    entry.content(item["content_html"], type="html")
    entry.summary(item.get("summary", ""))
    for author in item.get("authors", ()):
        entry.author(name=author["name"])
        entry.dc.dc_creator(author["name"])
    for topic in item.get("tags", ()):
        entry.category(term=topic)
    for picture in item.get("attachments", ()):
        entry.enclosure(picture["url"], "0", picture["mime_type"])
        entry.media.content(url=picture["url"], type=picture["mime_type"], medium="image", group=None)
        entry.media.thumbnail(url=picture["url"], group=None)
    return etree.tostring(entry.rss_entry()), etree.tostring(entry.atom_entry())


def write(folder: Path, contents: tuple[bytes, ...]) -> None:
    folder.mkdir(parents=True)
    for name, data in zip(FILES, contents, strict=True):
        temporary = folder / f".{name}"
        with temporary.open("wb") as file:
            file.write(data)
            os.fsync(file.fileno())
        temporary.replace(folder / name)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
