"""Every kind of request, without a socket and over one: all ways give the same status, headers and body."""

import gzip
import time
from base64 import b64encode
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from web.asking import FEED, PAGE, SECRET, Answered, Ask, Header, connected, direct, over, served

from feeds.config import Config
from feeds.formats.table import FEED_FORMATS, SITE_FORMATS
from feeds.web.kinds import BY_NAME
from feeds.web.protocol import Quick
from feeds.web.responder import Responder
from feeds.web.targets import path_of

COMMON = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}


def accepting(*codings: bytes) -> tuple[Header, ...]:
    return tuple((b"accept-encoding", coding) for coding in codings)


CONTENT_TYPES = {
    b"/ai/rss.xml": "application/rss+xml; charset=utf-8",
    b"/ai/atom.xml": "application/atom+xml; charset=utf-8",
    b"/ai/feed.json": "application/feed+json",
    b"/feeds.opml": "text/x-opml; charset=utf-8",
    b"/ai/": "text/html; charset=utf-8",
    b"/ai/index.html": "text/html; charset=utf-8",
    b"/": "text/html; charset=utf-8",
    b"/about.html": "text/html; charset=utf-8",
    b"/style.css": "text/css; charset=utf-8",
    b"/app.js": "text/javascript; charset=utf-8",
    b"/notes.txt": "text/plain; charset=utf-8",
    b"/site.xml": "application/xml",
    b"/data.json": "application/json",
    b"/drawing.svg": "image/svg+xml",
    b"/logo.png": "image/png",
    b"/photo.jpg": "image/jpeg",
    b"/photo.webp": "image/webp",
    b"/favicon.ico": "image/vnd.microsoft.icon",
    b"/font.woff2": "font/woff2",
}


@pytest.mark.parametrize(("target", "content_type"), CONTENT_TYPES.items())
def test_every_file_has_its_type_and_length(ask: Ask, target: bytes, content_type: str) -> None:
    answered = ask(b"GET", target)
    assert answered.status == 200
    assert answered["content-type"] == content_type
    assert answered["content-length"] == str(len(answered.body))
    assert answered["accept-ranges"] == "none"
    assert dict(answered.headers).items() >= COMMON.items()


def test_our_own_formats_are_those_of_the_publisher() -> None:
    formats = {form.file: form.media_type for form in (*FEED_FORMATS, *SITE_FORMATS)}
    assert {name: kind.content_type.partition(";")[0] for name, kind in BY_NAME.items()} == formats


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (b"/ai/rss.xml", FEED),
        (b"/ai/rss.xml?utm_source=x&y=%00", FEED),
        (b"/%61i/r%73s.xml", FEED),
        (b"/ai/", PAGE),
        (b"/?", PAGE),
        (b"/deep/er/", PAGE),
        ("/über/größe.txt".encode().replace("ü".encode(), b"%C3%BC").replace("ö".encode(), b"%C3%B6")
         .replace("ß".encode(), b"%c3%9f"), b"umlauts"),
    ],
)  # fmt: skip
def test_a_file_is_given_whole(ask: Ask, target: bytes, body: bytes) -> None:
    answered = ask(b"GET", target)
    assert (answered.status, answered.body) == (200, body)


HOSTILE = [
    b"/nothing",
    b"/ai/nothing.xml",
    b"/bare/",
    b"/bare",
    b"/ai/rss.xml/",
    b"/ai/rss",
    b"/AI/rss.xml",
    b"/redirects.nginx",
    b"/_redirects",
    b"/archive.tar",
    b"/archive",
    b"/.env.txt",
    b"/.feeds-0.tmp",
    b"/.git/config.txt",
    b"/.git/",
    b"/linked.xml",
    b"/linked/rss.xml",
    b"/linked/",
    b"/linked",
    b"/../outside/rss.xml",
    b"/ai/../rss.xml",
    b"/ai/../../outside/rss.xml",
    b"/./ai/rss.xml",
    b"/%2e%2e/outside/rss.xml",
    b"/%2E%2E%2Foutside/rss.xml",
    b"/ai%2frss.xml",
    b"/ai%2Frss.xml",
    b"/%252e%252e/outside/rss.xml",
    b"/ai%252frss.xml",
    b"/ai/rss.xml%00",
    b"/ai/rss.xml%00.txt",
    b"/ai%5crss.xml",
    b"/ai\\rss.xml",
    b"/..\\outside\\rss.xml",
    b"//ai/rss.xml",
    b"/ai//rss.xml",
    b"/%ff/rss.xml",
    b"/%c0%ae%c0%ae/",
    b"/%",
    b"/%zz",
    b"/ai/rss.xml%20",
    b"/ai/rss.xml.",
    b"/" + b"a/" * 500,
    b"/" + b"a" * 300 + b".xml",
    b"/" + b"a" * 3000 + b".xml",
    b"/~root/",
    b"/etc/passwd",
    b"/ai/%2e/rss.xml",
    b"/ai;x/rss.xml",
    b"/%0d%0aset-cookie:x",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_what_is_not_there_for_readers_is_not_found(ask: Ask, target: bytes) -> None:
    answered = ask(b"GET", target)
    assert (answered.status, answered.body) == (404, b"There is nothing here.\n")
    assert answered["content-type"] == "text/plain; charset=utf-8"
    assert answered["cache-control"] == "no-store"
    assert SECRET not in answered.body


CODINGS = {"br": brotli.decompress, "gzip": gzip.decompress, "zstd": zstandard.ZstdDecompressor().decompress}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ((), None),
        ((b"",), None),
        ((b"gzip",), "gzip"),
        ((b"x-gzip",), "gzip"),
        ((b"GZIP",), "gzip"),
        ((b"br",), "br"),
        ((b"zstd",), "zstd"),
        ((b"gzip, deflate, br, zstd",), "br"),
        ((b"gzip, deflate, zstd",), "zstd"),
        ((b"gzip;q=1.0, br;q=0.5",), "gzip"),
        ((b"br;q=0, gzip",), "gzip"),
        ((b"gzip ; q=0.2 , zstd;Q=0.3",), "zstd"),
        ((b"*",), "br"),
        ((b"*;q=0.5, br;q=0",), "zstd"),
        ((b"*;q=0",), None),
        ((b"gzip;q=0, br;q=0, zstd;q=0",), None),
        ((b"identity;q=0",), None),
        ((b"identity;q=0, gzip;q=0.001",), "gzip"),
        ((b"identity;q=0, *",), "br"),
        ((b"identity, gzip;q=0.5",), None),
        ((b"gzip;q=0.5, identity;q=0.2",), "gzip"),
        ((b"deflate, compress",), None),
        ((b"gzip;q=2, br;q=x, zstd;q=-1",), None),
        ((b"gzip", b"br"), "br"),
        ((b",, ;;q=1,=,gzip",), "gzip"),
    ],
)
def test_the_coding_is_the_one_that_the_client_prefers(
    ask: Ask, accept: tuple[bytes, ...], coding: str | None
) -> None:
    answered = ask(b"GET", b"/ai/rss.xml", accepting(*accept))
    assert answered.get("content-encoding") == coding
    assert answered["vary"] == "Accept-Encoding"
    assert answered["content-length"] == str(len(answered.body))
    assert (CODINGS[coding](answered.body) if coding else answered.body) == FEED


@pytest.mark.parametrize("target", [b"/logo.png", b"/photo.jpg", b"/font.woff2", b"/tiny.txt"])
def test_what_would_not_shrink_is_not_compressed(ask: Ask, target: bytes) -> None:
    assert ask(b"GET", target, accepting(b"br, gzip, zstd")).get("content-encoding") is None


def test_each_coding_has_a_strong_tag_of_its_own(ask: Ask) -> None:
    tags = [
        ask(b"GET", b"/ai/rss.xml", accepting(coding))["etag"] for coding in (b"", b"gzip", b"br", b"zstd")
    ]
    assert len(set(tags)) == 4
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


def test_the_tag_comes_from_the_content(ask: Ask) -> None:
    assert ask(b"GET", b"/ai/rss.xml")["etag"] == ask(b"GET", b"/new/rss.xml")["etag"]
    assert ask(b"GET", b"/ai/rss.xml")["etag"] != ask(b"GET", b"/ai/atom.xml")["etag"]


def test_last_modified_is_the_time_of_the_file(ask: Ask, standing: Config) -> None:
    modified = parsedate_to_datetime(ask(b"GET", b"/ai/rss.xml")["last-modified"]).timestamp()
    assert modified == int((standing.output / "ai/rss.xml").stat().st_mtime)


def conditional(ask: Ask, *headers: tuple[str, str], accept: bytes = b"") -> Answered:
    """Ask with these; `{etag}` and dates by their distance from the file's stand for its own."""
    first = ask(b"GET", b"/ai/rss.xml", accepting(accept))
    modified = parsedate_to_datetime(first["last-modified"]).timestamp()
    made = []
    for name, value in headers:
        text = value.replace("{etag}", first["etag"])
        if "{date" in text:
            distance = int(text.removeprefix("{date").removesuffix("}") or 0)
            text = formatdate(modified + distance, usegmt=True)
        made.append((name.encode(), text.encode()))
    return ask(b"GET", b"/ai/rss.xml", (*accepting(accept), *made))


CONDITIONS = [
    ([("if-none-match", "{etag}")], 304),
    ([("if-none-match", "W/{etag}")], 304),
    ([("if-none-match", '"a", W/"b,c" ,{etag}')], 304),
    ([("if-none-match", '"a"'), ("if-none-match", "{etag}")], 304),
    ([("if-none-match", "*")], 304),
    ([("if-none-match", '"other"')], 200),
    ([("if-none-match", "garbage")], 200),
    ([("if-none-match", "")], 200),
    ([("if-none-match", '"other"'), ("if-modified-since", "{date}")], 200),
    ([("if-none-match", "{etag}"), ("if-modified-since", "{date-100}")], 304),
    ([("if-modified-since", "{date}")], 304),
    ([("if-modified-since", "{date+100}")], 304),
    ([("if-modified-since", "{date-1}")], 200),
    ([("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], 200),
    ([("if-modified-since", "Sun Nov  6 08:49:37 1994")], 200),
    ([("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")], 304),
    ([("if-modified-since", "yesterday")], 200),
    ([("if-modified-since", "Sun, 99 Nov 9999 99:99:99 GMT")], 200),
    ([("if-match", "{etag}")], 200),
    ([("if-match", "*")], 200),
    ([("if-match", "W/{etag}")], 412),
    ([("if-match", '"other"')], 412),
    ([("if-match", '"other"'), ("if-none-match", "{etag}")], 412),
    ([("if-unmodified-since", "{date}")], 200),
    ([("if-unmodified-since", "{date-1}")], 412),
    ([("if-match", "{etag}"), ("if-unmodified-since", "{date-1}"), ("if-none-match", "{etag}")], 304),
    ([("range", "bytes=0-9")], 200),
    ([("range", "bytes=0-9"), ("if-range", "{etag}")], 200),
]


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
@pytest.mark.parametrize("accept", [b"", b"br"])
def test_conditions_are_weighed_as_rfc_9110_says(
    ask: Ask, headers: list[tuple[str, str]], status: int, accept: bytes
) -> None:
    answered = conditional(ask, *headers, accept=accept)
    assert answered.status == status
    assert bool(answered.body) == (status != 304)
    assert "content-range" not in dict(answered.headers)


def test_304_says_what_a_cache_needs_and_nothing_else(ask: Ask) -> None:
    whole = ask(b"GET", b"/ai/rss.xml")
    answered = conditional(ask, ("if-none-match", "{etag}"))
    kept = ("etag", "cache-control", "vary", "link")
    assert {name: answered[name] for name in kept} == {name: whole[name] for name in kept}
    assert {name for name, _ in answered.headers} == {*kept, *COMMON, "access-control-expose-headers"}


def test_the_tag_of_another_coding_is_not_this_one(ask: Ask) -> None:
    tag = ask(b"GET", b"/ai/rss.xml")["etag"].encode()
    assert ask(b"GET", b"/ai/rss.xml", ((b"if-none-match", tag), *accepting(b"br"))).status == 200


@pytest.mark.parametrize(
    "target", [b"/ai/rss.xml", b"/", b"/nothing", b"/old/rss.xml", b"/logo.png", b"/retired/"]
)
def test_head_is_get_without_the_body(ask: Ask, target: bytes) -> None:
    whole, head = ask(b"GET", target), ask(b"HEAD", target)
    assert (head.status, head.headers) == (whole.status, whole.headers)
    assert whole.body
    assert head.body == b""


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"PROPFIND"])
def test_other_methods_are_refused(ask: Ask, method: bytes) -> None:
    answered = ask(method, b"/ai/rss.xml")
    assert (answered.status, answered["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert dict(answered.headers).items() >= COMMON.items()


@pytest.mark.parametrize("target", [b"/ai/rss.xml", b"/nothing"])
def test_a_browser_may_ask_from_anywhere(ask: Ask, target: bytes) -> None:
    answered = ask(
        b"OPTIONS",
        target,
        (
            (b"origin", b"https://reader.example"),
            (b"access-control-request-method", b"GET"),
            (b"access-control-request-headers", b"if-none-match"),
        ),
    )
    assert (answered.status, answered.body) == (204, b"")
    assert answered["access-control-allow-origin"] == "*"
    assert "GET" in answered["access-control-allow-methods"]
    assert "If-None-Match" in answered["access-control-allow-headers"]
    assert answered["allow"] == "GET, HEAD, OPTIONS"
    assert answered.get("content-length") is None  # RFC 9110 §8.6


MOVED = {
    b"/ai": "ai/",
    b"/deep/er": "er/",
    b"/ai?x=1": "ai/",
    b"/old/rss.xml": "../new/rss.xml",
    b"/old/": "../new/",
    b"/old/index.html": "../new/",
    b"/old": "new/",
    b"/older/rss.xml": "../new/rss.xml",
}


@pytest.mark.parametrize(("target", "location"), MOVED.items())
def test_what_moved_is_said_relative_to_where_it_was(ask: Ask, target: bytes, location: str) -> None:
    answered = ask(b"GET", target)
    assert (answered.status, answered["location"]) == (301, location)
    assert answered["cache-control"].startswith("public, max-age=")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/retired/rss.xml", 410),
        (b"/retired/", 410),
        (b"/retired", 410),
        (b"/retired/other.xml", 404),  # there never was one
        (b"/ai/rss.xml", 200),  # called retired, and yet it stands
        (b"/ai/", 200),
        (b"/old/atom.xml", 404),  # moved, and neither here nor there
        (b"/elsewhere/rss.xml", 404),  # moved to a feed that is not there yet
    ],
)
def test_only_what_is_gone_for_good_is_gone(ask: Ask, target: bytes, status: int) -> None:
    assert ask(b"GET", target).status == status


@pytest.mark.parametrize(
    ("target", "age"),
    [(b"/ai/rss.xml", 300), (b"/ai/", 300), (b"/new/rss.xml", 900), (b"/", 900), (b"/logo.png", 900)],
)
def test_a_response_is_fresh_until_the_next_publish(ask: Ask, target: bytes, age: int) -> None:
    assert ask(b"GET", target)["cache-control"] == f"public, max-age={age}, stale-while-revalidate={age}"


def test_a_feed_names_itself_and_its_hub(ask: Ask) -> None:
    own = '<https://feeds.example.com/site/ai/feed.json>; rel="self"'
    assert ask(b"GET", b"/ai/feed.json")["link"] == f'{own}, <https://hub.example.com/>; rel="hub"'
    assert ask(b"GET", b"/ai/").get("link") is None


def test_pages_may_show_pictures_and_their_own_style_and_nothing_else(ask: Ask) -> None:
    digest = b64encode(sha256(b"p { color: red }").digest()).decode()
    assert ask(b"GET", b"/ai/")["content-security-policy"] == (
        f"default-src 'none'; img-src http: https: data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "default-src" not in ask(b"GET", b"/about.html")["content-security-policy"]
    assert "sandbox" in ask(b"GET", b"/drawing.svg")["content-security-policy"]
    assert ask(b"GET", b"/ai/")["referrer-policy"] == "strict-origin-when-cross-origin"


def test_the_header_allows_what_the_published_page_itself_allows(
    published_seeds: Path, tmp_path: Path
) -> None:
    settings = Config(output=published_seeds, state=tmp_path)
    page = direct(Responder(settings))(b"GET", b"/")
    in_page = page.body.decode().split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert page["content-security-policy"] == f"{in_page}; frame-ancestors 'none'"


def test_every_way_gives_the_same_bytes(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[tuple[bytes, bytes, tuple[Header, ...]]] = [
        (method, target, (*headers, *accepting(*accept)))
        for method in (b"GET", b"HEAD")
        for target in (*CONTENT_TYPES, *HOSTILE, *MOVED, b"/retired/rss.xml")
        for headers in ((), ((b"if-none-match", b"*"),), ((b"if-match", b'"x"'),))
        for accept in ((), (b"br",))
    ]
    short: list[bool] = []
    answer_at_once = Quick._answer_at_once

    def watched(self: Quick) -> bool:
        short.append(answer_at_once(self))
        return short[-1]

    monkeypatch.setattr(Quick, "_answer_at_once", watched)
    with (
        served(responder) as quick,
        served(responder, quick=False) as asgi,
        connected(quick) as one,
        connected(asgi) as other,
    ):
        ways = direct(responder), over(other), over(one)
        for request in requests:
            first, second, third = (way(*request) for way in ways)
            assert first == second == third, request
            assert third.date
            # What the first way left in memory, the last one found there.
            assert short.pop() == (first.status in (200, 304, 412) or path_of(request[1]) is None)


def test_the_date_is_that_of_now(ask: Ask) -> None:
    answered = ask(b"GET", b"/ai/rss.xml")
    if answered.date:
        assert abs(parsedate_to_datetime(answered.date).timestamp() - time.time()) < 5
    else:
        assert ask.__qualname__.startswith("direct")  # the transport adds it
