import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import html5lib
import pytest
from builders import rendered
from hypothesis import given
from hypothesis import strategies as st

from feeds.formats import page
from feeds.syndication.feed import Author, Entry, Feed, Media, Site
from feeds.text import folded

NOON = datetime(2022, 11, 14, 12, 5, tzinfo=UTC)
URL = "https://feeds.example/"
HOSTILE = '</title></style></h1><script>alert(1)</script><!-- & &amp; &#x27; \'" onload="x'
ENTRY = Entry(
    id="tag:feeds.example,2026:one",
    link="https://articles.example/one?a=1&b=[2]",
    title="One",
    published=NOON,
    updated=NOON,
    summary="What it says.",
    content_html="<p>Only for readers</p>",
    author=Author("The Times", "https://articles.example/"),
    categories=("AI", "C++"),
)
FEED = Feed(
    id="tag:feeds.example,2026:feed/ai",
    slug="ai",
    name="AI",
    title="News on AI",
    description="About machines that learn.",
    language="en",
    url=URL + "ai/",
    site_url=URL,
    site_title="Example",
    updated=NOON,
    ttl=60,
    size=1,
    entries=(ENTRY,),
)
SITE = Site(URL, "Example", "Everything.", "en", (FEED,))


def render(feed: Feed) -> bytes:
    return rendered(feed, "index.html")


def read(source: bytes) -> Any:
    """The page as a browser's parser reads it; whatever a parser would have to mend is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(source)


def text(tree: Any, path: str) -> str:
    found = tree.find(path)
    assert found is not None, path
    return "".join(found.itertext()).rstrip("\n")


def of_entry(**changes: Any) -> Any:
    return read(render(replace(FEED, entries=(replace(ENTRY, **changes),))))


def picture(**changes: Any) -> Any:
    media = replace(Media("https://images.example/a.png", "image/png"), **changes)
    return of_entry(lead=media, media=(media,)).find(".//img")


def test_charset_comes_first() -> None:
    for source in (render(FEED), page.render_index(SITE)):
        assert source.startswith(b'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">')
        assert source.endswith(b"</html>\n")


def test_same_feed_gives_same_bytes() -> None:
    assert render(FEED) == render(replace(FEED))
    assert page.render_index(SITE) == page.render_index(replace(SITE))


def test_hostile_text_stays_text() -> None:
    author = Author(HOSTILE, "https://articles.example/?<script>&\"'")
    lead = Media("https://images.example/<script>.png", None, title=HOSTILE + "!")
    entry = replace(ENTRY, title=HOSTILE, summary=HOSTILE, author=author, categories=(HOSTILE,), lead=lead)
    feed = replace(FEED, title=HOSTILE, name=HOSTILE, description=HOSTILE, site_title=HOSTILE)
    feed = replace(feed, entries=(entry,))
    for source in (render(feed), page.render_index(Site(URL, HOSTILE, HOSTILE, "en", (feed,)))):
        tree = read(source)
        assert b"<script" not in source
        assert text(tree, "head/title") == text(tree, ".//h1") == HOSTILE
        assert text(tree, ".//p[@class='standfirst']") == HOSTILE
        assert tree.find("head/meta[@name='description']").get("content") == HOSTILE
        assert not [name for element in tree.iter() for name in element.keys() if name.startswith("on")]  # noqa: SIM118
    tree = read(render(feed))
    assert text(tree, ".//h3/a") == text(tree, ".//p[@class='summary']") == HOSTILE
    assert tree.find(".//img").get("alt") == HOSTILE + "!"


@given(title=st.text().map(folded).filter(bool), summary=st.text().map(folded))
def test_any_text_is_read_as_it_was_written(title: str, summary: str) -> None:
    feed = replace(FEED, title=title, entries=(replace(ENTRY, title=title, summary=summary),))
    # Not strict: a parser complains about noncharacters, which XML allows, yet reads them.
    tree = html5lib.parse(render(feed), namespaceHTMLElements=False)
    assert text(tree, "head/title") == text(tree, ".//h1") == text(tree, ".//h3/a") == title
    if summary:
        assert text(tree, ".//p[@class='summary']") == summary
    assert tree.find(".//script") is None


def test_body_of_an_article_is_not_shown() -> None:
    assert b"Only for readers" not in render(FEED)


def test_entry_links_article_and_provider() -> None:
    tree = read(render(FEED))
    assert tree.find(".//h3/a").get("href") == ENTRY.link
    provider = tree.find(".//p[@class='by']/a")
    assert (provider.text, provider.get("href")) == ("The Times", "https://articles.example/")
    assert [label.text for label in tree.findall(".//ul[@class='topics']/li")] == ["AI", "C++"]


def test_entry_of_little_shows_little() -> None:
    tree = of_entry(author=None, categories=(), summary="")
    article = tree.find(".//article")
    assert [child.tag for child in article] == ["p", "h3"]
    assert of_entry(author=Author("Anne")).find(".//p[@class='by']/span").text == "Anne"


def test_dates_are_utc_and_in_words() -> None:
    east = timezone(timedelta(hours=14))
    shown = of_entry(published=datetime(2024, 3, 1, 1, 0, tzinfo=east)).find(".//article//time")
    assert (shown.text, shown.get("datetime")) == ("29 February 2024", "2024-02-29T11:00:00Z")
    updated = read(render(FEED)).find(".//p[@class='facts']/time")
    assert (updated.text, updated.get("datetime")) == ("14 November 2022, 12:05 UTC", "2022-11-14T12:05:00Z")


def test_picture_tells_all_that_is_known() -> None:
    image = picture(width=1200, height=630, title="A wind park")
    assert dict(image.items()) == {
        "alt": "A wind park",
        "class": "lead",
        "decoding": "async",
        "height": "630",
        "loading": "lazy",
        "referrerpolicy": "no-referrer",
        "src": "https://images.example/a.png",
        "width": "1200",
    }


@pytest.mark.parametrize("title", ["", "One"])
def test_picture_without_words_of_its_own_is_decorative(title: str) -> None:
    image = picture(title=title)
    assert image.get("alt") == ""
    assert "width" not in image.keys()  # noqa: SIM118 - an element is no dict


def test_entry_without_picture_leaves_no_place_for_one() -> None:
    tree = read(render(FEED))
    assert tree.find(".//img") is None
    assert tree.find(".//article").get("class") is None


def test_empty_feed_says_so() -> None:
    tree = read(render(replace(FEED, entries=(), size=0)))
    assert "Nothing here at the moment" in text(tree, ".//p[@class='quiet']")
    assert tree.find(".//ol") is None
    assert tree.find(".//time") is None


def test_feed_page_names_its_three_addresses() -> None:
    tree = read(render(FEED))
    addresses = [FEED.rss_url, FEED.atom_url, FEED.json_url]
    alternates = tree.findall("head/link[@rel='alternate']")
    assert [link.get("href") for link in alternates] == addresses
    assert [link.get("title") for link in alternates] == [
        f"News on AI ({name})" for name in ("RSS", "Atom", "JSON")
    ]
    assert ["".join(code.itertext()) for code in tree.findall(".//code")] == addresses
    assert tree.find("head/link[@rel='canonical']").get("href") == FEED.url


@pytest.mark.parametrize(
    "field", ["title", "description", "language", "url", "image", "site_title", "site_url"]
)
def test_entries_stand_in_their_place_whatever_a_feed_says(field: str) -> None:
    hostile: dict[str, Any] = {field: "https://a.example/<!--entries-->"}
    tree = read(render(replace(FEED, **hostile)))
    (item,) = tree.findall(".//ol[@class='entries']/li")
    assert text(item, "article/h3") == "One"
    assert len(tree.findall(".//article")) == 1


def test_index_lists_every_feed() -> None:
    empty = replace(FEED, slug="cpp", name="C++", title="C++", url=URL + "cpp/", description="", size=0)
    tree = read(page.render_index(replace(SITE, feeds=(FEED, empty))))
    items = tree.findall(".//ul[@class='feeds']/li")
    assert [item.get("id") for item in items] == ["feed-ai", "feed-cpp"]
    links = {a.get("href"): a.get("aria-label") for a in items[0].iter("a")}
    assert links == {
        "ai/": None,
        "ai/rss.xml": "RSS feed of AI",
        "ai/atom.xml": "Atom feed of AI",
        "ai/feed.json": "JSON feed of AI",
    }
    states = [" ".join("".join(item.find("p[@class='state']").itertext()).split()) for item in items]
    assert states == ["1 article updated 14 November 2022", "No articles"]
    assert tree.find(".//a[@href='feeds.opml']").text == "All feeds as OPML"


def test_index_stands_for_the_feed_of_everything_in_readers() -> None:
    everything = replace(FEED, slug="all", name="All", url=URL + "all/")
    found = read(page.render_index(replace(SITE, feeds=(FEED, everything)))).findall(
        "head/link[@rel='alternate']"
    )
    assert [link.get("href") for link in found] == [
        everything.rss_url,
        everything.atom_url,
        everything.json_url,
    ]
    assert read(page.render_index(SITE)).find("head/link[@rel='alternate']") is None


def test_index_without_feeds_says_so() -> None:
    assert "No feeds yet" in text(read(page.render_index(replace(SITE, feeds=()))), ".//p[@class='quiet']")


def test_letters_only_for_many_feeds() -> None:
    names = ("news", "News II", "Éclair", "7 days", ".NET")
    few = tuple(replace(FEED, slug=f"s{number}", name=name) for number, name in enumerate(names))
    many = few + tuple(replace(FEED, slug=f"z{number}", name="Z") for number in range(page.MANY_FEEDS))
    assert read(page.render_index(replace(SITE, feeds=few))).find(".//nav") is None
    nav = read(page.render_index(replace(SITE, feeds=many))).find(".//nav")
    assert [(a.text, a.get("href")) for a in nav] == [
        ("#", "#feed-s3"),
        ("N", "#feed-s0"),
        ("Z", "#feed-z0"),
        ("É", "#feed-s2"),
    ]


def test_languages_are_said_where_they_change() -> None:
    british = read(render(replace(FEED, language="en-GB")))
    assert [element.get("lang") for element in british.iter() if element.get("lang")] == ["en-GB"]
    german = read(render(replace(FEED, language="de", entries=(replace(ENTRY, language="fr"),))))
    assert german.get("lang") == "de"
    assert german.find(".//article").get("lang") == "fr"
    assert german.find(".//article/p[@class='date']").get("lang") == "en"
    assert german.find(".//section[@class='subscribe']").get("lang") == "en"
    assert german.find(".//h1").get("lang") is None


def test_policy_allows_pictures_and_the_one_style_sheet() -> None:
    policy = read(render(FEED)).find("head/meta[@http-equiv='Content-Security-Policy']").get("content")
    assert re.fullmatch(
        r"default-src 'none'; img-src http: https: data:; style-src 'sha256-[\w+/]{43}=';"
        r" base-uri 'none'; form-action 'none'",
        policy,
    )


def test_style_sheet_asks_for_nothing() -> None:
    style, _ = page._style()
    assert "url(" not in style
    assert "@import" not in style
    assert "</" not in style
