"""One publish in a process of its own: whatever becomes of it, the daemon goes on, and its memory is free."""

import pickle
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from threading import Thread
from typing import Any

from feeds.config import Config
from feeds.publishing.publish import Orders
from feeds.publishing.report import Report
from feeds.service import child

CONTEXT = get_context("spawn")  # a fresh start: the code as it is installed now, and no lock of our threads
NOT_FOR_THE_CHILD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Published:
    """A run that did its work."""

    report: Report


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A run that found all as the one before had left it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that came to nothing; what was published before still stands."""

    cause: str
    trace: str = ""  # of a fault of ours


Outcome = Published | Unchanged | Failed


class Run:
    """A publish at work.

    From a thread of its own, `done` gets the outcome, exactly once. Where the run has feeds to announce,
    `announced` gets what the hub said, later: a slow hub does not hold up the next run.
    """

    def __init__(
        self,
        task: tuple[Config, datetime, Orders],
        before: Mapping[str, object] | None,
        done: Callable[[Outcome], None],
        announced: Callable[[Report], None],
    ) -> None:
        config, now, orders = task
        packed = pickle.dumps((config, now, replace(orders, announce=False)))
        self._receiver, sender = CONTEXT.Pipe(duplex=False)
        arguments = (sender, before, int(now.timestamp()), packed)
        self._process = CONTEXT.Process(target=child.work, args=arguments, name="publish")
        # A child inherits what is blocked: the daemon decides when it ends, not the terminal.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, NOT_FOR_THE_CHILD)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        sender.close()
        self._done = done
        self._announced = announced
        Thread(target=self._wait, name="run", daemon=True).start()

    def kill(self) -> None:
        """End it at once: every file is then an old or a new one, whole."""
        self._process.kill()

    def _wait(self) -> None:
        with self._receiver:
            self._done(self._outcome())
            what, report = self._received()
            if what == child.ANNOUNCED:
                self._announced(report)
        self._process.join()

    def _outcome(self) -> Outcome:
        what, value = self._received()
        if what == child.PUBLISHED:
            return Published(value)
        if what == child.UNCHANGED:
            return Unchanged()
        if what == child.FAILED:
            return Failed(*value)
        self._process.join()
        return Failed(_end(self._process.exitcode))

    def _received(self) -> tuple[str, Any]:
        try:
            what, value = self._receiver.recv()
        except (EOFError, OSError):
            return "", None
        return what, value


def _end(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"the publishing process was ended by {signal.Signals(-exitcode).name}"
    return f"the publishing process ended with status {exitcode} and no report"
