"""Several publishers at once, articles that change under a run, clocks and zones that are wrong."""

import os
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from builders import config, write_article
from torture.fuzz import BATCH, batches, ill_formed, seeds, survives
from torture.scene import EPOCH, Scene, tree

from feeds.config import Config
from feeds.library import readback
from feeds.publishing.publish import Orders, publish

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = 4.0


def test_of_publishers_at_once_each_waits_or_refuses_and_all_leave_one_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene.build(tmp_path, monkeypatch.setenv)
    scene.reset()
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "feeds", "publish", *wait],
            cwd=scene.site,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for wait in (["--wait"], [], ["--wait"], [])
    ]
    ended = [(*run.communicate(timeout=120), run.returncode) for run in runs]
    for wait, (_, err, status) in zip((True, False, True, False), ended, strict=True):
        busy = re.fullmatch(
            r"feeds: \.feeds/lock: another publisher is at work( \(process \d+\))?\. "
            r"Try again when it is done, or pass --wait\.\n",
            err,
        )
        assert (status, err) == (0, "") or (status == 1 and busy and not wait), err
    assert scene.problems_after_healing() == []


class Editor(threading.Thread):
    """Writes, renames, deletes and half-writes articles, which say their version at both their ends."""

    NAMES = tuple(f"article-{number}" for number in range(12))

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__()
        self.folder = folder
        self.random = Random(seed)
        self.done = threading.Event()
        self.version = 0

    def run(self) -> None:
        while not self.done.is_set():
            self.edit()
            time.sleep(self.random.uniform(0, 0.01))

    def edit(self) -> None:
        path = self.folder / f"{self.random.choice(self.NAMES)}.md"
        match self.random.randrange(5):
            case 0:
                path.unlink(missing_ok=True)
            case 1 if path.exists():
                path.rename(self.folder / f"{self.random.choice(self.NAMES)}.md")
            case 2:  # in place, with a pause in the middle of the front matter
                whole = self.text(path.stem)
                half = self.random.randrange(1, len(whole) - 1)
                with path.open("w") as file:
                    file.write(whole[:half])
                    file.flush()
                    time.sleep(self.random.uniform(0, 0.05))
                    file.write(whole[half:])
            case _:
                new = self.folder / f".{path.name}.new"
                new.write_text(self.text(path.stem))
                new.rename(path)

    def text(self, name: str) -> str:
        self.version += 1
        filler = "x" * self.random.randrange(3000)
        return (
            f"---\nexcerpt: begins {self.version}, {filler}, ends {self.version}\ntitle: {name}\n"
            f"date: 2026-11-01T10:00:00Z\nwebUrl: https://example.com/{name}\ntopics: [AI]\n---\n"
        )


def test_articles_that_change_under_a_run_are_seen_whole_or_not_at_all(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    settings = config(sources=[articles], output=tmp_path / "output", state=tmp_path / "state")
    editor = Editor(articles, seed=1)
    editor.start()
    try:
        end, runs = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            publish(settings, NOW, Orders(allow_flood=True))
            runs += 1
            _each_is_whole(settings)
    finally:
        editor.done.set()
        editor.join()
    assert runs > 3
    assert editor.version > 20
    for name in Editor.NAMES:
        (articles / f"{name}.md").write_text(editor.text(name))
    report = publish(settings, NOW, Orders(allow_flood=True))
    assert (report.rejected, report.entries) == ((), len(Editor.NAMES))
    _each_is_whole(settings)


def _each_is_whole(settings: Config) -> None:
    assert list(ill_formed(settings.output)) == []
    for feed in readback.read(settings.output):
        for entry in feed.entries:
            begins, ends = re.search(r"begins (\d+)", entry.summary), re.search(r"ends (\d+)", entry.summary)
            assert begins is not None
            assert ends is not None
            assert begins[1] == ends[1]


def test_a_half_written_article_stays_as_last_emitted_and_comes_out_when_it_is_whole(tmp_path: Path) -> None:
    path = write_article(tmp_path / "articles" / "one.md", topics=["AI"], title="Old")
    settings = config(sources=[path.parent], output=tmp_path / "output", state=tmp_path / "state")
    publish(settings, NOW)
    before = tree(settings.output)
    whole = write_article(path, topics=["AI"], title="New").read_bytes()
    for length in (1, 4, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:length])
        report = publish(settings, NOW, Orders(allow_flood=length < 4))
        if length >= 4:
            assert len(report.rejected) == 1
            assert tree(settings.output) == before
        else:  # not even the beginning of an article: as if it were not there
            path.write_bytes(whole)
            publish(settings, NOW)
            before = tree(settings.output)
    path.write_bytes(whole)
    publish(settings, NOW)
    assert b'<title type="text">New</title>' in (settings.output / "ai" / "atom.xml").read_bytes()


# Clocks


@pytest.fixture
def dated(tmp_path: Path) -> Config:
    """Articles around now, one with an embargo, one that gets too old soon."""
    for number, hours in enumerate((0, 1, 23, 30 * 24 - 6, -12)):
        write_article(
            tmp_path / "articles" / f"{number}.md",
            topics=["AI"],
            publishedDateTime=(NOW - timedelta(hours=hours)).isoformat(),
        )
    keys = {"sources": [tmp_path / "articles"], "output": tmp_path / "output", "state": tmp_path / "state"}
    return config(max_age="30d", **keys)


def _dates(settings: Config) -> dict[str, tuple[datetime, datetime]]:
    (feed,) = (feed for feed in readback.read(settings.output) if feed.slug == "ai")
    return {entry.id: (entry.published, entry.updated) for entry in feed.entries}


def test_a_clock_that_jumps_a_day_forth_and_back_redates_and_withdraws_nothing(dated: Config) -> None:
    publish(dated, NOW)
    first = _dates(dated)
    seen = dict(first)
    day = timedelta(days=1)
    for jump in (day, -day, timedelta(0), 2 * day, -2 * day, timedelta(hours=1)):
        publish(dated, NOW + jump)
        now = _dates(dated)
        assert all(seen.get(identity, dates) == dates for identity, dates in now.items())
        seen |= now
        assert b"deleted-entry" not in (dated.output / "ai" / "atom.xml").read_bytes()
    assert len(seen) == 5  # the embargoed one came out while the clock was wrong, and stays
    assert first.keys() - _dates(dated).keys() == {
        "tag:feeds.example,2026:3"
    }  # by its age, which is no withdrawal


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Europe/London", "No/Where"]
)
def test_no_time_zone_and_no_night_of_changing_clocks_moves_a_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    trees = []
    for name in ("UTC", zone):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        try:
            folder = tmp_path / name
            for number, moment in enumerate(
                ("2026-03-08T02:30:00", "2026-10-25T01:30:00", "2026-11-01T01:30:00-04:00")
            ):
                write_article(folder / "articles" / f"{number}.md", topics=["AI"], publishedDateTime=moment)
            settings = config(sources=[folder / "articles"], output=folder / "output", state=folder / "state")
            for night in (
                "2026-11-01T05:30:00",
                "2026-11-01T06:30:00",
                "2026-11-01T05:45:00",
                "2027-03-14T07:30:00",
            ):
                publish(settings, datetime.fromisoformat(f"{night}+00:00"))
            trees.append(tree(settings.output))
        finally:
            monkeypatch.undo()
            time.tzset()
    assert trees[0] == trees[1]


# Fuzz


def test_mutants_of_good_articles_neither_crash_nor_hang_nor_tear(tmp_path: Path) -> None:
    """300 of them; python tests/torture/fuzz.py --minutes 60 goes on."""
    from collections import Counter  # noqa: PLC0415

    counts: Counter[str] = Counter()
    source = batches(seeds([ROOT / "seeds"]), seed=int(EPOCH))
    findings = [survives(next(source), tmp_path, counts) for _ in range(300 // BATCH)]
    assert [found for found in findings if found is not None] == []
    assert counts["mutants"] == 300
    assert counts["rejected"] > 20
