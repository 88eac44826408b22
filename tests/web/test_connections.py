"""Connections as clients make them: patient and not, well-mannered and not."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from web.asking import FEED, PAGE, Answered, connected, over, put, receive, served

from feeds.config import Config
from feeds.web import protocol, server
from feeds.web.responder import Responder

GET = b"GET /ai/rss.xml HTTP/1.1\r\nhost: x\r\n\r\n"
MISS = b"GET /nothing.xml HTTP/1.1\r\nhost: x\r\n\r\n"
LARGE = b"0123456789abcdef" * 500_000


@pytest.fixture(scope="module", params=["quick", "ordinary"])
def port(request: pytest.FixtureRequest, standing: Config) -> Iterator[int]:
    with served(Responder(standing), quick=request.param == "quick") as port:
        yield port


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with no patience to speak of."""
    monkeypatch.setattr(protocol, "PATIENCE", 0.6)
    monkeypatch.setattr(protocol, "STALLED", 0.6)
    monkeypatch.setattr(protocol, "GLANCE", 0.1)


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    parts = []
    while part := connection.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def refused_after(
    connection: socket.socket, part: bytes, *, most: int, pause: float = 0
) -> tuple[int, float]:
    """How many such parts are taken until the server closes, and how long that takes."""
    began = time.monotonic()
    for sent in range(most):
        try:
            connection.sendall(part)
        except ConnectionError:
            return sent, time.monotonic() - began
        time.sleep(pause)
    pytest.fail("the server took all of it")


def said(port: int, *parts: bytes, pause: float = 0) -> bytes:
    """What the server says to these bytes until it closes."""
    with connected(port) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        return everything(connection)


def test_a_connection_is_kept_for_many_requests(port: int) -> None:
    with connected(port) as connection:
        ask = over(connection)
        for _ in range(3):
            assert ask(b"GET", b"/ai/rss.xml").body == FEED
            assert ask(b"HEAD", b"/ai/rss.xml").body == b""
            assert ask(b"GET", b"/nothing").status == 404
            assert ask(b"GET", b"/ai/rss.xml", ((b"if-none-match", b"*"),)).status == 304
            assert ask(b"OPTIONS", b"/").status == 204


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    """Hits and misses in turns, so that on the short way one must not overtake the other."""
    with connected(port) as connection:
        connection.sendall((MISS + GET) * 30)
        got = [receive(connection).status for _ in range(60)]
    assert got == [404, 200] * 30


def test_hundreds_of_pipelined_requests_in_one_packet(port: int) -> None:
    request = b"GET /tiny.txt HTTP/1.1\r\n\r\n"
    with connected(port) as connection:
        assert over(connection)(b"GET", b"/tiny.txt").body == b"tiny"  # in memory from now on
        connection.sendall(request * 100)
        assert [receive(connection).body for _ in range(100)] == [b"tiny"] * 100


def test_a_client_that_pipelines_without_end_and_reads_nothing_is_left(
    responder: Responder, config: Config
) -> None:
    put(config.output / "large.txt", LARGE)
    with served(responder) as port, connected(port) as connection:
        refused_after(connection, b"GET /large.txt HTTP/1.1\r\n\r\n" * 1000, most=200)


def test_a_request_that_comes_byte_by_byte_is_answered(port: int) -> None:
    with connected(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET:
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert receive(connection).body == FEED


def test_http_1_0_is_answered_and_closed(port: int) -> None:
    for _ in range(2):  # read from the disk, and from memory
        got = said(port, b"GET /ai/rss.xml HTTP/1.0\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nconnection: close\r\n" in got
        assert got.endswith(FEED)


def test_connection_close_closes(port: int) -> None:
    for _ in range(2):
        got = said(port, b"GET /ai/rss.xml HTTP/1.1\r\nhost: x\r\nConnection: close\r\n\r\n")
        assert b"\r\nconnection: close\r\n" in got
        assert got.endswith(FEED)


def test_what_follows_a_close_is_not_answered(port: int) -> None:
    got = said(port, GET, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n" + GET)
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert got.endswith(PAGE)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Connection: keep-alive\r\n\r\n",
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    ],
)
def test_a_get_may_say_more_than_it_needs_to(port: int, head: bytes) -> None:
    with connected(port) as connection:
        for _ in range(2):
            connection.sendall(b"GET /ai/rss.xml HTTP/1.1\r\nhost: x\r\n" + head)
            assert receive(connection).body == FEED
        assert over(connection)(b"GET", b"/tiny.txt").body == b"tiny"


def test_an_upgrade_is_declined_with_an_answer(port: int) -> None:
    head = (
        b"GET /ai/rss.xml HTTP/1.1\r\nhost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    )
    with connected(port) as connection:
        connection.sendall(head)
        assert receive(connection).body == FEED


def test_a_body_is_refused_without_being_asked_for(port: int) -> None:
    with connected(port) as connection:
        head = b"POST /ai/rss.xml HTTP/1.1\r\nhost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
        connection.sendall(head)
        answered = receive(connection, b"POST")
        assert answered.status == 405  # and no 100 before it


def test_after_a_body_that_nobody_wanted_comes_the_next_request(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000 + GET
        )
        assert receive(connection, b"POST").status == 405
        assert receive(connection).body == FEED


@pytest.mark.parametrize("target", [b"http://elsewhere.example/ai/rss.xml", b"/ai/rss.xml#fragment"])
def test_other_forms_of_a_target(port: int, target: bytes) -> None:
    with connected(port) as connection:
        for _ in range(2):
            assert over(connection)(b"GET", target).body == FEED


@pytest.mark.parametrize(
    "head",
    [
        b"GET /ai/rss.xml HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /ai/rss.xml HTTP/1.1\r\n" + b"X: aaaaaaaaaa\r\n" * 2000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /ai/rss.xml HTTP/1.1\r\nIf-None-Match: " + b'"a", ' * 200_000,
    ],
)
@pytest.mark.parametrize("size", [1 << 20, 4000], ids=["at once", "in parts"])
def test_a_head_of_any_size_is_refused(port: int, head: bytes, size: int) -> None:
    with connected(port) as connection:
        try:
            for start in range(0, len(head), size):
                connection.sendall(head[start : start + size])
                time.sleep(0.002)
            answered: Answered | None = receive(connection)
        except ConnectionError:
            answered = None  # refused before all of it was sent
        assert answered is None or answered.status == 431
        assert answered is None or answered["connection"] == "close"


def test_a_head_that_never_ends_is_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        sent, _ = refused_after(connection, b"a" * 1000, most=1000, pause=0.001)
    assert sent < 100


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"FETCH / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_closed(port: int, data: bytes) -> None:
    got = said(port, data)
    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nconnection: close\r\n" in got
    assert b"\r\nx-content-type-options: nosniff\r\n" in got
    assert b"date: " in got


def test_garbage_behind_a_request_is_no_answer_to_it(port: int) -> None:
    got = said(port, MISS + b"garbage\r\n\r\n")
    assert b" 400 " not in got.partition(b"\r\n")[0]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("part", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost:"])
def test_who_does_not_finish_a_request_is_left(responder: Responder, part: bytes) -> None:
    with served(responder) as port:
        began = time.monotonic()
        got = said(port, part)
        assert time.monotonic() - began < 2
        assert got == b"" if not part else got.startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("hurried")
def test_a_trickle_of_headers_buys_no_time(responder: Responder) -> None:
    with served(responder) as port, connected(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        _, took = refused_after(connection, b"X: a\r\n", most=100, pause=0.05)
    assert took < 2


@pytest.mark.usefixtures("hurried")
def test_a_trickle_of_a_body_buys_no_time(responder: Responder) -> None:
    with served(responder) as port, connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")
        assert receive(connection, b"POST").status == 405
        _, took = refused_after(connection, b"x", most=100, pause=0.05)
    assert took < 2


@pytest.mark.usefixtures("hurried")
def test_a_connection_that_is_used_is_kept_for_as_long_as_it_is(responder: Responder) -> None:
    with served(responder) as port, connected(port) as connection:
        ask = over(connection)
        for _ in range(8):
            assert ask(b"GET", b"/tiny.txt").status == 200
            time.sleep(0.25)
        time.sleep(1)
        assert connection.recv(1) == b""


@pytest.mark.usefixtures("hurried")
def test_who_takes_nothing_of_a_response_is_left(responder: Responder, config: Config) -> None:
    put(config.output / "large.txt", LARGE)
    with served(responder) as port, connected(port) as connection:
        connection.sendall(b"GET /large.txt HTTP/1.1\r\n\r\n")
        time.sleep(2)
        taken = 0
        with suppress(ConnectionError):
            while part := connection.recv(1 << 20):
                taken += len(part)
        assert taken < len(LARGE)


@pytest.mark.usefixtures("hurried")
def test_who_takes_it_slowly_gets_all_of_it(responder: Responder, config: Config) -> None:
    put(config.output / "large.txt", LARGE)
    with served(responder) as port, connected(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.sendall(b"GET /large.txt HTTP/1.1\r\nconnection: close\r\n\r\n")
        began, taken = time.monotonic(), 0
        while part := connection.recv(200_000):
            taken += len(part)
            time.sleep(0.04)
        assert time.monotonic() - began > 1  # longer than the patience with who takes nothing
        assert taken > len(LARGE)


def test_slow_readers_cost_no_memory_for_each(responder: Responder, config: Config) -> None:
    put(config.output / "large.txt", LARGE)
    with served(responder) as port:
        with connected(port) as connection:
            assert over(connection)(b"GET", b"/large.txt").body == LARGE
        before = _resident()
        with ExitStack() as stack:
            for _ in range(30):
                reader = stack.enter_context(connected(port))
                reader.sendall(b"GET /large.txt HTTP/1.1\r\n\r\n")
            time.sleep(0.5)
            with connected(port) as connection:
                assert over(connection)(b"GET", b"/tiny.txt").status == 200
            grown = _resident() - before
    assert grown < 10 * len(LARGE)  # of 30, had each a copy


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def test_more_connections_than_there_are_descriptors_for_are_refused(
    responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_connections", lambda: 5)
    with served(responder) as port, ExitStack() as stack:
        held = [stack.enter_context(connected(port)) for _ in range(5)]
        time.sleep(0.1)
        for connection in held:
            assert over(connection)(b"GET", b"/tiny.txt").status == 200
        with connected(port) as one_more:
            assert _is_closed(one_more)
        held.pop().close()
        time.sleep(0.1)
        with connected(port) as connection:
            assert over(connection)(b"GET", b"/tiny.txt").status == 200


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
