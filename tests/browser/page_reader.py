"""A real web server for a published folder, and a window of a real browser that reads it.

The addresses in the pages are not the server's, as on a machine where pages are looked at before they are
published: what leads from page to page has to work all the same. `Website` knows both.
"""

import os
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import BrowserContext, Page, Route


@dataclass(frozen=True)
class Website:
    """A published folder as it is reached: at `url`, whatever its pages call themselves."""

    folder: Path
    url: str

    @property
    def paths(self) -> list[str]:
        """Every page of the folder, relative to it."""
        found = sorted(self.folder.rglob("index.html"))
        return [file.relative_to(self.folder).as_posix().removesuffix("index.html") for file in found]

    def here(self, address: str, canonical: str) -> str:
        """Where a page of this server stands which calls itself `address` on the site at `canonical`."""
        return self.url + address.removeprefix(canonical)


class _Handler(SimpleHTTPRequestHandler):
    types: ClassVar = {
        "rss.xml": "application/rss+xml",
        "atom.xml": "application/atom+xml",
        "feed.json": "application/feed+json",
        "feeds.opml": "text/x-opml",
        "index.html": "text/html; charset=utf-8",
    }

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return self.types.get(Path(path).name, "application/octet-stream")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
        pass


def serve(folder: Path) -> Iterator[Website]:
    """Serves a folder on a free port while its consumer holds it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        # A browser keeps connections open, which closing the server must not wait for.
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Website(folder, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
        thread.join()


@dataclass
class Reader:
    """A browser window which notes what its pages ask for and complain about."""

    page: Page
    website: Website
    pictures: bool = True  # that any picture can be had
    requests: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Opens a page of the website and waits until it stands."""
        self.page.goto(self.website.url + path)
        return self.page

    def answer(self, route: Route) -> None:
        """Lets the website answer for itself; pictures are ours, and nothing else is answered at all."""
        request = route.request
        self.requests.append((request.resource_type, request.url))
        if request.url.startswith(self.website.url):
            route.continue_()
        elif request.resource_type == "image" and self.pictures and "broken" not in request.url:
            route.fulfill(body=png(), content_type="image/png")
        else:
            route.abort()

    def complain(self, text: str) -> None:
        """Notes a complaint, unless it is about a picture that we did not answer."""
        if "net::ERR_FAILED" not in text:
            self.complaints.append(text)


def read(context: BrowserContext, website: Website) -> Reader:
    """A new window onto the website."""
    reader = Reader(context.new_page(), website)
    context.route("**/*", reader.answer)
    reader.page.on("console", lambda message: reader.complain(f"{message.type}: {message.text}"))
    reader.page.on("pageerror", lambda error: reader.complain(str(error)))
    return reader


def png() -> bytes:
    """A grey picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\x80")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
