"""A small site with one of each kind that could break a page, and a large one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import rendered

from feeds.formats import page
from feeds.syndication.feed import Author, Entry, Feed, Media, Site

SITE_URL = "https://feeds.example/news/"
START = datetime(2022, 11, 14, 9, 30, tzinfo=UTC)
LONG_WORD = "Donaudampfschifffahrt" * 15
HOSTILE = '</title></style><script>alert("1")</script><img src=x onerror=alert(1)> & &amp; \'"'
TITLES = (
    "Researchers teach a small model to say that it does not know",
    "What a heat pump learns from the weather forecast",
    "مرحبا بالعالم: أخبار التقنية اليوم (AI)",
    "深層学習による天気予報の精度が大幅に向上したと研究チームが発表した",
    HOSTILE,
    LONG_WORD,
    " ".join(["A title that goes on and on, as titles of press releases do,"] * 6),
)
SUMMARY = (
    "In a quiet corner of the laboratory a model has been rewarded for admitting what it cannot answer."
    " The result is less impressive in demonstrations and more useful on Mondays, its makers say."
)
PICTURES = (
    Media("https://images.example/wide.png", "image/png", 1200, 630, title="A wind park at dusk"),
    Media("http://images.example/tall.png", "image/png", 400, 900),
    None,
    Media("https://broken.example/gone.png", "image/png", 1024, 768, title="A picture that is gone"),
    Media("https://broken.example/gone-too.png", None),
)


def _entry(number: int) -> Entry:
    moment = START - timedelta(hours=31 * number)
    title = TITLES[number % len(TITLES)]
    picture = PICTURES[number % len(PICTURES)]
    return Entry(
        id=f"tag:feeds.example,2026:article-{number}",
        link=f"https://articles.example/{number}?a=1&b=2",
        title=title,
        published=moment,
        updated=moment,
        summary="" if number == 3 else title if number in {2, 4, 5} else SUMMARY,
        content_html="<p>Not for the page</p>",
        language="ar" if number == 2 else "ja" if number == 3 else None,
        author=(Author("The Engineering Times", "https://articles.example/"), Author("Anne Onymous"), None)[
            number % 3
        ],
        categories=("AI", "Climate", LONG_WORD, "الذكاء الاصطناعي")[: number % 5],
        media=(picture,) if picture else (),
        lead=picture,
    )


def _feed(slug: str, name: str, entries: int, description: str = "") -> Feed:
    return Feed(
        id=f"tag:feeds.example,2026:feed/{slug}",
        slug=slug,
        name=name,
        title=name,
        description=description,
        language="en",
        url=f"{SITE_URL}{slug}/",
        site_url=SITE_URL,
        site_title="The Example Review",
        updated=START,
        ttl=60,
        size=entries,
        entries=tuple(_entry(number) for number in range(entries)),
    )


def small_site() -> Site:
    """A feed of everything, one of each kind that could break a page, and one without entries."""
    return Site(
        url=SITE_URL,
        title="The Example Review",
        description="Selected articles on machines that learn and on the weather, by topic.",
        language="en",
        feeds=(
            _feed("all", "Everything", 14, "All topics together."),
            _feed("ai", "AI", 9, "Models, the people who build them and the people who live with them."),
            _feed("hard", LONG_WORD, 1, LONG_WORD),
            _feed("hostile", HOSTILE, 1, HOSTILE),
            _feed("arabic", "الذكاء الاصطناعي", 1, "أخبار التقنية"),
            _feed("quiet", "Quiet", 0),
        ),
    )


def large_site() -> Site:
    """Two hundred feeds, which is enough for the index page to offer its letters."""
    feeds = (_feed(f"t{number}", f"{chr(65 + number // 8)}opic {number}", 1) for number in range(200))
    return Site(SITE_URL, "Many", "Two hundred topics.", "en", tuple(feeds))


def publish(site: Site, folder: Path) -> Path:
    """Writes the pages of a site, and a file for each feed that they link."""
    folder.mkdir()
    (folder / "index.html").write_bytes(page.render_index(site))
    (folder / "feeds.opml").write_text("<opml version='2.0'/>", encoding="utf-8")
    for feed in site.feeds:
        (folder / feed.slug).mkdir()
        (folder / feed.slug / "index.html").write_bytes(rendered(feed, "index.html"))
        for name in ("rss.xml", "atom.xml", "feed.json"):
            (folder / feed.slug / name).write_text("{}", encoding="utf-8")
    return folder
