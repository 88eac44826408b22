"""What a server may know of feeds that left: where they are now, or that they are gone for good."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.config import Config
from feeds.library.database import path_for
from feeds.library.departed import departed
from feeds.publishing.publish import Orders, publish

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ARTICLE = """---
title: A
publishedDateTime: 2026-11-{day:02}T10:00:00Z
webUrl: https://example.com/{day}
topics: [{topic}]
---
"""


def _write(settings: Config, topic: str, day: int) -> Path:
    path = settings.sources[0] / f"{day}.md"
    path.write_text(ARTICLE.format(topic=topic, day=day), encoding="utf-8")
    os.utime(path, (time.time() - 10,) * 2)
    return path


def _settings(tmp_path: Path, **more: object) -> Config:
    (tmp_path / "articles").mkdir(exist_ok=True)
    places = {"sources": (tmp_path / "articles",), "output": tmp_path / "out", "state": tmp_path / "state"}
    return Config(**places, **more)


def _departed(settings: Config) -> dict[str, str]:
    return departed(path_for(settings.state, settings.output))


def test_where_there_is_no_library_nothing_left(tmp_path: Path) -> None:
    assert departed(tmp_path / "none.sqlite") == {}
    (tmp_path / "other.sqlite").write_bytes(b"no library")
    assert departed(tmp_path / "other.sqlite") == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.sqlite"]


def test_a_pruned_feed_is_gone_until_it_returns_with_its_id_and_date(tmp_path: Path) -> None:
    settings = _settings(tmp_path, prune=True)
    _write(settings, "Space", 1)
    last = _write(settings, "AI", 9)
    publish(settings, NOW)
    assert _departed(settings) == {}
    before = (settings.output / "ai" / "atom.xml").read_text(encoding="utf-8")
    last.unlink()
    publish(settings, NOW + timedelta(days=1), Orders(allow_flood=True))
    assert _departed(settings) == {"ai": ""}
    assert not (settings.output / "ai").exists()
    _write(settings, "AI", 2)
    publish(settings, NOW + timedelta(days=2))
    assert _departed(settings) == {}
    after = (settings.output / "ai" / "atom.xml").read_text(encoding="utf-8")
    assert after.split("<entry>")[0] == before.split("<entry>")[0]


def test_a_moved_feed_has_a_new_place_while_the_config_says_so(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    _write(settings, "AI", 1)
    publish(settings, NOW)
    moved = _settings(tmp_path, moved={"ai": "machines"}, topics={"AI": {"slug": "machines"}})
    publish(moved, NOW)
    assert _departed(moved) == {"ai": "machines"}
    publish(_settings(tmp_path, topics={"AI": {"slug": "machines"}}), NOW)
    assert _departed(moved) == {}
