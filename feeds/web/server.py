"""uvicorn in a thread of its own: listening when `start` returns, gone when `stop` does."""

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import structlog
import uvicorn
from uvicorn._compat import asyncio_run

from feeds.errors import ServeFailed
from feeds.web.protocol import PATIENCE, Guarded

BACKLOG = 1024
GRACE = 3  # seconds that a response may still take when the server stops
PARTING = 5.0  # seconds in which it is gone
# Of one of a host's addresses: this machine does not have it, as `localhost` without IPv6.
ELSEWHERE = frozenset((errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT))
RESERVED = 64  # descriptors for files, the database and the rest of the process
log = structlog.get_logger()


class Server:
    """One ASGI application on one address; `protocol` makes the protocol of a connection."""

    def __init__(
        self,
        app: Callable[..., Any],
        host: str,
        port: int,
        protocol: Callable[..., asyncio.Protocol] = Guarded,
    ) -> None:
        self._host = host
        self._asked = self._port = port
        self._sockets: list[socket.socket] = []
        self._listening = threading.Event()
        config = uvicorn.Config(
            app,
            http=protocol,  # type: ignore[arg-type] # any callable will do that makes one
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level=logging.ERROR,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_connections(),
            backlog=BACKLOG,
            timeout_keep_alive=int(PATIENCE),
            timeout_graceful_shutdown=GRACE + 1,
        )
        self._uvicorn = _Uvicorn(config, self._listening.set)
        self._thread = threading.Thread(target=self._run, name=f"http {host}:{port}", daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """Its address, once started."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}/"

    @property
    def alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Listen; raises ServeFailed where that is not possible."""
        self._sockets = _listen(self._host, self._asked)
        self._port = int(self._sockets[0].getsockname()[1])
        self._thread.start()
        while not self._listening.wait(0.1):
            if not self._thread.is_alive():
                raise ServeFailed(self._host, self._asked, "the server ended at its start; the log says why")

    def stop(self) -> None:
        """Accept no more, finish what is being sent, and end within five seconds."""
        self._uvicorn.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(PARTING)

    def _run(self) -> None:
        try:
            asyncio_run(
                self._uvicorn.serve(sockets=self._sockets),
                loop_factory=self._uvicorn.config.get_loop_factory(),
            )
        except BaseException:
            log.exception("the server ended")
        finally:
            for one in self._sockets:
                one.close()


class _Uvicorn(uvicorn.Server):
    """Says when it listens, and parts with those who do not come to an end when it stops."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.on_tick(0)  # the first response needs a Date, too
        await super().startup(sockets)
        self._when_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(GRACE, self._part)
        await super().shutdown(sockets)

    def _part(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address that the host has, all on the same port."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ServeFailed(host, port, f"no such host ({error.strerror})") from error
    sockets: list[socket.socket] = []
    failed: OSError | None = None
    for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_socket(family, (address[0], chosen, *address[2:])))
        except OSError as error:
            failed = error
            if error.errno not in ELSEWHERE:
                break
    if not sockets or (failed and failed.errno not in ELSEWHERE):
        for one in sockets:
            one.close()
        raise ServeFailed(host, port, (failed and failed.strerror) or str(failed))
    return sockets


def _socket(family: int, address: tuple[Any, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(BACKLOG)
        one.setblocking(False)  # noqa: FBT003 - theirs
    except BaseException:
        one.close()
        raise
    return one


def _connections() -> int | None:
    """How many the process has descriptors for."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else max(soft - RESERVED, 1)
