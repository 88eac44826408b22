"""What is wrong with published files, as their specifications see it: every check returns its complaints.

Reads output only, and nothing of the `feeds` package, so that a mistake there cannot excuse itself here.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import listparser
from jsonschema import Draft202012Validator
from lxml import etree

HERE = Path(__file__).parent
ATOM = "{http://www.w3.org/2005/Atom}"
XHTML_DIV = "{http://www.w3.org/1999/xhtml}div"
FILES = ("rss.xml", "atom.xml", "feed.json", "index.html")
MEDIA_TYPES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml"}


def folders(published: Path) -> list[Path]:
    """The folder of each feed, complete or not."""
    return sorted({path.parent for name in FILES for path in published.glob(f"*/{name}")})


def site_url(published: Path) -> str:
    """The address under which the output folder stands, as the feed of all topics tells it."""
    address: str = json.loads((published / "all" / "feed.json").read_bytes())["feed_url"]
    return address.removesuffix("all/feed.json")


# Atom 1.0 (RFC 4287)


@cache
def atom_grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(HERE / "atom.rng"))


def atom_grammar_problems(document: bytes) -> list[str]:
    """What RELAX NG can tell."""
    grammar = atom_grammar()
    if grammar.validate(xml(document)):
        return []
    return [f"line {error.line}: {error.message}" for error in grammar.error_log]


def atom_rule_problems(document: bytes) -> Iterator[str]:
    """What spans several elements, beyond a grammar: the Schematron rules and the MUSTs of the prose."""
    feed = xml(document)
    entries = feed.findall(f"{ATOM}entry")
    if feed.find(f"{ATOM}author") is None:
        for entry in entries:
            if entry.find(f"{ATOM}author") is None and entry.find(f"{ATOM}source/{ATOM}author") is None:
                yield f"4.1.1: no author on the feed, nor on {atom_id(entry)}"
    yield from repeated("4.1.1: entry id", map(atom_id, entries))
    if not feed.xpath("a:link[@rel='self']", namespaces={"a": ATOM[1:-1]}):
        yield "4.1.1: the feed has no link rel=self"
    for holder in (feed, *entries):
        yield from atom_alternate_problems(holder)
    for entry in entries:
        yield from atom_content_problems(entry)


def atom_alternate_problems(holder: etree._Element) -> Iterator[str]:
    alternates = [
        (link.get("type", ""), link.get("hreflang", ""))
        for link in holder.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]
    yield from repeated(f"4.1.1, 4.1.2: {atom_id(holder)}: alternate of one type and language", alternates)
    if holder.tag == f"{ATOM}entry" and not alternates and holder.find(f"{ATOM}content") is None:
        yield f"4.1.2: {atom_id(holder)}: neither alternate nor content"


def atom_content_problems(entry: etree._Element) -> Iterator[str]:
    content = entry.find(f"{ATOM}content")
    if content is None:
        return
    if content.get("src") is not None and entry.find(f"{ATOM}summary") is None:
        yield f"4.1.2: {atom_id(entry)}: content elsewhere without a summary"
    if content.get("type") == "xhtml" and [child.tag for child in content] != [XHTML_DIV]:
        yield f"4.1.3.3: {atom_id(entry)}: xhtml content is not one div"


def atom_link_problems(document: bytes) -> Iterator[str]:
    """What the RFC leaves open and readers trip over: several take the first link for the alternate."""
    feed = xml(document)
    relations = [link.get("rel", "alternate") for link in feed.findall(f"{ATOM}link")]
    if relations.count("alternate") != 1 or relations[0] != "alternate":
        yield f"the feed's one alternate is not its first link: {relations}"
    for entry in feed.findall(f"{ATOM}entry"):
        links = entry.findall(f"{ATOM}link")
        relations = [link.get("rel", "alternate") for link in links]
        if relations.count("alternate") != 1 or relations[0] != "alternate":
            yield f"{atom_id(entry)}: the one alternate is not the first link: {relations}"
        for link, relation in zip(links, relations, strict=True):
            if relation == "alternate" and link.get("type", "text/html") != "text/html":
                yield f"{atom_id(entry)}: the alternate is no article: {link.get('type')}"
            if relation == "enclosure" and not link.get("type"):
                yield f"{atom_id(entry)}: an enclosure without type: {link.get('href')}"


def atom_id(holder: etree._Element) -> str:
    return holder.findtext(f"{ATOM}id", default="")


# JSON Feed 1.1


@cache
def json_feed_schema() -> Draft202012Validator:
    schema = json.loads((HERE / "json_feed.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def json_feed_problems(document: bytes) -> Iterator[str]:
    feed: Any = json.loads(document.decode("utf-8"))
    for error in json_feed_schema().iter_errors(feed):
        yield f"{error.json_path}: {error.message[:300]}"
    if isinstance(feed, dict):
        items = [item for item in feed.get("items", []) if isinstance(item, dict)]
        yield from repeated("item id", (str(item.get("id")) for item in items))


# RSS 2.0, with the profile of the RSS Advisory Board (atom:link rel=self)


def rss_problems(document: bytes) -> Iterator[str]:
    rss = xml(document)
    if rss.tag != "rss" or rss.get("version") != "2.0" or [child.tag for child in rss] != ["channel"]:
        yield "not an <rss version='2.0'> of one channel"
        return
    channel = rss[0]
    for name in ("title", "link", "description"):
        if [bool((found.text or "").strip()) for found in channel.findall(name)] != [True]:
            yield f"channel: not exactly one {name} with text"
    for name in ("language", "ttl", "lastBuildDate", "pubDate", "generator", "docs", "image"):
        if len(channel.findall(name)) > 1:
            yield f"channel: several {name}"
    yield from rss_self_problems(channel)
    for date in channel.iter("pubDate", "lastBuildDate"):
        yield from rss_date_problems(date.text or "")
    items = channel.findall("item")
    yield from repeated("guid", (item.findtext("guid", default="") for item in items))
    for item in items:
        for problem in rss_item_problems(item):
            yield f"{item.findtext('guid')}: {problem}"


def rss_self_problems(channel: etree._Element) -> Iterator[str]:
    links = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if [link.get("type") for link in links] != [MEDIA_TYPES["rss.xml"]]:
        yield "channel: not exactly one atom:link rel=self with the type of RSS"


def rss_item_problems(item: etree._Element) -> Iterator[str]:
    guids = item.findall("guid")
    if [guid.get("isPermaLink") for guid in guids] != ["false"] or not (guids[0].text or "").strip():
        yield "not exactly one guid isPermaLink='false' with text"
    for name in ("title", "link", "pubDate"):
        if len(item.findall(name)) != 1:
            yield f"not exactly one {name}"
    for name in ("description", "enclosure", "author", "comments", "source"):
        if len(item.findall(name)) > 1:
            yield f"several {name}"
    for enclosure in item.findall("enclosure"):
        if not (enclosure.get("url") and enclosure.get("type") and enclosure.get("length", "").isdecimal()):
            yield f"enclosure lacks url, type or length: {dict(enclosure.items())}"


def rss_date_problems(text: str) -> Iterator[str]:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        yield f"not a date of RFC 822: {text!r}"
        return
    if not text.startswith(date.strftime("%a, ")) or date.tzinfo is None:
        yield f"date with a wrong weekday or without a zone: {text!r}"


# OPML 2.0


def opml_problems(published: Path) -> Iterator[str]:
    """Complaints unless the list names each feed's folder exactly once, by the address of a file there."""
    document = (published / "feeds.opml").read_bytes()
    opml = xml(document)
    if opml.tag != "opml" or opml.get("version") != "2.0" or opml.find("head/title") is None:
        yield "not an <opml version='2.0'> with a title"
    listed = listparser.parse(document)
    if listed.bozo:
        yield f"listparser: {listed.bozo_exception}"
    outlines = opml.findall("body//outline[@xmlUrl]")
    if len(listed.feeds) != len(outlines):
        yield f"{len(outlines)} outlines, of which listparser sees {len(listed.feeds)} feeds"
    for outline in outlines:
        if outline.get("type") != "rss" or not outline.get("text"):
            yield f"outline without text or type='rss': {dict(outline.items())}"
    base = site_url(published)
    files = {
        urljoin(base, f"{folder.name}/{name}"): folder.name
        for folder in folders(published)
        for name in ("rss.xml", "atom.xml", "feed.json")
        if (folder / name).is_file()
    }
    named = Counter(files.get(feed.url, feed.url) for feed in listed.feeds)
    wanted = Counter(folder.name for folder in folders(published))
    for name in sorted(named.keys() | wanted.keys()):
        if named[name] != wanted[name]:
            yield f"{name}: listed {named[name]} times, published {wanted[name]} times"


# All


def self_links(folder: Path) -> dict[str, str | None]:
    """The address that each file of a feed gives as its own."""
    rss = xml((folder / "rss.xml").read_bytes()).find(f"channel/{ATOM}link[@rel='self']")
    atom = xml((folder / "atom.xml").read_bytes()).find(f"{ATOM}link[@rel='self']")
    return {
        "rss.xml": None if rss is None else rss.get("href"),
        "atom.xml": None if atom is None else atom.get("href"),
        "feed.json": json.loads((folder / "feed.json").read_bytes()).get("feed_url"),
    }


def page_links(folder: Path) -> dict[str, str | None]:
    """The address of the page for people that each file of a feed names."""
    atom = xml((folder / "atom.xml").read_bytes())
    alternate = atom.find(f"{ATOM}link[@rel='alternate']")
    return {
        "rss.xml": xml((folder / "rss.xml").read_bytes()).findtext("channel/link"),
        "atom.xml": None if alternate is None else alternate.get("href"),
        "feed.json": json.loads((folder / "feed.json").read_bytes()).get("home_page_url"),
    }


def xml(document: bytes) -> etree._Element:
    """The root of a document that is UTF-8 without a byte order mark and has no document type."""
    document.decode("utf-8")
    assert not document.startswith(b"\xef\xbb\xbf"), "a byte order mark breaks readers"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(document, parser)
    assert root.getroottree().docinfo.internalDTD is None, "a feed has no document type"
    return root


def repeated(what: str, values: Iterable[object]) -> Iterator[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what} {times} times: {value}"
