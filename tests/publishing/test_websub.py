"""WebSub, the publisher's side: what feeds say of their hub (§4), and what the hub hears of them (§6)."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from builders import write_article
from lxml import etree

from feeds.config import Config
from feeds.errors import OutputFailed
from feeds.publishing import output, websub
from feeds.publishing.publish import Orders, publish, rehearse
from feeds.publishing.report import Ping, Report
from feeds.publishing.websub import Patience, ping

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SITE = {"url": "https://feeds.example/", "id": "feeds.example,2026"}
ATOM = "{http://www.w3.org/2005/Atom}"
FORMATS = ("rss.xml", "atom.xml", "feed.json")
QUICK = Patience(settle=0, timeout=0.5, backoff=0.01, longest_wait=0.5, deadline=10)
TOPIC = "https://feeds.example/ai/rss.xml"


class Heard(NamedTuple):
    """One request to the hub."""

    path: str
    content_type: str
    form: dict[str, list[str]]
    at: float


@dataclass
class Hub:
    """A real HTTP server that writes down what it hears; `answers` are given in turn, the last for ever."""

    url: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(202, {})])
    heard: list[Heard] = field(default_factory=list)
    delay: float = 0
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Heard) -> tuple[int, dict[str, str]]:
        with self.lock:
            self.heard.append(request)
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        time.sleep(self.delay)
        with self.lock:
            self.busy -= 1
        return given

    @property
    def topics(self) -> list[str]:
        """What it was told of, in the order of the alphabet."""
        return sorted(one.form["hub.url"][0] for one in self.heard)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(websub, "PATIENCE", replace(websub.PATIENCE, settle=0))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            form = parse_qs(body, strict_parsing=True)
            status, headers = told.answer(
                Heard(self.path, self.headers["Content-Type"], form, time.monotonic())
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Hub(f"http://127.0.0.1:{server.server_port}/hub")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


@pytest.fixture
def hanging() -> Iterator[str]:
    """A hub that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    write_article(tmp_path / "articles" / "one.md", topics=["AI"], published=True)
    return _config(tmp_path)


def _config(folder: Path, **keys: object) -> Config:
    paths = {"sources": (folder / "articles",), "output": folder / "output", "state": folder / "state"}
    return Config.model_validate({"site": SITE, **paths, **keys})


def _with(settings: Config, **keys: object) -> Config:
    return Config.model_validate(settings.model_dump(exclude_unset=True) | keys)


def _addresses(*slugs: str) -> list[str]:
    return sorted(f"{SITE['url']}{slug}/{name}" for slug in slugs for name in FORMATS)


# --- §4 Discovery: what the feeds themselves say. The Link headers are the server's.


class Said(NamedTuple):
    """The hubs and the self links that a feed states."""

    hubs: list[str]
    selves: list[str]


def _said(path: Path) -> Said:
    """By Appendix B of RFC 5988, as §4 has it, in XML; by jsonfeed.org/version/1.1 in JSON."""
    if path.suffix == ".json":
        document = json.loads(path.read_bytes())
        return Said(
            [one["url"] for one in document.get("hubs", []) if one["type"] == "WebSub"],
            [document["feed_url"]],
        )
    root = etree.parse(path).getroot()
    links = (root if path.name == "atom.xml" else root[0]).findall(f"{ATOM}link")
    return Said(
        [str(link.attrib["href"]) for link in links if link.get("rel") == "hub"],
        [str(link.attrib["href"]) for link in links if link.get("rel") == "self"],
    )


@pytest.fixture
def advertised(settings: Config, hub: Hub) -> dict[str, Said]:
    """Path below output → what each feed of a publish with a hub says, for each of its formats."""
    hub.url += "?key=1&other=2"
    written = publish(_with(settings, hub=hub.url), NOW).written
    paths = [path for path in written if path.endswith(FORMATS)]
    assert len(paths) == 2 * len(FORMATS)
    return {path: _said(settings.output / path) for path in paths}


def test_every_feed_names_its_hub(advertised: dict[str, Said], hub: Hub) -> None:
    """§4: 'The URL of one or more hubs designated by the publisher', by embedded link elements."""
    assert [said.hubs for said in advertised.values()] == [[hub.url]] * len(advertised)


def test_every_feed_has_exactly_one_self_link(advertised: dict[str, Said]) -> None:
    """§4: 'exactly one … rel=self'."""
    assert [len(said.selves) for said in advertised.values()] == [1] * len(advertised)


def test_self_is_the_canonical_address_of_the_topic(advertised: dict[str, Said]) -> None:
    """§4: 'The canonical URL for the topic to which subscribers are expected to use for subscriptions.'"""
    assert {path: said.selves for path, said in advertised.items()} == {
        path: [f"{SITE['url']}{path}"] for path in advertised
    }


def test_each_representation_is_a_topic_of_its_own(advertised: dict[str, Said]) -> None:
    """§4.1: 'it is important that the rel=self URL only offers a single representation'."""
    selves = [said.selves[0] for said in advertised.values()]
    assert len(set(selves)) == len(selves)


def test_hub_and_self_are_absolute_http_addresses(advertised: dict[str, Said]) -> None:
    """§5.1.1: 'The topic and callback URLs MAY use HTTP or HTTPS schemes'; §5.1 the same of the hub."""
    for said in advertised.values():
        for address in (*said.hubs, *said.selves):
            assert urlsplit(address).scheme in ("http", "https")
            assert urlsplit(address).hostname
            assert urlsplit(address).fragment == ""


@pytest.mark.usefixtures("advertised")
def test_pages_are_no_topics(settings: Config) -> None:
    """§6: 'The publisher MUST inform the hubs … when a topic has been updated': pages are not announced."""
    for page in settings.output.rglob("*.html"):
        rels = {element.get("rel") for element in etree.parse(page, etree.HTMLParser()).iter()}
        assert "alternate" in rels
        assert not {"hub", "self"} & rels


def test_without_a_hub_nothing_is_advertised(settings: Config) -> None:
    publish(settings, NOW)
    said = [_said(settings.output / slug / name) for slug in ("ai", "all") for name in FORMATS]
    assert [one.hubs for one in said] == [[]] * 6
    assert [len(one.selves) for one in said] == [1] * 6


# --- §6 Publishing: what the hub hears


def test_each_changed_feed_is_announced_once_in_each_format(settings: Config, hub: Hub) -> None:
    report = publish(_with(settings, hub=hub.url), NOW)
    assert hub.topics == _addresses("ai", "all")
    assert sorted(one.url for one in report.pings) == hub.topics
    assert {(one.ok, one.outcome, one.tries) for one in report.pings} == {(True, "HTTP 202 Accepted", 1)}
    assert report.once == ()


def test_a_ping_is_the_form_that_hubs_ask_for(hub: Hub) -> None:
    ping(hub.url, [f"{TOPIC}?a=ä&b"], QUICK)
    (heard,) = hub.heard
    assert heard.content_type == "application/x-www-form-urlencoded"
    assert heard.form == {
        "hub.mode": ["publish"],
        "hub.url": [f"{TOPIC}?a=ä&b"],
        "hub.topic": [f"{TOPIC}?a=ä&b"],
    }


def test_a_topic_is_the_self_link_of_the_feed_that_was_written(settings: Config, hub: Hub) -> None:
    settings = _with(settings, hub=hub.url)
    report = publish(settings, NOW)
    selves = {_said(settings.output / path).selves[0] for path in report.written if path.endswith(FORMATS)}
    assert selves == set(hub.topics)


def test_unchanged_feeds_are_not_announced(settings: Config, hub: Hub) -> None:
    settings = _with(settings, hub=hub.url)
    publish(settings, NOW)
    hub.heard.clear()
    assert publish(settings, NOW).pings == ()
    write_article(settings.sources[0] / "two.md", topics=["Space"], published=True)
    publish(settings, NOW)
    assert hub.topics == _addresses("all", "space")


def test_a_list_of_feeds_that_alone_changed_is_not_announced(settings: Config, hub: Hub) -> None:
    settings = _with(settings, hub=hub.url)
    publish(settings, NOW)
    hub.heard.clear()
    (settings.output / "feeds.opml").unlink()
    (settings.output / "ai" / "index.html").unlink()
    assert set(publish(settings, NOW).written) == {"feeds.opml", "ai/index.html"}
    assert hub.heard == []


def test_a_rehearsal_announces_nothing(settings: Config, hub: Hub) -> None:
    assert rehearse(_with(settings, hub=hub.url), NOW).pings == ()
    assert hub.heard == []


def test_a_refused_run_announces_nothing(settings: Config, hub: Hub) -> None:
    (settings.sources[0] / "bad.md").write_text("---\n---\n")
    report = publish(_with(settings, hub=hub.url), NOW, Orders(strict=True))
    assert (report.outcome, report.pings, hub.heard) == ("refused", (), [])


def test_a_run_that_could_not_write_announces_nothing(settings: Config, hub: Hub) -> None:
    settings.output.write_text("in the way")
    with pytest.raises(OutputFailed):
        publish(_with(settings, hub=hub.url), NOW)
    assert hub.heard == []


def test_a_hub_hears_only_of_what_stands_committed_and_unlocked(
    settings: Config, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _with(settings, hub=hub.url)
    seen: list[Report] = []
    listen = hub.answer

    def answer(request: Heard) -> tuple[int, dict[str, str]]:
        path = settings.output / urlsplit(request.form["hub.url"][0]).path[1:]
        assert _said(path).selves == request.form["hub.url"]
        with hub.lock, output.locked(settings.state, wait=False):
            pass
        seen.append(rehearse(settings, NOW))
        return listen(request)

    monkeypatch.setattr(hub, "answer", answer)
    monkeypatch.setattr(websub, "PATIENCE", replace(QUICK, at_once=1))
    assert all(one.ok for one in publish(settings, NOW).pings)
    assert [one.written for one in seen] == [()] * 6


def test_a_hub_that_comes_at_once_is_served_what_it_was_told_of(
    settings: Config, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our server looks at a file twice a second; a hub that found the old version would tell nobody."""
    monkeypatch.undo()
    monkeypatch.setenv("NO_PROXY", "*")
    settings = _with(settings, hub=hub.url)
    with _feeds_serve(settings) as address:
        fetched: list[bytes] = []
        listen = hub.answer

        def answer(request: Heard) -> tuple[int, dict[str, str]]:
            topic = urlsplit(request.form["hub.url"][0]).path
            fetched.append(httpx.get(address + topic).content)
            return listen(request)

        hub.answer = answer  # type: ignore[method-assign] # what this hub does with a ping
        for title in ("First", "Second"):
            write_article(settings.sources[0] / "one.md", topics=["AI"], published=True, title=title)
            with _readers(address):
                report = publish(settings, NOW)
            assert all(one.ok for one in report.pings)
            assert [title.encode() in body for body in fetched] == [True] * 6
            fetched.clear()


@contextmanager
def _feeds_serve(settings: Config) -> Iterator[str]:
    config = settings.output.parent / "serve.yaml"
    config.write_text(json.dumps({"site": SITE, "output": str(settings.output), "health": {"port": 0}}))
    command = [sys.executable, "-m", "feeds", "serve", "--json", "--port", "0", "--config", str(config)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=settings.output.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["url"].rstrip("/")
        finally:
            process.terminate()


@contextmanager
def _readers(address: str) -> Iterator[None]:
    """Readers who never stop to ask, so that the server has every feed at hand."""
    stop = threading.Event()

    def read() -> None:
        with httpx.Client() as client:
            while not stop.is_set():
                for path in _addresses("ai", "all"):
                    client.get(address + urlsplit(path).path)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_what_a_hub_says_changes_no_byte(settings: Config, hub: Hub, tmp_path: Path) -> None:
    def tree(settings: Config) -> dict[str, bytes]:
        publish(settings, NOW)
        paths = (path for path in settings.output.rglob("*") if path.is_file())
        return {str(path.relative_to(settings.output)): path.read_bytes() for path in paths}

    accepted = tree(_with(settings, hub=hub.url))
    hub.answers = [(400, {})]
    again = _with(settings, hub=hub.url, output=tmp_path / "output2", state=tmp_path / "state2")
    assert tree(again) == accepted


# --- a hub that fails


@pytest.mark.parametrize(
    ("answers", "tries", "outcome"),
    [
        pytest.param([200], 1, "HTTP 200 OK", id="200"),
        pytest.param([204], 1, "HTTP 204 No Content", id="204"),
        pytest.param([503, 202], 2, "HTTP 202 Accepted", id="recovers"),
        pytest.param([500, 429, 204], 3, "HTTP 204 No Content", id="recovers late"),
        pytest.param([500], 3, "HTTP 500 Internal Server Error", id="500"),
        pytest.param([429], 3, "HTTP 429 Too Many Requests", id="429"),
        pytest.param([400], 1, "HTTP 400 Bad Request", id="400"),
        pytest.param([404], 1, "HTTP 404 Not Found", id="404"),
        pytest.param([599], 3, "HTTP 599", id="no status of any standard"),
    ],
)
def test_what_is_tried_again(hub: Hub, answers: list[int], tries: int, outcome: str) -> None:
    hub.answers = [(status, {}) for status in answers]
    (told,) = ping(hub.url, [TOPIC], QUICK)
    assert told == Ping(TOPIC, ok=answers[-1] < 300, outcome=outcome, tries=tries)
    assert len(hub.heard) == tries


def test_each_further_try_waits_twice_as_long(hub: Hub) -> None:
    hub.answers = [(500, {})]
    ping(hub.url, [TOPIC], replace(QUICK, backoff=0.1))
    first, second, third = (one.at for one in hub.heard)
    assert 0.1 <= second - first < 0.2 <= third - second


@pytest.mark.parametrize("status", [429, 503])
def test_a_hub_that_says_when_to_come_again_is_obeyed(hub: Hub, status: int) -> None:
    hub.answers = [(status, {"Retry-After": "1"}), (202, {})]
    (told,) = ping(hub.url, [TOPIC], replace(QUICK, longest_wait=1))
    assert (told.ok, told.tries) == (True, 2)
    assert hub.heard[1].at - hub.heard[0].at >= 1


def test_a_date_to_come_again_is_read_by_the_clock_of_the_hub() -> None:
    with _raw_hub(f"Date: {_date(7)}\r\nRetry-After: {_date(8)}\r\n") as hub:
        began = time.monotonic()
        ping(hub, [TOPIC], replace(QUICK, longest_wait=1, tries=2))
        assert time.monotonic() - began >= 1


def _date(second: int) -> str:
    return format_datetime(datetime(1999, 12, 31, 23, 59, second, tzinfo=UTC), usegmt=True)


def _hear(connection: socket.socket) -> None:
    """The whole request: a connection that is closed with some of it unread is reset."""
    heard = b""
    while b"hub.topic=" not in heard:
        heard += connection.recv(65536)


@contextmanager
def _raw_hub(headers: str, status: str = "503 Busy") -> Iterator[str]:
    """A hub whose every header is given: http.server adds a Date of its own."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                _hear(connection)
                connection.sendall(f"HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n".encode())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("asked", ["3600", "99999999999999999999", _date(59)])
def test_a_hub_that_asks_for_long_is_left_alone(asked: str) -> None:
    with _raw_hub(f"Date: {_date(1)}\r\nRetry-After: {asked}\r\n") as hub:
        (told,) = ping(hub, [TOPIC], QUICK)
    assert told == Ping(TOPIC, ok=False, outcome="HTTP 503 Service Unavailable", tries=1)


@pytest.mark.parametrize("asked", ["", "soon", "-1", "1.5", _date(0), "Fri, 31 Dec 1999 23:59:59 -0000"])
def test_a_time_that_is_none_or_past_leaves_the_backoff(asked: str) -> None:
    with _raw_hub(f"Date: {_date(1)}\r\nRetry-After: {asked}\r\n") as hub:
        (told,) = ping(hub, [TOPIC], QUICK)
    assert told.tries == 3


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_is_followed(hub: Hub, status: int) -> None:
    hub.answers = [(status, {"Location": "/elsewhere"}), (202, {})]
    assert ping(hub.url, [TOPIC], QUICK)[0] == Ping(TOPIC, ok=True, outcome="HTTP 202 Accepted", tries=1)
    assert [one.path for one in hub.heard] == ["/hub", "/elsewhere"]
    assert hub.heard[0].form == hub.heard[1].form


@pytest.mark.parametrize(
    ("status", "outcome"), [(301, "Moved Permanently"), (302, "Found"), (303, "See Other")]
)
def test_a_redirect_that_would_become_a_get_is_not(hub: Hub, status: int, outcome: str) -> None:
    hub.answers = [(status, {"Location": "/elsewhere"}), (202, {})]
    assert ping(hub.url, [TOPIC], QUICK) == (
        Ping(TOPIC, ok=False, outcome=f"HTTP {status} {outcome}", tries=1),
    )


def test_a_redirect_in_a_circle_ends(hub: Hub) -> None:
    hub.answers = [(308, {"Location": "/hub"})]
    assert ping(hub.url, [TOPIC], QUICK)[0].outcome == "HTTP 308 Permanent Redirect"
    assert len(hub.heard) == 4


@pytest.mark.parametrize(
    "location", ["ftp://hub.example/", "http://[::zz]/", "http://xn--zzzzzz--/", "http://", "\x7f", ""]
)
def test_a_redirect_to_nowhere_is_an_outcome(hub: Hub, location: str) -> None:
    hub.answers = [(308, {"Location": location})]
    (told,) = ping(hub.url, [TOPIC], QUICK)
    assert not told.ok
    assert told.outcome


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\xff", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-"]
)
def test_a_hub_that_does_not_speak_http_is_an_outcome(answer: bytes) -> None:
    def serve() -> None:
        for _ in range(QUICK.tries):
            connection, _ = server.accept()
            with connection:
                _hear(connection)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        (told,) = ping(f"http://127.0.0.1:{server.getsockname()[1]}/", [TOPIC], QUICK)
        thread.join()
    assert (told.ok, told.tries) == (False, 3)
    assert told.outcome


def test_a_hub_that_hangs_is_given_up(hanging: str) -> None:
    began = time.monotonic()
    (told,) = ping(hanging, [TOPIC], replace(QUICK, timeout=0.1))
    assert told == Ping(TOPIC, ok=False, outcome="no answer within 0.1 s", tries=3)
    assert time.monotonic() - began < 2


def test_a_hub_that_is_not_there_is_tried_and_then_left_alone(nobody: str) -> None:
    topics = [f"{TOPIC}?{number}" for number in range(20)]
    told = ping(nobody, topics, replace(QUICK, at_once=2))
    assert [one.url for one in told] == topics
    assert "Connect call failed" in told[0].outcome
    assert told[0].tries == 3
    assert set(told[2:]) == {
        Ping(topic, ok=False, outcome="not tried, the hub is unreachable", tries=0) for topic in topics[2:]
    }


def test_no_feed_keeps_another_from_being_announced(hub: Hub) -> None:
    hub.answers = [(404, {}), (500, {}), (202, {})]
    told = ping(hub.url, ["a", "b", "c"], replace(QUICK, at_once=1))
    assert [one.ok for one in told] == [False, True, True]


def test_all_pings_together_have_a_deadline(hub: Hub) -> None:
    hub.delay = 0.3
    began = time.monotonic()
    told = ping(hub.url, map(str, range(9)), replace(QUICK, at_once=2, deadline=1))
    assert time.monotonic() - began < 2
    late = [one for one in told if not one.ok]
    assert 3 <= len(late) < 9  # two at a time and three times in a second, where the machine is quick
    assert {one.outcome for one in late} == {"not done within 1 s"}
    assert sum(one.tries for one in late) <= 2


def test_a_hub_that_drips_meets_the_deadline() -> None:
    """Each byte restarts a timeout between bytes, and none restarts the deadline."""
    stop = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
                if stop.wait(0.05):
                    return
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        began = time.monotonic()
        (told,) = ping(f"http://127.0.0.1:{server.getsockname()[1]}/", [TOPIC], replace(QUICK, deadline=1))
        stop.set()
        thread.join()
    assert told == Ping(TOPIC, ok=False, outcome="not done within 1 s", tries=1)
    assert time.monotonic() - began < 2


def test_a_hub_is_asked_by_few_at_once(hub: Hub) -> None:
    hub.delay = 0.1
    assert all(one.ok for one in ping(hub.url, map(str, range(12)), replace(QUICK, at_once=3)))
    assert hub.busiest == 3


# --- what people and scripts see of it


@pytest.fixture
def feeds(settings: Config) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in the folder of the settings; returns exit status, output and faults."""
    folder = settings.output.parent
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"}

    def feeds(hub: str, *arguments: str) -> tuple[int, str, str]:
        (folder / "feeds.yaml").write_text(f"site: {json.dumps(SITE)}\nsources: articles\nhub: {hub}\n")
        old = time.time() - 10  # for the next run to be sure that nothing changed
        for path in settings.sources[0].iterdir():
            os.utime(path, (old, old))
        run = subprocess.run(
            [sys.executable, "-c", EVENTS, *arguments, "--config", "feeds.yaml"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in run.stderr
        return run.returncode, run.stdout, run.stderr

    return feeds


EVENTS = """
import sys
from feeds.cli.main import main
status = main(sys.argv[1:])
if "-v" in sys.argv:
    print("imported:", *sorted({"httpx", "asyncio"} & set(sys.modules)))
sys.exit(status)
"""
Feeds = Callable[..., tuple[int, str, str]]


def test_the_summary_counts_the_feeds_that_were_announced(feeds: Feeds, hub: Hub) -> None:
    status, out, err = feeds(hub.url, "publish")
    assert (status, err) == (0, "")
    assert "\n  hub       6 feeds pinged\n" in out
    status, out, err = feeds(hub.url, "publish")
    assert (status, err) == (0, "")
    assert "hub" not in out
    assert len(hub.heard) == 6


def test_a_failing_hub_is_one_warning_and_no_failure(feeds: Feeds, hub: Hub, settings: Config) -> None:
    hub.answers = [(403, {})]
    status, out, err = feeds(f"{hub.url}?token=secret", "publish")
    assert status == 0
    assert "\n  hub       0 feeds pinged\n" in out
    assert err == (
        "warning: hub 127.0.0.1: 6 of 6 changed feeds could not be announced: HTTP 403 Forbidden\n"
    )
    assert (settings.output / "ai" / "rss.xml").exists()
    assert feeds(f"{hub.url}?token=secret", "publish")[::2] == (0, "")


def test_a_hub_that_is_not_there_fails_no_publish(feeds: Feeds, nobody: str, settings: Config) -> None:
    status, out, err = feeds(nobody, "publish", "--json")
    assert status == 0
    assert err == ""
    report = json.loads(out)
    assert (report["outcome"], len(report["written"]), len(report["pings"])) == ("published", 10, 6)
    assert report["pings"][0]["tries"] == 3
    assert len(report["once"]) == 1
    assert (settings.output / "ai" / "rss.xml").exists()


def test_json_has_every_ping_and_a_repeated_run_none(feeds: Feeds, hub: Hub) -> None:
    _, out, _ = feeds(hub.url, "publish", "--json")
    pings = json.loads(out)["pings"]
    assert sorted(one["url"] for one in pings) == _addresses("ai", "all")
    assert pings[0] == {"url": pings[0]["url"], "ok": True, "outcome": "HTTP 202 Accepted", "tries": 1}
    assert json.loads(feeds(hub.url, "publish", "--json")[1])["pings"] == []


def test_what_pings_need_is_imported_only_for_pings(feeds: Feeds, hub: Hub) -> None:
    def imported(*arguments: str) -> str:
        return feeds(hub.url, *arguments, "-v")[1].splitlines()[-1]

    assert imported("publish", "--dry-run") == "imported:"
    assert imported("publish") == "imported: asyncio httpx"
    assert imported("publish", "--wait") == "imported:"
