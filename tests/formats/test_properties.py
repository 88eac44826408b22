"""Whatever an article says, if the model admits it, every format can say it and every reader can read it."""

import calendar
import json
import warnings
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import html5lib
from builders import composed, config, feed
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.articles import loader
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import Contents
from feeds.articles.source import SourceFile
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library.readback import read_feed
from feeds.publishing.entries import text_digest
from feeds.syndication.feed import Entry, Feed, Site
from feeds.syndication.stored import from_json, to_json

ATOM = "{http://www.w3.org/2005/Atom}"
READING = Reading("https://feeds.example/", "/{year}/{slug}/")

# Text with what has broken feeds: control characters, markup, entities, white space, what is beyond the BMP.
TEXT = st.text(max_size=20) | st.lists(
    st.sampled_from(
        [
            "a", "B", " ", "\t", "\n", "\r", "\x00", "\x01", "\x0b", "\x1f", "\x7f", "\x85", "\x9f", "\xa0",
            "\xad", "\u200b", "\u2028", "\u202e", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0001f680",
            "\U0001fffe", "é", "e\u0301", "&", "&amp;", "&lt;", "&#60;", "&#1;", "&#x1F680;", "&#xD800;",
            "&#1114112;", "&nbsp;", "<", ">", "<b>", "</title>", "]]>", "<![CDATA[", "<!--", "<?x?>",
            '"', "'", "\\", "%", "{", "}", "http://a.example/", "<script>alert(1)</script>", "<MSFT.O>",
        ]
    ),
    max_size=8,
).map("".join)  # fmt: skip
PATHS = st.text(alphabet="ab/.?#&=%[]{} <>\"'é日;:@+\\|^`~\x01\u2028\U0001f680", max_size=15)
ADDRESSES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://a.example/", "http://ä.example:8080/", "/", "", " "]),
    PATHS,
    st.just(""),
)
DATES = st.datetimes(datetime(1990, 1, 2), datetime(2050, 1, 1)).map(str) | st.sampled_from(  # noqa: DTZ001
    ["2026-11-14", "2026-11-14T12:00:00.5+14:00", "Sat, 14 Nov 2026 12:00:00 GMT", "2026-1-2 3:04:05 -0500"]
)
NUMBERS = st.sampled_from(["", "0", "1", "640", "-1", "1.5", "99999999999"])
PROVIDERS = TEXT | st.fixed_dictionaries(
    {},
    optional={"name": TEXT, "domain": TEXT, "images": st.lists(st.builds(dict, url=ADDRESSES), max_size=2)},
)
IMAGES = st.lists(
    st.fixed_dictionaries(
        {"url": ADDRESSES | ADDRESSES.map(lambda url: f"{url}.jpg")},
        optional={"width": NUMBERS, "height": NUMBERS, "bytes": NUMBERS, "alt": TEXT},
    ),
    max_size=3,
)
RELATED = st.lists(
    st.fixed_dictionaries({"title": TEXT, "webUrl": ADDRESSES}, optional={"provider": PROVIDERS}), max_size=3
)
FRONT_MATTER = st.fixed_dictionaries(
    {"title": TEXT, "publishedDateTime": DATES},
    optional={
        "webUrl": ADDRESSES,
        "id": TEXT.map(lambda text: f"urn:x:{text}") | TEXT,
        "updatedDateTime": DATES,
        "excerpt": TEXT,
        "topics": st.lists(TEXT, max_size=4),
        "language": st.sampled_from(["de", "en-GB", ""]),
        "type": TEXT,
        "provider": PROVIDERS,
        "images": IMAGES,
        "related": RELATED,
        "featuredContent": ADDRESSES.map(lambda url: f'<iframe src="{url}"></iframe>'),
    },
)


def read(front_matter: dict[str, Any], body: str, name: str) -> object:
    """What a file of this front matter turns out to be; JSON is YAML."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front_matter.items()]
    data = "\n".join(["---", *lines, "---", body]).encode()
    return loader.read(Contents(data), SourceFile(f"seeds/{name}", "", 0, len(data), 0), READING).outcome


NAMES = st.sampled_from(["one.html", "one.md"]) | TEXT.map(
    lambda stem: f"{stem.replace('/', '').replace(chr(0), '')}x.md"
)
ARTICLES: st.SearchStrategy[Any] = st.builds(read, FRONT_MATTER, TEXT, NAMES).filter(
    lambda outcome: isinstance(outcome, Article)
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What no format may change."""

    id: str | None
    title: str | None
    link: str | None
    published: datetime


def emitted(article: Article) -> tuple[Feed, Entry, Seen]:
    one = composed(article, config(hub="https://hub.example/"), article.topics)
    of = feed(one, name=article.topics[0] if article.topics else "", title=article.title, updated=one.updated)
    return of, one, Seen(one.id, one.title, one.link, one.published)


def rendered(of: Feed) -> dict[str, bytes]:
    return {form.file: form.render(of) for form in FEED_FORMATS}


def by_lxml_of_rss(source: bytes) -> Seen:
    (item,) = etree.fromstring(source).iter("item")
    found = {name: item.findtext(name) for name in ("guid", "title", "link")}
    return Seen(
        found["guid"], found["title"], found["link"], parsedate_to_datetime(item.findtext("pubDate") or "")
    )


def by_lxml_of_atom(source: bytes) -> Seen:
    (element,) = etree.fromstring(source).iter(f"{ATOM}entry")
    link = element.find(f"{ATOM}link[@rel='alternate']")
    assert link is not None
    return Seen(
        element.findtext(f"{ATOM}id"),
        element.findtext(f"{ATOM}title"),
        link.get("href"),
        datetime.fromisoformat(element.findtext(f"{ATOM}published") or ""),
    )


def by_json(source: bytes) -> Seen:
    (item,) = json.loads(source)["items"]
    return Seen(item["id"], item["title"], item["url"], datetime.fromisoformat(item["date_published"]))


@given(article=ARTICLES)
def test_every_format_says_the_same_id_title_link_and_date(article: Article) -> None:
    of, _, expected = emitted(article)
    sources = rendered(of)
    assert by_lxml_of_rss(sources["rss.xml"]) == expected
    assert by_lxml_of_atom(sources["atom.xml"]) == expected
    assert by_json(sources["feed.json"]) == expected


def looks_broken(text: str) -> bool:
    """Whether it could be UTF-8 that was read as Latin-1 or the like, which feedparser undertakes to mend."""
    for encoding in ("latin-1", "cp1252"):
        try:
            if text.encode(encoding).decode("utf-8") != text:
                return True
        except UnicodeError:
            continue
    return False


@given(article=ARTICLES)
def test_a_reader_that_we_did_not_write_sees_the_same(article: Article) -> None:
    of, one, _ = emitted(article)
    sources = rendered(of)
    for source in (sources["rss.xml"], sources["atom.xml"]):
        parsed = feedparser.parse(source, sanitize_html=False, resolve_relative_uris=False)
        assert not parsed.bozo, parsed.bozo_exception
        (seen,) = parsed.entries
        if not looks_broken(one.id):
            assert seen["id"] == one.id
        assert calendar.timegm(seen["published_parsed"]) == one.published.timestamp()
        # It resolves entities twice, and resolves dots in paths.
        if "&" not in one.title and not looks_broken(one.title):
            assert seen["title"] == one.title
        if "/." not in one.link:
            assert seen["link"] == one.link


@given(article=ARTICLES)
def test_text_and_body_are_the_same_in_every_format(article: Article) -> None:
    of, one, _ = emitted(article)
    sources = rendered(of)
    (item,) = json.loads(sources["feed.json"])["items"]
    (element,) = etree.fromstring(sources["atom.xml"]).iter(f"{ATOM}entry")
    (rss_item,) = etree.fromstring(sources["rss.xml"]).iter("item")
    encoded = rss_item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
    body = encoded if one.summary else rss_item.findtext("description")
    assert item["content_html"] == element.findtext(f"{ATOM}content") == body == one.content_html
    assert item.get("summary", "") == (element.findtext(f"{ATOM}summary") or "") == one.summary
    assert tuple(item.get("tags", [])) == one.categories
    assert tuple(found.text for found in rss_item.iterfind("category")) == one.categories
    assert tuple(found.get("term") for found in element.iterfind(f"{ATOM}category")) == one.categories


@given(article=ARTICLES)
def test_what_was_emitted_is_read_back_as_what_stands(article: Article) -> None:
    of, one, _ = emitted(article)
    stands = read_feed(of.slug, rendered(of)["atom.xml"])
    assert (stands.slug, stands.id) == (of.slug, of.id)
    assert (stands.name, stands.title, stands.description) == (of.name, of.title, of.description)
    assert (stands.language, stands.updated) == (of.language, of.updated)
    (found,) = stands.entries
    assert (found.id, found.link, found.title, found.updated) == (one.id, one.link, one.title, one.updated)
    assert (found.summary, found.content_html, found.published) == (
        one.summary,
        one.content_html,
        one.published,
    )


@given(article=ARTICLES)
def test_what_was_read_back_is_the_same_to_readers_as_what_was_emitted(article: Article) -> None:
    of, one, _ = emitted(article)
    (found,) = read_feed(of.slug, rendered(of)["atom.xml"]).entries
    assert text_digest(found.title, found.link, found.summary, found.content_html) == text_digest(
        one.title, one.link, one.summary, one.content_html
    )


@given(article=ARTICLES)
def test_an_entry_is_remembered_as_it_was_emitted(article: Article) -> None:
    _, one, _ = emitted(article)
    assert from_json(to_json(one)) == one


@given(article=ARTICLES)
def test_rendering_twice_gives_the_same_bytes(article: Article) -> None:
    first, second = (emitted(article)[0] for _ in range(2))
    assert rendered(first) == rendered(second)
    for form in SITE_FORMATS:
        sites = (Site("https://feeds.example/", article.title, "", "en", (of,)) for of in (first, second))
        assert len({form.render(site) for site in sites}) == 1


@given(articles=st.lists(ARTICLES, max_size=3))
def test_every_format_says_all_entries_in_their_order(articles: list[Article]) -> None:
    entries = [emitted(article)[1] for article in articles]
    sources = rendered(feed(*entries))
    ids = [one.id for one in entries]
    assert [guid.text for guid in etree.fromstring(sources["rss.xml"]).iter("guid")] == ids
    assert [
        one.findtext(f"{ATOM}id") for one in etree.fromstring(sources["atom.xml"]).iter(f"{ATOM}entry")
    ] == ids
    assert [one["id"] for one in json.loads(sources["feed.json"])["items"]] == ids
    page = html5lib.parse(sources["index.html"], namespaceHTMLElements=False)
    links = [one.find("h3/a").get("href") for one in page.iterfind(".//article")]
    assert links == [one.link for one in entries]


@given(article=ARTICLES)
def test_lists_of_feeds_and_pages_can_say_any_title(article: Article) -> None:
    of, _, _ = emitted(article)
    site = Site("https://feeds.example/", article.title, "", "en", (of,))
    opml, index = (form.render(site) for form in SITE_FORMATS)
    root = etree.fromstring(opml)
    assert root.findtext("head/title") == article.title
    assert [outline.get("text") for outline in root.iter("outline")] == [article.title]
    for page in (index, rendered(of)["index.html"]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = html5lib.parse(page, namespaceHTMLElements=False)
        assert "".join(tree.find(".//h1").itertext()).strip() == article.title
        assert tree.find(".//script") is None
