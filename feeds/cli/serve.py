"""`feeds serve`."""

import json
import queue
import signal
from argparse import Namespace
from contextlib import nullcontext
from datetime import datetime

import structlog

from feeds.cli import logs
from feeds.cli.console import Voice, load_config
from feeds.config import Config
from feeds.errors import FeedsError, ServeFailed
from feeds.service.health import Health
from feeds.service.listening import log_access, to_operators, to_readers
from feeds.service.signals import hearing
from feeds.web.responder import Responder
from feeds.web.server import Server
from feeds.web.targets import INDEX

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GLANCE = 1.0  # seconds between two looks at whether the server still lives
log = structlog.get_logger()


def run(options: Namespace, now: datetime) -> int:  # noqa: ARG001 - every command gets the clock
    """Serve the output folder until SIGINT or SIGTERM; SIGHUP reads the config again."""
    logs.configure(options)
    config = _config(options)
    voice = Voice(options)
    access = log_access if options.verbose else None
    received: queue.SimpleQueue[int] = queue.SimpleQueue()
    with hearing(SIGNALS, received.put), to_readers(config, access) as (server, responder):
        health = Health(traffic=responder.traffic, publishes=False, ready=True)
        # By default the daemon's, which may be at work beside this.
        with to_operators(config, health) if "health" in config.model_fields_set else nullcontext():
            _announce(server, config, options, voice)
            while (number := _next(received, server)) == signal.SIGHUP:
                config = _reloaded(options, config, responder)
    if number is None:
        raise ServeFailed(config.serve.host, config.serve.port, "the server ended; the log says why")
    return 0


def _announce(server: Server, config: Config, options: Namespace, voice: Voice) -> None:
    if not (config.output / INDEX).is_file():
        voice.warn(f"{config.output}: nothing is published there yet; 'feeds publish' does that.")
    if options.json:
        print(json.dumps({"url": server.url, "output": str(config.output)}), file=voice.out)
    else:
        voice.say(f"Serving {config.output}/ at {server.url}", "bold")
    voice.out.flush()  # somebody may wait for this line behind a pipe


def _next(received: "queue.SimpleQueue[int]", server: Server) -> int | None:
    """The next signal; None when the server is no more."""
    while server.alive:
        try:
            return received.get(timeout=GLANCE)
        except queue.Empty:
            continue
    return None


def _reloaded(options: Namespace, old: Config, responder: Responder) -> Config:
    """The config as it is now, or the old one where that cannot be used."""
    try:
        config = _config(options)
    except FeedsError as error:
        log.error("the config stays as it was", reason=str(error))  # noqa: TRY400 - whose fault it is, is clear
        return old
    if config.serve != old.serve:
        log.warning("another address to serve on takes a restart", serve=old.serve.model_dump())
    responder.configure(config)
    log.info("config reloaded")
    return config


def _config(options: Namespace) -> Config:
    config = load_config(options)
    given = {key: value for key in ("host", "port") if (value := getattr(options, key)) is not None}
    return config.model_copy(update={"serve": config.serve.model_copy(update=given)})
