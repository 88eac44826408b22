"""OPML 2.0: every feed in one file, for readers to import."""

from email.utils import format_datetime

from lxml import etree

from feeds.syndication.feed import Feed, Site


def render(site: Site) -> bytes:
    """All feeds as an OPML 2.0 subscription list, UTF-8; each as RSS, which every importer reads."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = site.title
    etree.SubElement(head, "dateModified").text = format_datetime(site.updated)
    etree.SubElement(head, "docs").text = "https://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for feed in site.feeds:
        body.append(_outline(feed))
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def _outline(feed: Feed) -> etree._Element:
    return etree.Element(
        "outline",
        {
            "type": "rss",
            "text": feed.title,
            "title": feed.title,
            "description": feed.description,
            "language": feed.language,
            "version": "RSS2",
            "xmlUrl": feed.rss_url,
            "htmlUrl": feed.url,
        },
    )
