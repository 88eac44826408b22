"""`feeds serve` as a process."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from web.asking import FEED, put

PROGRAM = Path(sys.executable).with_name("feeds")
CONFIG = "site: {{url: 'https://one.example/'}}\nhealth: {{port: 0}}\n{more}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "config/feeds.yaml", CONFIG.format(more="").encode())
    put(tmp_path / "output/index.html", b"<!doctype html>")
    put(tmp_path / "output/ai/rss.xml", FEED)
    return tmp_path


def command(*options: str) -> list[str]:
    return [str(PROGRAM), "serve", *options]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the line that it says when it listens."""
    log = (folder / "log").open("w", encoding="utf-8")
    with (
        log,
        subprocess.Popen(
            command("--port", "0", *options), cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def fetched(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    got = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return got


def logged(folder: Path, what: str) -> str:
    """The line of the log that says this, once it does."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        lines = (folder / "log").read_text(encoding="utf-8").splitlines()
        found = next((line for line in lines if what in line), None)
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"the log never said {what!r}: {lines}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_when_told(folder: Path, number: signal.Signals) -> None:
    with running(folder) as (process, line):
        match = re.fullmatch(r"Serving output/ at (http://127\.0\.0\.1:\d+/)\n", line)
        assert match
        status, headers, body = fetched(match[1], "/ai/rss.xml")
        assert (status, body) == (200, FEED)
        assert headers["link"] == '<https://one.example/ai/rss.xml>; rel="self"'
        process.send_signal(number)
        assert process.wait(10) == 0
    assert "warning" not in (folder / "log").read_text(encoding="utf-8")


def test_json_is_one_line_for_a_script(folder: Path) -> None:
    with running(folder, "--json") as (_, line):
        told = json.loads(line)
        assert told.keys() == {"url", "output"}
        assert fetched(told["url"], "/ai/rss.xml")[2] == FEED


def test_a_changed_config_is_taken_and_a_faulty_one_is_not(folder: Path) -> None:
    config = folder / "config/feeds.yaml"
    with running(folder, "--json") as (process, line):
        url = json.loads(line)["url"]
        config.write_text(CONFIG.format(more="nonsense: true\n"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        assert "nonsense: no such key" in logged(folder, "the config stays as it was")
        assert fetched(url, "/ai/rss.xml")[1]["cache-control"].startswith("public, max-age=300,")
        config.write_text(CONFIG.format(more="schedule: every 20m\nserve: {port: 1}\n"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        logged(folder, "config reloaded")
        assert fetched(url, "/ai/rss.xml")[1]["cache-control"].startswith("public, max-age=1200,")
        assert process.poll() is None


def test_nothing_to_serve_is_said_and_what_comes_is_served(folder: Path) -> None:
    with running(folder, "--output", "elsewhere", "--json") as (_, line):
        assert logged(
            folder, "warning: elsewhere: nothing is published there yet; 'feeds publish' does that."
        )
        url = json.loads(line)["url"]
        assert fetched(url, "/ai/rss.xml")[0] == 404
        put(folder / "elsewhere/ai/rss.xml", FEED)
        assert fetched(url, "/ai/rss.xml")[0] == 200


def test_requests_are_counted_for_who_runs_it_and_told_with_v(folder: Path) -> None:
    with running(folder, "-v", "--log-json") as (_, line):
        url = line.split()[-1]
        for _ in range(3):
            fetched(url, "/ai/rss.xml")
        health = json.loads(logged(folder, '"what": "health"'))["url"]
        metrics = fetched(health, "/metrics")[2].decode()
        assert 'feeds_http_requests_total{feed="ai",format="rss.xml",status="200"} 3.0' in metrics
        assert (
            json.loads(logged(folder, '"request"')).items()
            >= {"target": "/ai/rss.xml", "status": 200}.items()
        )


def test_an_address_in_use_is_an_error_and_a_wrong_port_wrong_usage(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            command("--port", str(port)), cwd=folder, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert (
        ended.stderr.splitlines()[-1]
        == f"feeds: cannot serve on 127.0.0.1 port {port}: Address already in use."
    )
    for wrong in ("65536", "-1", "http"):
        ended = subprocess.run(
            command(f"--port={wrong}"), cwd=folder, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, "expected a port of 0-65535" in ended.stderr) == (2, True)
