from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, entry, feed, rendered
from lxml import etree

from feeds.library.readback import read_feed
from feeds.syndication.feed import Author, Feed, Media, Related

NS = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PICTURE = Media("https://i.example/a.png", "image/png", 40, 30, 1200, "A")
TEXT = "a < b & c > d \"e\" 'f' &amp; <b>g</b> é \U0001f680"


def render(of: Feed) -> bytes:
    return rendered(of, "atom.xml")


def root(of: Feed) -> Any:
    found = etree.fromstring(render(of))
    assert found.tag == f"{NS}feed"
    return found


def element(**fields: Any) -> Any:
    (found,) = root(feed(entry(**fields))).findall(f"{NS}entry")
    return found


def attributes(parent: Any, name: str) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in parent.findall(name)]


def test_utf8_is_declared_and_no_byte_order_mark_is_there() -> None:
    source = render(feed(entry(title="é")))
    assert source.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<feed ")
    assert "é".encode() in source


@pytest.mark.parametrize("hub", [None, "https://hub.example/?a=1&b=2"])
def test_a_feed_links_its_page_before_itself_and_its_hub(hub: str | None) -> None:
    links = [
        {"href": "https://feeds.example/ai/", "rel": "alternate", "type": "text/html"},
        {"href": "https://feeds.example/ai/atom.xml", "rel": "self", "type": "application/atom+xml"},
    ]
    hubs = [{"href": hub, "rel": "hub"}] if hub else []
    assert attributes(root(feed(hub=hub)), f"{NS}link") == links + hubs


def test_a_feed_says_what_it_is() -> None:
    found = root(feed(title=TEXT, description=TEXT, language="en-GB", updated=NOON + timedelta(days=1)))
    assert [
        found.findtext(f"{NS}{name}") for name in ("id", "title", "subtitle", "updated", "generator")
    ] == [
        "tag:feeds.example,2026:feed/ai",
        TEXT,
        TEXT,
        "2026-11-15T12:00:00+00:00",
        "Feedwright",
    ]
    assert found.find(f"{NS}title").get("type") == "text"
    assert found.get(LANG) == "en-GB"


@pytest.mark.parametrize(("site_title", "name"), [("Example", "Example"), ("", "News on AI")])
def test_a_feed_is_by_its_site(site_title: str, name: str) -> None:
    author = root(feed(site_title=site_title)).find(f"{NS}author")
    assert {part.tag: part.text for part in author} == {
        f"{NS}name": name,
        f"{NS}uri": "https://feeds.example/",
    }


@pytest.mark.parametrize(
    ("name", "categories"), [("AI", [{"term": "AI", "scheme": "https://feeds.example/"}]), ("", [])]
)
def test_the_feeds_category_is_its_topic(name: str, categories: list[dict[str, str]]) -> None:
    assert attributes(root(feed(name=name)), f"{NS}category") == categories


def test_an_image_of_the_feed_is_its_logo() -> None:
    assert root(feed(image="https://i.example/l.png")).findtext(f"{NS}logo") == "https://i.example/l.png"
    assert root(feed()).find(f"{NS}logo") is None


def test_entries_keep_their_order() -> None:
    entries = [entry(id=f"urn:{name}", title=name) for name in "bca"]
    titles = root(feed(*entries)).iterfind(f"{NS}entry/{NS}title")
    assert [title.text for title in titles] == list("bca")


def test_an_entry_links_its_article_its_picture_and_related_coverage() -> None:
    related = (Related("https://b.example/?a&b", "B <b>", "The Times"), Related("https://c.example/", "C"))
    found = element(link="https://a.example/?b=1&c=2", lead=PICTURE, media=(PICTURE,), related=related)
    assert attributes(found, f"{NS}link") == [
        {"href": "https://a.example/?b=1&c=2", "rel": "alternate"},
        {"href": "https://i.example/a.png", "rel": "enclosure", "type": "image/png", "length": "1200"},
        {"href": "https://b.example/?a&b", "rel": "related", "title": "B <b>"},
        {"href": "https://c.example/", "rel": "related", "title": "C"},
    ]


@pytest.mark.parametrize(
    ("lead", "enclosures"),
    [
        (None, []),
        (Media("https://i.example/a", None, 40, 30, 1200), []),
        (
            Media("https://i.example/a.gif", "image/gif"),
            [{"href": "https://i.example/a.gif", "rel": "enclosure", "type": "image/gif"}],
        ),
    ],
)
def test_an_enclosure_needs_a_type_and_has_a_length_only_if_known(
    lead: Media | None, enclosures: list[dict[str, str]]
) -> None:
    found = element(lead=lead, media=(lead,) if lead else ())
    assert attributes(found, f"{NS}link")[1:] == enclosures


def test_an_entry_has_its_id_and_dates() -> None:
    found = element(id="urn:x:<&>", updated=NOON + timedelta(days=1))
    assert [found.findtext(f"{NS}{name}") for name in ("id", "published", "updated")] == [
        "urn:x:<&>",
        "2026-11-14T12:00:00+00:00",
        "2026-11-15T12:00:00+00:00",
    ]


@pytest.mark.parametrize("name", ["title", "summary"])
def test_titles_and_excerpts_are_plain_text(name: str) -> None:
    found = element(**{name: TEXT}).find(f"{NS}{name}")
    assert (found.text, dict(found.attrib)) == (TEXT, {"type": "text"})


def test_an_empty_excerpt_is_absent() -> None:
    assert element(summary="").find(f"{NS}summary") is None


def test_the_body_is_html() -> None:
    found = element(content_html="<p>a &amp; b</p>\n<p>c</p>").find(f"{NS}content")
    assert (found.text, dict(found.attrib)) == ("<p>a &amp; b</p>\n<p>c</p>", {"type": "html"})


@pytest.mark.parametrize(
    ("author", "parts"),
    [
        (Author("AT&T"), {"name": "AT&T"}),
        (
            Author("A", "https://a.example/", "https://i.example/l.png"),
            {"name": "A", "uri": "https://a.example/"},
        ),
    ],
)
def test_an_entry_is_by_its_provider(author: Author, parts: dict[str, str]) -> None:
    found = element(author=author).find(f"{NS}author")
    assert {part.tag.removeprefix(NS): part.text for part in found} == parts


def test_an_entry_without_provider_names_no_author() -> None:
    assert element().find(f"{NS}author") is None


def test_categories_name_their_scheme() -> None:
    assert attributes(element(categories=("C++", "R&D")), f"{NS}category") == [
        {"term": "C++", "scheme": "https://feeds.example/"},
        {"term": "R&D", "scheme": "https://feeds.example/"},
    ]


def test_an_entry_in_another_language_says_so() -> None:
    assert element(language="de").get(LANG) == "de"
    assert element().get(LANG) is None


def test_every_picture_is_media_with_all_that_is_known_and_in_no_group() -> None:
    unknown = Media("https://i.example/b", None)
    found = element(lead=PICTURE, media=(unknown, PICTURE))
    assert attributes(found, f"{MEDIA}content") == [
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
    assert attributes(found, f"{MEDIA}thumbnail") == [
        {"url": "https://i.example/a.png", "width": "40", "height": "30"}
    ]
    assert found.find(f"{MEDIA}group") is None


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b"</feed>", b""),
        (b">Feedwright</generator>", b">Other</generator>"),
        (b"<subtitle>About machines that learn.</subtitle>", b""),
        (b"<updated>2026-11-14T12:00:00+00:00</updated>", b"<updated>2026-11-14T12:00:00</updated>"),
        (b"<updated>2026-11-14T12:00:00+00:00</updated>", b"<updated>yesterday</updated>"),
        (b"<id>tag:feeds.example,2026:one</id>", b""),
        (b"<published>2026-11-14T12:00:00+00:00</published>", b"<published>2026-11-14</published>"),
    ],
)
def test_only_a_whole_feed_of_ours_is_read_back(part: bytes, instead: bytes) -> None:
    source = render(feed(entry()))
    assert len(read_feed("ai", source).entries) == 1
    assert part in source
    with pytest.raises(ValueError, match=r"\w"):
        read_feed("ai", source.replace(part, instead))
