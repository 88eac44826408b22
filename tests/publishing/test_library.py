"""What a run remembers: nothing is read, rendered or re-dated twice, and what was promised is kept."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.config import Config
from feeds.library import database, readback
from feeds.publishing import publish as publishing
from feeds.publishing import unchanged
from feeds.publishing.publish import publish, rehearse
from feeds.publishing.report import Report

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent
ARTICLE = """---
title: {title}
publishedDateTime: 2026-11-{day:02}T10:00:00Z
webUrl: https://example.com/{name}
topics: [{topics}]
quality: {quality}
published: true
---
{body}
"""
NOBODY = 65534
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
Write = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    (tmp_path / "articles").mkdir()
    return Config(sources=(tmp_path / "articles",), output=tmp_path / "out", state=tmp_path / "state")


@pytest.fixture
def write(settings: Config) -> Write:
    """Write an article that is older than the time in which a second change could go unseen."""

    def write(name: str, **fields: object) -> Path:
        given = {"title": name, "topics": "AI", "day": 1, "quality": 80, "body": ""} | fields
        path = settings.sources[0] / f"{name}.md"
        path.write_text(ARTICLE.format(name=name, **given), encoding="utf-8")
        _age(path)
        return path

    return write


def _age(path: Path, seconds: float = 10) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def _with(settings: Config, **keys: object) -> Config:
    return Config.model_validate(settings.model_dump(exclude_unset=True) | keys)


def _titles(settings: Config, slug: str = "all") -> list[str]:
    feed = readback.read_feed(slug, (settings.output / slug / "atom.xml").read_bytes())
    return [entry.title for entry in feed.entries]


def _tombstones(settings: Config, slug: str) -> list[str]:
    root = etree.parse(settings.output / slug / "atom.xml").getroot()
    return [str(element.get("ref")) for element in root.iter(TOMBSTONE)]


def _updated(settings: Config, slug: str = "all") -> datetime:
    return readback.read_feed(slug, (settings.output / slug / "atom.xml").read_bytes()).updated


def _worked(report: Report) -> tuple[int, tuple[str, ...]]:
    return report.parsed, report.rendered


# --- nothing is read or rendered twice


def test_the_first_run_reads_all_and_the_second_nothing(settings: Config, write: Write) -> None:
    for name in ("one", "two", "three"):
        write(name)
    assert _worked(publish(settings, NOW)) == (3, ("all", "ai"))
    assert _worked(publish(settings, NOW)) == (0, ())


def test_one_changed_article_is_parsed_and_only_its_feeds_rendered(settings: Config, write: Write) -> None:
    write("one", topics="AI")
    write("two", topics="Space")
    publish(settings, NOW)
    write("two", topics="Space", title="Changed")
    assert _worked(publish(settings, NOW)) == (1, ("all", "space"))


def test_an_edit_that_changes_nothing_that_is_emitted_renders_nothing(settings: Config, write: Write) -> None:
    write("one", quality=80)
    publish(settings, NOW)
    write("one", quality=81)
    assert _worked(publish(settings, NOW)) == (1, ())


def test_a_checkout_that_renews_all_dates_parses_nothing(settings: Config, write: Write) -> None:
    paths = [write(f"article-{number}") for number in range(5)]
    publish(settings, NOW)
    for path in paths:
        copy = path.with_suffix(".copy")
        shutil.copyfile(path, copy)
        copy.replace(path)
        _age(path, 60)
    assert _worked(publish(settings, NOW)) == (0, ())


def test_a_file_that_was_young_when_it_was_read_is_read_again(settings: Config, write: Write) -> None:
    path = write("one", title="Aaaa")
    path.touch()
    status = path.stat()
    publish(settings, NOW)
    path.write_text(path.read_text().replace("Aaaa", "Bbbb"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a write within one tick of the clock
    publish(settings, NOW)
    assert _titles(settings) == ["Bbbb"]


def test_a_deleted_file_leaves(settings: Config, write: Write) -> None:
    write("one")
    path = write("two")
    publish(settings, NOW)
    path.unlink()
    publish(settings, NOW)
    assert _titles(settings) == ["one"]


def test_a_change_of_config_renders_what_it_affects_and_parses_nothing(
    settings: Config, write: Write
) -> None:
    write("one", topics="AI")
    write("two", topics="Space", day=2)
    publish(settings, NOW)
    titled = _with(settings, topics={"Space": {"title": "To the stars"}})
    assert _worked(publish(titled, NOW)) == (0, ("space",))
    moved = _with(titled, site={"url": "http://127.0.0.1:8000/news/"})
    assert _worked(publish(moved, NOW)) == (0, ("all", "ai", "space"))
    stricter = _with(moved, min_quality=90)
    assert _worked(publish(stricter, NOW))[0] == 0
    assert _titles(stricter) == []


def test_a_change_of_the_link_pattern_reads_those_that_have_no_link_of_their_own(
    settings: Config, write: Write
) -> None:
    write("one")
    path = write("two")
    path.write_text(path.read_text().replace("webUrl: https://example.com/two\n", ""))
    _age(path)
    first = publish(_with(settings, site={"links": "/{slug}/"}), NOW)
    assert (first.parsed, first.entries) == (2, 2)
    second = publish(_with(settings, site={"links": "/posts/{slug}/"}), NOW)
    assert (second.parsed, second.entries) == (1, 2)
    assert b"/posts/two/" in (settings.output / "all" / "rss.xml").read_bytes()
    assert _worked(publish(_with(settings, site={"links": "/posts/{slug}/"}), NOW)) == (0, ())


def test_a_feed_that_someone_removed_is_written_again_and_no_other(settings: Config, write: Write) -> None:
    write("one", topics="AI, Space")
    publish(settings, NOW)
    shutil.rmtree(settings.output / "ai")
    report = publish(settings, NOW)
    assert _worked(report) == (0, ("ai",))
    assert len(report.written) == 4


def test_memory_of_articles_is_a_table_that_a_person_can_read(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    library = sqlite3.connect(database.path_for(settings.state, settings.output))
    assert library.execute("SELECT state, title, quality FROM file").fetchall() == [("article", "one", 80.0)]
    assert library.execute("SELECT slug, name FROM feed ORDER BY slug").fetchall() == [
        ("ai", "AI"),
        ("all", ""),
    ]
    library.close()


# --- what was promised


def test_a_withdrawn_article_leaves_and_is_retracted_for_thirty_days(settings: Config, write: Write) -> None:
    write("one")
    path = write("two", topics="Space")
    publish(settings, NOW)
    path.write_text(path.read_text().replace("published: true", "published: false"))
    _age(path)
    later = NOW + timedelta(days=1)
    publish(settings, later)
    assert _tombstones(settings, "space") == ["tag:127.0.0.1,2026:two"]
    assert _tombstones(settings, "all") == ["tag:127.0.0.1,2026:two"]
    assert _tombstones(settings, "ai") == []
    assert _updated(settings, "space") == later
    assert _worked(publish(settings, later + timedelta(days=29, hours=23))) == (0, ())
    assert _worked(publish(settings, later + timedelta(days=30))) == (0, ("all", "space"))
    assert _tombstones(settings, "space") == []
    assert _updated(settings, "space") == later


def test_an_article_that_returns_is_no_longer_retracted(settings: Config, write: Write) -> None:
    write("one")
    path = write("two")
    text = path.read_text()
    publish(settings, NOW)
    path.unlink()
    publish(settings, NOW)
    path.write_text(text)
    _age(path)
    publish(settings, NOW)
    assert (_tombstones(settings, "ai"), sorted(_titles(settings))) == ([], ["one", "two"])


def test_retractions_can_be_off(settings: Config, write: Write) -> None:
    write("one")
    path = write("two")
    quiet = _with(settings, retractions={"days": 0})
    publish(quiet, NOW)
    path.unlink()
    publish(quiet, NOW)
    assert _tombstones(settings, "ai") == []


def test_leaving_by_limit_age_or_topic_is_no_withdrawal(settings: Config, write: Write) -> None:
    write("old", day=1, topics="AI, Space")
    write("new", day=2)
    publish(settings, NOW)
    publish(_with(settings, limit=1), NOW)
    assert (_titles(settings), _tombstones(settings, "all")) == (["new"], [])
    publish(_with(settings, max_age="504h"), datetime(2026, 11, 22, 11, tzinfo=UTC))
    assert _tombstones(settings, "all") == []
    write("old", day=1, topics="Space")
    publish(settings, NOW + timedelta(hours=12))
    assert _tombstones(settings, "ai") == []


def test_an_entry_whose_file_became_unreadable_stays_as_it_was(settings: Config, write: Write) -> None:
    write("one")
    path = write("two", topics="Space", day=2)
    publish(settings, NOW)
    whole = (settings.output / "space" / "atom.xml").read_bytes()
    good = path.read_text()
    path.write_text(good.replace("2026-11-02", "2026-11-32"))
    _age(path)
    report = publish(settings, NOW + timedelta(hours=1))
    assert len(report.rejected) == 1
    assert (settings.output / "space" / "atom.xml").read_bytes() == whole
    assert _titles(settings) == ["two", "one"]
    path.write_text(good.replace("title: two", "title: mended"))
    _age(path)
    publish(settings, NOW + timedelta(hours=2))
    assert _titles(settings) == ["mended", "one"]


def test_a_feed_whose_files_all_became_unreadable_keeps_its_order(settings: Config, write: Write) -> None:
    paths = [write(name, day=day) for name, day in (("a", 1), ("c", 2), ("b", 3))]
    publish(settings, NOW)
    before = (settings.output / "ai" / "atom.xml").read_bytes()
    for path in paths:
        path.write_text("---\ntitle: [\n---\n")
    (settings.output / "ai" / "atom.xml").unlink()
    publish(settings, NOW)
    assert (settings.output / "ai" / "atom.xml").read_bytes() == before


def test_a_file_taken_away_at_any_moment_is_missed_by_the_next_run(
    settings: Config, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its writing and the last look, and right after that."""
    write("one")
    lost = settings.output / "ai" / "rss.xml"
    for moment in ("remember", "_proven"):
        publish(settings, NOW)
        step = getattr(publishing, moment)
        monkeypatch.setattr(publishing, moment, _taking_away(lost, step))
        write("one", title=f"new at {moment}")
        report = publish(settings, NOW)
        monkeypatch.setattr(publishing, moment, step)
        assert not lost.exists()
        assert report.left is None or not unchanged.stands(report.left, int(NOW.timestamp()))
        assert publish(settings, NOW).written == ("ai/rss.xml",)


def _taking_away(lost: Path, step: Callable[..., Any]) -> Callable[..., Any]:
    def taken(*given: object) -> object:
        result = step(*given)
        lost.unlink()
        return result

    return taken


def test_a_file_that_can_be_read_again_is_read_though_nothing_else_shows_it() -> None:
    """`chmod` changes neither date nor size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Config(sources=(folder / "seeds",), output=folder / "output", state=folder / "state")
        publish(_with_two_articles(settings), NOW)  # imports what nobody may
        two = folder / "seeds" / "two.md"
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *((NOBODY, NOBODY) if os.geteuid() == 0 else (-1, -1)))
        two.chmod(0)
        _age(folder / "seeds" / "one.md", 5)
        two.touch()
        _age(two)
        with _as_nobody():
            for _ in range(2):
                assert [one.found for one in publish(settings, NOW).rejected] == ["Permission denied"]
            two.chmod(0o644)
            healed = publish(settings, NOW)
        assert (healed.rejected, healed.entries) == ((), 2)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root reads everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def _with_two_articles(settings: Config) -> Config:
    settings.sources[0].mkdir()
    for article in ("one", "two"):
        path = settings.sources[0] / f"{article}.md"
        fields = {"title": article, "topics": "AI", "day": 1, "quality": 80, "body": ""}
        path.write_text(ARTICLE.format(name=article, **fields), encoding="utf-8")
        _age(path, 20)
    return settings


def test_a_held_entry_stays_when_its_feeds_are_rendered_for_another_reason(
    settings: Config, write: Write
) -> None:
    path = write("two", topics="Space", day=2)
    publish(settings, NOW)
    path.write_text("---\ntitle: [\n---\n")
    _age(path)
    write("three", topics="Space", day=3)
    publish(settings, NOW)
    assert _titles(settings, "space") == ["three", "two"]


def test_first_published_and_updated_are_remembered_past_the_limit(settings: Config, write: Write) -> None:
    write("old", day=1)
    publish(settings, NOW)
    write("old", day=1, title="Edited")
    edited = NOW + timedelta(days=1)
    publish(settings, edited)
    limited = _with(settings, limit=1)
    path = write("new", day=2)
    publish(limited, NOW + timedelta(days=2))
    assert _titles(limited) == ["new"]
    path.unlink()
    publish(limited, NOW + timedelta(days=3))
    feed = readback.read_feed("ai", (settings.output / "ai" / "atom.xml").read_bytes())
    assert [entry.updated for entry in feed.entries] == [edited]


@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=4000)])
def test_a_clock_that_is_put_back_changes_nothing(settings: Config, write: Write, back: timedelta) -> None:
    write("one", day=20)
    publish(settings, NOW)
    assert _worked(publish(settings, NOW - back)) == (0, ())
    write("one", day=20, title="Edited")
    publish(settings, NOW - back)
    assert _updated(settings) == NOW


def test_a_slug_is_kept_by_who_had_it_first(settings: Config, write: Write) -> None:
    write("one", topics="'Web (dev)'")
    publish(settings, NOW)
    write("two", topics="'Web dev'")
    publish(settings, NOW)
    assert _titles(settings, "web-dev") == ["one"]


# --- moved feeds


def test_a_moved_feed_points_to_its_new_place(settings: Config, write: Write) -> None:
    write("one", topics="Machine learning")
    publish(settings, NOW)
    config = _with(
        settings,
        site={"url": "https://example.com/feeds/"},
        topics={"Machine learning": {"slug": "ml"}},
        moved={"machine-learning": "ml"},
    )
    later = NOW + timedelta(days=1)
    publish(config, later)
    root = etree.parse(settings.output / "machine-learning" / "atom.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    assert [link.get("href") for link in root.findall(f"{atom}link") if link.get("rel") == "self"] == [
        "https://example.com/feeds/ml/atom.xml"
    ]
    (entry,) = root.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "This feed has moved to https://example.com/feeds/ml/"
    assert _titles(settings, "ml") == ["one"]
    assert (settings.output / "_redirects").read_text().splitlines()[2] == (
        "/feeds/machine-learning/rss.xml /feeds/ml/rss.xml 301"
    )
    assert (
        "/feeds/machine-learning/rss.xml /feeds/ml/rss.xml;"
        in (settings.output / "redirects.nginx").read_text()
    )
    assert b"machine-learning" not in (settings.output / "feeds.opml").read_bytes()
    assert _worked(publish(config, later + timedelta(days=9))) == (0, ())


def test_a_feed_keeps_its_id_when_its_folder_changes(settings: Config, write: Write) -> None:
    write("one", topics="Machine learning")
    publish(settings, NOW)
    publish(_with(settings, topics={"Machine learning": {"slug": "ml"}}), NOW)
    feed = readback.read_feed("ml", (settings.output / "ml" / "atom.xml").read_bytes())
    assert feed.id == "tag:127.0.0.1,2026:feed/machine-learning"


def test_a_feed_cannot_move_from_where_one_is_or_to_where_none_is(settings: Config, write: Write) -> None:
    write("one", topics="AI, Space")
    report = publish(_with(settings, moved={"ai": "space", "old": "nowhere"}), NOW)
    assert report.warnings == (
        "config: moved: ai cannot point to space: ai is a feed of this run",
        "config: moved: old cannot point to nowhere: there is no feed nowhere",
    )
    assert _titles(settings, "ai") == ["one"]


def test_a_renamed_topic_stays_where_it_moved(settings: Config, write: Write) -> None:
    write("one", topics="Machine learning")
    publish(settings, NOW)
    write("one", topics="ML")
    config = _with(settings, moved={"machine-learning": "ml"})
    publish(config, NOW)
    for body in ("", "edited", "again"):
        write("one", topics="ML", body=body)
        report = publish(config, NOW)
        assert _titles(settings, "ml") == ["one"]
        assert _titles(settings, "machine-learning") == ["This feed has moved to http://127.0.0.1:8000/ml/"]
        assert report.warnings == ()


def test_redirects_are_of_moves_that_are_made_and_leave_with_them(settings: Config, write: Write) -> None:
    write("one", topics="AI")
    publish(_with(settings, moved={"ai": "nowhere", "old": "ai"}), NOW)
    redirects = (settings.output / "_redirects").read_text().splitlines()
    assert [line for line in redirects if not line.startswith("/old/")] == []
    assert b"/ai/rss.xml" in (settings.output / "feeds.opml").read_bytes()
    report = publish(settings, NOW)
    assert set(report.removed) == {"_redirects", "redirects.nginx"}
    assert not (settings.output / "_redirects").exists()
    assert _tombstones(settings, "old") == []


@pytest.mark.parametrize("moved", [{"../x": "ai"}, {"ai": "a b"}, {"all": "ai"}, {"AI": "ai"}])
def test_only_slugs_can_move(settings: Config, moved: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected a slug"):
        _with(settings, moved=moved)


def test_a_topic_that_takes_anothers_folder_does_not_take_its_id(settings: Config, write: Write) -> None:
    write("one", topics="A")
    write("two", topics="B")
    publish(settings, NOW)
    publish(_with(settings, topics={"B": {"slug": "a"}}), NOW)
    ids = {
        path.parent.name: readback.read_feed("", path.read_bytes()).id.rpartition("/")[2]
        for path in settings.output.glob("*/atom.xml")
    }
    assert ids["a"] == "b"
    assert [slug for slug, first in ids.items() if first == "a"] == ["a-559aea"]


# --- who stands for whom


def test_the_file_that_carried_an_entry_keeps_its_id(settings: Config, write: Write) -> None:
    (settings.sources[0] / "a").mkdir()
    (settings.sources[0] / "b").mkdir()
    write("b/x")
    publish(settings, NOW)
    write("a/x")
    report = publish(settings, NOW)
    assert _titles(settings) == ["b/x"]
    assert [problem.path.rpartition("articles/")[2] for problem in report.rejected] == ["a/x.md"]
    path = write("b/x")
    path.write_text(path.read_text().replace("example.com/b/x", "example.com/elsewhere"))
    _age(path)
    publish(settings, NOW)
    assert _titles(settings) == ["b/x"]


def test_no_other_file_takes_the_id_or_the_link_of_an_entry_that_is_held(
    settings: Config, write: Write
) -> None:
    (settings.sources[0] / "b").mkdir()
    path = write("b/x", title="Held")
    publish(settings, NOW)
    path.write_text("---\ntitle: [\n---\n")
    _age(path)
    write("x", title="Same name")
    twin = write("twin", title="Same link")
    twin.write_text(twin.read_text().replace("example.com/twin", "example.com/b/x"))
    _age(twin)
    report = publish(settings, NOW)
    assert _titles(settings) == ["Held"]
    assert len(report.rejected) == 2


# --- a library that was lost


def _lose(settings: Config) -> Path:
    path = database.path_for(settings.state, settings.output)
    path.unlink()
    return path


def test_a_lost_library_is_rebuilt_and_says_what_it_forgot(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    write("one", title="Edited")
    publish(settings, NOW)
    before = {path: path.read_bytes() for path in settings.output.rglob("*") if path.is_file()}
    _lose(settings)
    report = publish(settings, NOW + timedelta(days=3))
    (warning,) = report.once
    assert "the library is missing and was rebuilt" in warning
    assert "Forgotten are" in warning
    assert {path: path.read_bytes() for path in settings.output.rglob("*") if path.is_file()} == before
    assert publish(settings, NOW + timedelta(days=3)).once == ()


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0 and then nothing", os.urandom(8192)])
def test_a_corrupt_library_is_put_aside_and_rebuilt(settings: Config, write: Write, damage: bytes) -> None:
    write("one")
    publish(settings, NOW)
    path = _lose(settings)
    path.write_bytes(damage)
    report = publish(settings, NOW)
    assert report.entries == 1
    assert report.written == ()
    if damage:
        assert "was put aside as" in report.once[0]


def test_a_library_that_turns_out_to_be_damaged_while_it_is_used_is_put_aside_and_rebuilt(
    settings: Config, write: Write
) -> None:
    """Its first pages are whole, so that it can be opened."""
    for number in range(20):
        write(f"article-{number}", topics="AI", day=1 + number % 9)
    publish(settings, NOW)
    before = (settings.output / "ai" / "atom.xml").read_bytes()
    (library,) = settings.state.glob("*.sqlite")
    pages = bytearray(library.read_bytes())
    pages[4 * 4096 :] = b"\xff" * (len(pages) - 4 * 4096)
    library.write_bytes(pages)
    report = publish(settings, NOW)
    (warning,) = report.once
    assert "It was put aside as " in warning
    assert (settings.output / "ai" / "atom.xml").read_bytes() == before
    assert publish(settings, NOW).written == ()


def test_a_library_that_was_emptied_is_rebuilt_like_one_that_was_lost(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    write("one", title="Edited")
    publish(settings, NOW)
    before = {path: path.read_bytes() for path in settings.output.rglob("*") if path.is_file()}
    _lose(settings).touch()
    (warning,) = publish(settings, NOW + timedelta(days=3)).once
    assert "the library is empty and was rebuilt" in warning
    assert {path: path.read_bytes() for path in settings.output.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("damage", [None, b"", b"SQLite format 3\0 and then nothing"])
def test_who_only_asks_leaves_a_library_that_is_of_no_use_to_the_next_publish(
    settings: Config, write: Write, damage: bytes | None
) -> None:
    write("one")
    publish(settings, NOW)
    path = _lose(settings)
    if damage is not None:
        path.write_bytes(damage)
    planned = rehearse(settings, NOW)
    assert planned.written == ()
    assert [change for feed in planned.feeds for change in feed.changed] == []
    if damage != b"":
        assert (path.read_bytes() if path.exists() else None) == damage
    report = publish(settings, NOW)
    assert [change for feed in report.feeds for change in feed.changed] == []
    assert len(report.once) == 1


def test_a_change_after_the_library_was_lost_is_still_told(settings: Config, write: Write) -> None:
    write("one")
    publish(settings, NOW)
    _lose(settings)
    write("one", title="Edited")
    told = [change.title for feed in rehearse(settings, NOW).feeds for change in feed.changed]
    assert set(told) == {"Edited"}


def test_the_very_first_run_has_nothing_to_forget(settings: Config, write: Write) -> None:
    write("one")
    assert publish(settings, NOW).once == ()


# --- a run that changes nothing

EVENTS = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from feeds.cli.main import main
status = main(sys.argv[1:])
heavy = {"yaml", "pydantic", "lxml", "feedgen", "apscheduler", "sqlite3", "argparse", "json", "rich"}
print("heavy:", sorted(heavy & set(sys.modules)))
print("articles:", [name for name in opened if name.endswith(".md")])
sys.exit(status)
"""


def _feeds(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))}
    return subprocess.run(
        [sys.executable, "-c", EVENTS, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


@pytest.fixture
def folder(settings: Config, write: Write) -> Path:
    write("one")
    bad = write("bad")
    bad.write_text("---\ntitle: [\n---\n")
    _age(bad)
    return settings.output.parent


def test_a_run_without_changes_reads_no_article_and_imports_nothing_heavy(folder: Path) -> None:
    command = ("publish", "--source", "articles", "--strict")
    first, second = _feeds(folder, *command), _feeds(folder, *command)
    assert "articles: ['articles/bad.md', 'articles/one.md'" in first.stdout
    assert second.stdout.endswith("heavy: []\narticles: []\n")
    assert (second.returncode, second.stderr) == (1, first.stderr)
    assert second.stderr.startswith("rejected: articles/bad.md:")


def test_a_run_without_changes_says_the_same_as_json(folder: Path) -> None:
    command = ("publish", "--source", "articles", "--json")
    _feeds(folder, *command)
    second, third = _feeds(folder, *command), _feeds(folder, *command)
    assert "heavy: []" in third.stdout
    assert second.stdout == third.stdout
    assert '"now": "2026-11-22T00:00:00Z"' in third.stdout
    assert '"written": []' in third.stdout


def _edit(folder: Path) -> None:
    path = folder / "articles" / "one.md"
    path.write_text(path.read_text().replace("title: one", "title: two"))


def _add(folder: Path) -> None:
    (folder / "articles" / "three.md").write_text("no front matter")


def _remove(folder: Path) -> None:
    (folder / "articles" / "one.md").unlink()


def _configure(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "feeds.yaml").write_text("limit: 3\n")


def _tear(folder: Path) -> None:
    path = folder / "output" / "ai" / "rss.xml"
    path.write_bytes(path.read_bytes()[:50])


def _lose_library(folder: Path) -> None:
    for path in (folder / ".feeds").glob("*.sqlite"):
        path.unlink()


@pytest.mark.parametrize("change", [_edit, _add, _remove, _configure, _tear, _lose_library])
def test_any_change_is_seen(folder: Path, change: Callable[[Path], None]) -> None:
    command = ("publish", "--source", "articles")
    _feeds(folder, *command)
    assert "heavy: []" in _feeds(folder, *command).stdout
    change(folder)
    assert "heavy: []" not in _feeds(folder, *command).stdout


def test_the_end_of_an_embargo_is_a_change(folder: Path, write: Write) -> None:
    write("late", day=25)
    command = ("publish", "--source", "articles")
    _feeds(folder, *command)
    assert "heavy: []" in _feeds(folder, *command).stdout
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for epoch, entries in (("2026-11-25T09:59:59", "1 entry"), ("2026-11-25T10:00:00", "2 entries")):
        seconds = str(int(datetime.fromisoformat(f"{epoch}Z").timestamp()))
        run = subprocess.run(
            [sys.executable, "-m", "feeds", *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=environment | {"SOURCE_DATE_EPOCH": seconds},
        )
        assert f"Published {entries} " in run.stdout
