"""One run against a real folder: what is written, what is left alone, what stays when things go wrong."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.config import Config, RetractionsConfig
from feeds.errors import Locked, NothingFound, OutputFailed, UsageError
from feeds.library import readback
from feeds.library.readback import StandingFeed
from feeds.publishing.publish import Orders, publish, rehearse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ARTICLE = """---
title: {title}
publishedDateTime: 2026-11-0{day}T10:00:00Z
webUrl: https://example.com/{name}
topics: [{topics}]
quality: 80
published: true
---
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an article file below `articles`."""

    def write(name: str, *, title: str = "A title", topics: str = "AI", day: int = 1) -> Path:
        path = tmp_path / "articles" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(ARTICLE.format(title=title, name=name, topics=topics, day=day), encoding="utf-8")
        return path

    return write


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    return Config(sources=(tmp_path / "articles",), output=tmp_path / "out", state=tmp_path / "state")


def _stamps(output: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }


def _tree(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def standing(settings: Config) -> dict[str, StandingFeed]:
    return {feed.slug: feed for feed in readback.read(settings.output)}


def test_a_second_run_touches_no_file(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    before = _stamps(settings.output)
    report = publish(settings, NOW)
    assert _stamps(settings.output) == before
    assert report.written == ()
    assert report.unchanged == len(before)


def test_only_feeds_that_hold_a_changed_article_are_written(write: Write, settings: Config) -> None:
    write("one", topics="AI")
    write("two", topics="Space")
    publish(settings, NOW)
    write("two", topics="Space", title="Another title")
    report = publish(settings, NOW)
    assert {path.partition("/")[0] for path in report.written if "/" in path} == {"all", "space"}
    assert [change.title for feed in report.feeds for change in feed.changed] == ["Another title"] * 2


def test_the_list_of_feeds_is_written_after_the_feeds(write: Write, settings: Config) -> None:
    write("one")
    assert publish(settings, NOW).written[-2:] == ("feeds.opml", "index.html")


def test_same_articles_config_and_now_give_the_same_bytes(
    write: Write, settings: Config, tmp_path: Path
) -> None:
    for day in range(1, 6):
        write(f"article-{day}", day=day, topics="AI, Space")
    publish(settings, NOW)
    other = settings.model_copy(update={"output": tmp_path / "other", "state": tmp_path / "state-2"})
    publish(other, NOW)
    assert _tree(other.output) == _tree(settings.output)


def test_a_later_clock_alone_changes_no_byte(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    assert publish(settings, datetime(2027, 6, 1, tzinfo=UTC)).written == ()


def test_an_embargoed_article_comes_out_when_its_time_has_come(write: Write, settings: Config) -> None:
    write("one", day=5)
    assert publish(settings, datetime(2026, 11, 5, 9, 59, 59, tzinfo=UTC)).entries == 0
    assert publish(settings, datetime(2026, 11, 5, 10, 0, 0, tzinfo=UTC)).entries == 1


WITHOUT_RETRACTIONS = RetractionsConfig(days=0)


@pytest.mark.parametrize("told", [True, False], ids=["withdrawal told", "withdrawal not told"])
def test_a_vanished_topic_keeps_a_valid_empty_feed(
    write: Write,
    settings: Config,
    told: bool,  # noqa: FBT001
) -> None:
    if not told:
        settings = settings.model_copy(update={"retractions": WITHOUT_RETRACTIONS})
    path = write("one", topics="Space")
    write("two", topics="AI")
    publish(settings, NOW)
    before = standing(settings)["space"]
    path.unlink()
    report = publish(settings, NOW)
    after = standing(settings)["space"]
    # That an entry was withdrawn is news of its own.
    assert (after.entries, after.updated, after.title) == ((), NOW if told else before.updated, before.title)
    assert [feed.slug for feed in report.feeds if feed.vanished] == ["space"]
    assert b"space/rss.xml" in (settings.output / "feeds.opml").read_bytes()
    assert publish(settings, NOW).written == ()


def test_a_topic_that_returns_takes_its_feed_up_again(write: Write, settings: Config) -> None:
    path = write("one", topics="Space")
    write("two", topics="AI")
    publish(settings, NOW)
    path.unlink()
    publish(settings, NOW)
    write("one", topics="Space")
    publish(settings, NOW)
    assert len(standing(settings)["space"].entries) == 1


def test_prune_removes_the_feed_of_a_vanished_topic_and_nothing_else(write: Write, settings: Config) -> None:
    path = write("one", topics="Space")
    write("two", topics="AI")
    publish(settings, NOW)
    (settings.output / "notes").mkdir()
    (settings.output / "notes" / "mine.txt").write_text("not ours")
    path.unlink()
    report = publish(settings.model_copy(update={"prune": True}), NOW)
    assert not (settings.output / "space").exists()
    assert (settings.output / "notes" / "mine.txt").read_text() == "not ours"
    assert len(report.removed) == 4


def test_strict_publishes_nothing_when_an_article_is_rejected(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    before = _tree(settings.output)
    write("two")
    write("bad").write_text("---\ntitle: [\n---\n")
    report = publish(settings, NOW, Orders(strict=True))
    assert report.outcome == "refused"
    assert _tree(settings.output) == before


def test_a_rejected_article_does_not_keep_the_others_back(write: Write, settings: Config) -> None:
    write("good")
    write("bad").write_text("---\ntitle: [\n---\n")
    report = publish(settings, NOW)
    assert (report.entries, len(report.rejected)) == (1, 1)


def test_a_rehearsal_writes_nothing_and_tells_what_publish_would(write: Write, settings: Config) -> None:
    write("one")
    planned = rehearse(settings, NOW)
    assert not settings.output.exists()
    assert not settings.state.exists()
    assert planned.written == publish(settings, NOW).written


def test_no_temporary_file_survives_the_next_run(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    (settings.output / "ai" / ".feeds-0123456789abcdef.tmp").write_text("half a fe")
    (settings.output / ".feeds-0123456789abcdef.tmp").write_text("half an in")
    publish(settings, NOW)
    assert list(settings.output.rglob(".feeds-*")) == []


def test_a_feed_that_was_torn_from_outside_is_mended(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    whole = _tree(settings.output)
    for path in (settings.output / "ai").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    publish(settings, NOW)
    assert _tree(settings.output) == whole


def test_a_missing_source_is_told_and_changes_nothing(settings: Config) -> None:
    with pytest.raises(UsageError, match="no such folder of articles"):
        publish(settings, NOW)
    assert not settings.output.exists()


def test_an_empty_source_does_not_empty_the_feeds(write: Write, settings: Config) -> None:
    path = write("one")
    publish(settings, NOW)
    before = _tree(settings.output)
    path.unlink()
    with pytest.raises(NothingFound, match="no article found, while 1 stand in the feeds"):
        publish(settings, NOW)
    assert _tree(settings.output) == before
    assert publish(settings, NOW, Orders(allow_flood=True)).entries == 0


def test_an_empty_source_is_no_fault_while_nothing_stands(settings: Config) -> None:
    settings.sources[0].mkdir()
    assert publish(settings, NOW).entries == 0


def test_an_output_that_cannot_be_written_is_told(write: Write, settings: Config) -> None:
    write("one")
    settings.output.write_text("a file where a folder should be")
    with pytest.raises(OutputFailed, match="What was published before still stands"):
        publish(settings, NOW)


def test_what_cannot_be_synced_replaces_nothing_and_leaves_nothing_behind(
    write: Write, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("one")
    publish(settings, NOW)
    before = _tree(settings.output)
    write("one", title="Another title")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputFailed, match="No space left on device"):
            publish(settings, NOW)
    assert _tree(settings.output) == before
    publish(settings, NOW)
    assert _tree(settings.output) != before


def test_the_state_folder_is_private(write: Write, settings: Config) -> None:
    write("one")
    publish(settings, NOW)
    assert settings.state.stat().st_mode & 0o777 == 0o700


def test_a_second_publisher_is_refused_while_the_first_is_at_work(write: Write, settings: Config) -> None:
    write("one")
    settings.state.mkdir()
    with (settings.state / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4711")
        held.flush()
        with pytest.raises(Locked, match=r"another publisher is at work \(process 4711\)"):
            publish(settings, NOW)
    assert publish(settings, NOW).entries == 1


def test_a_second_publisher_waits_when_it_is_told_to(write: Write, settings: Config) -> None:
    write("one")
    settings.state.mkdir()
    with (settings.state / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        reports: list[int] = []
        waiting = threading.Thread(
            target=lambda: reports.append(publish(settings, NOW, Orders(wait=True)).entries)
        )
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert not settings.output.exists()
    waiting.join(30)
    assert reports == [1]


def test_a_killed_publisher_leaves_no_lock_behind(write: Write, settings: Config) -> None:
    write("one")
    hold = (
        "import pathlib, sys, time; from feeds.publishing.output import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), wait=False): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(settings.state)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked, match=str(holder.pid)):
            publish(settings, NOW)
        holder.kill()
    assert publish(settings, NOW).entries == 1


def test_files_are_readable_by_a_web_server(write: Write, settings: Config) -> None:
    write("one")
    mask = os.umask(0o022)
    try:
        publish(settings, NOW)
    finally:
        os.umask(mask)
    assert (settings.output / "ai" / "rss.xml").stat().st_mode & 0o777 == 0o644


def test_the_entry_that_stands_keeps_a_contested_link(write: Write, settings: Config) -> None:
    first = write("late", day=5)
    publish(settings, NOW)
    earlier = write("early", day=1)
    earlier.write_text(earlier.read_text().replace("example.com/early", "example.com/late"))
    publish(settings, NOW)
    (entry,) = standing(settings)["ai"].entries
    assert entry.id.endswith(f":{first.stem}")


def test_the_topic_that_stands_keeps_a_contested_folder(write: Write, settings: Config) -> None:
    write("one", topics="'Web (dev)'")
    publish(settings, NOW)
    write("two", topics="'Web dev'")
    write("three", topics="Web-dev")
    report = publish(settings, NOW)
    assert standing(settings)["web-dev"].name == "Web (dev)"
    assert len(report.warnings) == 2


def test_a_feed_never_says_that_it_was_updated_earlier_than_it_said_before(
    write: Write, settings: Config
) -> None:
    newest = write("new", day=9)
    write("old", day=1)
    publish(settings, NOW)
    newest.unlink()
    publish(settings.model_copy(update={"retractions": WITHOUT_RETRACTIONS}), NOW)
    assert standing(settings)["ai"].updated == datetime(2026, 11, 9, 10, tzinfo=UTC)


def test_a_feed_keeps_the_date_of_a_withdrawal_when_it_is_no_longer_told(
    write: Write, settings: Config
) -> None:
    newest = write("new", day=9)
    write("old", day=1)
    publish(settings, NOW)
    newest.unlink()
    for days in (0, 29, 31):
        publish(settings, NOW + timedelta(days=days))
        assert standing(settings)["ai"].updated == NOW
        told = b"deleted-entry" in (settings.output / "ai" / "atom.xml").read_bytes()
        assert told is (days < 30)


LATER = datetime(2026, 11, 23, 12, tzinfo=UTC)
WITH_EXTRAS = """images: [{{url: "https://example.com/{name}.jpg", width: 10, height: 10}}]
related: [{{title: Elsewhere, webUrl: "https://example.org/{name}"}}]
provider: {{name: {name}, domain: example.com}}
topics: [AI, {name}]
"""


def _updated(settings: Config) -> datetime:
    (entry,) = standing(settings)["ai"].entries
    return entry.updated


@pytest.mark.parametrize(
    ("old", "new"),
    [("A title", "A better title"), ("example.com/one", "example.com/1"), ("words", "other words")],
    ids=["title", "link", "body"],
)
def test_an_edit_that_subscribers_see_bumps_the_date(
    write: Write, settings: Config, old: str, new: str
) -> None:
    path = write("one")
    path.write_text(path.read_text() + "Some words.\n")
    publish(settings, NOW)
    path.write_text(path.read_text().replace(old, new))
    publish(settings, LATER)
    assert _updated(settings) == LATER
    assert standing(settings)["ai"].updated == LATER
    report = publish(settings, LATER.replace(day=25))
    assert (report.written, _updated(settings)) == ((), LATER)


def test_pictures_topics_and_related_coverage_bump_no_date(write: Write, settings: Config) -> None:
    path = write("one")
    plain = path.read_text().replace("topics: [AI]\n", "excerpt: All of it\n")
    before = _with(plain, "one")
    path.write_text(before)
    publish(settings, NOW)
    path.write_text(_with(plain, "two"))
    report = publish(settings, LATER)
    assert "ai/atom.xml" in report.written
    assert _updated(settings) == datetime(2026, 11, 1, 10, tzinfo=UTC)


def _with(article: str, name: str) -> str:
    return article.replace("quality", WITH_EXTRAS.format(name=name) + "quality")


def test_updates_keep_bumps_no_date(write: Write, settings: Config) -> None:
    keeping = settings.model_copy(update={"updates": "keep"})
    write("one")
    publish(keeping, NOW)
    write("one", title="Another title")
    publish(keeping, LATER)
    assert _updated(settings) == datetime(2026, 11, 1, 10, tzinfo=UTC)
