"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
from collections.abc import Iterable
from datetime import datetime

from feeds.syndication.feed import Author, Entry, Feed, Media

VERSION = "https://jsonfeed.org/version/1.1"


def render_entry(entry: Entry, _feed: Feed) -> bytes:
    """The entry as an item of any feed, on one line."""
    return json.dumps(_item(entry), ensure_ascii=False).encode()


def render(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The feed as JSON Feed 1.1, UTF-8, with these rendered items: one line each."""
    document: dict[str, object] = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.json_url,
        "description": feed.description,
        "icon": feed.image,
        "authors": [{"name": feed.site_title or feed.title, "url": feed.site_url}],
        "language": feed.language,
        "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else None,
    }
    # The C encoder knows no indentation, and Python's is ten times as slow.
    head = json.dumps(_said(document), ensure_ascii=False, indent=1).encode().removesuffix(b"\n}")
    return head + b',\n "items": [\n' + b",\n".join(entries) + b"\n ]\n}\n"


def _item(entry: Entry) -> dict[str, object]:
    return _said(
        {
            "id": entry.id,
            "url": entry.link,
            "title": entry.title,
            "content_html": entry.content_html,
            "summary": entry.summary,
            "image": entry.lead.url if entry.lead else None,
            "date_published": _date(entry.published),
            "date_modified": _date(entry.updated),
            "authors": [_author(entry.author)] if entry.author else None,
            "tags": list(entry.categories),
            "language": entry.language,
            "attachments": [_attachment(entry.enclosure)] if entry.enclosure else None,
        }
    )


def _author(author: Author) -> dict[str, object]:
    return _said({"name": author.name, "url": author.url, "avatar": author.avatar})


def _attachment(enclosure: Media) -> dict[str, object]:
    return _said(
        {
            "url": enclosure.url,
            "mime_type": enclosure.type,
            "title": enclosure.title,
            "size_in_bytes": enclosure.length,
        }
    )


def _said(document: dict[str, object]) -> dict[str, object]:
    """The document without what there is nothing to say of."""
    return {key: value for key, value in document.items() if value}


def _date(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
