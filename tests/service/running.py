"""A real daemon, as a process on a real folder, watched from outside as a person would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ARTICLE = """---
title: {title}
publishedDateTime: {published}
webUrl: https://example.com/{name}
topics: [{topics}]
quality: 80
---
Text of {title}.
"""
PATIENCE = 30.0  # for what a busy machine does late; what a test measures has its own limit


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first true value of a condition; fails when it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {condition}")


class Daemon:
    """`feeds daemon` below a folder: its log lines as they come, its health, its feeds."""

    def __init__(self, folder: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self._log = folder / "log.jsonl"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feeds", "daemon", "--serve", "--log-json", "-v", *options],
                cwd=folder,
                stderr=log,
                stdout=subprocess.DEVNULL,
                env=os.environ | (env or {}),
            )

    @property
    def log(self) -> list[dict[str, Any]]:
        text = self._log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == event]

    def wait_for(self, event: str, count: int = 1, seconds: float = PATIENCE) -> dict[str, Any]:
        def seen() -> list[dict[str, Any]]:
            assert self.process.poll() is None or self.events(event), self._log.read_text(encoding="utf-8")
            return self.events(event)[count - 1 :]

        return dict(until(seen, seconds)[0])

    def url(self, what: str) -> str:
        self.wait_for("serving", 2)
        return next(str(line["url"]) for line in self.events("serving") if line["what"] == what)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url("feeds") + path)

    def health(self, path: str = "healthz") -> httpx.Response:
        return httpx.get(self.url("health") + path)

    def shows(self, title: str, path: str = "all/rss.xml") -> bool:
        return f"<title>{title}</title>" in self.get(path).text

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 10) -> int:
        self.send(number)
        return self.process.wait(seconds)


class Site:
    """A folder with articles and a config, and the daemons that were started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = folder / "articles"
        self.articles.mkdir()
        self.daemons: list[Daemon] = []

    def configure(self, **keys: object) -> None:
        path = self.folder / "config" / "feeds.yaml"
        path.parent.mkdir(exist_ok=True)
        settings = {
            "site": {"url": "http://127.0.0.1:8000/", "id": "example.com,2026", "title": "Test"},
            "sources": ["articles"],
            "schedule": "every 1h",
            "serve": {"port": 0},
            "health": {"port": 0},
        }
        path.write_text(json.dumps(settings | keys), encoding="utf-8")  # JSON is YAML

    def write(self, name: str, title: str = "", topics: str = "AI", at: datetime | None = None) -> Path:
        path = self.articles / f"{name}.md"
        published = (at or datetime(2026, 11, 1, tzinfo=UTC)).isoformat()
        text = ARTICLE.format(name=name, title=title or name, topics=topics, published=published)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *options: str, env: dict[str, str] | None = None) -> Daemon:
        daemon = Daemon(self.folder, *options, env=env)
        self.daemons.append(daemon)
        return daemon


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site whose daemons end with the test."""
    one = Site(folder)
    try:
        yield one
    finally:
        for daemon in one.daemons:
            daemon.process.kill()
            daemon.process.wait()
