"""Feeds with a schedule of their own: a run for others leaves them, unless subscribers must be told."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.config import SITE, Config, FeedConfig
from feeds.publishing.publish import Orders, publish
from feeds.publishing.report import Report
from feeds.schedule import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ARTICLE = """---
title: {title}
publishedDateTime: 2026-11-{day:02}T10:00:00Z
webUrl: https://example.com/{name}
topics: [AI, Weekly]
---
Text.
"""
WEEKLY = {"Weekly": FeedConfig(schedule=parse("@weekly"))}
SITE_IS_DUE = Orders(due={SITE})
Write = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    (tmp_path / "articles").mkdir()
    return Config(
        sources=(tmp_path / "articles",),
        output=tmp_path / "out",
        state=tmp_path / "state",
        limit=2,
        topics=WEEKLY,
    )


@pytest.fixture
def write(settings: Config) -> Write:
    def write(name: str, title: str = "", day: int = 1) -> Path:
        path = settings.sources[0] / f"{name}.md"
        path.write_text(ARTICLE.format(name=name, title=title or name, day=day), encoding="utf-8")
        os.utime(path, (time.time() - 10,) * 2)
        return path

    return write


def tree(settings: Config, slug: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (settings.output / slug).iterdir()}


def titles(settings: Config, slug: str, names: Sequence[str]) -> list[str]:
    text = (settings.output / slug / "rss.xml").read_text(encoding="utf-8")
    return [name for name in names if f"<title>{name}</title>" in text]


def rendered(report: Report) -> list[str]:
    return sorted(report.rendered)


def test_a_feed_that_waits_stays_to_the_byte_until_it_is_due(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    before = tree(settings, "weekly")
    write("one", title="renamed")
    write("two", day=2)
    report = publish(settings, NOW + timedelta(hours=1), SITE_IS_DUE)
    assert rendered(report) == ["ai", "all"]
    assert tree(settings, "weekly") == before
    assert titles(settings, "ai", ["renamed", "two"]) == ["renamed", "two"]
    due = publish(settings, NOW + timedelta(hours=2))
    assert rendered(due) == ["weekly"]
    assert titles(settings, "weekly", ["one", "renamed", "two"]) == ["renamed", "two"]
    assert [one.title for feed in due.feeds if feed.slug == "weekly" for one in feed.added] == ["two"]
    assert not publish(settings, NOW + timedelta(hours=3)).written


def test_what_the_index_says_of_a_feed_that_waits_is_what_stands(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    write("two", day=2)
    publish(settings, NOW + timedelta(hours=1), SITE_IS_DUE)
    index = (settings.output / "index.html").read_text(encoding="utf-8")
    assert index.count("1 article") == 1
    assert index.count("2 articles") == 2


def test_an_entry_that_is_past_the_limit_elsewhere_stays_in_a_feed_that_waits(
    settings: Config, write: Write
) -> None:
    write("one")
    write("two", day=2)
    publish(settings, NOW)
    before = tree(settings, "weekly")
    write("three", day=3)
    publish(settings, NOW + timedelta(hours=1), SITE_IS_DUE)
    assert tree(settings, "weekly") == before
    assert titles(settings, "ai", ["one", "two", "three"]) == ["two", "three"]


def test_a_withdrawn_article_leaves_even_a_feed_that_waits(settings: Config, write: Write) -> None:
    gone = write("one")
    write("two", day=2)
    publish(settings, NOW)
    gone.unlink()
    publish(settings, NOW + timedelta(hours=1), SITE_IS_DUE)
    assert titles(settings, "weekly", ["one", "two"]) == ["two"]
    assert b"deleted-entry" in tree(settings, "weekly")["atom.xml"]


def test_a_feed_that_does_not_stand_does_not_wait(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW, SITE_IS_DUE)
    assert titles(settings, "weekly", ["one"]) == ["one"]
    (settings.output / "weekly" / "rss.xml").unlink()
    publish(settings, NOW, SITE_IS_DUE)
    assert titles(settings, "weekly", ["one"]) == ["one"]


def test_new_words_for_a_feed_that_waits_are_said_when_it_is_due(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    named = settings.model_copy(
        update={"topics": {"Weekly": FeedConfig(title="Once a week", schedule=parse("@weekly"))}}
    )
    publish(named, NOW, SITE_IS_DUE)
    assert "Once a week" not in (settings.output / "feeds.opml").read_text(encoding="utf-8")
    publish(named, NOW)
    assert "Once a week" in (settings.output / "feeds.opml").read_text(encoding="utf-8")
    assert b"Once a week" in tree(settings, "weekly")["rss.xml"]


def test_a_feed_may_be_due_when_all_others_are_not(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    write("two", day=2)
    assert rendered(publish(settings, NOW + timedelta(hours=1), Orders(due={"weekly"}))) == ["weekly"]
    assert titles(settings, "all", ["one", "two"]) == ["one"]
    assert rendered(publish(settings, NOW + timedelta(hours=2), Orders(due={SITE, "Weekly"}))) == [
        "ai",
        "all",
    ]
