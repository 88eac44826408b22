"""feedgen, behind one door, its defects mended.

feedgen 1.0.0 loses rel, type and length of Atom entry links (entry.py:139 overwrites its loop variable),
has no hub in RSS, drops authors without an e-mail address from RSS, and dates what was not dated with the
clock. `tests/formats/test_feedgen.py` fails when feedgen mends itself, so that this can go.
"""

import re
from collections.abc import Iterable
from functools import cache
from html import escape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats.media_types import ATOM, HTML, RSS
from feeds.library.readback import GENERATOR
from feeds.syndication.feed import Entry, Feed, Media

TOMBSTONES_NS = "http://purl.org/atompub/tombstones/1.0"
ATOM_NS = "http://www.w3.org/2005/Atom"
# Elements of RSS of which readers disagree whether they hold text or HTML.
TEXT_ELEMENT = re.compile(rb"<(title|category|dc:creator)\b[^>]*>[^<&]*&[^<]*</")
RSS_NAMESPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "atom": ATOM_NS,
    "content": "http://purl.org/rss/1.0/modules/content/",
}
ATOM_NAMESPACES = {"media": "http://search.yahoo.com/mrss/"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class MendedFeed(BaseExtension):  # type: ignore[misc] # feedgen is untyped
    """What feedgen cannot say of a feed."""

    feed: Feed

    def extend_atom(self, atom: etree._Element) -> None:
        """State the title's type, and what was withdrawn (RFC 6721)."""
        _plain_title(atom)
        for one in self.feed.retractions:
            attributes = {"ref": one.id, "when": one.when.isoformat()}
            etree.SubElement(atom, f"{{{TOMBSTONES_NS}}}deleted-entry", attributes, {"at": TOMBSTONES_NS})

    def extend_rss(self, rss: etree._Element) -> None:
        """Name the hub (WebSub §4) beside the self link."""
        channel = rss[0]
        if self.feed.hub:
            hub = etree.Element(f"{{{ATOM_NS}}}link", href=self.feed.hub, rel="hub")
            self_link = channel.find(f"{{{ATOM_NS}}}link")
            assert self_link is not None  # noqa: S101 - built four lines above, in `builder.feed`
            self_link.addnext(hub)


class MendedEntry(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen cannot say of an entry."""

    entry: Entry

    def extend_atom(self, atom: etree._Element) -> None:
        """Write the links again, whole, the title's type, and the language where it is another."""
        _plain_title(atom)
        links = [element for element in atom if element.tag == "link"]
        place = atom.index(links[0])
        for link in links:
            atom.remove(link)
        for offset, attributes in enumerate(_entry_links(self.entry)):
            atom.insert(place + offset, etree.Element("link", attributes))
        if self.entry.language:
            atom.set(XML_LANG, self.entry.language)


def rss(feed: Feed, items: Iterable[bytes]) -> bytes:
    """The feed as RSS 2.0, with these items, which `rss_item` made."""
    generator = _feed(feed, feed.rss_url, RSS)
    generator.ttl(feed.ttl)
    generator.pubDate(feed.updated)
    if feed.name:
        generator.category(term=feed.name, scheme=feed.site_url)
    return _filled(_plain_text(generator.rss_str(pretty=True)), items, b"  </channel>")


def rss_item(entry: Entry, scheme: str) -> bytes:
    """The entry as an item of any feed whose categories have this scheme."""
    item = _entry(entry, scheme)
    # Without an excerpt feedgen puts the content into the description; with one, into content:encoded.
    item.content(entry.content_html)
    if entry.summary:
        item.description(escape(entry.summary, quote=False), isSummary=True)
    if entry.author:
        item.dc.dc_creator(entry.author.name)
    if entry.enclosure:
        item.enclosure(entry.enclosure.url, str(entry.enclosure.length), entry.enclosure.type)
    root = etree.Element("rss", nsmap=RSS_NAMESPACES)
    etree.SubElement(root, "channel").append(item.rss_entry())
    return _plain_text(_within(root, b"<channel>\n", b"  </channel>"))


def atom(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The feed as Atom 1.0, with these entries, which `atom_entry` made."""
    generator = _feed(feed, feed.atom_url, ATOM)
    generator.author({"name": feed.site_title or feed.title, "uri": feed.site_url})
    if feed.hub:
        generator.link(href=feed.hub, rel="hub")
    if feed.name:
        generator.category(term=feed.name, scheme=feed.site_url)
    return _filled(generator.atom_str(pretty=True), entries, b"</feed>")


def atom_entry(entry: Entry, scheme: str) -> bytes:
    """The entry as one of any feed whose categories have this scheme."""
    item = _entry(entry, scheme)
    item.content(entry.content_html, type="html")
    if entry.summary:
        item.summary(entry.summary, type="text")
    if entry.author:
        item.author({"name": entry.author.name, "uri": entry.author.url})
    root = etree.Element("feed", nsmap=ATOM_NAMESPACES)
    root.append(item.atom_entry())
    return _within(root, b">\n", b"</feed>")


def _filled(feed: bytes, entries: Iterable[bytes], end: bytes) -> bytes:
    head, _, tail = feed.rpartition(end)
    return b"".join((head, *entries, end, tail))


def _within(root: etree._Element, start: bytes, end: bytes) -> bytes:
    """What stands in an element, indented as in the whole feed, which declares its namespaces."""
    text = etree.tostring(root, pretty_print=True, encoding="UTF-8")
    return text[text.index(start) + len(start) : text.rindex(end)]


def _plain_text(rss: bytes) -> bytes:
    return TEXT_ELEMENT.sub(_hexadecimal, rss)


def _hexadecimal(element: re.Match[bytes]) -> bytes:
    """The same text to XML, and no HTML to who looks for it (RSS Best Practices Profile, Character Data)."""
    return element[0].replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;").replace(b"&amp;", b"&#x26;")


def _plain_title(atom: etree._Element) -> None:
    """Readers that take a title for HTML unless told otherwise are told (RFC 4287 §3.1.1)."""
    title = atom.find("title")
    if title is not None:
        title.set("type", "text")


def _generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.load_extension("media")
    generator.load_extension("dc", atom=False)
    generator.register_extension("mended", MendedFeed, MendedEntry)
    return generator


def _feed(feed: Feed, self_url: str, media_type: str) -> FeedGenerator:
    generator = _generator()
    generator.mended.feed = feed
    generator.id(feed.id)
    generator.title(feed.title)
    generator.subtitle(feed.description)
    generator.description(feed.description)
    generator.language(feed.language)
    generator.generator(GENERATOR)
    generator.updated(feed.updated)
    alternate = {"href": feed.url, "rel": "alternate", "type": HTML}
    own = {"href": self_url, "rel": "self", "type": media_type}
    # Atom: alternate before self, for readers that take the first. RSS: the last call is the channel link.
    for link in (own, alternate) if media_type == RSS else (alternate, own):
        generator.link(**link)
    if feed.image:
        generator.image(feed.image, title=feed.title, link=feed.url)
    return generator


@cache
def _maker() -> FeedGenerator:
    """Of entries: each generator looks for its extensions again, which takes longer than an entry."""
    return _generator()


def _entry(entry: Entry, scheme: str) -> FeedEntry:
    item = _maker().add_entry()
    _maker().remove_entry(item)
    item.mended.entry = entry
    item.id(entry.id)
    item.title(entry.title)
    item.link(href=entry.link, rel="alternate")
    item.published(entry.published)
    item.updated(entry.updated)
    for name in entry.categories:
        item.category(term=name, scheme=scheme)
    for picture in entry.media:
        item.media.content(_media_content(picture), group=None)
    if entry.lead:
        item.media.thumbnail(_media_thumbnail(entry.lead), group=None)
    return item


def _entry_links(entry: Entry) -> list[dict[str, str]]:
    links = [{"href": entry.link, "rel": "alternate"}]
    if entry.enclosure and entry.enclosure.type:
        enclosure = {"href": entry.enclosure.url, "rel": "enclosure", "type": entry.enclosure.type}
        if entry.enclosure.length:
            enclosure["length"] = str(entry.enclosure.length)
        links.append(enclosure)
    links.extend({"href": one.url, "rel": "related", "title": one.title} for one in entry.related)
    return links


def _media_thumbnail(picture: Media) -> dict[str, str]:
    sizes = {"width": picture.width, "height": picture.height}
    return {"url": picture.url} | {name: str(size) for name, size in sizes.items() if size}


def _media_content(picture: Media) -> dict[str, str]:
    content = _media_thumbnail(picture) | {"medium": "image"}
    if picture.type:
        content["type"] = picture.type
    if picture.length:
        content["fileSize"] = str(picture.length)
    return content
