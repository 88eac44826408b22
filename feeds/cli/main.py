"""`feeds`: parse, call, and turn what went wrong into one clear line and an exit status."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import NoReturn

from feeds.cli.parser import build
from feeds.errors import FeedsError, UsageError

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def entry_point() -> NoReturn:
    """Run the command line and exit."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    options = build().parse_args(arguments)
    try:
        # Imported only now: `feeds --help` must not wait for the libraries of a publish.
        return int(import_module(f"feeds.cli.{options.command}").run(options, _now()))
    except FeedsError as error:
        print(f"feeds: {error}".replace("\n", "\nfeeds: "), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("feeds: interrupted; what was published before still stands", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough (`feeds plan | head`). Python must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _now() -> datetime:
    """The clock, read once a run (reproducible-builds.org/specs/source-date-epoch)."""
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if stated is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, found {stated!r}") from error
