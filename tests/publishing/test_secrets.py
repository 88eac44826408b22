"""Nothing leaves the house that was not meant to: no secret, nothing held back, no path, no packet."""

import getpass
import os
import platform
import socket
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from builders import config, write_article
from pytest_socket import SocketBlockedError, disable_socket, enable_socket

from feeds.articles.contents import Contents
from feeds.articles.secured import values
from feeds.config import Config
from feeds.publishing.publish import publish
from feeds.web.responder import Responder

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = "bm9ib2R5IG1heSBzZWUgdGhpcyBpbiBhbnkgZmVlZA"
HELD_BACK: dict[str, dict[str, Any]] = {
    "unpublished": {"published": False},
    "removed": {"removed": True},
    "deleted": {"deleted": True},
    "draft": {"draft": True},
    "embargoed": {"publishedDateTime": "2027-01-01T00:00:00Z"},
    "poor": {"quality": "10"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    articles = tmp_path / "articles"
    nested = {"name": "Us", "secured": {"key": SECRET + "1"}}
    write_article(articles / "open.md", topics=["AI"], secured=SECRET, provider=nested, body="Words.")
    for name, why in HELD_BACK.items():
        write_article(articles / f"{name}-slug.md", "Hidden body.", topics=["AI", f"Topic of {name}"], **why)
    (articles / "broken-slug.md").write_text(f"---\ntitle: Title of broken\nsecured: {SECRET}2\n---\n")
    return config(sources=[articles], output=tmp_path / "output", state=tmp_path / "state")


def _files(output: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def test_nothing_secured_or_held_back_is_published(settings: Config) -> None:
    publish(settings, NOW)
    files = _files(settings.output)
    assert len(files) == 10
    for name, data in files.items():
        assert SECRET.encode() not in data, name
        for held in (*HELD_BACK, "broken"):
            assert f"{held}-slug".encode() not in data, name
            assert f"Title of {held}".encode() not in data, name
            assert f"Topic of {held}".encode() not in data, name
        assert b"Hidden body" not in data, name


def test_no_response_says_more_than_what_is_published(settings: Config) -> None:
    publish(settings, NOW)
    responder = Responder(settings)
    there = [f"/{Path(name).relative_to(settings.output)}" for name in _files(settings.output)]
    elsewhere = [
        "/",
        "/ai",
        "/ai/",
        "/nothing",
        "/state/",
        "/../state/lock",
        "/%2e%2e/articles/open.md",
        "/\xff",
    ]
    for target in there + elsewhere:
        for method in (b"GET", b"HEAD", b"OPTIONS", b"POST"):
            response = responder.respond(method, target.encode("latin-1"), [])
            assert method != b"GET" or (response.status == HTTPStatus.OK) == (target in [*there, "/", "/ai/"])
            said = repr(response.headers).encode() + response.body
            own = (SECRET, "Hidden body", "-slug", str(settings.output.parent), platform.node(), "Traceback")
            assert [text for text in own if text.encode() in said] == [], target


def test_what_is_withdrawn_leaves_no_more_than_its_id(settings: Config) -> None:
    path = write_article(settings.sources[0] / "late.md", "Its body.", topics=["AI"], title="Its title")
    publish(settings, NOW)
    path.unlink()
    publish(settings, NOW)
    for name, data in _files(settings.output).items():
        assert b"Its body" not in data, name
        assert b"Its title" not in data, name
        assert data.count(b":late") == (1 if name.endswith(("ai/atom.xml", "all/atom.xml")) else 0), name


def test_the_samples_tell_nothing_of_this_machine_and_nothing_secured(published_seeds: Path) -> None:
    own = [
        str(ROOT),
        str(published_seeds),
        str(Path.home()),
        str(Path.cwd()),
        platform.node(),
        f"/{getpass.getuser()}/",
    ]
    secrets = [
        secret for path in (ROOT / "seeds").rglob("*.md") for secret in values(Contents(path.read_bytes()))
    ]
    assert len(secrets) > 20
    for name, data in _files(published_seeds).items():
        found = [text for text in (*own, *secrets) if len(text) > 1 and text.encode() in data]
        assert found == [], name


def test_paths_of_articles_are_in_no_file(settings: Config) -> None:
    publish(settings, NOW)
    for name, data in _files(settings.output).items():
        assert os.fsencode(settings.sources[0]) not in data, name
        assert b"articles/open.md" not in data, name


def test_a_publish_needs_no_network(settings: Config) -> None:
    disable_socket(allow_unix_socket=False)
    try:
        report = publish(settings, NOW)
        with pytest.raises(SocketBlockedError), pytest.warns(UserWarning, match="tried to use socket"):
            socket.socket()
    finally:
        enable_socket()
    assert report.entries == 1
