"""What the daemon and the server say: one line an event, for a person or as JSON (`--log-json`)."""

import logging
import sys
from argparse import Namespace

import structlog

LIBRARIES = ("apscheduler", "uvicorn", "watchfiles", "httpx", "asyncio")


def configure(options: Namespace) -> None:
    """Write the log to standard error, from here on."""
    level = logging.DEBUG if options.verbose else logging.WARNING if options.quiet else logging.INFO
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_nothing,
    ]
    colours = sys.stderr.isatty()
    last: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if options.log_json or options.json
        else [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, pad_level=False)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What libraries have to say, from warnings on, in the same lines.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_told, *last])
    )
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.WARNING)
        logger.propagate = False


def _without_nothing(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _told(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)
