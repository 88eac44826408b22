"""feedgen, behind one door, its defects mended.

feedgen 1.0.0 has no hub in RSS, does not state the type of Atom titles, knows no tombstones, and dates with
the clock what was not dated. `tests/formats/test_feedgen.py` fails when feedgen mends itself, so that this
can go. Entries, in which it has more defects, are made by `entry_xml`.
"""

from collections.abc import Iterable, Mapping

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats import entry_xml
from feeds.formats.media_types import ATOM, HTML, RSS
from feeds.library.readback import GENERATOR
from feeds.syndication.feed import Feed

TOMBSTONES_NS = "http://purl.org/atompub/tombstones/1.0"
ATOM_NS = "http://www.w3.org/2005/Atom"


class MendedFeed(BaseExtension):  # type: ignore[misc] # feedgen is untyped
    """What feedgen cannot say of a feed."""

    feed: Feed
    namespaces: Mapping[str, str]  # that its entries use

    def extend_ns(self) -> Mapping[str, str]:
        """Declare them once."""
        return self.namespaces

    def extend_atom(self, atom: etree._Element) -> None:
        """State the title's type, and what was withdrawn (RFC 6721)."""
        title = atom.find("title")
        assert title is not None  # noqa: S101 - see `_feed`
        title.set("type", "text")
        for one in self.feed.retractions:
            attributes = {"ref": one.id, "when": one.when.isoformat()}
            etree.SubElement(atom, f"{{{TOMBSTONES_NS}}}deleted-entry", attributes, {"at": TOMBSTONES_NS})

    def extend_rss(self, rss: etree._Element) -> None:
        """Name the hub (WebSub §4) beside the self link."""
        channel = rss[0]
        if self.feed.hub:
            hub = etree.Element(f"{{{ATOM_NS}}}link", href=self.feed.hub, rel="hub")
            self_link = channel.find(f"{{{ATOM_NS}}}link")
            assert self_link is not None  # noqa: S101 - see `_feed`
            self_link.addnext(hub)


def rss(feed: Feed, items: Iterable[bytes]) -> bytes:
    """The feed as RSS 2.0, with these items, which `entry_xml` made."""
    generator = _feed(feed, feed.rss_url, RSS)
    generator.ttl(feed.ttl)
    generator.pubDate(feed.updated)
    if feed.name:
        generator.category(term=feed.name, scheme=feed.site_url)
    return _filled(entry_xml.plain_text(generator.rss_str(pretty=True)), items, b"  </channel>")


def atom(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The feed as Atom 1.0, with these entries, which `entry_xml` made."""
    generator = _feed(feed, feed.atom_url, ATOM)
    generator.author({"name": feed.site_title or feed.title, "uri": feed.site_url})
    if feed.hub:
        generator.link(href=feed.hub, rel="hub")
    if feed.name:
        generator.category(term=feed.name, scheme=feed.site_url)
    return _filled(generator.atom_str(pretty=True), entries, b"</feed>")


def _filled(feed: bytes, entries: Iterable[bytes], end: bytes) -> bytes:
    head, _, tail = feed.rpartition(end)
    return b"".join((head, *entries, end, tail))


def _feed(feed: Feed, self_url: str, media_type: str) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("mended", MendedFeed)
    generator.mended.feed = feed
    generator.mended.namespaces = entry_xml.RSS_NAMESPACES if media_type == RSS else entry_xml.ATOM_NAMESPACES
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
