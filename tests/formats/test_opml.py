from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from builders import NOON, SITE_URL, entry, feed
from lxml import etree

from feeds.formats import opml
from feeds.syndication.feed import Feed, Site

HOSTILE = "<a> & \"b\" 'c' é"
EMPTY = feed(slug="cpp", name="C++", title=HOSTILE, description=HOSTILE, language="de", url=SITE_URL + "cpp/")


def root(*feeds: Feed, title: str = "Example") -> Any:
    return etree.fromstring(opml.render(Site(SITE_URL, title, "Everything.", "en", feeds)))


def test_utf8_is_declared_and_no_byte_order_mark_is_there() -> None:
    source = opml.render(Site(SITE_URL, "é", "", "en", (feed(),)))
    assert source.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<opml version=\"2.0\">")
    assert "é".encode() in source


def test_the_head_names_the_site_and_its_newest_change() -> None:
    found = root(feed(updated=NOON - timedelta(days=1)), feed(entry(), updated=NOON), title=HOSTILE)
    assert found.findtext("head/title") == HOSTILE
    assert parsedate_to_datetime(found.findtext("head/dateModified")) == NOON


def test_every_feed_is_an_outline_in_its_order_even_an_empty_one() -> None:
    outlines = root(feed(entry()), EMPTY).findall("body/outline")
    assert [dict(outline.attrib) for outline in outlines] == [
        {
            "type": "rss",
            "text": "News on AI",
            "title": "News on AI",
            "description": "About machines that learn.",
            "language": "en",
            "version": "RSS2",
            "xmlUrl": "https://feeds.example/ai/rss.xml",
            "htmlUrl": "https://feeds.example/ai/",
        },
        {
            "type": "rss",
            "text": HOSTILE,
            "title": HOSTILE,
            "description": HOSTILE,
            "language": "de",
            "version": "RSS2",
            "xmlUrl": "https://feeds.example/cpp/rss.xml",
            "htmlUrl": "https://feeds.example/cpp/",
        },
    ]


def test_it_lists_feeds_and_no_entries() -> None:
    found = root(feed(entry(title="Not in the list")))
    assert [element.tag for element in found.iter()] == [
        "opml",
        "head",
        "title",
        "dateModified",
        "docs",
        "body",
        "outline",
    ]
    assert b"Not in the list" not in etree.tostring(found)
