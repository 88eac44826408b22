"""What is published is what is served, within a second, whole; and each version is prepared once."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest
import structlog
from web.asking import FEED, Answered, Ask, connected, direct, left, over, put, served

from feeds.config import Config
from feeds.publishing.output import Document, write
from feeds.web import answers, files, versions
from feeds.web.answers import Answer
from feeds.web.responder import Access, Responder

WITHIN = 1.0  # second


@pytest.fixture
def asked(responder: Responder) -> Iterator[Ask]:
    with served(responder) as port, connected(port) as connection:
        yield over(connection)


def until(ask: Callable[[], Answered], right: Callable[[Answered], bool], within: float) -> float:
    """Ask again and again until the answer is right; returns how long that took."""
    began = time.monotonic()
    while not right(ask()):
        assert time.monotonic() - began < within + 5, "never"
        time.sleep(0.005)
    return time.monotonic() - began


def has(body: bytes, answered: Answered) -> bool:
    return answered.body == body


def test_a_feed_that_was_replaced_is_served_within_a_second(asked: Ask, config: Config) -> None:
    for number in range(4):
        asked(b"GET", b"/ai/rss.xml", ((b"accept-encoding", b"br"),))
        body = FEED + b"<!-- %d -->" % number
        write(config.output, [Document("ai/rss.xml", body)])
        took = until(lambda: asked(b"GET", b"/ai/rss.xml"), partial(has, body), WITHIN)
        assert took < WITHIN


def test_a_feed_that_appears_is_there_at_once_and_one_that_goes_is_gone(asked: Ask, config: Config) -> None:
    assert asked(b"GET", b"/fresh/rss.xml").status == 404
    write(config.output, [Document("fresh/rss.xml", FEED)])
    assert asked(b"GET", b"/fresh/rss.xml").body == FEED
    (config.output / "fresh/rss.xml").unlink()
    assert (
        until(lambda: asked(b"GET", b"/fresh/rss.xml"), lambda answered: answered.status == 404, WITHIN)
        < WITHIN
    )


def test_a_file_that_became_a_link_is_no_longer_served(asked: Ask, config: Config, tmp_path: Path) -> None:
    assert asked(b"GET", b"/ai/rss.xml").status == 200
    (config.output / "ai/rss.xml").unlink()
    (config.output / "ai/rss.xml").symlink_to(tmp_path / "outside/rss.xml")
    assert (
        until(lambda: asked(b"GET", b"/ai/rss.xml"), lambda answered: answered.status == 404, WITHIN) < WITHIN
    )


def test_a_file_that_is_edited_in_place_is_served_as_it_is_now(asked: Ask, config: Config) -> None:
    asked(b"GET", b"/style.css")
    with (config.output / "style.css").open("ab") as file:
        file.write(b"more")
    took = until(
        lambda: asked(b"GET", b"/style.css"), lambda answered: answered.body.endswith(b"more"), WITHIN
    )
    assert took < WITHIN
    assert asked(b"GET", b"/style.css")["content-length"] == str((config.output / "style.css").stat().st_size)


def test_the_tag_stays_when_only_the_time_moves(responder: Responder, config: Config) -> None:
    before = direct(responder)(b"GET", b"/ai/rss.xml")
    os.utime(config.output / "ai/rss.xml", (1_600_000_000, 1_600_000_000))
    time.sleep(versions.FRESH)
    after = direct(responder)(b"GET", b"/ai/rss.xml")
    assert after["etag"] == before["etag"]
    assert parsedate_to_datetime(after["last-modified"]).timestamp() == 1_600_000_000


def test_the_whole_folder_may_be_replaced(asked: Ask, config: Config, tmp_path: Path) -> None:
    asked(b"GET", b"/ai/rss.xml")
    put(tmp_path / "next/ai/rss.xml", b"<rss>next</rss>")
    config.output.rename(tmp_path / "previous")
    (tmp_path / "next").rename(config.output)
    took = until(lambda: asked(b"GET", b"/ai/rss.xml"), lambda answered: b"next" in answered.body, WITHIN)
    assert took < WITHIN


def test_a_feed_that_moves_is_redirected_while_the_server_runs(asked: Ask, config: Config) -> None:
    assert asked(b"GET", b"/ai/rss.xml").status == 200
    left(config, {"ai": "new"})
    took = until(lambda: asked(b"GET", b"/ai/rss.xml"), lambda answered: answered.status == 301, 2 * WITHIN)
    assert took < 2 * WITHIN
    left(config, {})
    until(lambda: asked(b"GET", b"/ai/rss.xml"), lambda answered: answered.status == 200, 2 * WITHIN)


def test_a_new_config_needs_no_restart(asked: Ask, responder: Responder, config: Config) -> None:
    assert asked(b"GET", b"/ai/rss.xml")["cache-control"].startswith("public, max-age=300,")
    changed = {
        "site": {"url": "https://elsewhere.example/"},
        "schedule": "@daily",
        "topics": {},
        "hub": None,
        "moved": {"deep": "ai"},
    }
    responder.configure(Config.model_validate(config.model_dump(exclude_unset=True) | changed))
    answered = asked(b"GET", b"/ai/rss.xml")
    assert answered["cache-control"] == "public, max-age=3600, stale-while-revalidate=3600"
    assert answered["link"] == '<https://elsewhere.example/ai/rss.xml>; rel="self"'
    assert asked(b"GET", b"/deep/rss.xml")["location"] == "../ai/rss.xml"


@pytest.mark.parametrize(
    ("settings", "age"),
    [
        ({}, 300),
        ({"schedule": "every 10s"}, 10),
        ({"schedule": "every 1s"}, 1),
        ({"schedule": "every 2h"}, 3600),
        ({"schedule": "0 7 * * mon-fri"}, 3600),
        ({"schedule": "*/20 * * * *"}, 1200),
        ({"watch": True}, 60),
        ({"watch": "poll", "schedule": "every 2h"}, 60),
        ({"watch": True, "schedule": "every 10s"}, 10),
        ({"schedule": "every 2h", "topics": {"C++": {"schedule": "every 5m"}}}, 300),
        ({"topics": {"Anything": {"slug": "c-plus-plus", "schedule": "every 7m"}}}, 420),
        ({"feeds": {"C Plus Plus": {"schedule": "every 3m"}}}, 180),
    ],
)
def test_max_age_is_the_least_time_between_two_runs(
    tmp_path: Path, settings: dict[str, object], age: int
) -> None:
    put(tmp_path / "output/c-plus-plus/rss.xml", FEED)
    paths = {"output": tmp_path / "output", "state": tmp_path / "state"}
    responder = Responder(Config.model_validate({**paths, **settings}))
    answered = direct(responder)(b"GET", b"/c-plus-plus/rss.xml")
    assert answered["cache-control"] == f"public, max-age={age}, stale-while-revalidate={age}"


def test_a_redirect_loop_leads_nowhere(tmp_path: Path) -> None:
    for slug in ("a", "b"):
        put(tmp_path / "output" / slug / "rss.xml", FEED)
    settings = {"output": tmp_path / "output", "state": tmp_path / "state", "moved": {"a": "b", "b": "a"}}
    ask = direct(Responder(Config.model_validate(settings)))
    assert [ask(b"GET", target).status for target in (b"/a/rss.xml", b"/b/rss.xml")] == [200, 200]


def test_each_version_is_prepared_once_however_many_want_it(
    responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[bytes] = []
    prepare = Responder.prepare

    def watched(self: Responder, target: bytes, accept: bytes) -> Answer:
        prepared.append(target)
        time.sleep(0.1)  # long enough for all to come
        return prepare(self, target, accept)

    monkeypatch.setattr(Responder, "prepare", watched)
    with served(responder) as port:

        def one(_number: int) -> bytes:
            with connected(port) as connection:
                return over(connection)(b"GET", b"/ai/rss.xml", ((b"accept-encoding", b"br"),)).body

        with ThreadPoolExecutor(32) as clients:
            bodies = set(clients.map(one, range(32)))
    assert len(bodies) == 1
    assert prepared == [b"/ai/rss.xml"]
    assert responder.traffic == {("ai", "rss.xml", 200): 32}


def test_memory_is_bounded_and_what_was_asked_for_last_stays(tmp_path: Path) -> None:
    for number in range(20):
        put(tmp_path / f"output/feed-{number}/rss.xml", os.urandom(1000))
    responder = Responder(Config(output=tmp_path / "output", state=tmp_path / "state"), limit=5000)
    ask = direct(responder)
    for number in range(20):
        assert ask(b"GET", b"/feed-%d/rss.xml" % number).status == 200
    held = [n for n in range(20) if responder.at_once(b"GET", b"/feed-%d/rss.xml" % n, []) is not None]
    assert held == [15, 16, 17, 18, 19]


def test_codings_count_as_memory_too(tmp_path: Path) -> None:
    put(tmp_path / "output/a/rss.xml", os.urandom(1000).hex().encode())
    put(tmp_path / "output/b/rss.xml", os.urandom(1000).hex().encode())
    responder = Responder(Config(output=tmp_path / "output", state=tmp_path / "state"), limit=5000)
    for coding in (b"br", b"gzip", b"zstd"):
        responder.respond(b"GET", b"/a/rss.xml", [(b"accept-encoding", coding)])
    responder.respond(b"GET", b"/b/rss.xml", [])
    assert responder.at_once(b"GET", b"/a/rss.xml", []) is None
    assert responder.at_once(b"GET", b"/b/rss.xml", []) is not None


def test_a_file_that_is_larger_than_anybody_serves_is_not_served(
    responder: Responder, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1000)
    put(config.output / "large.txt", b"x" * 1001)
    assert direct(responder)(b"GET", b"/large.txt").status == 404
    assert direct(responder)(b"GET", b"/tiny.txt").status == 200


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_must_not_be_read_is_not_there(responder: Responder, config: Config) -> None:
    (config.output / "notes.txt").chmod(0)
    assert direct(responder)(b"GET", b"/notes.txt").status == 404


def test_a_fifo_or_a_folder_in_place_of_a_file_hangs_nobody(responder: Responder, config: Config) -> None:
    os.mkfifo(config.output / "fifo.xml")
    (config.output / "folder.xml").mkdir()
    ask = direct(responder)
    assert [ask(b"GET", target).status for target in (b"/fifo.xml", b"/folder.xml")] == [404, 404]


def test_trouble_of_the_disk_is_503_at_first_and_invisible_later(
    responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = direct(responder)
    known = ask(b"GET", b"/ai/rss.xml")

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "look", broken)
    monkeypatch.setattr(files, "read", broken)
    time.sleep(versions.FRESH)
    assert ask(b"GET", b"/ai/rss.xml") == known
    with structlog.testing.capture_logs() as logs:
        answered = ask(b"GET", b"/ai/atom.xml")
    assert (answered.status, answered["retry-after"]) == (503, "5")
    assert logs == [
        {
            "event": "cannot be read",
            "log_level": "error",
            "file": "ai/atom.xml",
            "cause": "Input/output error",
        }
    ]


def test_a_file_that_is_written_while_it_is_read_has_the_length_of_its_body(
    responder: Responder, config: Config
) -> None:
    path = config.output / "growing.txt"
    put(path, b"")
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"words " * 100)
                if file.tell() > 3_000_000:
                    file.truncate(0)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(200):
            responder.configure(config)  # nothing is in memory
            answered = direct(responder)(b"GET", b"/growing.txt")
            assert answered["content-length"] == str(len(answered.body))
    finally:
        stop.set()
        thread.join()


def test_traffic_names_what_exists_and_nothing_else(asked: Ask, responder: Responder) -> None:
    targets = (
        "/ai/rss.xml /ai/rss.xml / /feeds.opml /ai/ /nothing/rss.xml /logo.png /old/rss.xml /deep/er/ /ai"
    )
    for target in targets.encode().split():
        asked(b"GET", target)
    asked(b"GET", b"/ai/rss.xml", ((b"if-none-match", b"*"),))
    asked(b"POST", b"/ai/rss.xml")
    assert responder.traffic == {
        ("ai", "rss.xml", 200): 2,
        ("ai", "rss.xml", 304): 1,
        ("ai", "index.html", 200): 1,
        ("", "index.html", 200): 1,
        ("", "feeds.opml", 200): 1,
        ("", "", 200): 2,
        ("", "", 301): 2,
        ("", "", 404): 1,
        ("", "", 405): 1,
    }


def test_an_access_log_hears_of_each_request_on_both_ways(asked: Ask, responder: Responder) -> None:
    heard: list[Access] = []
    responder.access = heard.append
    for _ in range(2):
        asked(b"GET", b"/tiny.txt?x=1")
    assert [(one.method, one.target, one.status, one.size) for one in heard] == [
        ("GET", "/tiny.txt", 200, 4)
    ] * 2
    assert {one.client for one in heard} == {"127.0.0.1"}


def test_small_files_are_not_compressed_and_large_ones_only_if_they_shrink(config: Config) -> None:
    assert (config.output / "tiny.txt").stat().st_size < answers.SMALLEST
    put(config.output / "noise.txt", os.urandom(5000))
    answered = direct(Responder(config))(b"GET", b"/noise.txt", ((b"accept-encoding", b"gzip"),))
    assert answered.get("content-encoding") is None
    assert len(answered.body) == 5000
