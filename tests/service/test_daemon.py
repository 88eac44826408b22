"""The daemon as a process: feeds stay fresh, whatever happens to articles, config, clock and hub."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import feedparser
import pytest
from lxml import etree
from service.running import Site, site, until

SOON = 2.0  # seconds in which a saved article is in the feed, and in which an embargo ends


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as one:
        yield one


def age(path: Path, seconds: float = 10) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]


def publisher(pid: int) -> int | None:
    """The child that publishes; others keep track of what children share."""
    for child in children(pid):
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if b"spawn_main" in command:
            return child
    return None


def feeds_are_whole(output: Path) -> int:
    files = [*output.glob("*/rss.xml"), *output.glob("*/atom.xml"), *output.glob("*/feed.json")]
    for path in files:
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        else:
            etree.fromstring(path.read_bytes())
    return len(files)


def test_the_schedule_fires_and_what_was_saved_meanwhile_is_published(here: Site) -> None:
    here.configure(schedule="every 1s")
    here.write("first")
    daemon = here.start()
    until(lambda: daemon.shows("first"))
    here.write("second")
    until(lambda: daemon.shows("second"))
    reasons = [line["why"] for line in daemon.events("run begins")]
    assert "start" in reasons[0]
    assert set(reasons[1:]) == {"schedule"}
    assert daemon.stop() == 0


def test_a_saved_article_is_in_the_feed_within_two_seconds(here: Site) -> None:
    here.configure(watch=True)
    here.write("first")
    daemon = here.start()
    daemon.wait_for("published")
    took = []
    for number in range(3):
        saved = time.monotonic()
        here.write(f"saved{number}")
        until(partial(daemon.shows, f"saved{number}"))
        took.append(time.monotonic() - saved)
    assert min(took) <= SOON, took  # of several: one core of a busy machine may be late with any one of them


@pytest.mark.parametrize("watch", [True, "poll"])
def test_every_way_of_changing_an_article_is_seen(here: Site, watch: object) -> None:
    here.configure(watch=watch)
    article = here.write("one")
    daemon = here.start()
    until(lambda: daemon.shows("one"))
    # As editors save: a new file takes the place of the old one.
    (here.folder / "draft.md").write_text(
        article.read_text(encoding="utf-8").replace("title: one", "title: edited")
    )
    (here.folder / "draft.md").replace(article)
    until(lambda: daemon.shows("edited"))
    (here.articles / "new folder").mkdir()
    time.sleep(0.2)
    article.rename(here.articles / "new folder" / "one.md")
    here.write("two")
    until(lambda: daemon.shows("two"))
    assert daemon.shows("edited")
    shutil.rmtree(here.articles / "new folder")
    until(lambda: not daemon.shows("edited"))
    assert daemon.stop() == 0


def test_a_source_that_is_replaced_is_watched_further(here: Site) -> None:
    here.configure(watch=True)
    here.write("one")
    daemon = here.start()
    until(lambda: daemon.shows("one"))
    # As a deployment does it: the old folder is moved away and a new one is put in its place.
    here.articles.rename(here.folder / "old")
    shutil.copytree(here.folder / "old", here.articles)
    here.write("two")
    until(lambda: daemon.shows("two"))
    here.write("three")
    until(lambda: daemon.shows("three"))


def test_an_embargo_ends_on_time_without_any_schedule_or_change(here: Site) -> None:
    here.configure()
    here.write("first")
    daemon = here.start()
    daemon.wait_for("published")
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    here.write("embargoed", at=due)
    daemon.send(signal.SIGHUP)
    daemon.wait_for("published", count=2)
    assert not daemon.shows("embargoed")
    until(partial(daemon.shows, "embargoed"))
    late = (datetime.now(UTC) - due).total_seconds()
    begun = daemon.events("run begins")
    assert [line["why"] for line in begun] == ["start", "reload", "schedule"]
    woken = (datetime.fromisoformat(begun[2]["timestamp"]) - due).total_seconds()
    assert 0 <= woken < 1
    assert late - woken <= SOON + daemon.events("published")[0]["seconds"], late  # which a busy machine takes


def test_a_failing_run_turns_health_red_and_the_next_good_one_green(here: Site) -> None:
    here.configure(schedule="every 1s")
    here.write("one")
    daemon = here.start()
    daemon.wait_for("published")
    assert daemon.health().json()["status"] == "ok"
    away = here.articles.rename(here.folder / "away")
    failed = daemon.wait_for("run failed")
    assert "articles" in failed["cause"]
    answer = until(lambda: daemon.health() if daemon.health().status_code == 503 else None)
    assert answer.json()["status"] == "failing"
    assert answer.json()["cause"] == failed["cause"]
    assert daemon.get("all/rss.xml").status_code == 200  # what was published still stands
    away.rename(here.articles)
    until(lambda: daemon.health().status_code == 200)
    metrics = daemon.health("metrics").text
    assert "feeds_healthy 1.0" in metrics
    count = int(float(metrics.split('feeds_runs_total{outcome="failed"} ')[1].split()[0]))
    assert count == len(daemon.events("run failed"))
    assert daemon.stop() == 0


def test_a_flood_is_refused_until_the_input_heals_or_a_person_says_that_it_is_meant(here: Site) -> None:
    here.configure(schedule="every 1s")
    for number in range(20):
        here.write(f"article{number}")
    daemon = here.start()
    daemon.wait_for("published")
    gone = here.folder / "gone"
    gone.mkdir()
    for number in range(15):
        (here.articles / f"article{number}.md").rename(gone / f"article{number}.md")
    refused = daemon.wait_for("run failed")["cause"]
    assert "15 of 20 standing entries would leave" in refused
    assert daemon.health().json()["cause"] == refused
    assert daemon.shows("article0")
    for path in gone.iterdir():
        path.rename(here.articles / path.name)
    until(lambda: daemon.health().status_code == 200)
    for number in range(15):
        (here.articles / f"article{number}.md").unlink()
    until(lambda: daemon.health().status_code == 503)
    meant = [sys.executable, "-m", "feeds", "publish", "--wait", "--allow-flood"]
    subprocess.run(meant, cwd=here.folder, check=True, capture_output=True)
    until(lambda: daemon.health().status_code == 200)
    assert not daemon.shows("article0")
    assert daemon.shows("article19")


def test_a_publisher_that_is_killed_is_a_failed_run_and_no_more(here: Site) -> None:
    here.configure(schedule="every 2s")
    for number in range(400):
        here.write(f"article{number}")
    daemon = here.start()
    os.kill(until(lambda: publisher(daemon.process.pid)), signal.SIGKILL)
    assert daemon.wait_for("run failed")["cause"] == "the publishing process was ended by SIGKILL"
    until(lambda: daemon.health().status_code == 200 and daemon.events("published"))
    assert feeds_are_whole(here.folder / "output") == 6


def test_sigterm_in_the_middle_of_a_run_leaves_all_feeds_whole(here: Site) -> None:
    here.configure()
    for number in range(600):
        here.write(f"article{number}", topics=f"Topic {number % 40}")
    daemon = here.start()
    until(lambda: list((here.folder / "output").glob("*/rss.xml")))
    assert daemon.stop() == 0
    assert not daemon.events("run failed")
    assert feeds_are_whole(here.folder / "output") == 41 * 3
    assert daemon.events("stopping")[0]["run_at_work"] is True


def test_a_run_that_does_not_end_is_ended_within_ten_seconds_of_sigterm(here: Site) -> None:
    here.configure()
    here.write("one")
    daemon = here.start()
    child = until(lambda: publisher(daemon.process.pid))
    os.kill(child, signal.SIGSTOP)
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 10
    assert not Path(f"/proc/{child}").exists()


def test_sigint_stops_as_sigterm_does(here: Site) -> None:
    here.configure()
    here.write("one")
    daemon = here.start()
    daemon.wait_for("published")
    assert daemon.stop(signal.SIGINT) == 0


def test_sighup_reads_the_config_anew_and_keeps_the_old_one_where_the_new_is_bad(here: Site) -> None:
    here.configure()
    here.write("one")
    daemon = here.start()
    daemon.wait_for("published")
    here.configure(schedule="every 1s", topics={"AI": {"title": "Machines"}})
    daemon.send(signal.SIGHUP)
    daemon.wait_for("config reloaded")
    until(lambda: "<title>Machines</title>" in daemon.get("ai/rss.xml").text)
    until(lambda: len(daemon.events("run begins")) >= 4)  # by the new schedule, without a restart
    here.configure(schedule="every now and then")
    daemon.send(signal.SIGHUP)
    refused = daemon.wait_for("config not reloaded; the old one stays")
    assert "schedule: expected an interval such as 'every 15m'" in refused["cause"]
    runs = len(daemon.events("run begins"))
    until(lambda: len(daemon.events("run begins")) > runs)
    assert daemon.get("ai/rss.xml").headers["cache-control"].startswith("public, max-age=1,")
    assert daemon.stop() == 0


def test_a_feed_with_a_schedule_of_its_own_waits_for_it(here: Site) -> None:
    here.configure(schedule="every 1s", topics={"Weekly": {"schedule": "@weekly"}})
    here.write("one", topics="AI, Weekly")
    daemon = here.start()
    daemon.wait_for("published")
    here.write("two", topics="AI, Weekly")
    until(lambda: daemon.shows("two", "ai/rss.xml"))
    time.sleep(1)
    assert daemon.shows("one", "weekly/rss.xml")
    assert not daemon.shows("two", "weekly/rss.xml")
    begun = daemon.events("run begins")
    assert [line["due"] for line in begun[:2]] == ["all", [""]]


def test_a_run_without_changes_looks_and_does_nothing(here: Site) -> None:
    here.configure(schedule="every 1s")
    age(here.write("one"))
    daemon = here.start()
    assert daemon.wait_for("nothing changed", count=2)["seconds"] < 1
    published = len(daemon.events("published"))
    assert published == 1
    age(here.write("two"))
    until(partial(daemon.shows, "two"))
    (here.folder / "output" / "ai" / "rss.xml").unlink()
    until(lambda: daemon.get("ai/rss.xml").status_code == 200)
    here.configure(schedule="every 1s", topics={"AI": {"title": "Machines"}})
    daemon.send(signal.SIGHUP)
    until(lambda: "<title>Machines</title>" in daemon.get("ai/rss.xml").text)
    daemon.wait_for("nothing changed", count=len(daemon.events("nothing changed")) + 1)
    assert daemon.health().json()["entries"] == 2


def test_a_feed_whose_turn_a_failed_run_took_is_in_the_next_one(here: Site) -> None:
    here.configure(schedule="every 1s", topics={"Weekly": {"schedule": "@weekly"}})
    here.write("one", topics="AI, Weekly")
    away = here.articles.rename(here.folder / "away")
    daemon = here.start()
    daemon.wait_for("run failed")
    away.rename(here.articles)
    daemon.wait_for("published")
    until(lambda: len(daemon.events("run begins")) > len(daemon.events("run failed")) + 1)
    due = [line["due"] for line in daemon.events("run begins")]
    failed = len(daemon.events("run failed"))
    assert due[: failed + 2] == ["all"] * (failed + 1) + [[""]]
    assert daemon.shows("one", "weekly/rss.xml")


def test_what_becomes_due_during_a_run_makes_one_more_run(here: Site) -> None:
    here.configure(schedule="every 1s")
    here.write("one")
    daemon = here.start()
    child = until(lambda: publisher(daemon.process.pid))
    os.kill(child, signal.SIGSTOP)
    time.sleep(3.5)  # three ticks pass
    here.write("two")
    os.kill(child, signal.SIGCONT)
    daemon.wait_for("run begins", count=3)
    begun = [datetime.fromisoformat(line["timestamp"]) for line in daemon.events("run begins")]
    ended = datetime.fromisoformat(daemon.events("published")[0]["timestamp"])
    assert 0 <= (begun[1] - ended).total_seconds() < 0.5  # at once
    assert (begun[2] - begun[1]).total_seconds() > 0.2  # by the next tick, not by those that passed
    until(partial(daemon.shows, "two"))


def test_a_rejected_article_is_told_once_and_again_when_it_is_wrong_otherwise(here: Site) -> None:
    here.configure(schedule="every 1s")
    bad = here.write("bad")
    bad.write_text("---\ntitle: [\n---\n", encoding="utf-8")
    daemon = here.start()
    first = daemon.wait_for("rejected")["what"]
    assert first.startswith("articles/bad.md:3:")
    daemon.wait_for("run begins", count=4)
    assert [line["what"] for line in daemon.events("rejected")] == [first]
    bad.write_text("---\npublished: true\n---\n", encoding="utf-8")
    assert "title" in daemon.wait_for("rejected", count=2)["what"]
    assert daemon.health().json()["rejected"] == 1


def test_two_publishers_take_turns(here: Site) -> None:
    here.configure(schedule="every 1s")
    here.write("one")
    daemon = here.start()
    daemon.wait_for("published")
    command = [sys.executable, "-m", "feeds", "publish", "--wait"]
    for number in range(3):
        here.write(f"by hand{number}")
        subprocess.run(command, cwd=here.folder, check=True, capture_output=True)
        until(partial(daemon.shows, f"by hand{number}"))
    assert not daemon.events("run failed")


def test_systemd_hears_of_start_reload_life_and_stop(here: Site) -> None:
    here.configure()
    here.write("one")
    path = here.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(20)
        daemon = here.start(env={"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "600000"})

        said: list[str] = []

        def heard(prefix: str) -> str:
            while True:
                said.append(manager.recv(4096).decode())
                if said[-1].startswith(prefix):
                    return said[-1]

        heard("READY=1")
        assert "1 entry. Next run at " in heard("STATUS=")
        beats = []
        for _ in range(4):
            heard("WATCHDOG=1")
            beats.append(time.monotonic())
        assert min(later - earlier for earlier, later in pairwise(beats)) <= 0.6
        daemon.send(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in heard("RELOADING=1")
        heard("READY=1")
        daemon.send(signal.SIGTERM)
        heard("STOPPING=1")
        assert daemon.process.wait(10) == 0


def test_a_slow_hub_does_not_hold_up_the_next_run(here: Site) -> None:
    asked: list[str] = []

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["content-length"])).decode())
            time.sleep(3)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    hub = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    Thread(target=hub.serve_forever, daemon=True).start()
    try:
        here.configure(watch=True, hub=f"http://127.0.0.1:{hub.server_port}/")
        here.write("one")
        daemon = here.start()
        daemon.wait_for("published")
        until(lambda: asked)
        here.write("two")
        daemon.wait_for("published", count=2, seconds=2.9)
        told = daemon.wait_for("hub told")
        assert told["feeds"] == 6
        assert 'feeds_pings_total{outcome="ok"}' in daemon.health("metrics").text
        assert daemon.stop() == 0
    finally:
        hub.shutdown()
        hub.server_close()


def test_an_address_in_use_is_one_clear_line(here: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        here.configure(serve={"port": port})
        result = subprocess.run(
            [sys.executable, "-m", "feeds", "daemon", "--serve"],
            cwd=here.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert result.returncode == 1
    assert f"feeds: cannot serve on 127.0.0.1 port {port}: Address already in use." in result.stderr
    assert "Traceback" not in result.stderr


def test_a_reader_that_polls_the_daemon_gets_304_until_something_changes(here: Site) -> None:
    here.configure(watch=True)
    here.write("one")
    daemon = here.start()
    daemon.wait_for("published")
    address = daemon.url("feeds") + "ai/atom.xml"
    first = feedparser.parse(address)
    assert first.status == 200
    assert feedparser.parse(address, etag=first.etag, modified=first.modified).status == 304
    here.write("two")
    daemon.wait_for("published", count=2)
    until(lambda: feedparser.parse(address, etag=first.etag).status == 200)
    assert (
        'feeds_http_requests_total{feed="ai",format="atom.xml",status="304"}' in daemon.health("metrics").text
    )
