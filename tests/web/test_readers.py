"""Those who read feeds: the second time they ask, nothing is sent."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import feedparser
import pytest
from reader import make_reader
from web.asking import served

from feeds.config import Config
from feeds.web.responder import Responder

FORMATS = ("rss.xml", "atom.xml")


@pytest.fixture
def published(published_seeds: Path, tmp_path: Path) -> Responder:
    return Responder(Config(output=published_seeds, state=tmp_path))


@pytest.fixture
def site(published: Responder) -> Iterator[str]:
    with served(published) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("name", [*FORMATS, "feed.json"])
@pytest.mark.parametrize("option", ["--etag-compare", "--time-cond"])
def test_curl_gets_304_the_second_time(
    site: str, published: Responder, tmp_path: Path, name: str, option: str
) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    tags, body = tmp_path / "etag", tmp_path / "body"
    command = [curl, "--silent", "--show-error", "--fail", "--compressed", "--output", str(body)]
    subprocess.run([*command, "--remote-time", "--etag-save", str(tags), f"{site}/all/{name}"], check=True)
    assert body.read_bytes() == (published._config.output / "all" / name).read_bytes()
    condition = ["--etag-compare", str(tags)] if option == "--etag-compare" else ["--time-cond", str(body)]
    # Of a 304 there is no body, and the file stays as it is.
    subprocess.run([*command, *condition, f"{site}/all/{name}"], check=True)
    assert published.traffic == {("all", name, 200): 1, ("all", name, 304): 1}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kept", ["etag", "modified"])
def test_feedparser_gets_304_the_second_time(site: str, published: Responder, name: str, kept: str) -> None:
    first = feedparser.parse(f"{site}/all/{name}")
    assert (first.status, bool(first.entries), first.bozo) == (200, True, False)
    assert first.encoding == "utf-8"
    second = feedparser.parse(f"{site}/all/{name}", **{kept: first[kept]})
    assert (second.status, second.entries) == (304, [])
    assert published.traffic == {("all", name, 200): 1, ("all", name, 304): 1}


@pytest.mark.parametrize("name", [*FORMATS, "feed.json"])
def test_reader_gets_304_the_second_time(
    site: str, published: Responder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The feedparser inside reader 3.26 imports sgmllib, which no dependency of it brings any more.
    monkeypatch.setenv("READER_NO_VENDORED_FEEDPARSER", "1")
    with closing(make_reader(":memory:")) as reader:
        reader.add_feed(f"{site}/all/{name}")
        reader.update_feeds(scheduled=False)
        entries = reader.get_entry_counts().total
        assert entries
        reader.update_feeds(scheduled=False)
        assert reader.get_entry_counts().total == entries
    assert published.traffic == {("all", name, 200): 1, ("all", name, 304): 1}
