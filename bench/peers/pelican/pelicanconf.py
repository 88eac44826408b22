"""What Pelican does of the job: RSS and Atom of every topic and of all, by date, 50 entries.

It reads the same files, by a reader made here with libyaml (its own reader of Markdown knows no YAML). The
floor of quality is a signal handler, as Pelican has no filter. Pages of articles, tags and authors are off.
What it does not do: JSON Feed, enclosures, ids that outlive a change of the link or date. It builds
everything anew each time, but for a cache of what it read, which is off as by default.
"""

from __future__ import annotations

import os
from datetime import UTC
from typing import Any

import yaml
from pelican import signals
from pelican.readers import BaseReader

MIN_QUALITY = 50
RELATED = 5


class FrontMatterReader(BaseReader):
    """Markdown with YAML front matter; the bodies of the corpora are empty."""

    enabled = True
    file_extensions = ("md",)

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        with open(source_path, encoding="utf-8") as file:  # noqa: PTH123 - Pelican hands over a str
            _, front_matter, body = file.read().split("---\n", 2)
        article = yaml.load(front_matter, Loader=yaml.CSafeLoader)
        metadata = {
            "title": article["title"],
            "date": self.process_metadata("date", f"{article['publishedDateTime'].astimezone(UTC):%F %T}Z"),
            "status": "published" if article["published"] else "skip",
            "summary": article["excerpt"],
            "tags": self.process_metadata("tags", article["topics"]),
            "author": self.process_metadata("author", article["provider"]["name"]),
            "slug": os.path.splitext(os.path.basename(source_path))[0],  # noqa: PTH119, PTH122
            "url": article["webUrl"],
            "quality": article["quality"],
        }
        related = [one for one in article.get("related", ()) if one["quality"] >= MIN_QUALITY][:RELATED]
        coverage = "".join(f'<li><a href="{one["webUrl"]}">{one["title"]}</a></li>' for one in related)
        content = body.strip() or f"<p>{article['excerpt']}</p>"
        return content + (f"<ul>{coverage}</ul>" if coverage else ""), metadata


def add_reader(readers: Any) -> None:
    readers.reader_classes["md"] = FrontMatterReader


def keep_good(generator: Any) -> None:
    generator.articles = [article for article in generator.articles if article.quality >= MIN_QUALITY]


def register() -> None:
    signals.readers_init.connect(add_reader)
    signals.article_generator_pretaxonomy.connect(keep_good)


register()
SITEURL = "http://127.0.0.1:8000"
SITENAME = "all"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
DEFAULT_CATEGORY = "news"
USE_FOLDER_AS_CATEGORY = False
STATIC_PATHS: list[str] = []
PAGE_PATHS: list[str] = []
DIRECT_TEMPLATES: list[str] = []
THEME_STATIC_PATHS: list[str] = []
TYPOGRIFY = False
ARTICLE_SAVE_AS = DRAFT_SAVE_AS = TAG_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = ""
FEED_MAX_ITEMS = 50
RSS_FEED_SUMMARY_ONLY = False
FEED_ALL_RSS = "all/rss.xml"
FEED_ALL_ATOM = "all/atom.xml"
TAG_FEED_RSS = "{slug}/rss.xml"
TAG_FEED_ATOM = "{slug}/atom.xml"
CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = None
