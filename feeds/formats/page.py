"""Pages for people, since browsers no longer show feeds: one for each feed, one for all of them.

Static HTML without scripts. Everything that came from outside enters as text or as an attribute of an
element tree, so nothing of it can ever become markup.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from lxml.etree import Comment, Element, _Element, tostring

from feeds.syndication.feed import Author, Entry, Feed, Media, Site

# Not strftime("%B"): month names must not follow the locale of the machine.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# From this many feeds on, the index page offers a jump to a letter.
MANY_FEEDS = 40
# Browsers ask for /favicon.ico where a page names no icon, which a server of feeds does not have.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cg fill='none' stroke='%23b4531f' stroke-width='2.2' stroke-linecap='round'%3E"
    "%3Cpath d='M3 2.5A10.5 10.5 0 0 1 13.5 13M3 7.2A5.8 5.8 0 0 1 8.8 13'/%3E%3C/g%3E"
    "%3Ccircle cx='4' cy='12' r='1.8' fill='%23b4531f'/%3E%3C/svg%3E"
)
PLACE = "entries"
PLACE_OF_ENTRIES = b"<!--entries-->"  # which no text can be: in text, < is escaped
# The elements after which the source may break its line without a change to what is shown.
LINES = (
    "html", "head", "meta", "link", "title", "style", "body", "header", "nav", "main", "section", "footer",
    "article", "h1", "h2", "h3", "p", "ol", "ul", "li", "img",
)  # fmt: skip

TYPES = {"RSS": "application/rss+xml", "Atom": "application/atom+xml", "JSON": "application/feed+json"}


def render_entry(entry: Entry, feed: Feed) -> bytes:
    """The entry as an item of the page of any feed in this feed's language."""
    item = _tag("li", _entry(entry))
    _drop_repeated_languages(item, feed.language)
    return _serialised(item)


def render(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """The page of one feed, which stands at its `url`, with these rendered entries."""
    head = _head(feed.title, feed.description, feed.url, feed)
    opening = _tag("div", _introduction(feed), _subscribe(feed), class_="opening split")
    articles = _tag(
        "section",
        _tag("h2", "Articles", class_="section", id="articles", lang="en"),
        _entries(feed),
        aria_labelledby="articles",
    )
    page = _document(feed.language, head, _masthead(feed), _main(opening, articles))
    return page.replace(PLACE_OF_ENTRIES, b"".join(entries), 1)


def render_index(site: Site) -> bytes:
    """The page of all feeds, which stands at the site's `url`."""
    # A reader that is given the address of this page finds the feed of everything, if there is one.
    everything = next((feed for feed in site.feeds if feed.slug == "all"), None)
    head = _head(site.title, site.description, site.url, everything)
    opening = _tag("div", _site_introduction(site), class_="opening")
    return _document(site.language, head, _main(opening, *_letters(site), _feeds(site)))


def _document(language: str, head: _Element, *landmarks: _Element) -> bytes:
    skip = _tag("a", "Skip to content", class_="skip", href="#content", lang="en")
    footer = _tag("footer", _tag("p", "Made with Feedwright.", lang="en"))
    page = _tag("html", head, _tag("body", skip, *landmarks, footer), lang=language)
    _drop_repeated_languages(page, "")
    return b"<!doctype html>\n" + _serialised(page)


def _serialised(element: _Element) -> bytes:
    for part in element.iter(*LINES):
        part.tail = part.tail or "\n"
    return tostring(element, method="html", encoding="utf-8")


def _head(title: str, description: str, url: str, feed: Feed | None) -> _Element:
    style, policy = _style()
    return _tag(
        "head",
        _tag("meta", charset="utf-8"),
        _tag("meta", http_equiv="Content-Security-Policy", content=policy),
        _tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _tag("meta", name="color-scheme", content="light dark"),
        _tag("title", title),
        _tag("meta", name="description", content=description) if description else None,
        _tag("link", rel="canonical", href=url),
        _tag("link", rel="icon", href=ICON),
        *(_alternates(feed) if feed else ()),
        _tag("style", style),
    )


@cache
def _style() -> tuple[str, str]:
    """The style sheet, and the policy which allows it, pictures and nothing else."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    allowed = f"img-src http: https: data:; style-src 'sha256-{digest}'"
    return style, f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _alternates(feed: Feed) -> Iterator[_Element]:
    for name, address in _formats(feed):
        yield _tag("link", rel="alternate", type=TYPES[name], title=f"{feed.title} ({name})", href=address)


def _formats(feed: Feed) -> Iterator[tuple[str, str]]:
    yield "RSS", feed.rss_url
    yield "Atom", feed.atom_url
    yield "JSON", feed.json_url


def _masthead(feed: Feed) -> _Element:
    arrow = _tag("span", "← ", aria_hidden="true")
    return _tag(
        "header",
        _tag("nav", _tag("a", arrow, "All feeds", href="../", lang="en"), aria_label="Site"),
        _tag("p", feed.site_title, dir="auto"),
        class_="masthead",
    )


def _main(*content: _Element) -> _Element:
    # tabindex: without it some browsers scroll to the target of the skip link but leave the focus behind.
    return _tag("main", *content, id="content", tabindex="-1")


def _introduction(feed: Feed) -> _Element:
    return _tag(
        "div",
        _tag("h1", feed.title, dir="auto"),
        _text("p", feed.description, "standfirst"),
        _tag("p", "Last update: ", _moment(feed.updated), class_="facts", lang="en") if feed.size else None,
    )


def _subscribe(feed: Feed) -> _Element:
    advice = (
        "Copy one of these addresses into your feed reader. All three bring the same articles;"
        " when in doubt, take RSS."
    )
    addresses = (
        _tag(
            "li",
            _tag("a", name, href=address, type=TYPES[name]),
            " ",
            # Where the line has to break, it breaks before the span (libxml2 does not know <wbr>).
            _tag("code", feed.url, _tag("span", address.removeprefix(feed.url)), class_="address"),
        )
        for name, address in _formats(feed)
    )
    return _tag(
        "section",
        _tag("h2", "Subscribe", id="subscribe"),
        _tag("p", advice),
        _list("ul", addresses),
        class_="subscribe",
        aria_labelledby="subscribe",
        lang="en",
    )


def _entries(feed: Feed) -> _Element:
    if not feed.size:
        words = "Nothing here at the moment. Subscribe now, and the next article will come to you by itself."
        return _tag("p", words, class_="quiet", lang="en")
    return _list("ol", (Comment(PLACE),), class_="entries")


def _entry(entry: Entry) -> _Element:
    return _tag(
        "article",
        _tag("p", _day(entry.published), class_="date", lang="en"),
        _tag("h3", _tag("a", entry.title, href=entry.link), dir="auto"),
        _text("p", entry.summary, "summary"),
        _source(entry),
        _picture(entry.lead, entry.title) if entry.lead else None,
        class_="illustrated" if entry.lead else "",
        lang=entry.language or "",
    )


def _source(entry: Entry) -> _Element | None:
    if not entry.author and not entry.categories:
        return None
    topics = _list("ul", (_tag("li", topic, dir="auto") for topic in entry.categories), class_="topics")
    return _tag(
        "div",
        _provider(entry.author) if entry.author else None,
        topics if entry.categories else None,
        class_="source",
    )


def _provider(author: Author) -> _Element:
    name = _tag("a" if author.url else "span", author.name, href=author.url or "")
    return _tag("p", name, class_="by", dir="auto")


def _picture(media: Media, title: str) -> _Element:
    # A description that only says the title again would be read out twice.
    described = media.title and media.title != title
    image = _tag(
        "img",
        class_="lead",
        src=media.url,
        width=str(media.width or ""),
        height=str(media.height or ""),
        loading="lazy",
        decoding="async",
        referrerpolicy="no-referrer",
    )
    image.set("alt", media.title if described else "")
    return image


def _site_introduction(site: Site) -> _Element:
    count = _count(len(site.feeds), "feed")
    updated = (", last update: ", _moment(site.updated)) if site.feeds else ()
    every = _tag("a", "All feeds as OPML", href="feeds.opml", type="text/x-opml")
    return _tag(
        "div",
        _tag("h1", site.title, dir="auto"),
        _text("p", site.description, "standfirst"),
        _tag("p", count, *updated, class_="facts", lang="en"),
        _tag("p", every, " brings every feed into your reader at once.", class_="facts whole", lang="en"),
    )


def _letters(site: Site) -> Iterator[_Element]:
    """A jump to the first feed of each letter, where there are many feeds."""
    if len(site.feeds) < MANY_FEEDS:
        return
    first: dict[str, str] = {}
    for feed in site.feeds:
        letter = feed.name[:1].upper()
        first.setdefault(letter if letter.isalpha() else "#", feed.slug)
    links = (_tag("a", letter, href=f"#{_anchor(first[letter])}") for letter in sorted(first))
    yield _tag("nav", *links, class_="letters", aria_label="Feeds by letter", lang="en")


def _feeds(site: Site) -> _Element:
    if not site.feeds:
        return _tag("p", "No feeds yet.", class_="quiet", lang="en")
    return _list("ul", (_listed(feed) for feed in site.feeds), class_="feeds")


def _listed(feed: Feed) -> _Element:
    size = _count(feed.size, "article")
    # Nothing was updated where nothing ever stood.
    updated = (" ", _tag("span", "updated ", _day(feed.updated))) if feed.size else ()
    return _tag(
        "li",
        _tag("h2", _tag("a", _short_title(feed), href=f"{feed.slug}/"), dir="auto"),
        _text("p", feed.description, "about"),
        _tag("p", _tag("span", size), *updated, class_="state", lang="en"),
        _tag("p", *_format_links(feed), class_="formats", lang="en"),
        id=_anchor(feed.slug),
        lang=feed.language,
    )


def _short_title(feed: Feed) -> str:
    # Below the site's own name, a title need not say it again.
    return feed.title.removesuffix(f" – {feed.site_title}") if feed.site_title else feed.title


def _format_links(feed: Feed) -> Iterator[_Element]:
    for name, address in _formats(feed):
        # Relative, so that the page also works from a copy of the folder.
        relative = f"{feed.slug}/{address.removeprefix(feed.url)}"
        label = f"{name} feed of {feed.name or feed.title}"
        yield _tag("a", name, href=relative, type=TYPES[name], aria_label=label)


def _anchor(slug: str) -> str:
    # A slug alone could be "content", which is taken.
    return f"feed-{slug}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'No'} {noun}{'' if number == 1 else 's'}"


def _day(moment: datetime) -> _Element:
    return _time(moment, "")


def _moment(moment: datetime) -> _Element:
    return _time(moment, f", {moment.astimezone(UTC):%H:%M} UTC")


def _time(moment: datetime, clock: str) -> _Element:
    exact = moment.astimezone(UTC)
    day = f"{exact.day} {MONTHS[exact.month - 1]} {exact.year}"
    return _tag("time", day + clock, datetime=exact.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _text(name: str, text: str, class_: str) -> _Element | None:
    """An element for published text, whose direction is its own; none for no text."""
    return _tag(name, text, class_=class_, dir="auto") if text else None


def _list(name: str, items: Iterable[_Element], class_: str = "") -> _Element:
    # role: Safari takes the meaning of a list away with its bullets.
    return _tag(name, *items, class_=class_, role="list")


def _tag(name: str, /, *content: _Element | str | None, **attributes: str) -> _Element:
    """An element; `class_` is written class, `aria_label` aria-label, and what is empty is left out."""
    element = Element(name)
    for key, value in attributes.items():
        if value:
            element.set(key.rstrip("_").replace("_", "-"), value)
    for child in content:
        if isinstance(child, str):
            _append_text(element, child)
        elif child is not None:
            element.append(child)
    return element


def _append_text(element: _Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _drop_repeated_languages(element: _Element, around: str) -> None:
    """Removes each `lang` that says what is around it, such as of English words on a British page."""
    own = element.get("lang")
    if own is not None and (own == around or (own == "en" and around.startswith("en-"))):
        del element.attrib["lang"]
    for child in element:
        _drop_repeated_languages(child, element.get("lang") or around)
