"""What a competent person writes in an afternoon: the reference that the benchmark compares with.

The libraries are the fast ones (libyaml, lxml below feedgen) and nothing is done twice on purpose: each file
is read and parsed once, each feed rendered once. It does less than `feeds publish`: no pages for people, no
OPML, no state, no checks of what it reads, and files are written in place, torn if it is stopped.

    python bench/straightforward.py ARTICLES OUTPUT
"""

import json
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from feedgen.feed import FeedGenerator

SITE = "http://127.0.0.1:8000/"
MIN_QUALITY = 50
LIMIT = 50
RELATED = 5
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}


def main(source: Path, output: Path) -> None:
    feeds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    now = datetime.now(UTC)
    for path in source.glob("**/*.md"):
        article = read(path)
        if article and wanted(article, now):
            for topic in article["topics"]:
                feeds[topic].append(article)
            feeds["all"].append(article)
    for topic, articles in feeds.items():
        articles.sort(key=lambda article: article["webUrl"])
        articles.sort(key=lambda article: article["publishedDateTime"], reverse=True)
        write(topic, articles[:LIMIT], output)


def read(path: Path) -> dict[str, Any] | None:
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        return None
    _, front_matter, body = text.split("---\n", 2)
    article: dict[str, Any] = yaml.load(front_matter, Loader=yaml.CSafeLoader)
    article["id"] = f"tag:127.0.0.1,2026:{path.stem}"
    article["body"] = body.strip()
    return article


def wanted(article: dict[str, Any], now: datetime) -> bool:
    return bool(
        article["published"] and article["quality"] >= MIN_QUALITY and article["publishedDateTime"] <= now
    )


def write(topic: str, articles: list[dict[str, Any]], output: Path) -> None:
    slug = re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")
    folder = output / slug
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{SITE}{slug}/"
    generator = FeedGenerator()
    generator.load_extension("dc", atom=False)
    generator.load_extension("media")
    generator.id(f"tag:127.0.0.1,2026:feed/{slug}")
    generator.title(topic)
    generator.description(f"Articles about {topic}")
    generator.language("en")
    generator.link(href=url, rel="alternate")
    generator.updated(articles[0]["publishedDateTime"])
    for article in articles:
        add(generator, article)
    generator.atom_file(str(folder / "atom.xml"), pretty=True)
    generator.rss_file(str(folder / "rss.xml"), pretty=True)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": topic,
        "home_page_url": url,
        "feed_url": f"{url}feed.json",
        "items": [item(article) for article in articles],
    }
    with (folder / "feed.json").open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)


def add(generator: FeedGenerator, article: dict[str, Any]) -> None:
    entry = generator.add_entry(order="append")
    entry.id(article["id"])
    entry.title(article["title"])
    entry.link(href=article["webUrl"])
    entry.summary(article["excerpt"])
    entry.content(content(article), type="html")
    entry.published(article["publishedDateTime"])
    entry.updated(article["publishedDateTime"])
    entry.author(name=article["provider"]["name"])
    entry.dc.dc_creator(article["provider"]["name"])
    for topic in article["topics"]:
        entry.category(term=topic)
    for image in article.get("images", ()):
        media_type = MEDIA_TYPES.get(Path(image["url"]).suffix, "image/jpeg")
        entry.enclosure(image["url"], 0, media_type)
        entry.media.content(url=image["url"], type=media_type, medium="image", group=None)


def item(article: dict[str, Any]) -> dict[str, Any]:
    images = article.get("images")
    return {
        "id": article["id"],
        "url": article["webUrl"],
        "title": article["title"],
        "content_html": content(article),
        "summary": article["excerpt"],
        "date_published": article["publishedDateTime"].isoformat(),
        "authors": [{"name": article["provider"]["name"]}],
        "tags": article["topics"],
        **({"image": images[0]["url"]} if images else {}),
    }


def content(article: dict[str, Any]) -> str:
    related = [one for one in article.get("related", ()) if one["quality"] >= MIN_QUALITY][:RELATED]
    coverage = "".join(f'<li><a href="{one["webUrl"]}">{one["title"]}</a></li>' for one in related)
    return (article["body"] or f"<p>{article['excerpt']}</p>") + (f"<ul>{coverage}</ul>" if coverage else "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
