"""The conformance checks can fail: a right document of each format, and what is wrong with its mutants."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conformance.conformance import (
    atom_grammar_problems,
    atom_link_problems,
    atom_rule_problems,
    json_feed_problems,
    opml_problems,
    rss_problems,
)

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:example:x" xml:lang="en" xml:base="http://e.example/">
  <link href="http://e.example/"/>
  <link rel="self" type="application/atom+xml" href="http://e.example/atom.xml"/>
  <title>Feed</title>
  <x:anything at="1">of <x:any/> kind</x:anything>
  <updated>2026-02-28T10:00:00.25+01:00</updated>
  <id>tag:e.example,2026:feed</id>
  <author x:role="editor"><name>A</name><x:more/><uri>http://e.example/a</uri></author>
  <entry>
    <id>tag:e.example,2026:1</id>
    <title type="html">One &lt;b&gt;bold&lt;/b&gt;</title>
    <updated>2026-02-28T10:00:00Z</updated>
    <published>2026-02-28T09:00:00Z</published>
    <category term="t" scheme="http://e.example/t" label="T"/>
    <link href="http://e.example/1"/>
    <link rel="related" href="2" hreflang="de-AT" title="Two" length="5"/>
    <summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p></div></summary>
    <content type="html">One</content>
  </entry>
  <entry>
    <content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg"/></content>
    <title type="text">Two</title>
    <source><id>tag:e.example,2026:old</id></source>
    <link href="http://e.example/2"/>
    <id>tag:e.example,2026:2</id>
    <updated>2026-02-28T10:00:00Z</updated>
  </entry>
</feed>
"""

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>Feed</title><link>http://e.example/</link><description>Of examples</description>
    <atom:link rel="self" type="application/rss+xml" href="http://e.example/rss.xml"/>
    <item>
      <title>One</title><link>http://e.example/1</link><guid isPermaLink="false">tag:1</guid>
      <pubDate>Sat, 28 Feb 2026 10:00:00 +0000</pubDate>
      <enclosure url="http://e.example/1.png" type="image/png" length="0"/>
    </item>
  </channel>
</rss>
"""

JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Feed",
    "home_page_url": "https://e.example/",
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
    "_house": {"about": "https://e.example/about"},
    "items": [
        {
            "id": "tag:1",
            "url": "https://e.example/1",
            "content_html": "<p>One</p>",
            "date_published": "2026-02-28T10:00:00.5+01:00",
            "authors": [{"name": "A", "avatar": "https://e.example/a.png"}],
            "attachments": [{"url": "https://e.example/1.png", "mime_type": "image/png"}],
        },
        {"id": "tag:2", "content_text": "Two"},
    ],
}

FIRST_ID = "<id>tag:e.example,2026:1</id>"
FIRST_UPDATED = "<updated>2026-02-28T10:00:00Z</updated>"
FIRST_CONTENT = '<content type="html">One</content>'
DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>One</p></div>'


def test_right_documents_pass() -> None:
    assert atom_grammar_problems(ATOM.encode()) == []
    assert list(atom_rule_problems(ATOM.encode())) == []
    assert list(atom_link_problems(ATOM.encode())) == []
    assert list(rss_problems(RSS.encode())) == []
    assert list(json_feed_problems(json.dumps(JSON_FEED).encode())) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param(FIRST_UPDATED, "", id="no updated"),
        pytest.param(FIRST_UPDATED, FIRST_UPDATED * 2, id="two updated"),
        pytest.param(FIRST_ID, "", id="no id"),
        pytest.param(FIRST_ID, FIRST_ID + "<id>tag:e.example,2026:x</id>", id="two ids"),
        pytest.param(FIRST_ID, "<id>1</id>", id="relative id"),
        pytest.param(FIRST_ID, FIRST_ID.replace("<id>", "<id> "), id="white space in an id"),
        pytest.param("<title>Feed</title>", "", id="feed without title"),
        pytest.param("  <title>Feed</title>", "text", id="text between elements"),
        pytest.param("2026-02-28T10:00:00Z", "2026-02-28", id="day without time"),
        pytest.param("2026-02-28T10:00:00Z", "2026-02-29T10:00:00Z", id="day that is not"),
        pytest.param("2026-02-28T10:00:00Z", "2026-02-28T10:00:00", id="date without zone"),
        pytest.param("2026-02-28T10:00:00Z", "2026-02-28t10:00:00z", id="date in lower case"),
        pytest.param("2026-02-28T10:00:00Z", "2026-02-28T24:00:00Z", id="hour 24"),
        pytest.param("2026-02-28T10:00:00Z", " 2026-02-28T10:00:00Z", id="white space in a date"),
        pytest.param("2026-02-28T10:00:00Z", "Sat, 28 Feb 2026 10:00:00 GMT", id="date of RSS"),
        pytest.param('rel="related"', 'rel="see also"', id="relation with a space"),
        pytest.param('rel="related"', 'rel=""', id="empty relation"),
        pytest.param('rel="related"', 'rle="related"', id="unknown attribute"),
        pytest.param('href="2"', "", id="link without href"),
        pytest.param('href="2"', 'href="a b"', id="space in an address"),
        pytest.param('type="html">One &lt;', 'type="text/html">One &lt;', id="media type as type of a title"),
        pytest.param('type="html">One &lt;', 'type="xhtml">One &lt;', id="xhtml title without div"),
        pytest.param(DIV, DIV + DIV, id="two divs"),
        pytest.param(DIV, DIV.replace("1999/xhtml", "1999/html"), id="div of another namespace"),
        pytest.param(FIRST_CONTENT, "<content><p/></content>", id="elements in text"),
        pytest.param(FIRST_CONTENT, '<content src="http://e.example/1">One</content>', id="content twice"),
        pytest.param(FIRST_CONTENT, FIRST_CONTENT + FIRST_CONTENT, id="two contents"),
        pytest.param("<name>A</name>", "", id="author without name"),
        pytest.param("<name>A</name>", "<name>A</name><name>B</name>", id="author of two names"),
        pytest.param("<name>A</name>", "<name>A</name><email>nobody</email>", id="bad email"),
        pytest.param('term="t" ', "", id="category without term"),
        pytest.param('xml:lang="en"', 'xml:lang="en_GB"', id="bad language"),
        pytest.param('xml:lang="en"', 'lang="en"', id="language without its prefix"),
        pytest.param("<x:any/> kind</x:anything>", "</x:anything><pubDate/>", id="unknown element of Atom"),
    ],
)
def test_atom_grammar_refuses(right: str, wrong: str) -> None:
    assert right in ATOM
    assert atom_grammar_problems(ATOM.replace(right, wrong, 1).encode())


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("<author ", "<contributor ", "no author"),
        ("tag:e.example,2026:2</id>", "tag:e.example,2026:1</id>", "entry id 2 times"),
        ('rel="self"', 'rel="via"', "no link rel=self"),
        ('rel="related" href="2" hreflang="de-AT"', 'rel="alternate" href="2"', "alternate of one type"),
        (FIRST_CONTENT + "\n  </entry>", "</entry>", "neither alternate nor content"),
        ("<content ", '<content src="http://e.example/" ', "without a summary"),
    ],
)
def test_atom_rules_refuse(right: str, wrong: str, complaint: str) -> None:
    document = ATOM.replace("author>", "contributor>") if right == "<author " else ATOM
    if complaint.startswith("neither"):
        document = document.replace('<link href="http://e.example/1"/>', "")
    if complaint.startswith("without"):
        document = document[: document.index("<summary")] + document[document.index("</summary>") + 10 :]
    assert right in document
    assert any(
        complaint in problem for problem in atom_rule_problems(document.replace(right, wrong, 1).encode())
    )


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('<link href="http://e.example/"/>', "", "the feed's one alternate"),
        (
            "<title>Feed</title>",
            '<link hreflang="de" href="http://e.example/de"/>',
            "the feed's one alternate",
        ),
        ('<link href="http://e.example/1"/>', "", "the one alternate"),
        ('rel="related"', 'rel="alternate"', "the one alternate"),
        ('<link href="http://e.example/1"/>', '<link type="image/png" href="1"/>', "no article"),
        ('rel="related"', 'rel="enclosure"', "an enclosure without type"),
    ],
)
def test_atom_link_check_refuses(right: str, wrong: str, complaint: str) -> None:
    assert right in ATOM
    assert any(complaint in problem for problem in atom_link_problems(ATOM.replace(right, wrong, 1).encode()))


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('version="2.0" ', 'version="0.91" ', "not an <rss"),
        ("<description>Of examples</description>", "", "one description"),
        ("<title>Feed</title>", "<title> </title>", "one title"),
        ("<link>http://e.example/</link>", "<link>a</link><link>b</link>", "one link"),
        ('rel="self"', 'rel="hub"', "rel=self"),
        ("application/rss+xml", "text/xml", "rel=self"),
        ('<guid isPermaLink="false">', "<guid>", "one guid"),
        ("<item>", '<item><guid isPermaLink="false">tag:2</guid>', "one guid"),
        ("<title>One</title>", "", "one title"),
        (
            "<enclosure ",
            '<enclosure url="http://e.example/2.png" type="image/png" length="0"/><enclosure ',
            "several",
        ),
        ('length="0"', 'length=""', "enclosure lacks"),
        ("Sat, 28 Feb", "Sun, 28 Feb", "wrong weekday"),
        ("+0000", "-0000", "without a zone"),
        ("Sat, 28 Feb 2026", "2026-02-28", "not a date"),
    ],
)
def test_rss_check_refuses(right: str, wrong: str, complaint: str) -> None:
    assert right in RSS
    assert any(complaint in problem for problem in rss_problems(RSS.replace(right, wrong, 1).encode()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("version",), None, id="no version"),
        pytest.param(("version",), "https://jsonfeed.org/version/1", id="version 1.0"),
        pytest.param(("title",), None, id="no title"),
        pytest.param(("title",), " ", id="blank title"),
        pytest.param(("items",), None, id="no items"),
        pytest.param(("home_page_url",), "/", id="relative address"),
        pytest.param(("home_page_url",), "ftp://e.example/", id="address that is not of the web"),
        pytest.param(("home_page_url",), "https://e.example/a b", id="space in an address"),
        pytest.param(("pubDate",), "today", id="unknown key"),
        pytest.param(("_",), {}, id="extension without a name"),
        pytest.param(("_house",), "text", id="extension that is no object"),
        pytest.param(("language",), "en_GB", id="bad language"),
        pytest.param(("authors",), [], id="no authors"),
        pytest.param(("hubs", 0, "type"), None, id="hub without type"),
        pytest.param(("items", 0, "id"), None, id="no id"),
        pytest.param(("items", 0, "id"), 1, id="id that is a number"),
        pytest.param(("items", 1, "id"), "tag:1", id="one id twice"),
        pytest.param(("items", 0, "content_html"), None, id="no content"),
        pytest.param(("items", 0, "date_published"), "2026-02-28T10:00:00", id="date without zone"),
        pytest.param(("items", 0, "date_published"), "2026-13-28T10:00:00Z", id="month 13"),
        pytest.param(("items", 0, "guid"), "1", id="unknown key of an item"),
        pytest.param(("items", 0, "authors", 0), {}, id="empty author"),
        pytest.param(("items", 0, "authors", 0), {"email": "a@e.example"}, id="author of unknown keys only"),
        pytest.param(("items", 0, "attachments", 0, "url"), None, id="attachment without address"),
        pytest.param(("items", 0, "attachments", 0, "mime_type"), None, id="attachment without type"),
        pytest.param(("items", 0, "attachments", 0, "mime_type"), "image", id="type without subtype"),
        pytest.param(("items", 0, "attachments", 0, "size_in_bytes"), "5", id="size that is text"),
    ],
)
def test_json_feed_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    feed = json.loads(json.dumps(JSON_FEED))
    holder, key = feed, path[-1]
    for step in path[:-1]:
        holder = holder[step]
    if value is None:
        del holder[key]
    else:
        holder[key] = value
    assert list(json_feed_problems(json.dumps(feed).encode()))


def outline(slug: str) -> str:
    return f'<outline type="rss" text="{slug}" xmlUrl="https://e.example/{slug}/rss.xml"/>'


@pytest.mark.parametrize(
    ("outlines", "complaint"),
    [
        (outline("all") + outline("ai"), None),
        (outline("all"), "ai: listed 0 times"),
        (outline("all") + outline("ai") + outline("bi"), "bi/rss.xml: listed 1 times"),
        (outline("all") + outline("ai").replace("rss.xml", "gone.xml"), "ai: listed 0 times"),
        (outline("all") + outline("ai") + outline("ai").replace("rss.xml", "atom.xml"), "ai: listed 2 times"),
        (outline("all") + outline("ai") * 2, "3 outlines"),
        (outline("all") + outline("ai").replace('type="rss"', ""), "outline without"),
    ],
)
def test_opml_check_refuses(tmp_path: Path, outlines: str, complaint: str | None) -> None:
    for slug in ("all", "ai"):
        (tmp_path / slug).mkdir()
        (tmp_path / slug / "rss.xml").touch()
        (tmp_path / slug / "atom.xml").touch()
    (tmp_path / "all" / "feed.json").write_text('{"feed_url": "https://e.example/all/feed.json"}')
    (tmp_path / "feeds.opml").write_text(
        f'<opml version="2.0"><head><title>Feeds</title></head><body>{outlines}</body></opml>'
    )
    problems = list(opml_problems(tmp_path))
    if complaint is None:
        assert problems == []
    else:
        assert any(complaint in problem for problem in problems)


@pytest.mark.parametrize("check", [rss_problems, atom_rule_problems])
@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"<!DOCTYPE rss>"])
def test_byte_order_marks_and_document_types_are_refused(
    check: Callable[[bytes], Any], prefix: bytes
) -> None:
    with pytest.raises(AssertionError):
        list(check(prefix + b"<rss/>"))
