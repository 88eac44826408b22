"""What deploy/ holds, tried for real: web servers with our configuration, systemd's own eyes on the unit."""

import gzip
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from builders import write_article

from feeds.config import Config
from feeds.publishing.publish import publish

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SITE = {"url": "https://feeds.example.com/", "id": "feeds.example.com,2026"}
LONGEST_SLUG = "a" * 60
SECONDS_TO_START = 20
PUBLISHED_FILES = "/srv/feedwright/output"


def _program(name: str) -> str:
    """Where a program is: named by a variable (CADDY for caddy), on the path, or where Debian has it."""
    found = os.environ.get(name.upper().replace("-", "_")) or shutil.which(
        name, path=f"{os.environ['PATH']}:/usr/sbin"
    )
    if not found:
        pytest.skip(f"{name} is not installed; {name.upper()} can name it")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with published feeds, one of them moved, and what must not be served."""
    tmp_path = tmp_path_factory.mktemp("deploy")
    write_article(tmp_path / "articles" / "one.md", "Much to say. " * 100, topics=["AI"], published=True)
    output = tmp_path / "output"
    config = Config.model_validate(
        {
            "site": SITE,
            "sources": (tmp_path / "articles",),
            "output": output,
            "state": tmp_path / "state",
            "moved": {LONGEST_SLUG: "ai"},
        }
    )
    publish(config, NOW)
    (output / ".secret").write_text("secret")
    (output / "ai" / ".feeds-1.tmp").write_text("secret")
    (output / "empty").mkdir()
    (output / ".well-known").mkdir()
    (output / ".well-known" / "token.txt").write_text("public")
    return tmp_path


# --- nginx and Caddy serve the output folder


@contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[httpx.Client]:
    """A server while it runs, as soon as it answers."""
    log = folder / "server.log"
    environment = os.environ | {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, env=environment)
    try:
        _await(port, process, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            client.headers.pop("Accept-Encoding")
            yield client
    finally:
        process.terminate()
        process.wait(SECONDS_TO_START)


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"the server does not answer: {log.read_text()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    include /etc/nginx/mime.types*;
    default_type application/octet-stream;
    access_log off;
    {temporary}
    include {folder}/feedwright.conf;
}}
"""


@contextmanager
def _nginx(text: str, folder: Path) -> Iterator[httpx.Client]:
    """nginx with our file where Debian's nginx.conf includes conf.d."""
    program, port = _program("nginx"), _free_port()
    listening = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("    listen [::]:80;\n", "")
    (folder / "feedwright.conf").write_text(listening.replace(PUBLISHED_FILES, str(folder / "output")))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            user="user root;" if os.geteuid() == 0 else "",
            temporary=" ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
        )
    )
    with _running([program, "-e", "stderr", "-p", str(folder), "-c", "nginx.conf"], port, folder) as client:
        yield client


@contextmanager
def _caddy(text: str, folder: Path) -> Iterator[httpx.Client]:
    """Caddy with our file, but for plain HTTP: for the rest it would ask for a certificate."""
    program, port = _program("caddy"), _free_port()
    site = text.replace("\nfeeds.example.com {", f"\nhttp://127.0.0.1:{port} {{")
    assert site != text
    site = site.replace(PUBLISHED_FILES, str(folder / "output"))
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tpersist_config off\n}\n" + site)
    with _running(
        [program, "run", "--config", "Caddyfile", "--adapter", "caddyfile"], port, folder
    ) as client:
        yield client


STATIC = {"nginx.conf": _nginx, "Caddyfile": _caddy}


def _uncommented(text: str, *beginnings: str) -> str:
    """The file with the lines that say how something is switched on."""
    for beginning in beginnings:
        assert f"# {beginning}" in text
        text = text.replace(f"# {beginning}", beginning)
    return text


@pytest.fixture(scope="module", params=STATIC)
def static(request: pytest.FixtureRequest, folder: Path) -> Iterator[httpx.Client]:
    """Each web server with its file as it stands in deploy/."""
    with STATIC[request.param]((DEPLOY / request.param).read_text(), folder) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/ai/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/ai/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/ai/feed.json", "application/feed+json"),
        ("/ai/", "text/html; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
    ],
)
def test_each_file_has_its_type(static: httpx.Client, folder: Path, path: str, content_type: str) -> None:
    response = static.get(path)
    file = folder / "output" / (path[1:] + "index.html" * path.endswith("/"))
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    assert response.content == file.read_bytes()
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("public, max-age=")


def test_who_has_a_feed_is_not_sent_it_again(static: httpx.Client) -> None:
    first = static.get("/ai/rss.xml")
    for name, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = static.get("/ai/rss.xml", headers={name: first.headers[validator]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert static.get("/ai/rss.xml", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_replaced_feed_is_served_at_once(static: httpx.Client, folder: Path) -> None:
    path = folder / "output" / "replaced" / "rss.xml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"old")
    old = static.get("/replaced/rss.xml")
    (path.parent / "new").write_bytes(b"newer")
    (path.parent / "new").replace(path)
    new = static.get("/replaced/rss.xml", headers={"If-None-Match": old.headers["ETag"]})
    assert (old.content, new.status_code, new.content) == (b"old", 200, b"newer")


@pytest.mark.parametrize("path", ["/ai/rss.xml", "/ai/atom.xml", "/ai/feed.json", "/ai/", "/feeds.opml"])
def test_what_is_worth_it_is_compressed(static: httpx.Client, folder: Path, path: str) -> None:
    file = folder / "output" / (path[1:] + "index.html" * path.endswith("/"))
    with static.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["Vary"]
        body = b"".join(response.iter_raw())
    assert len(body) < file.stat().st_size
    assert gzip.decompress(body) == file.read_bytes()
    etag = response.headers["ETag"]
    assert static.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/.secret",
        "/%2esecret",
        "/ai/.feeds-1.tmp",
        "/ai/..%2f.secret",
        "/_redirects",
        "/redirects.nginx",
        "/empty/",
    ],
)
def test_what_is_not_for_readers_is_not_served(static: httpx.Client, path: str) -> None:
    response = static.get(path)
    assert response.status_code in (403, 404)
    assert "secret" not in response.text


def test_a_folder_without_its_slash_is_found(static: httpx.Client) -> None:
    response = static.get("/ai")
    assert response.status_code in (301, 308)
    assert response.headers["Location"] == "/ai/"


def test_scripts_may_ask_conditionally(static: httpx.Client) -> None:
    response = static.options("/ai/feed.json", headers={"Origin": "https://reader.example"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Methods" not in static.get("/ai/feed.json").headers


def test_feeds_can_only_be_read(static: httpx.Client) -> None:
    assert static.post("/ai/rss.xml").status_code == 405
    head = static.head("/ai/rss.xml")
    assert (head.status_code, head.content) == (200, b"")


def test_nginx_sends_readers_to_where_a_feed_moved(folder: Path) -> None:
    with _nginx((DEPLOY / "nginx.conf").read_text(), folder) as client:
        for name in ("", "index.html", "rss.xml", "atom.xml", "feed.json"):
            response = client.get(f"/{LONGEST_SLUG}/{name}")
            assert (response.status_code, response.headers["Location"]) == (301, f"/ai/{name}")


def test_nginx_shows_what_certificates_are_given_for(folder: Path) -> None:
    """RFC 8555 §8.3; Caddy answers such questions by itself."""
    with _nginx((DEPLOY / "nginx.conf").read_text(), folder) as client:
        assert client.get("/.well-known/token.txt").text == "public"


def test_nginx_starts_where_no_feed_moved(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "output", tmp_path / "output")
    (tmp_path / "output" / "redirects.nginx").unlink()
    with _nginx((DEPLOY / "nginx.conf").read_text(), tmp_path) as client:
        assert client.get("/ai/rss.xml").status_code == 200
        assert client.get(f"/{LONGEST_SLUG}/rss.xml").status_code == 200  # the notice that stands there


def test_nginx_follows_no_link_out_of_the_folder(folder: Path) -> None:
    (folder / "outside.xml").write_text("secret")
    (folder / "output" / "link.xml").symlink_to(folder / "outside.xml")
    with _nginx((DEPLOY / "nginx.conf").read_text(), folder) as client:
        assert client.get("/link.xml").status_code == 403


def test_nginx_names_the_hub_and_retired_feeds_where_it_is_told_to(folder: Path) -> None:
    text = _uncommented((DEPLOY / "nginx.conf").read_text(), "~/(rss", "location ^~ /old-slug/")
    with _nginx(text, folder) as client:
        link = '<https://feeds.example.com/ai/feed.json>; rel="self", <https://hub.example.com/>; rel="hub"'
        assert client.get("/ai/feed.json").headers["Link"] == link
        assert "Link" not in client.get("/ai/").headers
        assert client.get("/old-slug/rss.xml").status_code == 410


def test_nginx_names_no_hub_by_itself(folder: Path) -> None:
    with _nginx((DEPLOY / "nginx.conf").read_text(), folder) as client:
        assert "Link" not in client.get("/ai/feed.json").headers


def test_caddy_sends_readers_on_where_it_is_told_to(folder: Path) -> None:
    text = _uncommented((DEPLOY / "Caddyfile").read_text(), "redir /old-slug", "respond /retired-slug")
    with _caddy(text, folder) as client:
        response = client.get("/old-slug/rss.xml")
        assert (response.status_code, response.headers["Location"]) == (301, "/new-slug/rss.xml")
        assert client.get("/retired-slug/atom.xml").status_code == 410
