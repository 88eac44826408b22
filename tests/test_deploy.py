"""What deploy/ holds, tried for real: web servers with our configuration, systemd's own eyes on the unit."""

import gzip
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import httpx
import pytest
import yaml
from builders import write_article

from feeds.cli.parser import build
from feeds.config import Config
from feeds.publishing.publish import publish
from feeds.schedule import parse

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SITE = {"url": "https://feeds.example.com/", "id": "feeds.example.com,2026"}
LONGEST_SLUG = "a" * 60
SECONDS_TO_START = 20
PUBLISHED_FILES = "/srv/feedwright/output"


def _program(name: str) -> str:
    """Where it is: named by a variable, on the path, beside our Python, or where Debian has servers."""
    variable = name.upper().replace("-", "_")
    places = [os.environ["PATH"], str(Path(sys.executable).parent), "/usr/sbin"]
    found = os.environ.get(variable) or shutil.which(name, path=os.pathsep.join(places))
    if not found:
        pytest.skip(f"{name} is not installed ({variable} can name it)")
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


# --- the daemon as systemd and Docker run it


UNIT = (DEPLOY / "feedwright.service").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
# From here on Linux refuses memory that is written and run, as MemoryDenyWriteExecute= has it (PR_SET_MDWE).
MDWE = """
import ctypes, os, sys
if ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0):
    sys.exit("PR_SET_MDWE: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
"""


def _of_unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def _instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


@dataclass
class Daemon:
    """A daemon at work, and what it told the service manager."""

    process: "subprocess.Popen[bytes]"
    feeds: int
    health: int
    told: list[bytes] = field(default_factory=list)

    def await_word(self, word: bytes, times: int = 1) -> None:
        until = time.monotonic() + SECONDS_TO_START
        while sum(word in one for one in self.told) < times:
            assert self.process.poll() is None
            assert time.monotonic() < until, (word, self.told)
            time.sleep(0.02)


@contextmanager
def _daemon(folder: Path, *launcher: str) -> Iterator[Daemon]:
    """The unit's command in the unit's environment, ready, with feeds."""
    feeds, health = _free_port(), _free_port()
    config = {
        "site": SITE,
        "sources": [str(folder / "articles")],
        "serve": {"port": feeds},
        "health": {"port": health},
        "moved": {LONGEST_SLUG: "ai"},
    }
    (folder / "feeds.yaml").write_text(json.dumps(config))
    arguments = shlex.split(_of_unit("ExecStart")[0].replace("/etc/feedwright", str(folder)))[1:]
    command = [*launcher, sys.executable, "-m", "feeds", *arguments]
    with ExitStack() as stack:
        channel = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        channel.bind(str(folder / "notify"))
        stack.callback((folder / "notify").unlink)
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "1000000",
        }
        log = stack.enter_context((folder / "daemon.log").open("wb"))
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=log)
        daemon = Daemon(process, feeds, health)
        listener = Thread(target=_listen, args=(channel, daemon.told))
        listener.start()
        try:
            daemon.await_word(b"READY=1")
            _await_feeds(health)
            yield daemon
        finally:
            process.terminate()
            process.wait(SECONDS_TO_START)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"", str(folder / "notify"))
            listener.join()


def _listen(channel: socket.socket, told: list[bytes]) -> None:
    while word := channel.recv(4096):
        told.append(word)


def _await_feeds(health: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while httpx.get(f"http://127.0.0.1:{health}/readyz", trust_env=False).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A working folder with one article."""
    write_article(tmp_path / "articles" / "one.md", "Much to say. " * 100, topics=["AI"], published=True)
    return tmp_path


def test_the_unit_s_command_speaks_with_the_service_manager(site: Path) -> None:
    with _daemon(site) as daemon:
        daemon.await_word(b"WATCHDOG=1", times=2)
        assert _of_unit("ExecReload") == ["/bin/kill -HUP $MAINPID"]
        daemon.process.send_signal(signal.SIGHUP)
        daemon.await_word(b"READY=1", times=2)
        assert any(b"RELOADING=1" in word for word in daemon.told)
        began = time.monotonic()
        daemon.process.terminate()
        assert daemon.process.wait(SECONDS_TO_START) == 0
        assert time.monotonic() - began < float(_of_unit("TimeoutStopSec")[0])
        assert any(b"STOPPING=1" in word for word in daemon.told)


def test_the_daemon_needs_no_memory_that_is_written_and_run(site: Path) -> None:
    if subprocess.run([sys.executable, "-c", MDWE, "/bin/true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel knows no PR_SET_MDWE (Linux 6.3)")
    assert _of_unit("MemoryDenyWriteExecute") == ["yes"]
    with _daemon(site, sys.executable, "-c", MDWE) as daemon:
        for coding in ("gzip", "br", "zstd"):
            response = httpx.head(
                f"http://127.0.0.1:{daemon.feeds}/ai/", headers={"Accept-Encoding": coding}, trust_env=False
            )
            assert response.headers["Content-Encoding"] == coding


def _analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_program("systemd-analyze"), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("broken", "complaints"), [(False, 0), (True, 1)])
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path, broken: bool, complaints: int) -> None:  # noqa: FBT001
    unit = tmp_path / "feedwright.service"
    text = UNIT.replace("/opt/feedwright/.venv/bin/feeds", sys.executable)
    unit.write_text(text.replace("KillMode=mixed", "KillMode=gently") if broken else text)
    run = _analyze("verify", "--man=no", str(unit))
    said = [line for line in run.stderr.splitlines() if "feedwright.service" in line]
    assert len(said) == complaints, run.stderr
    assert broken or run.returncode == 0


@pytest.mark.parametrize(
    ("without", "status"), [("", 0), ("NoNewPrivileges|CapabilityBoundingSet|System.*", 1)]
)
def test_systemd_finds_little_exposed(tmp_path: Path, without: str, status: int) -> None:
    """At most 1.5 of 10: what is left is the network, which the daemon is for."""
    unit = tmp_path / "feedwright.service"
    unit.write_text(re.sub(rf"^({without or 'none'})=.*\n", "", UNIT, flags=re.MULTILINE))
    run = _analyze("security", "--offline=true", "--threshold=15", str(unit))
    assert run.returncode == status, run.stdout


PROXIES = {
    "nginx-proxy.conf": (_nginx, (DEPLOY / "nginx-proxy.conf").read_text()),
    "Caddy": (_caddy, "\nfeeds.example.com {{\n\t{}\n}}\n"),
}


@pytest.fixture(params=PROXIES)
def proxied(request: pytest.FixtureRequest, site: Path) -> Iterator[httpx.Client]:
    """Each web server in front of a daemon."""
    serve, text = PROXIES[request.param]
    line = re.search(r"\{ (reverse_proxy [^ ]+) \}", (DEPLOY / "Caddyfile").read_text())
    assert line
    with _daemon(site) as daemon:
        text = text.format(line[1]) if request.param == "Caddy" else text
        assert "127.0.0.1:8000" in text
        with serve(text.replace("127.0.0.1:8000", f"127.0.0.1:{daemon.feeds}"), site) as client:
            yield client


def test_a_proxy_passes_on_what_the_daemon_says(proxied: httpx.Client) -> None:
    response = proxied.get("/ai/atom.xml", headers={"Accept-Encoding": "br"})
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert response.headers["Content-Encoding"] == "br"
    assert response.headers["Link"] == '<https://feeds.example.com/ai/atom.xml>; rel="self"'
    conditional = {"Accept-Encoding": "br", "If-None-Match": response.headers["ETag"]}
    assert proxied.get("/ai/atom.xml", headers=conditional).status_code == 304
    moved = proxied.get(f"/{LONGEST_SLUG}/rss.xml", follow_redirects=True)
    assert (moved.url.path, moved.status_code) == ("/ai/rss.xml", 200)
    page = proxied.get("/ai", follow_redirects=True)
    assert (page.url.path, page.status_code, page.url.host) == ("/ai/", 200, proxied.base_url.host)
    assert proxied.get("/healthz").status_code == 404


# --- the container


def test_the_container_s_command_and_health_check_are_those_of_the_daemon(site: Path) -> None:
    (command,) = _instructions("CMD")
    (entry,) = _instructions("ENTRYPOINT")
    options = build().parse_args(json.loads(command))
    assert (json.loads(entry), options.command, options.serve) == (["feeds"], "daemon", True)
    (check,) = re.findall(r"CMD (\[.*\])", _instructions("HEALTHCHECK")[0])
    with _daemon(site) as daemon:
        _, *arguments = json.loads(check)
        arguments = [one.replace(":8001/", f":{daemon.health}/") for one in arguments]
        run = [sys.executable, *arguments]
        assert subprocess.run(run, check=False).returncode == 0
        shutil.rmtree(site / "articles")
        daemon.process.send_signal(signal.SIGHUP)  # which publishes, too
        until = time.monotonic() + SECONDS_TO_START
        while subprocess.run(run, check=False, capture_output=True).returncode == 0:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_the_container_is_built_of_what_is_here_and_runs_as_nobody_special() -> None:
    copied = [
        words
        for line in _instructions("COPY")
        if not line.startswith("--from")
        for words in line.split()[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert _instructions("USER") == ["10001"]
    runs = _instructions("RUN")
    assert any("--require-hashes -r constraints.txt" in run for run in runs)
    assert any(run.endswith("--no-deps .") for run in runs)


def test_hadolint_finds_nothing_wrong() -> None:
    run = subprocess.run(
        [_program("hadolint"), str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "")


def test_the_compose_file_mounts_what_feeds_looks_for() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["feeds"]
    mounts = dict(one.split(":")[:2][::-1] for one in service["volumes"])
    (folder,) = _instructions("WORKDIR")[1:]
    for path in (Config().output, Config().state, *Config().sources, Path("config")):
        assert f"{folder}/{path}" in mounts
    assert all((DEPLOY / mounts[f"{folder}/{name}"]).is_dir() for name in ("config", "seeds"))
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).samefile(
        DEPLOY / "Dockerfile"
    )


# --- GitHub Pages


def test_the_workflow_publishes_between_restoring_and_saving_the_state() -> None:
    # Texts as they stand: to YAML 1.1, `on` is true.
    workflow = yaml.load((DEPLOY / "github-pages.yml").read_text(), yaml.CBaseLoader)
    steps = workflow["jobs"]["publish"]["steps"]
    used = [step.get("uses", "").partition("@")[0] or step["run"] for step in steps]
    places = [
        used.index(step)
        for step in (
            "actions/checkout",
            "actions/cache/restore",
            "feeds publish",
            "actions/cache/save",
            "actions/upload-pages-artifact",
            "actions/deploy-pages",
        )
    ]
    assert places == sorted(places)
    restored, saved = (steps[used.index(f"actions/cache/{what}")]["with"] for what in ("restore", "save"))
    assert restored["path"].split() == [str(Config().state), str(Config().output)]
    assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])
    assert restored["key"].startswith(restored["restore-keys"])
    assert steps[used.index("actions/upload-pages-artifact")]["with"] == {"path": str(Config().output)}
    assert workflow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert workflow["concurrency"]["cancel-in-progress"] == "false"
    for one in workflow["on"]["schedule"]:
        parse(one["cron"])


def test_state_and_feeds_are_enough_for_the_next_run_elsewhere(tmp_path: Path) -> None:
    """What the workflow's cache carries: a fresh checkout, with new times, changes nothing."""
    write_article(tmp_path / "first" / "seeds" / "one.md", topics=["AI"], published=True)
    _feeds_publish(tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "second", copy_function=shutil.copy)
    assert _feeds_publish(tmp_path / "second")["written"] == []


def _feeds_publish(folder: Path) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-m", "feeds", "publish", "--json"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    report: dict[str, object] = json.loads(run.stdout)
    return report


# --- cron


def test_cron_s_line_says_only_what_is_wrong(site: Path) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    (line,) = re.findall(r"^(\*/15 .*)$", page, re.MULTILINE)
    parse(" ".join(line.split()[:5]))
    (site / "articles").rename(site / "seeds")
    (site / "seeds" / "bad.md").write_text("---\n---\n")
    command = line.split(maxsplit=5)[5].replace("/srv/feedwright", str(site))
    command = command.replace("/opt/feedwright/.venv/bin/feeds", f"{sys.executable} -m feeds")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == ""
    assert run.stderr.startswith("rejected: seeds/bad.md:")
    assert run.stderr.count("\n") == 1
    assert (site / "output" / "ai" / "rss.xml").exists()
