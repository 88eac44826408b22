from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from builders import (
    NOON,
    NOW,
    SITE,
    article,
    config,
    selected,
    standing,
    standing_entry,
    standing_feed,
)

from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.loader import read_bytes
from feeds.articles.source import SourceFile
from feeds.config import Config
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.library.standing import Standing
from feeds.syndication.compose import compose, compose_entry, ttl, withdrawn
from feeds.syndication.feed import Author, Entry, Feed, Related, Site

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def composed(
    articles: Iterable[Article], settings: Config | None = None, stands: Standing | None = None
) -> Site:
    settings, stands = settings or config(), stands or Standing()
    return compose(selected(articles, settings, stands), settings, stands, NOW)


def feed_of(slug: str, site: Site) -> Feed:
    return next(feed for feed in site.feeds if feed.slug == slug)


def entry_of(**fields: Any) -> Entry:
    return compose_entry(article(**fields), (), config(), NOW)


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


BEFORE = article(title="One", excerpt="Excerpt", body="Body", images=[{"url": "https://i.example/a.jpg"}])


def stands_as(emitted: Article, updated: datetime | None = None) -> Standing:
    """What stands after a run that emitted the article."""
    found = compose_entry(emitted, (), config(), NOW)
    last = standing_entry(
        emitted, config(), content_html=found.content_html, updated=updated or found.updated
    )
    return standing(standing_feed("all", "", last))


@pytest.mark.parametrize(
    ("change", "bumps"),
    [
        ({}, False),
        ({"title": "Two"}, True),
        ({"link": "https://articles.example/moved"}, True),
        ({"excerpt": "Other"}, True),
        ({"excerpt": ""}, True),
        ({"body": "Other"}, True),
        ({"topics": ("AI",)}, False),
        ({"images": ()}, False),
        ({"heat": 3.0}, False),
        ({"language": "de"}, False),
        ({"path": "elsewhere/one.md"}, False),
    ],
)
def test_an_entry_is_updated_by_the_run_that_saw_its_title_link_excerpt_or_body_change(
    change: dict[str, Any],
    bumps: bool,  # noqa: FBT001
) -> None:
    after = BEFORE.model_copy(update=change)
    feed = feed_of("all", composed([after], stands=stands_as(BEFORE)))
    assert feed.entries[0].updated == (NOW if bumps else NOON)
    (kept,) = feed_of("all", composed([after], config(updates="keep"), stands_as(BEFORE))).entries
    assert kept.updated == NOON


@pytest.mark.parametrize(
    "change",
    [
        {"provider": {"name": "The Times", "domain": "times.example"}},
        {"related": [{"title": "Other", "webUrl": "https://b.example/"}]},
        {"images": [{"url": "https://i.example/b.png", "width": 40, "height": 30, "alt": 'A "b" <c>'}]},
    ],
)
def test_neither_related_coverage_nor_pictures_nor_the_origin_update_an_entry(change: dict[str, Any]) -> None:
    fields = {"title": "One", "excerpt": "Excerpt"}
    stands = stands_as(article(**fields))
    assert feed_of("all", composed([article(**fields, **change)], stands=stands)).entries[0].updated == NOON


@pytest.mark.parametrize("images", [[], [{"url": "https://i.example/a.jpg"}]])
def test_a_picture_more_or_less_updates_no_entry_whose_body_begins_with_one(images: list[Any]) -> None:
    body = "![First](https://i.example/first.png)\n\nText"
    before, after = (article(body=body, images=one) for one in (images, [{"url": "https://i.example/b.png"}]))
    for change in ((before, after), (after, before)):
        site = composed([change[1]], stands=stands_as(change[0]))
        assert feed_of("all", site).entries[0].updated == NOON


def test_an_entry_keeps_the_date_of_its_last_change() -> None:
    changed = NOON + 2 * DAY
    site = composed([BEFORE], stands=stands_as(BEFORE, updated=changed))
    assert feed_of("all", site).entries[0].updated == changed


def test_a_revision_of_its_own_after_its_last_change_counts() -> None:
    revised = BEFORE.model_copy(update={"updated_at": NOON + 3 * DAY})
    site = composed([revised], stands=stands_as(BEFORE, updated=NOON + 2 * DAY))
    assert feed_of("all", site).entries[0].updated == NOON + 3 * DAY


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    old = article(path="old.md", published_at=NOON - DAY, updated_at=NOON + DAY, topics=["AI"])
    new = article(path="new.md", topics=["AI", "ML"])
    site = composed([old, new])
    assert {feed.slug: feed.updated for feed in site.feeds} == {
        "all": NOON + DAY,
        "ai": NOON + DAY,
        "ml": NOON,
    }
    assert site.updated == NOON + DAY


@pytest.mark.parametrize(
    ("stood", "updated"), [(NOON - DAY, NOON), (NOON, NOON), (NOON + DAY, NOON + DAY), (NOW + DAY, NOW + DAY)]
)
def test_a_feeds_date_never_falls(stood: datetime, updated: datetime) -> None:
    stands = standing(standing_feed("ai", "AI", updated=stood))
    assert feed_of("ai", composed([article(topics=["AI"])], stands=stands)).updated == updated


def test_a_feed_that_lost_all_entries_keeps_its_date() -> None:
    stands = standing(standing_feed("quiet", "Quiet", updated=NOON - DAY))
    assert feed_of("quiet", composed([], config(topics={"Quiet": {}}), stands)).updated == NOON - DAY


@pytest.mark.parametrize(("own", "year"), [("feeds.example,2026", 2026), ("feeds.example,2019-05", 2019)])
def test_a_feed_that_never_had_an_entry_is_of_the_first_day_of_the_ids_year(own: str, year: int) -> None:
    site = composed([], config(site=SITE | {"id": own}, topics={"Quiet": {}}))
    assert [feed.updated for feed in site.feeds] == [datetime(year, 1, 1, tzinfo=UTC)] * 2


def test_an_entry_is_the_same_in_all_of_its_feeds() -> None:
    site = composed([article(topics=["AI", "ML"], provider="The Times")])
    entries = [feed.entries for feed in site.feeds]
    assert len(entries) == 3
    assert entries[0] == entries[1] == entries[2]
    assert entries[0][0].categories == ("AI", "ML")


def test_a_feed_has_its_folder_and_its_id() -> None:
    feed = feed_of("c-plus-plus", composed([article(topics=["C++"])]))
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
    feed = feed_of(slug, composed([article(topics=["AI"])], config(site=SITE | site)))
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
    site = composed([article(topics=["AI", "ML"])], settings)
    ai, ml = feed_of("ai", site), feed_of("ml", site)
    assert (ai.title, ai.description, ai.language, ai.ttl) == ("Machines", "They learn.", "en-GB", 15)
    assert (ml.title, ml.description, ml.language, ml.ttl) == ("ML", "Articles on ML", "de", 120)
    assert (ai.image, ml.image) == ("https://i.example/ai.png", "https://i.example/site.png")
    assert ai.hub == ml.hub == "https://hub.example/"


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        (None, 60),
        ("", 60),
        ("every 30m", 30),
        ("Every 2 hours", 120),
        (" every 1 day ", 1440),
        ("every 0m", 1),
        ("*/5 * * * *", 60),
        ("daily", 60),
    ],
)
def test_ttl_is_the_interval_of_the_schedule(schedule: str | None, minutes: int) -> None:
    assert ttl(schedule) == minutes


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
    found = compose_entry(article(related=related(*qualities)), (), config(**keys), NOW)
    assert [one.url for one in found.related] == [f"https://b.example/{number}" for number in numbers]
    for number in range(len(qualities)):
        assert (f'<a href="https://b.example/{number}">' in found.content_html) is (number in numbers)


def test_related_coverage_names_who_it_is_by() -> None:
    given = [{"title": "A &amp; B", "originalUrl": "https://b.example/", "provider": {"name": "The Times"}}]
    assert entry_of(related=given).related == (Related("https://b.example/", "A & B", "The Times"),)


def test_an_entry_says_its_own_language_only() -> None:
    assert entry_of(language="en-GB").language == "en-GB"
    assert entry_of().language is None


def test_a_vanished_topic_leaves_a_valid_empty_feed() -> None:
    gone = article(path="gone.md")
    stands = standing_feed("gone", "Gone", standing_entry(gone, config()), title="On Gone", updated=NOON)
    feed = withdrawn(stands, config(hub="https://hub.example/", schedule="every 5m"))
    assert (feed.slug, feed.name, feed.title, feed.description) == (
        "gone",
        "Gone",
        "On Gone",
        "Articles on Gone",
    )
    assert (feed.id, feed.url) == ("tag:feeds.example,2026:feed/gone", "https://feeds.example/gone/")
    assert (feed.updated, feed.ttl, feed.hub, feed.entries) == (NOON, 5, "https://hub.example/", ())


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


def test_no_value_of_a_secured_key_appears_anywhere() -> None:
    file = SourceFile(Path("seeds/one.md"), "seeds/one.md", "", len(SECURED))
    read = read_bytes(SECURED.encode(), file, Reading("https://x.example/"))
    assert isinstance(read.outcome, Article)
    site = composed([read.outcome], config(min_quality=None))
    rendered = [form.render(feed) for feed in site.feeds for form in FEED_FORMATS]
    rendered += [form.render(site) for form in SITE_FORMATS]
    assert len(rendered) == 2 * 4 + 2
    assert any(b"https://video.example/" in document for document in rendered)
    for text in (*rendered, repr(read).encode(), repr(site).encode()):
        assert SECRET.encode() not in text
        assert b"secured" not in text
