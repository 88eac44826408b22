"""`feeds`: parse, call, and turn what went wrong into one clear line and an exit status.

Imports as little as it can: a publish that changes nothing ends here.
"""

import gc
import os
import sys

from feeds.errors import FeedsError, UsageError
from feeds.publishing import unchanged

TYPE_CHECKING = False  # `typing` itself would cost milliseconds
if TYPE_CHECKING:
    from datetime import datetime
    from typing import NoReturn

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
STANDS = "what was published before still stands"


def entry_point() -> "NoReturn":
    """Run the command line and exit."""
    status = main(sys.argv[1:])
    # The end of the process frees all memory; to look for cycles in it first takes a tenth of a short run.
    gc.freeze()
    sys.exit(status)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    try:
        status = unchanged.answer(arguments)
        return _run(arguments) if status is None else status
    except FeedsError as error:
        print(f"feeds: {error}".replace("\n", "\nfeeds: "), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"feeds: interrupted; {STANDS}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough (`feeds plan | head`). Python must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # A disk, a right, a descriptor too few: nothing of that is worth a traceback, wherever it comes from.
        place = f"{error.filename}: " if error.filename else ""
        print(f"feeds: {place}{error.strerror or error}; {STANDS}", file=sys.stderr)
        return FeedsError.exit_code


def _run(arguments: list[str]) -> int:
    from importlib import import_module

    from feeds.cli.parser import build

    options = build().parse_args(arguments)
    options.arguments = arguments
    # Pydantic would ask every installed package whether it brings a plugin for it: none has business here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    # Imported only now: `feeds --help` must not wait for the libraries of a publish.
    return int(import_module(f"feeds.cli.{options.command}").run(options, _now()))


def _now() -> "datetime":
    """The clock, read once a run (reproducible-builds.org/specs/source-date-epoch)."""
    from datetime import UTC, datetime

    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if not stated:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, found {stated!r}") from error
