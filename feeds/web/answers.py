"""Responses, whole and made once: for a file every one that a GET or HEAD can get."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

from feeds.web import conditional
from feeds.web.encoding import COMPRESS, IDENTITY
from feeds.web.kinds import Kind, feed_of
from feeds.web.policy import Policy

Headers = tuple[tuple[bytes, bytes], ...]

METHODS = "GET, HEAD, OPTIONS"
ALWAYS = {
    "access-control-allow-origin": "*",
    # Of the others every script may read (Fetch, CORS-safelisted response-header names).
    "access-control-expose-headers": "ETag, Link",
    "x-content-type-options": "nosniff",
}
PREFLIGHT = {
    "allow": METHODS,
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "Accept, Cache-Control, If-Modified-Since, If-None-Match",
    "access-control-max-age": "86400",
}
SMALLEST = 512  # bytes that are worth a compression; less goes into one packet anyway
TAG_BYTES = 12
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
# A script in a picture that is opened by itself would run as one of this site's.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
OTHER_PAGES_POLICY = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
NOBODY = ("", "")


class Response:
    """Status, headers and body; `counted_as` is the feed's slug and file in the statistics."""

    __slots__ = ("_dated", "_head", "body", "counted_as", "headers", "status")

    def __init__(
        self,
        status: HTTPStatus,
        headers: Mapping[str, str],
        body: bytes = b"",
        counted_as: tuple[str, str] = NOBODY,
    ) -> None:
        self.status = status
        self.headers: Headers = tuple((name.encode(), value.encode()) for name, value in headers.items())
        self.body = body
        self.counted_as = (*counted_as, int(status))
        self._dated: Sequence[tuple[bytes, bytes]] | None = None
        self._head = b""

    def head(self, before: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Status line and headers as HTTP/1.1 writes them, after those that each response gets (Date).

        Kept for as long as these are the same object, which is a second.
        """
        if before is not self._dated:
            lines = [b"%s: %s\r\n" % header for header in (*before, *self.headers)]
            status = b"HTTP/1.1 %d %s\r\n" % (self.status, self.status.phrase.encode())
            self._head = b"".join((status, *lines, b"\r\n"))
            self._dated = before
        return self._head


class Answer(Protocol):
    """What stands at a target, ready to be asked for."""

    def to(self, method: bytes, asked: Mapping[bytes, bytes]) -> Response:
        """The response to a GET or HEAD with these conditional headers."""


class Fixed:
    """The same whatever the conditions are."""

    def __init__(self, status: HTTPStatus, text: str, headers: Mapping[str, str]) -> None:
        body = f"{text}\n".encode() if text else b""
        described = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
        headers = {**(described if body else {}), **headers, **ALWAYS}
        self._get = Response(status, headers, body)
        self._head = Response(status, headers)

    def to(self, method: bytes, asked: Mapping[bytes, bytes]) -> Response:  # noqa: ARG002
        """The one response, without its body for HEAD."""
        return self._head if method == b"HEAD" else self._get


class OfFile:
    """One version of a file in one content coding."""

    def __init__(self, path: str, kind: Kind, body: bytes, headers: Mapping[str, str], modified: int) -> None:
        etag = f'"{hashlib.blake2b(body, digest_size=TAG_BYTES).hexdigest()}"'
        counted_as = feed_of(path) or NOBODY
        # RFC 9110 §15.4.5: these and no others, but what a browser needs to let a script see it.
        validated = {
            "etag": etag,
            **{name: value for name, value in headers.items() if name in OF_304},
            **ALWAYS,
        }
        full = {
            "content-type": kind.content_type,
            "content-length": str(len(body)),
            **headers,
            "etag": etag,
            "last-modified": formatdate(modified, usegmt=True),
            "accept-ranges": "none",
            **ALWAYS,
        }
        self.body = body
        self._etag = etag.encode()
        self._modified = modified
        self._get = Response(HTTPStatus.OK, full, body, counted_as)
        self._head = Response(HTTPStatus.OK, full, b"", counted_as)
        self._not_modified = Response(HTTPStatus.NOT_MODIFIED, validated, b"", counted_as)
        self._failed = Fixed(
            HTTPStatus.PRECONDITION_FAILED,
            "The file is not the one that you have.",
            {"cache-control": "no-store"},
        )

    def to(self, method: bytes, asked: Mapping[bytes, bytes]) -> Response:
        """The file, 304 where the client has it, or 412."""
        status = conditional.status(asked, self._etag, self._modified) if asked else HTTPStatus.OK
        if status is HTTPStatus.OK:
            return self._head if method == b"HEAD" else self._get
        if status is HTTPStatus.NOT_MODIFIED:
            return self._not_modified
        return self._failed.to(method, asked)


OF_304 = frozenset(("cache-control", "vary", "link"))


def of_file(path: str, kind: Kind, data: bytes, modified: int, coding: str, policy: Policy) -> OfFile:
    """The file in this coding, or as it is where that is no smaller."""
    headers = _headers(path, kind, data, policy)
    if coding != IDENTITY and kind.compressible and len(data) >= SMALLEST:
        encoded = COMPRESS[coding](data)
        if len(encoded) < len(data):
            return OfFile(path, kind, encoded, {"content-encoding": coding, **headers}, modified)
    return OfFile(path, kind, data, headers, modified)


def _headers(path: str, kind: Kind, data: bytes, policy: Policy) -> dict[str, str]:
    headers = {"cache-control": policy.cache_control(path.partition("/")[0])}
    if kind.compressible:
        headers["vary"] = "Accept-Encoding"
    if kind.feed:
        headers["link"] = policy.link(path)
    if kind.page:
        headers["content-security-policy"] = _page_policy(data) if feed_of(path) else OTHER_PAGES_POLICY
        headers["referrer-policy"] = "strict-origin-when-cross-origin"
    if kind.drawing:
        headers["content-security-policy"] = DRAWING_POLICY
    return headers


def _page_policy(page: bytes) -> str:
    """Pictures and the page's own styles and nothing else, as `formats/page.py` makes them.

    By the digests of the styles in this very page, so that one published by another version stays legible.
    """
    digests = (base64.b64encode(hashlib.sha256(style).digest()).decode() for style in STYLE.findall(page))
    styles = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; img-src http: https: data:; style-src {styles}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def selected(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, dict[bytes, bytes]]:
    """Accept-Encoding, and the conditional headers, of lower-case names; lines of one name are one list."""
    accept = b""
    asked: dict[bytes, bytes] = {}
    for name, value in headers:
        if name == b"accept-encoding":
            accept = accept + b"," + value if accept else value
        elif name in conditional.HEADERS:
            asked[name] = asked[name] + b", " + value if name in asked else value
    return accept, asked


NOT_FOUND = Fixed(HTTPStatus.NOT_FOUND, "There is nothing here.", {"cache-control": "no-store"})
UNREADABLE = Fixed(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The file cannot be read at the moment.",
    {"cache-control": "no-store", "retry-after": "5"},
)
NOT_ALLOWED = Fixed(
    HTTPStatus.METHOD_NOT_ALLOWED, "Feeds can only be read.", {"allow": METHODS, "cache-control": "no-store"}
)
OPTIONS = Fixed(HTTPStatus.NO_CONTENT, "", PREFLIGHT)


def gone(cache_control: str) -> Fixed:
    """Of a feed that was retired: subscribers may stop to ask."""
    return Fixed(HTTPStatus.GONE, "This feed was retired.", {"cache-control": cache_control})


def moved(location: str, cache_control: str) -> Fixed:
    """To a relative address, which a proxy that serves us below a prefix need not rewrite."""
    headers = {"location": location, "cache-control": cache_control}
    return Fixed(HTTPStatus.MOVED_PERMANENTLY, f"It is at {location} now.", headers)
