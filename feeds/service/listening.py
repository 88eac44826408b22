"""The two faces of the service, each on its own address: feeds for readers, health for who runs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from feeds.config import Config
from feeds.service import health
from feeds.service.health import Health
from feeds.web.asgi import App
from feeds.web.protocol import Quick
from feeds.web.responder import Access, Responder
from feeds.web.server import Server

log = structlog.get_logger("server")


@contextmanager
def to_readers(
    config: Config, access: Callable[[Access], None] | None = None
) -> Iterator[tuple[Server, Responder]]:
    """Serve the output folder while the context lasts; raises ServeFailed."""
    responder = Responder(config)
    responder.access = access
    server = Server(App(responder), config.serve.host, config.serve.port, partial(Quick, responder))
    with _listening(server):
        yield server, responder


@contextmanager
def to_operators(config: Config, state: Health) -> Iterator[None]:
    """Serve /healthz, /readyz and /metrics while the context lasts; raises ServeFailed."""
    server = Server(health.app(state), config.health.host, config.health.port)
    with _listening(server):
        log.info("serving", what="health", url=server.url)
        yield


@contextmanager
def _listening(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


def log_access(access: Access) -> None:
    """One line a request."""
    log.debug("request", **access._asdict())
