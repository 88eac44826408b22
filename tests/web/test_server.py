"""Starting, stopping, and addresses that cannot be had."""

import socket
import threading
import time
from pathlib import Path

import pytest
from web.asking import connected, over, put, receive

from feeds.config import Config
from feeds.errors import ServeFailed
from feeds.web.asgi import App
from feeds.web.responder import Responder
from feeds.web.server import Server


@pytest.fixture
def app(responder: Responder) -> App:
    return App(responder)


def test_a_server_listens_once_started_and_no_more_once_stopped(app: App) -> None:
    server = Server(app, "127.0.0.1", 0)
    server.start()
    assert server.alive
    assert server.url == f"http://127.0.0.1:{server.port}/"
    with connected(server.port) as connection:
        answered = over(connection)(b"GET", b"/tiny.txt")
        assert answered.status == 200
        assert answered.date  # the very first response has one
        assert answered.get("server") is None
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        connected(server.port)


def test_an_address_in_use_is_said_so(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ServeFailed, match=rf"cannot serve on 127\.0\.0\.1 port {port}: Address already in use\."
        ):
            Server(app, "127.0.0.1", port).start()


def test_a_host_that_is_not_there_is_said_so(app: App) -> None:
    with pytest.raises(
        ServeFailed, match=r"cannot serve on 192\.0\.2\.1 port 0: Cannot assign requested address"
    ):
        Server(app, "192.0.2.1", 0).start()
    with pytest.raises(ServeFailed, match="no such host"):
        Server(app, "nowhere.invalid", 0).start()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0", ""])
def test_a_host_is_served_on_all_its_addresses(app: App, host: str) -> None:
    server = Server(app, host, 0)
    server.start()
    try:
        with connected(server.port) as connection:
            assert over(connection)(b"GET", b"/tiny.txt").status == 200
    finally:
        server.stop()


def test_ipv6(app: App) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    server = Server(app, "::1", 0)
    server.start()
    try:
        assert server.url == f"http://[::1]:{server.port}/"
        with socket.create_connection(("::1", server.port), timeout=5) as connection:
            assert over(connection)(b"GET", b"/tiny.txt").status == 200
    finally:
        server.stop()


def test_a_stop_takes_no_more_than_five_seconds_whatever_clients_do(
    responder: Responder, config: Config
) -> None:
    put(config.output / "large.txt", b"0123456789abcdef" * 1_000_000)
    server = Server(App(responder), "127.0.0.1", 0)
    server.start()
    with connected(server.port) as idle, connected(server.port) as begun, connected(server.port) as slow:
        over(idle)(b"GET", b"/tiny.txt")
        begun.sendall(b"GET / HTTP/1.1\r\nhost:")
        slow.sendall(b"GET /large.txt HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 6
        assert not server.alive
        assert idle.recv(1) == b""


def test_a_stop_lets_a_response_come_to_its_end(responder: Responder, config: Config) -> None:
    put(config.output / "large.txt", b"0123456789abcdef" * 1_000_000)
    server = Server(App(responder), "127.0.0.1", 0)
    server.start()
    with connected(server.port) as connection:
        connection.sendall(b"GET /large.txt HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(0.3)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        time.sleep(0.2)
        assert len(receive(connection).body) == 16_000_000
        stopping.join()
    assert not server.alive


def test_a_fault_of_the_application_is_500_and_the_server_lives(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty(_scope: object, _receive: object, _send: object) -> None:
        raise ValueError("a fault of ours")

    server = Server(faulty, "127.0.0.1", 0)
    server.start()
    try:
        for _ in range(2):
            with connected(server.port) as connection:
                answered = over(connection)(b"GET", b"/")
                assert (answered.status, answered.body) == (500, b"Internal Server Error")
    finally:
        server.stop()
    assert "a fault of ours" in caplog.text


def test_descriptors_and_threads_are_given_back(responder: Responder) -> None:
    def open_descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def once() -> None:
        server = Server(App(responder), "127.0.0.1", 0)
        server.start()
        with connected(server.port) as connection:
            over(connection)(b"GET", b"/ai/atom.xml")
        server.stop()

    once()
    before = open_descriptors(), threading.active_count()
    for _ in range(3):
        once()
    assert (open_descriptors(), threading.active_count()) == before
