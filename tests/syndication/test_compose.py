import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from builders import (
    NOON,
    NOW,
    SITE,
    Stands,
    article,
    composed,
    config,
    selected,
    standing_entry,
    standing_feed,
    write_article,
)
from lxml import etree

from feeds.articles import loader
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import Contents
from feeds.articles.source import SourceFile
from feeds.config import Config
from feeds.library import database, ledger, readback
from feeds.library.readback import StandingEntry, StandingFeed
from feeds.publishing.publish import Orders, publish
from feeds.schedule import parse
from feeds.syndication.compose import compose_feed, compose_vanished, ttl
from feeds.syndication.feed import Author, Entry, Feed, Related

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def entry_of(**fields: Any) -> Entry:
    return composed(article(**fields))


def feeds_of(articles: Iterable[Article], settings: Config | None = None) -> dict[str, Feed]:
    """The feeds of these articles, by slug, still without entries and date."""
    settings = settings or config()
    specs = [feed.spec for feed in selected(articles, settings).feeds]
    return {spec.slug: compose_feed(spec, spec.slug, settings) for spec in specs}


class Publisher:
    """Publishes the articles of a folder, and reads what subscribers have then."""

    def __init__(self, folder: Path) -> None:
        self.articles, self.output, self.state = (folder / name for name in ("articles", "output", "state"))
        self.articles.mkdir()

    def settings(self, **keys: Any) -> Config:
        return config(**keys, sources=[self.articles], output=self.output, state=self.state)

    def write(self, path: str = "one.md", body: str = "", **front_matter: Any) -> Path:
        return write_article(self.articles / path, body, **front_matter)

    def publish(self, now: datetime = NOW, **keys: Any) -> dict[str, StandingFeed]:
        publish(self.settings(**keys), now, Orders(allow_flood=True))
        return {feed.slug: feed for feed in readback.read(self.output)}

    def only(self, now: datetime = NOW, **keys: Any) -> StandingEntry:
        """The only entry, after a run."""
        (entry,) = self.publish(now, **keys)["all"].entries
        return entry

    def remember(self, *stands: Stands) -> None:
        """Make it so that these feeds stand."""
        self.state.mkdir()
        library = database.connect(database.path_for(self.state, self.output))
        for feed, entries in stands:
            for known in entries:
                ledger.put_entry(library, known, "")
            ledger.put_feed(library, feed, (known.id for known in entries))
        library.close()

    def lose_the_library(self) -> None:
        database.path_for(self.state, self.output).unlink()


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


@pytest.mark.parametrize(
    ("revised", "updated"),
    [
        (None, NOON),
        (NOON + DAY, NOON + DAY),
        (NOON, NOON),
        (NOON - DAY, NOON),
        (NOW, NOW),
        (NOW + SECOND, NOON),
        (datetime(2026, 11, 22, 13, 30, tzinfo=timezone(timedelta(hours=2))), NOW - timedelta(minutes=30)),
    ],
)
def test_updated_is_the_latest_of_published_and_revised_that_is_not_to_come(
    revised: datetime | None, updated: datetime
) -> None:
    found = entry_of(updated_at=revised)
    assert (found.published, found.updated) == (NOON, updated)


FIRST_RUN = NOON + DAY
BEFORE = {
    "title": "One",
    "excerpt": "Excerpt",
    "images": [{"url": "https://i.example/a.jpg"}],
}
# What is remembered, and what can be read back where that was lost, promise the same.
remembering = pytest.mark.parametrize("lost", [False, True], ids=["remembered", "read back"])


def after_a_change(
    publisher: Publisher,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    lost: bool = False,
    **keys: Any,
) -> StandingEntry:
    """The entry after a run that saw a file change, or move."""
    publisher.write(**before)
    publisher.only(FIRST_RUN, **keys)
    (publisher.articles / before.get("path", "one.md")).unlink()
    publisher.write(**after)
    if lost:
        publisher.lose_the_library()
    return publisher.only(NOW, **keys)


@remembering
@pytest.mark.parametrize(
    ("change", "bumps"),
    [
        ({}, False),
        ({"title": "Two"}, True),
        ({"webUrl": "https://articles.example/moved"}, True),
        ({"excerpt": "Other"}, True),
        ({"excerpt": ""}, True),
        ({"body": "Other"}, True),
        ({"topics": ["AI"]}, False),
        ({"images": []}, False),
        ({"heat": "3.0"}, False),
        ({"language": "de"}, False),
        ({"path": "elsewhere/one.md"}, False),
    ],
)
@pytest.mark.parametrize("updates", ["bump", "keep"])
def test_an_entry_is_updated_by_the_run_that_saw_its_title_link_excerpt_or_body_change(
    publisher: Publisher,
    change: dict[str, Any],
    bumps: bool,  # noqa: FBT001
    lost: bool,  # noqa: FBT001
    updates: str,
) -> None:
    before = {**BEFORE, "body": "Body"}
    seen = after_a_change(publisher, before, before | change, lost=lost, updates=updates)
    assert seen.updated == (NOW if bumps and updates == "bump" else NOON)
    assert publisher.only(NOW + DAY, updates=updates) == seen


@remembering
@pytest.mark.parametrize(
    "change",
    [
        {"provider": {"name": "The Times", "domain": "times.example"}},
        {"related": [{"title": "Other", "webUrl": "https://b.example/"}]},
        {"images": [{"url": "https://i.example/b.png", "width": "40", "height": "30", "alt": 'A "b" <c>'}]},
    ],
)
def test_neither_related_coverage_nor_pictures_nor_the_origin_update_an_entry(
    publisher: Publisher,
    change: dict[str, Any],
    lost: bool,  # noqa: FBT001
) -> None:
    before = {"title": "One", "excerpt": "Excerpt"}
    assert after_a_change(publisher, before, before | change, lost=lost).updated == NOON


@remembering
@pytest.mark.parametrize("images", [[], [{"url": "https://i.example/a.jpg"}]])
def test_a_picture_more_or_less_updates_no_entry_whose_body_begins_with_one(
    publisher: Publisher,
    images: list[Any],
    lost: bool,  # noqa: FBT001
) -> None:
    body = "![First](https://i.example/first.png)\n\nText"
    other = [{"url": "https://i.example/b.png"}]
    states: list[dict[str, Any]] = [{"body": body, "images": one} for one in (images, other)]
    assert after_a_change(publisher, *states, lost=lost).updated == NOON
    publisher.write(**states[0])
    assert publisher.only(NOW + DAY).updated == NOON


@remembering
def test_an_entry_keeps_the_date_of_its_last_change(publisher: Publisher, lost: bool) -> None:  # noqa: FBT001
    publisher.write(title="One")
    publisher.only(FIRST_RUN)
    publisher.write(title="Two")
    changed = NOON + 2 * DAY
    assert publisher.only(changed).updated == changed
    publisher.write(title="Two", images=[{"url": "https://i.example/a.jpg"}])
    if lost:
        publisher.lose_the_library()
    assert publisher.only(NOW).updated == changed


@remembering
def test_a_revision_of_its_own_after_its_last_change_counts(publisher: Publisher, lost: bool) -> None:  # noqa: FBT001
    publisher.write(title="One")
    publisher.only(FIRST_RUN)
    publisher.write(title="Two")
    publisher.only(NOON + 2 * DAY)
    publisher.write(title="Two", updatedDateTime=NOON + 3 * DAY)
    if lost:
        publisher.lose_the_library()
    assert publisher.only(NOW).updated == NOON + 3 * DAY


def test_a_feed_is_as_new_as_its_newest_entry(publisher: Publisher) -> None:
    publisher.write("old.md", publishedDateTime=NOON - DAY, updatedDateTime=NOON + DAY, topics=["AI"])
    publisher.write("new.md", topics=["AI", "ML"])
    assert {slug: feed.updated for slug, feed in publisher.publish().items()} == {
        "all": NOON + DAY,
        "ai": NOON + DAY,
        "ml": NOON,
    }
    opml = etree.fromstring((publisher.output / "feeds.opml").read_bytes())
    assert parsedate_to_datetime(opml.findtext("head/dateModified") or "") == NOON + DAY


@pytest.mark.parametrize(
    ("stood", "updated"), [(NOON - DAY, NOON), (NOON, NOON), (NOON + DAY, NOON + DAY), (NOW + DAY, NOW + DAY)]
)
def test_a_feeds_date_never_falls(publisher: Publisher, stood: datetime, updated: datetime) -> None:
    publisher.write(topics=["AI"])
    publisher.remember(standing_feed("ai", "AI", updated_at=seconds(stood)))
    assert publisher.publish()["ai"].updated == updated


def test_a_feed_that_lost_all_entries_keeps_its_date(publisher: Publisher) -> None:
    publisher.remember(standing_feed("quiet", "Quiet", updated_at=seconds(NOON - DAY)))
    assert publisher.publish(topics={"Quiet": {}})["quiet"].updated == NOON - DAY


@pytest.mark.parametrize(("own", "year"), [("feeds.example,2026", 2026), ("feeds.example,2019-05", 2019)])
def test_a_feed_that_never_had_an_entry_is_of_the_first_day_of_the_ids_year(
    publisher: Publisher, own: str, year: int
) -> None:
    feeds = publisher.publish(site=SITE | {"id": own}, topics={"Quiet": {}})
    assert [feed.updated for feed in feeds.values()] == [datetime(year, 1, 1, tzinfo=UTC)] * 2


def test_an_entry_is_the_same_in_all_of_its_feeds(publisher: Publisher) -> None:
    publisher.write(topics=["AI", "ML"], provider="The Times")
    publisher.publish()
    documents = [json.loads(path.read_bytes()) for path in publisher.output.glob("*/feed.json")]
    items = [document["items"] for document in documents]
    assert len(items) == 3
    assert items[0] == items[1] == items[2]
    assert items[0][0]["tags"] == ["AI", "ML"]
    feeds = [feed.entries for feed in readback.read(publisher.output)]
    assert feeds[0] == feeds[1] == feeds[2]


def test_a_feed_has_its_folder_and_its_id() -> None:
    feed = feeds_of([article(topics=["C++"])])["c-plus-plus"]
    assert (feed.id, feed.name) == ("tag:feeds.example,2026:feed/c-plus-plus", "C++")
    assert (feed.url, feed.site_url) == ("https://feeds.example/c-plus-plus/", "https://feeds.example/")
    assert (feed.rss_url, feed.atom_url, feed.json_url) == (
        "https://feeds.example/c-plus-plus/rss.xml",
        "https://feeds.example/c-plus-plus/atom.xml",
        "https://feeds.example/c-plus-plus/feed.json",
    )


@pytest.mark.parametrize(
    ("site", "slug", "title", "description"),
    [
        ({}, "all", "All topics", "Articles on all topics"),
        ({}, "ai", "AI", "Articles on AI"),
        ({"title": "Times"}, "all", "Times", "Articles on all topics from Times"),
        ({"title": "Times"}, "ai", "AI – Times", "Articles on AI from Times"),
        ({"title": "AI"}, "ai", "AI", "Articles on AI from AI"),
        ({"description": "All of it."}, "all", "All topics", "All of it."),
        ({"description": "All of it."}, "ai", "AI", "Articles on AI"),
    ],
)
def test_a_feed_has_a_title_and_a_description_whatever_the_config_says(
    site: dict[str, str], slug: str, title: str, description: str
) -> None:
    feed = feeds_of([article(topics=["AI"])], config(site=SITE | site))[slug]
    assert (feed.title, feed.description) == (title, description)


def test_what_the_config_says_of_a_feed_counts_for_it_alone() -> None:
    settings = config(
        site=SITE | {"language": "de", "image": "https://i.example/site.png"},
        hub="https://hub.example/",
        schedule="every 2 hours",
        topics={
            "AI": {
                "title": "Machines",
                "description": "They learn.",
                "language": "en-GB",
                "image": "https://i.example/ai.png",
                "schedule": "every 15m",
            }
        },
    )
    feeds = feeds_of([article(topics=["AI", "ML"])], settings)
    ai, ml = feeds["ai"], feeds["ml"]
    assert (ai.title, ai.description, ai.language, ai.ttl) == ("Machines", "They learn.", "en-GB", 15)
    assert (ml.title, ml.description, ml.language, ml.ttl) == ("ML", "Articles on ML", "de", 120)
    assert (ai.image, ml.image) == ("https://i.example/ai.png", "https://i.example/site.png")
    assert ai.hub == ml.hub == "https://hub.example/"


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        (None, 60),
        ("every 30m", 30),
        ("every 2 hours", 120),
        ("every 1s", 1),
        ("*/5 * * * *", 5),
        ("@daily", 1440),
    ],
)
def test_ttl_is_the_least_time_between_two_runs_of_the_schedule(schedule: str | None, minutes: int) -> None:
    assert ttl(parse(schedule) if schedule else None) == minutes


@pytest.mark.parametrize(
    ("provider", "author"),
    [
        (None, None),
        ("The Times", Author("The Times")),
        ({"name": "AT&amp;T", "domain": "att.example"}, Author("AT&T", "https://att.example/")),
        ({"domain": "att.example"}, Author("att.example", "https://att.example/")),
        ({"name": "B", "domain": "http://b.example/news"}, Author("B", "http://b.example/news")),
        ({"name": "B", "domain": "b.example/news"}, Author("B", "https://b.example/news")),
        ({"name": "B", "domain": "javascript:alert(1)"}, Author("B")),
        ({"name": "B", "domain": "no domain"}, Author("B")),
        ({"name": "B", "domain": "user:secret@b.example"}, Author("B")),
        (
            {"name": "B", "images": [{"url": "https://i.example/1.png"}, {"url": "https://i.example/2.png"}]},
            Author("B", None, "https://i.example/1.png"),
        ),
    ],
)
def test_the_author_is_the_provider(provider: object, author: Author | None) -> None:
    assert entry_of(provider=provider).author == author


def related(*qualities: int | None) -> list[dict[str, Any]]:
    return [
        {"title": f"Title {number}", "webUrl": f"https://b.example/{number}", "quality": quality}
        for number, quality in enumerate(qualities)
    ]


@pytest.mark.parametrize(
    ("qualities", "keys", "numbers"),
    [
        ([90, 90, 90, 90, 90, 90, 90], {}, [0, 1, 2, 3, 4]),
        ([10, 50, 49, None, 90, 51, 60, 70], {}, [1, 3, 4, 5, 6]),
        ([10, 20], {}, []),
        ([10, 20], {"min_quality": 15}, [1]),
        ([90, 90, 90], {"related": 2}, [0, 1]),
        ([90], {"related": 0}, []),
        ([], {}, []),
    ],
)
def test_related_coverage_is_the_first_that_meets_the_floor(
    qualities: list[int | None], keys: dict[str, Any], numbers: list[int]
) -> None:
    found = composed(article(related=related(*qualities)), config(**keys))
    assert [one.url for one in found.related] == [f"https://b.example/{number}" for number in numbers]
    for number in range(len(qualities)):
        assert (f'<a href="https://b.example/{number}">' in found.content_html) is (number in numbers)


def test_related_coverage_names_who_it_is_by() -> None:
    given = [{"title": "A &amp; B", "originalUrl": "https://b.example/", "provider": {"name": "The Times"}}]
    assert entry_of(related=given).related == (Related("https://b.example/", "A & B", "The Times"),)


def test_an_entry_says_its_own_language_only() -> None:
    assert entry_of(language="en-GB").language == "en-GB"
    assert entry_of().language is None


def test_a_vanished_topic_leaves_a_valid_empty_feed(publisher: Publisher) -> None:
    gone = article(path="gone.md")
    stands = standing_feed("gone", "Gone", standing_entry(gone, config()), title="On Gone")
    keys: dict[str, Any] = {"hub": "https://hub.example/", "schedule": "every 5m"}
    feed = compose_vanished(stands.feed, config(**keys))
    assert (feed.slug, feed.name, feed.title, feed.description) == (
        "gone",
        "Gone",
        "On Gone",
        "Articles on Gone",
    )
    assert (feed.id, feed.url) == ("tag:feeds.example,2026:feed/gone", "https://feeds.example/gone/")
    assert (feed.ttl, feed.hub, feed.entries) == (5, "https://hub.example/", ())
    publisher.remember(stands)
    # Unless it is told in the feed that its entry was withdrawn, which is news.
    found = publisher.publish(**keys, retractions={"days": 0})["gone"]
    assert (found.id, found.slug, found.name, found.title, found.description) == (
        feed.id,
        feed.slug,
        feed.name,
        feed.title,
        feed.description,
    )
    assert (found.updated, found.entries) == (NOON, ())


SECRET = "do-not-tell"
SECURED = f"""---
title: One
webUrl: https://articles.example/one
publishedDateTime: 2026-11-14T12:00:00Z
secured: {SECRET}
provider:
  {{name: The Times, secured: {{key: {SECRET}}}, images: [{{url: https://i.example/l, secured: {SECRET}}}]}}
images: [{{url: https://i.example/a.png, secured: [{SECRET}]}}]
related:
  - {{title: Other, webUrl: https://b.example/, secured: {SECRET}, provider: {{name: B, secured: {SECRET}}}}}
topics: [AI]
featuredContent: '<iframe src="https://video.example/" title="x"></iframe>'
---
Body
"""


def test_no_value_of_a_secured_key_appears_anywhere(publisher: Publisher) -> None:
    file = SourceFile("seeds/one.md", "", 0, len(SECURED), 0)
    read = loader.read(Contents(SECURED.encode()), file, Reading("https://x.example/"))
    assert isinstance(read.outcome, Article)
    assert SECRET not in repr(read)
    assert "secured" not in repr(read)
    (publisher.articles / "one.md").write_text(SECURED)
    publisher.publish(min_quality=None)
    rendered = [path.read_bytes() for path in publisher.output.rglob("*") if path.is_file()]
    assert len(rendered) == 2 * 4 + 2
    assert any(b"https://video.example/" in document for document in rendered)
    remembered = [path.read_bytes() for path in publisher.state.rglob("*") if path.is_file()]
    assert any(b"https://video.example/" in document for document in remembered)
    here = str(publisher.articles).encode()  # which pytest named by this test
    for text in (*rendered, *(document.replace(here, b"") for document in remembered)):
        assert SECRET.encode() not in text
        assert b"secured" not in text
