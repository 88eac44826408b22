from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from builders import NOON, entry, feed, rendered
from lxml import etree

from feeds.syndication.feed import Author, Entry, Feed, Media

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MEDIA = "{http://search.yahoo.com/mrss/}"
PICTURE = Media("https://i.example/a.png", "image/png", 40, 30, 1200, "A")
TEXT = "a < b & c > d \"e\" 'f' &amp; <b>g</b> é \U0001f680"


def render(of: Feed) -> bytes:
    return rendered(of, "rss.xml")


def channel(of: Feed) -> Any:
    root = etree.fromstring(render(of))
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    return root[0]


def item(**fields: Any) -> Any:
    (found,) = channel(feed(entry(**fields))).findall("item")
    return found


def test_utf8_is_declared_and_no_byte_order_mark_is_there() -> None:
    source = render(feed(entry(title="é")))
    assert source.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<rss ")
    assert "é".encode() in source


def test_the_channel_links_its_page_and_itself() -> None:
    found = channel(feed())
    assert [link.text for link in found.findall("link")] == ["https://feeds.example/ai/"]
    assert [dict(link.attrib) for link in found.findall(f"{ATOM}link")] == [
        {"href": "https://feeds.example/ai/rss.xml", "rel": "self", "type": "application/rss+xml"}
    ]


def test_a_hub_stands_beside_the_self_link() -> None:
    links = channel(feed(hub="https://hub.example/?a=1&b=2")).findall(f"{ATOM}link")
    assert [link.get("rel") for link in links] == ["self", "hub"]
    assert dict(links[1].attrib) == {"href": "https://hub.example/?a=1&b=2", "rel": "hub"}


def test_the_channel_says_what_it_is() -> None:
    updated = NOON + timedelta(days=1)
    found = channel(feed(title=TEXT, description=TEXT, language="en-GB", updated=updated, ttl=15))
    assert [found.findtext(name) for name in ("title", "description", "language", "ttl", "generator")] == [
        TEXT,
        TEXT,
        "en-GB",
        "15",
        "Feedwright",
    ]
    assert found.findtext("lastBuildDate") == found.findtext("pubDate") == "Sun, 15 Nov 2026 12:00:00 +0000"


@pytest.mark.parametrize(("name", "categories"), [("AI", [("AI", "https://feeds.example/")]), ("", [])])
def test_the_channels_category_is_its_topic(name: str, categories: list[tuple[str, str]]) -> None:
    found = channel(feed(name=name)).findall("category")
    assert [(category.text, category.get("domain")) for category in found] == categories


def test_an_image_of_the_feed_has_the_feeds_title_and_link() -> None:
    image = channel(feed(image="https://i.example/logo.png")).find("image")
    assert {element.tag: element.text for element in image} == {
        "url": "https://i.example/logo.png",
        "title": "News on AI",
        "link": "https://feeds.example/ai/",
    }
    assert channel(feed()).find("image") is None


def test_items_keep_their_order() -> None:
    entries = [entry(id=f"urn:{name}", title=name) for name in "bca"]
    assert [title.text for title in channel(feed(*entries)).iterfind("item/title")] == list("bca")


def test_an_empty_feed_has_no_items() -> None:
    assert channel(feed()).find("item") is None


def test_an_item_has_its_link_and_an_id_that_is_no_link() -> None:
    found = item(link="https://a.example/?b=1&c=2")
    assert found.findtext("link") == "https://a.example/?b=1&c=2"
    guid = found.find("guid")
    assert (guid.text, dict(guid.attrib)) == ("tag:feeds.example,2026:one", {"isPermaLink": "false"})


def test_an_item_is_dated_when_it_was_published() -> None:
    found = item(updated=NOON + timedelta(days=1))
    assert parsedate_to_datetime(found.findtext("pubDate")) == NOON
    assert found.findtext("pubDate") == "Sat, 14 Nov 2026 12:00:00 +0000"


def test_a_title_is_escaped_once() -> None:
    assert item(title=TEXT).findtext("title") == TEXT


def test_no_reader_takes_signs_of_a_title_for_markup() -> None:
    source = render(feed(entry(title="<b>&amp;", author=Author("<i>&"), categories=("<u>&",))))
    assert b"<title>&#x3C;b&#x3E;&#x26;amp;</title>" in source
    assert b">&#x3C;i&#x3E;&#x26;</dc:creator>" in source
    assert b">&#x3C;u&#x3E;&#x26;</category>" in source


def test_a_description_is_html_of_the_excerpt() -> None:
    assert item(summary="AT&T <MSFT.O> \"x\" 'y'").findtext("description") == (
        "AT&amp;T &lt;MSFT.O&gt; \"x\" 'y'"
    )


def test_the_body_follows_the_description() -> None:
    found = item(content_html="<p>a &amp; b</p>\n<p>c</p>")
    assert found.findtext(CONTENT) == "<p>a &amp; b</p>\n<p>c</p>"
    tags = [element.tag for element in found]
    assert tags.index("description") < tags.index(CONTENT)


def test_without_an_excerpt_the_body_is_the_description_and_stands_there_once() -> None:
    found = item(summary="", content_html="<p>a &amp; b</p>")
    assert [element.text for element in found.findall("description")] == ["<p>a &amp; b</p>"]
    assert found.find(CONTENT) is None


def test_the_author_is_a_creator() -> None:
    found = item(author=Author("AT&T <x>", "https://att.example/", "https://i.example/l.png"))
    assert [creator.text for creator in found.findall(CREATOR)] == ["AT&T <x>"]
    assert found.find("author") is None
    assert item().find(CREATOR) is None


def test_categories_name_their_scheme() -> None:
    found = item(categories=("C++", "R&D"))
    assert [(one.text, one.get("domain")) for one in found.findall("category")] == [
        ("C++", "https://feeds.example/"),
        ("R&D", "https://feeds.example/"),
    ]


@pytest.mark.parametrize(
    ("lead", "enclosure"),
    [
        (PICTURE, {"url": "https://i.example/a.png", "length": "1200", "type": "image/png"}),
        (
            Media("https://i.example/?a=1&b=2", "image/gif"),
            {"url": "https://i.example/?a=1&b=2", "length": "0", "type": "image/gif"},
        ),
    ],
)
def test_the_lead_picture_is_the_enclosure(lead: Media, enclosure: dict[str, str]) -> None:
    found = item(lead=lead, media=(lead,)).findall("enclosure")
    assert [dict(element.attrib) for element in found] == [enclosure]


@pytest.mark.parametrize("lead", [None, Media("https://i.example/a", None, 40, 30, 1200)])
def test_without_a_picture_of_known_type_there_is_no_enclosure(lead: Media | None) -> None:
    assert item(lead=lead, media=(lead,) if lead else ()).find("enclosure") is None


def test_every_picture_is_media_with_all_that_is_known_and_in_no_group() -> None:
    unknown = Media("https://i.example/b", None)
    found = item(lead=PICTURE, media=(unknown, PICTURE))
    assert [dict(element.attrib) for element in found.findall(f"{MEDIA}content")] == [
        {"url": "https://i.example/b", "medium": "image"},
        {
            "url": "https://i.example/a.png",
            "medium": "image",
            "type": "image/png",
            "width": "40",
            "height": "30",
            "fileSize": "1200",
        },
    ]
    assert [dict(element.attrib) for element in found.findall(f"{MEDIA}thumbnail")] == [
        {"url": "https://i.example/a.png", "width": "40", "height": "30"}
    ]
    assert found.find(f"{MEDIA}group") is None


def test_an_entry_of_little_is_an_item_of_little() -> None:
    assert [element.tag for element in item()] == [
        "title",
        "link",
        "description",
        CONTENT,
        "guid",
        "pubDate",
    ]


def test_nothing_is_left_over_from_the_feed_before() -> None:
    full: Entry = entry(lead=PICTURE, media=(PICTURE,), categories=("AI",), author=Author("A"))
    first = render(feed(entry()))
    render(feed(full, hub="https://hub.example/", image="https://i.example/l.png"))
    assert render(feed(entry())) == first
