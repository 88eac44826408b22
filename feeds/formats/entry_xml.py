"""Entries of RSS and Atom, element by element: each as it stands, indented, in the feed of `builder`.

Not by feedgen, which makes the feeds: most of its defects are in entries (`tests/formats/test_feedgen.py`),
and its entries cost twice as much, of which a first publish makes one for every article that is shown.
"""

import re
from email.utils import format_datetime
from html import escape

from lxml.etree import Element, SubElement, _Element, tostring

from feeds.syndication.feed import Entry, Media

MEDIA = "http://search.yahoo.com/mrss/"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
# As the feed around it declares them, so that no entry does.
RSS_NAMESPACES = {"media": MEDIA, "dc": DC, "atom": "http://www.w3.org/2005/Atom", "content": CONTENT}
ATOM_NAMESPACES = {"media": MEDIA}
# Elements of RSS of which readers disagree whether they hold text or HTML.
TEXT_ELEMENT = re.compile(rb"<(title|category|dc:creator)\b[^>]*>[^<&]*&[^<]*</")
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def rss_item(entry: Entry, scheme: str) -> bytes:
    """The entry as an item of any feed whose categories have this scheme."""
    root = Element("rss", nsmap=RSS_NAMESPACES)
    item = SubElement(SubElement(root, "channel"), "item")
    _add(item, "title", entry.title)
    _add(item, "link", entry.link)
    if entry.summary:
        _add(item, "description", escape(entry.summary, quote=False))
    _add(item, f"{{{CONTENT}}}encoded" if entry.summary else "description", entry.content_html)
    _add(item, "guid", entry.id, isPermaLink="false")
    for name in entry.categories:
        _add(item, "category", name, domain=scheme)
    if entry.enclosure and entry.enclosure.type:
        enclosure = {"url": entry.enclosure.url, "length": str(entry.enclosure.length)}
        SubElement(item, "enclosure", enclosure | {"type": entry.enclosure.type})
    _add(item, "pubDate", format_datetime(entry.published))
    _add_media(item, entry)
    if entry.author:
        _add(item, f"{{{DC}}}creator", entry.author.name)
    return plain_text(_within(root, b"<channel>\n", b"  </channel>"))


def atom_entry(entry: Entry, scheme: str) -> bytes:
    """The entry as one of any feed whose categories have this scheme."""
    root = Element("feed", nsmap=ATOM_NAMESPACES)
    atom = SubElement(root, "entry")
    if entry.language:
        atom.set(XML_LANG, entry.language)
    _add(atom, "id", entry.id)
    # Readers that take a title for HTML unless told otherwise are told (RFC 4287 §3.1.1).
    _add(atom, "title", entry.title, type="text")
    _add(atom, "updated", entry.updated.isoformat())
    if entry.author:
        author = SubElement(atom, "author")
        _add(author, "name", entry.author.name)
        if entry.author.url:
            _add(author, "uri", entry.author.url)
    _add(atom, "content", entry.content_html, type="html")
    for link in _links(entry):
        SubElement(atom, "link", link)
    if entry.summary:
        _add(atom, "summary", entry.summary, type="text")
    for name in entry.categories:
        SubElement(atom, "category", {"term": name, "scheme": scheme})
    _add(atom, "published", entry.published.isoformat())
    _add_media(atom, entry)
    return _within(root, b">\n", b"</feed>")


def plain_text(rss: bytes) -> bytes:
    """The same text to XML, and no HTML to who looks for it (RSS Best Practices Profile, Character Data)."""
    return TEXT_ELEMENT.sub(_hexadecimal, rss)


def _hexadecimal(element: re.Match[bytes]) -> bytes:
    return element[0].replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;").replace(b"&amp;", b"&#x26;")


def _add(parent: _Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _add_media(parent: _Element, entry: Entry) -> None:
    for picture in entry.media:
        SubElement(parent, f"{{{MEDIA}}}content", _media_content(picture))
    if entry.lead:
        SubElement(parent, f"{{{MEDIA}}}thumbnail", {"url": entry.lead.url, **_sizes(entry.lead)})


def _media_content(picture: Media) -> dict[str, str]:
    content = {"url": picture.url}
    if picture.length:
        content["fileSize"] = str(picture.length)
    if picture.type:
        content["type"] = picture.type
    return content | {"medium": "image"} | _sizes(picture)


def _sizes(picture: Media) -> dict[str, str]:
    sizes = {"height": picture.height, "width": picture.width}
    return {name: str(size) for name, size in sizes.items() if size}


def _links(entry: Entry) -> list[dict[str, str]]:
    links = [{"href": entry.link, "rel": "alternate"}]
    if entry.enclosure and entry.enclosure.type:
        enclosure = {"href": entry.enclosure.url, "rel": "enclosure", "type": entry.enclosure.type}
        if entry.enclosure.length:
            enclosure["length"] = str(entry.enclosure.length)
        links.append(enclosure)
    links.extend({"href": one.url, "rel": "related", "title": one.title} for one in entry.related)
    return links


def _within(root: _Element, start: bytes, end: bytes) -> bytes:
    """What stands in an element, indented as in the whole feed, which declares its namespaces."""
    text = tostring(root, pretty_print=True, encoding="UTF-8")
    return text[text.index(start) + len(start) : text.rindex(end)]
