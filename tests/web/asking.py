"""Ways to ask a responder: without a socket and over one."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

from feeds.config import Config
from feeds.library import database
from feeds.web.asgi import App
from feeds.web.protocol import Guarded, Quick
from feeds.web.responder import Responder
from feeds.web.server import Server

FEED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0">' + b"<item>words</item>\n" * 200 + b"</rss>"
)
PAGE = b"<!doctype html>\n<html><head><style>p { color: red }</style></head><body>" + b"<p>x</p>" * 100
SECRET = b"no reader must ever see this"
Header = tuple[bytes, bytes]
Ask = Callable[..., "Answered"]


@dataclass(frozen=True)
class Answered:
    """What came back, headers in the order in which they came, without Date."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    date: str = field(default="", compare=False)

    def __getitem__(self, name: str) -> str:
        return dict(self.headers)[name]

    def get(self, name: str) -> str | None:
        return dict(self.headers).get(name)


def site(folder: Path) -> Config:
    """A folder with everything in it that there can be."""
    output = folder / "output"
    for slug in ("ai", "old", "new"):
        put(output / slug / "rss.xml", FEED)
        put(output / slug / "index.html", PAGE)
    put(output / "ai/atom.xml", FEED.replace(b"rss", b"feed"))
    put(output / "ai/feed.json", b'{"items": [' + b'"item", ' * 200 + b'""]}')
    put(output / "index.html", PAGE)
    put(output / "feeds.opml", FEED.replace(b"rss", b"opml"))
    put(output / "redirects.nginx", SECRET)
    put(output / "_redirects", SECRET)
    for name in ("style.css", "app.js", "notes.txt", "drawing.svg", "about.html", "data.json", "site.xml"):
        put(output / name, b"/* of the user */\n" * 60)
    for name in ("logo.png", "photo.jpg", "photo.webp", "font.woff2", "favicon.ico"):
        put(output / name, bytes(range(256)) * 4)
    put(output / "tiny.txt", b"tiny")
    put(output / "über/größe.txt", b"umlauts")
    put(output / "deep/er/index.html", PAGE)
    put(output / "archive.tar", SECRET)
    put(output / ".env.txt", SECRET)
    put(output / ".feeds-0.tmp", SECRET)
    put(output / ".git/config.txt", SECRET)
    (output / "bare").mkdir()
    put(folder / "outside/rss.xml", SECRET)
    put(folder / "outside/index.html", SECRET)
    (output / "linked.xml").symlink_to(folder / "outside/rss.xml")
    (output / "linked").symlink_to(folder / "outside", target_is_directory=True)
    made = Config.model_validate(
        {
            "site": {"url": "https://feeds.example.com/site/"},
            "output": output,
            "state": folder / "state",
            "hub": "https://hub.example.com/",
            "schedule": "every 15m",
            "topics": {"AI": {"schedule": "every 5m"}},
        }
    )
    left(made, {"old": "new", "older": "old", "elsewhere": "nowhere", "retired": "", "ai": ""})
    return made


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def left(config: Config, departed: dict[str, str]) -> None:
    """Write down in the ledger where feeds went."""
    config.state.mkdir(exist_ok=True)
    with closing(database.connect(database.path_for(config.state, config.output))) as library:
        for table in ("moved", "retired"):
            library.execute(f"DELETE FROM {table}")
        for slug, new in departed.items():
            if new:
                library.execute("INSERT INTO moved (slug, new_slug) VALUES (?, ?)", (slug, new))
            else:
                library.execute("INSERT INTO retired VALUES (?, ?, '', 0, 0)", (slug, slug))


@contextmanager
def served(responder: Responder, *, quick: bool = True) -> Iterator[int]:
    """The port on which the responder answers over HTTP."""
    server = Server(App(responder), "127.0.0.1", 0, partial(Quick, responder) if quick else Guarded)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def direct(responder: Responder) -> Ask:
    def ask(method: bytes, target: bytes, headers: tuple[Header, ...] = ()) -> Answered:
        response = responder.respond(method, target.partition(b"?")[0], headers)
        return Answered(
            response.status,
            tuple((name.decode(), value.decode("latin-1")) for name, value in response.headers),
            response.body,
        )

    return ask


def over(connection: socket.socket) -> Ask:
    """Asks over this connection, which stays open."""

    def ask(method: bytes, target: bytes, headers: tuple[Header, ...] = ()) -> Answered:
        lines = [b"%s: %s\r\n" % header for header in ((b"host", b"localhost"), *headers)]
        connection.sendall(b"%s %s HTTP/1.1\r\n%s\r\n" % (method, target, b"".join(lines)))
        return receive(connection, method)

    return ask


def receive(connection: socket.socket, method: bytes = b"GET") -> Answered:
    """The next response on the connection; reads no byte more than that."""
    response = HTTPResponse(connection, method=method.decode())
    # Unbuffered: what stands behind this response belongs to the next one.
    response.fp.close()
    response.fp = connection.makefile("rb", 0)  # type: ignore[assignment]
    response.begin()
    body = b"".join(iter(lambda: response.read(1 << 20), b""))
    headers = [(name.lower(), value) for name, value in response.getheaders()]
    date = dict(headers).get("date", "")
    return Answered(response.status, tuple(one for one in headers if one[0] != "date"), body, date)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)
