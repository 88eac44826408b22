"""`feeds daemon`."""

from argparse import Namespace
from contextlib import ExitStack
from datetime import datetime
from functools import partial

import structlog

from feeds.cli import logs
from feeds.cli.console import load_config
from feeds.service.daemon import Daemon
from feeds.service.health import Health
from feeds.service.listening import log_access, to_operators, to_readers
from feeds.web.targets import INDEX

log = structlog.get_logger("daemon")


def run(options: Namespace, _now: datetime) -> int:
    """Publish when it is due, until told to stop; the clock is read at each run."""
    logs.configure(options)
    config = load_config(options)
    state = Health(ready=(config.output / INDEX).is_file())
    daemon = Daemon(config, partial(load_config, options), state)
    with ExitStack() as faces:
        if options.serve:
            access = log_access if options.verbose else None
            server, responder = faces.enter_context(to_readers(config, access))
            log.info("serving", what="feeds", url=server.url)
            state.traffic, state.serves = responder.traffic, lambda: server.alive
            daemon.apply = responder.configure
        faces.enter_context(to_operators(config, state))
        daemon.run()
    return 0
