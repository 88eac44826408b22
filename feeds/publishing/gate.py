"""The last look before a feed is replaced: what was rendered is parsed back and held against its draft.

Reads the files as a subscriber's program does, with lxml and json, and nothing of `formats`, so that a
mistake there cannot excuse itself here. A feed that fails stays as it was; the others go out.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial

from lxml import etree

from feeds.library.ledger import Standing
from feeds.publishing.drafts import Draft
from feeds.publishing.output import Document
from feeds.publishing.report import HeldBack
from feeds.strict_yaml import shorten
from feeds.syndication.feed import Feed

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
DOUBTFUL = re.compile(
    r"(?:href|src)=\"(?!https?://|mailto:)"
)  # in most content there is none, not even as text
# Attributes are quoted by whoever made the content: the sanitiser, or ourselves.
TAG = re.compile(r"<[a-z][a-z0-9]*((?:\s+[a-z-]+=\"[^\"]*\")+)")
ADDRESS = re.compile(r"\s(?:href|src)=\"(?!https?://|mailto:)([^\"]*)\"")


class Fault(Exception):  # noqa: N818 - what is wrong with a file; never leaves this module
    """What was expected of a rendered file, and what was found."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = shorten(" ".join(found.split()), 120)


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says, in no format's words."""

    own: str  # address of the file itself
    updated: datetime | None
    entries: tuple["SaidEntry", ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaidEntry:
    """What a file says of one entry; `everything` gives all its texts, where they are asked for."""

    id: str
    link: str
    published: datetime
    content: str
    everything: Callable[[], str]


class Gate:
    """Lets feeds pass, and remembers which did not and why.

    `secured` are the texts that an entry's article keeps to itself, by the entry's id: of the entries that
    were composed in this run. The others passed in the run that composed them.
    """

    def __init__(self, standing: Standing, secured: Mapping[str, Iterable[str]]) -> None:
        self.held_back: dict[str, HeldBack] = {}
        self._standing = standing
        self._secured = secured

    def passes(self, draft: Draft, render: Callable[[], list[Document]]) -> list[Document]:
        """The feed's files as they may be written; none where one of them is not as it should be."""
        slug, file = draft.feed.slug, ""
        try:
            self._against_what_stands(draft)
            documents = render()
            for document in documents:
                file = document.path.rpartition("/")[2]
                if file in READERS:
                    self._check(draft, file, document.data)
        except (Fault, ValueError) as error:
            # feedgen and lxml raise ValueError for what they cannot say.
            fault = error if isinstance(error, Fault) else Fault("what can be rendered", str(error))
            stands = slug in self._standing.feeds
            self.held_back[slug] = HeldBack(slug, file, fault.expected, fault.found, stands)
            return []
        return documents

    def _against_what_stands(self, draft: Draft) -> None:
        stood = self._standing.feeds.get(draft.feed.slug)
        same = stood is not None and stood.first_slug == draft.first_slug and not draft.notice
        if stood is not None and same and draft.feed.updated.timestamp() < stood.updated_at:
            raise Fault("a date of the feed that does not fall", draft.feed.updated.isoformat())

    def _check(self, draft: Draft, file: str, data: bytes) -> None:
        feed = draft.feed
        read, address = READERS[file]
        said = _read(read, data)
        if said.own != address(feed):
            raise Fault(f"the self link {address(feed)}", said.own or "none")
        if said.updated is not None and said.updated != feed.updated:
            raise Fault(f"the feed's date {feed.updated.isoformat()}", said.updated.isoformat())
        _check_entries(draft, said)
        for found in dict.fromkeys(said.addresses):
            if not WEB_ADDRESS.fullmatch(found):
                raise Fault("absolute http(s) addresses", found or "an empty one")
        for entry in said.entries:
            _check_content(entry)
            secrets = self._secured.get(entry.id)
            if secrets:
                _check_secrets(entry, secrets)


def _read(read: Callable[[bytes], Said], data: bytes) -> Said:
    try:
        return read(data)
    except etree.XMLSyntaxError as error:
        raise Fault("well-formed XML", str(error)) from error
    except json.JSONDecodeError as error:
        raise Fault("JSON", str(error)) from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Fault("every element that a feed must have", f"{type(error).__name__}: {error}") from error


def _check_entries(draft: Draft, said: Said) -> None:
    ids = [entry.id for entry in said.entries]
    twice = [identity for identity, times in Counter(ids).items() if times > 1]
    if twice:
        raise Fault("each id once", f"{twice[0]} again")
    selected = {one.id: one for one in draft.entries}
    for entry in said.entries:
        known = selected.get(entry.id)
        if known is None:
            raise Fault("only entries that were selected", entry.id)
        if entry.link != known.link:
            raise Fault(f"the link {known.link} of {entry.id}", entry.link or "none")
        if entry.published.tzinfo is None:
            raise Fault("dates with a time zone", f"{entry.published.isoformat()} at {entry.id}")
        if entry.published.timestamp() != known.published_at:
            raise Fault("the date of each article", f"{entry.published.isoformat()} at {entry.id}")
    if ids != list(selected):
        missing = [identity for identity in selected if identity not in set(ids)]
        raise Fault("all entries in their order", f"{missing[0]} missing" if missing else "another order")
    for entry, following in zip(said.entries, said.entries[1:], strict=False):
        if entry.published < following.published:
            raise Fault("the newest entry first", f"{entry.id} before {following.id}")


def _check_secrets(entry: SaidEntry, secrets: Iterable[str]) -> None:
    said = entry.everything()
    if any(secret in said or html.escape(secret) in said for secret in secrets):
        raise Fault("no value of a 'secured' key", f"one in {entry.id}")


def _check_content(entry: SaidEntry) -> None:
    if not DOUBTFUL.search(entry.content):
        return
    for tag in TAG.finditer(entry.content):
        relative = ADDRESS.search(tag[1])
        if relative:
            raise Fault("absolute addresses in content", f"{relative[1] or 'an empty one'} at {entry.id}")


def _xml(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Fault("no document type", "one")
    return root


def _rss(data: bytes) -> Said:
    channel = _xml(data)[0]
    return Said(
        own=_self_link(channel),
        updated=parsedate_to_datetime(_text(channel, "pubDate")),
        entries=tuple(map(_rss_item, channel.iterfind("item"))),
        addresses=(*_attributes(channel), *(link.text or "" for link in channel.iter("link", "url", "icon"))),
    )


def _rss_item(item: etree._Element) -> SaidEntry:
    said = _said(item)
    return SaidEntry(
        id=said["guid"],
        link=said["link"],
        published=parsedate_to_datetime(said["pubDate"]),
        content=said.get(CONTENT) or said["description"],
        everything=partial(_everything, item),
    )


def _atom(data: bytes) -> Said:
    feed = _xml(data)
    return Said(
        own=_self_link(feed),
        updated=datetime.fromisoformat(_text(feed, f"{ATOM}updated")),
        entries=tuple(map(_atom_entry, feed.iterfind(f"{ATOM}entry"))),
        addresses=(
            *_attributes(feed),
            *(link.text or "" for link in feed.iter(f"{ATOM}uri", f"{ATOM}logo", f"{ATOM}icon")),
        ),
    )


def _atom_entry(entry: etree._Element) -> SaidEntry:
    said = _said(entry)
    datetime.fromisoformat(said[f"{ATOM}updated"])
    links = entry.iterfind(f"{ATOM}link")
    return SaidEntry(
        id=said[f"{ATOM}id"],
        link=next((link.get("href", "") for link in links if link.get("rel") == "alternate"), ""),
        published=datetime.fromisoformat(said[f"{ATOM}published"]),
        content=said.get(f"{ATOM}content", ""),
        everything=partial(_everything, entry),
    )


def _said(entry: etree._Element) -> dict[str, str]:
    return {str(child.tag): child.text or "" for child in entry}


def _everything(entry: etree._Element) -> str:
    return "".join(map(str, entry.itertext()))


def _json(data: bytes) -> Said:
    feed = json.loads(data.decode("utf-8"))
    items = feed["items"]
    pictures = [item["image"] for item in items if "image" in item]
    attached = [one["url"] for item in items for one in item.get("attachments", ())]
    authors = [address for item in items for one in item.get("authors", ()) for address in _author(one)]
    return Said(
        own=feed["feed_url"],
        updated=None,
        entries=tuple(map(_json_item, items)),
        addresses=(feed["home_page_url"], *pictures, *attached, *authors, *(item["url"] for item in items)),
    )


def _author(author: Mapping[str, str]) -> Iterator[str]:
    return (author[key] for key in ("url", "avatar") if key in author)


def _json_item(item: Mapping[str, str]) -> SaidEntry:
    return SaidEntry(
        id=item["id"],
        link=item["url"],
        published=datetime.fromisoformat(item["date_published"]),
        content=item["content_html"],
        everything=partial(str, item),
    )


def _self_link(holder: etree._Element) -> str:
    links = holder.iterfind(f"{ATOM}link")
    return next((link.get("href", "") for link in links if link.get("rel") == "self"), "")


def _attributes(root: etree._Element) -> list[str]:
    found = root.xpath("//@href | //@url")
    return [str(address) for address in found] if isinstance(found, list) else []


def _text(holder: etree._Element, name: str) -> str:
    text = holder.findtext(name)
    if not text:
        raise Fault(f"the element {name.rpartition('}')[2]}", "none")
    return text


# Each file of a feed that programs read, and the address that it has to give as its own.
READERS: Mapping[str, tuple[Callable[[bytes], Said], Callable[[Feed], str]]] = {
    "rss.xml": (_rss, lambda feed: feed.rss_url),
    "atom.xml": (_atom, lambda feed: feed.atom_url),
    "feed.json": (_json, lambda feed: feed.json_url),
}
