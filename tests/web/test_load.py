"""Ten thousand mixed requests by 64 clients during 50 publishes, against the real command."""

import asyncio
import gzip
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from feeds.publishing.output import Document, write

CLIENTS, REQUESTS, PUBLISHES = 64, 10_000, 50
SLUGS = [f"topic-{number}" for number in range(10)]
FILES = [f"{slug}/{name}" for slug in SLUGS for name in ("rss.xml", "atom.xml", "feed.json", "index.html")]
DECODE = {
    "identity": lambda body: body,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


def version(path: str, number: int) -> bytes:
    """Of a length of its own, and every part of it tells which one it is."""
    part = hashlib.sha256(f"{path} {number}".encode()).hexdigest().encode() + b"\n"
    return part * (300 + 17 * number % 400)


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, int]]:
    """Its process id and port."""
    (folder / "feeds.yaml").write_text("health: {port: 0}\n", encoding="utf-8")
    program = Path(sys.executable).with_name("feeds")
    command = [str(program), "serve", "--port", "0", "--json", "--config", "feeds.yaml"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield process.pid, urlsplit(json.loads(process.stdout.readline())["url"]).port or 0
        process.terminate()
        assert process.wait(10) == 0


class Client:
    """One connection, which asks for anything there is and keeps the tags that it was given."""

    def __init__(self, port: int, seed: int, statuses: Counter[int]) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.statuses = statuses
        self.tags: dict[tuple[str, str], str] = {}
        self.torn: list[str] = []

    async def run(self, requests: int, number: list[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for _ in range(requests):
            await self.ask(reader, writer, number)
            if self.chance.random() < 0.02:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()

    async def ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: list[int]
    ) -> None:
        path = self.chance.choice([*FILES, *FILES, "nothing/rss.xml", "topic-0", "../secret", "index.html"])
        method = self.chance.choice(["GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST"])
        coding = self.chance.choice([*DECODE])
        lines = [f"{method} /{path} HTTP/1.1", "host: localhost", f"accept-encoding: {coding}"]
        if self.chance.random() < 0.5 and (path, coding) in self.tags:
            lines.append(f"if-none-match: {self.tags[path, coding]}")
        before = number[0]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        status = int(head[0].split()[1])
        self.statuses[status] += 1
        bodiless = method == "HEAD" or status in (204, 304)
        body = b"" if bodiless else await reader.readexactly(int(headers["content-length"]))
        if status == 200:
            self.tags[path, coding] = headers["etag"]
            if not bodiless and path in FILES:
                self.look(path, DECODE[headers.get("content-encoding", "identity")](body), before, number[0])

    def look(self, path: str, body: bytes, before: int, after: int) -> None:
        """A whole version: at the oldest the one before that which stood when it was asked for."""
        if body not in [version(path, number) for number in range(max(before - 20, 0), after + 2)]:
            self.torn.append(f"{path}: {len(body)} bytes, {body[:20]!r}")


async def load(
    output: Path, port: int, requests: int, publishes: int, seconds: float
) -> tuple[Counter[int], list[str]]:
    statuses: Counter[int] = Counter()
    clients = [Client(port, seed, statuses) for seed in range(CLIENTS)]
    number = [0]

    async def publish() -> None:
        for now in range(1, publishes + 1):
            documents = [Document(path, version(path, now)) for path in FILES]
            number[0] = now
            await asyncio.to_thread(write, output, documents)
            await asyncio.sleep(seconds / publishes)

    publishing = asyncio.create_task(publish())
    await asyncio.gather(*(client.run(requests // CLIENTS + 1, number) for client in clients))
    await publishing
    return statuses, [torn for client in clients for torn in client.torn]


def resources(pid: int) -> tuple[int, int]:
    """Resident megabytes and open descriptors."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 >> 20, len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_whatever_is_published_every_body_is_one_whole_version(tmp_path: Path) -> None:
    output = tmp_path / "output"
    write(
        output,
        [*(Document(path, version(path, 0)) for path in FILES), Document("index.html", b"<!doctype html>")],
    )
    with server(tmp_path) as (pid, port):
        asyncio.run(load(output, port, 2000, 0, 0))  # whatever is made once is made now
        memory, descriptors = resources(pid)
        statuses, torn = asyncio.run(load(output, port, REQUESTS, PUBLISHES, 5))
        time.sleep(0.5)
        memory_after, descriptors_after = resources(pid)
    assert torn == []
    assert statuses.total() >= REQUESTS
    assert set(statuses) == {200, 204, 301, 304, 404, 405}
    assert statuses[304] > REQUESTS / 50
    assert descriptors_after <= descriptors + 2
    assert memory_after <= memory + 15
