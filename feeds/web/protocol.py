"""HTTP/1.1 on uvicorn's httptools protocol, with limits for slow and greedy clients, and a short way.

`Guarded` is uvicorn's with limits that it does not have. `Quick` also answers a plain GET or HEAD from memory
in the parser's own callback, without a task or a scope: twice as many requests a second. Everything else goes
the ordinary way, through the ASGI application, and both give the same bytes.
"""

import asyncio
import fcntl
import sys
import termios
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from feeds.web.responder import Access, Responder

LARGEST_HEAD = 16 * 1024  # bytes of request line and headers
PATIENCE = 15.0  # seconds for the next request to arrive whole
STALLED = 30.0  # seconds in which a client takes not one byte of a response
GLANCE = 5.0  # seconds between two looks at how patient one has been
PIPELINED = 128  # requests that may wait behind one that is being answered
# Headers that ask for more than a response: a body, an interim response, another protocol, an end.
SPECIAL = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"))
KEEP_ALIVE = b"keep-alive"


class TooLargeError(Exception):
    """The request's head has more bytes than anybody needs to ask for a feed."""


class Guarded(HttpToolsProtocol):
    """uvicorn's protocol, which alone waits forever for a first byte and takes headers of any size."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn's own limit answers 503 to everybody; ours only parts with who comes when it is reached.
        self._most, self.limit_concurrency = config.limit_concurrency, None
        self._refusal = HTTPStatus.BAD_REQUEST
        self._in_head = False
        self._received = 0  # bytes since the head began, after those in which it did
        self._is_large = False
        self._since = 0.0
        self._unsent = 0
        self._glance: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; refuse who comes when there are too many."""
        super().connection_made(transport)
        if self._most is not None and len(self.connections) > self._most:
            transport.abort()
            return
        self._since = self.loop.time()
        self._glance = self.loop.call_later(GLANCE, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        if self._glance is not None:
            self._glance.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what is received of a head that does not end."""
        self._is_large = len(data) > LARGEST_HEAD
        if self._in_head:
            self._received += len(data)
        super().data_received(data)
        if self._in_head and self._received > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins; from now on there is a time until which it must be here."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """The head is here: answer it, or let it wait behind others, of which there may not be too many."""
        self._end_head()
        if len(self.pipeline) >= PIPELINED:
            self.transport.abort()
            return
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The waiting for the next request begins."""
        super().on_response_complete()
        self._since = self.loop.time()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Refuse what is no HTTP, or too much of it (RFC 9110 §15.5.1, RFC 6585 §5)."""
        self._refuse(self._refusal)

    def _begin(self) -> None:
        self._in_head = True
        self._received = 0
        self._since = self.loop.time()

    def _end_head(self) -> None:
        """Measure the head, unless it came in one piece that was not large."""
        self._in_head = False
        if self._is_large or self._received:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > LARGEST_HEAD:
                self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                raise TooLargeError  # which uvicorn takes for a fault of the parser, and asks for the 400

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why and close; say nothing where the client would take it for the answer to another request."""
        if self.transport.is_closing():
            return
        if self._is_idle():
            text = f"{status.phrase}\n".encode()
            headers = (
                *self.server_state.default_headers,
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", b"%d" % len(text)),
                (b"x-content-type-options", b"nosniff"),
                (b"connection", b"close"),
            )
            lines = [b"%s: %s\r\n" % header for header in headers]
            line = b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())
            self.transport.write(b"".join((line, *lines, b"\r\n", text)))
        self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Part with who takes nothing of a response, or does not come to the end of a request."""
        now = self.loop.time()
        unsent = self.transport.get_write_buffer_size()
        if unsent:
            unsent += self._in_the_kernel()
        if unsent != self._unsent:
            self._unsent, self._since = unsent, now
        waited = now - self._since
        if unsent and waited >= STALLED:
            self.transport.abort()
        elif not unsent and waited >= PATIENCE and self._is_idle() and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT) if self._in_head else self.transport.close()
        self._glance = self.loop.call_later(GLANCE, self._look)

    def _in_the_kernel(self) -> int:
        """Bytes not yet acknowledged: the kernel takes more of ours only once many of them are."""
        try:
            queued = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 0
        return int.from_bytes(queued, sys.byteorder)


class Quick(Guarded):
    """Answers at once what the responder has in memory."""

    def __init__(
        self,
        responder: Responder,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._responder = responder
        self._plain = True
        self._answered = False

    def on_message_begin(self) -> None:
        """Leave uvicorn's bookkeeping for when it is needed."""
        self.url = b""
        self.headers = []
        self._plain = True
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; some need more than the short way can give."""
        name = name.lower()
        self.headers.append((name, value))
        if name in SPECIAL and not self._stays(name, value):
            self._plain = False

    def on_headers_complete(self) -> None:
        """Answer from memory, or tell uvicorn what it did not hear and go the ordinary way."""
        self._end_head()
        self._answered = self._plain and self._answer_at_once()
        if self._answered:
            return
        url, headers = self.url, self.headers
        HttpToolsProtocol.on_message_begin(self)
        self.on_url(url)
        for name, value in headers:
            HttpToolsProtocol.on_header(self, name, value)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Nothing is left to do of what is answered."""
        if not self._answered:
            super().on_message_complete()

    def _stays(self, name: bytes, value: bytes) -> bool:
        """Whether the header says no more than what HTTP/1.1 does anyway."""
        said = name == b"connection" and value.lower() == KEEP_ALIVE
        return said and self.parser.get_http_version() == "1.1"

    def _answer_at_once(self) -> bool:
        """Whether it could be: in order, without waiting, and only while the client takes what it is sent."""
        if not self._is_idle() or self.flow.write_paused or not self.parser.should_keep_alive():
            return False
        method = self.parser.get_method()
        target = self.url.partition(b"?")[0]
        if method not in (b"GET", b"HEAD") or not target.startswith(b"/") or b"#" in target:
            return False
        response = self._responder.at_once(method, target, self.headers)
        if response is None:
            return False
        head = response.head(self.server_state.default_headers)
        if response.body:
            self.transport.writelines((head, response.body))
        else:
            self.transport.write(head)
        self._responder.count(response)
        self.server_state.total_requests += 1
        if self._responder.access is not None:
            client = self.client[0] if self.client else ""
            size = len(response.body)
            self._responder.access(
                Access(client, method.decode(), target.decode("latin-1"), int(response.status), size)
            )
        return True
