"""One publish in a process of its own: whatever becomes of it, the daemon goes on, and its memory is free."""

import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

from feeds.config import Config
from feeds.errors import FeedsError
from feeds.publishing.publish import Orders, announced, publish
from feeds.publishing.report import Report

CONTEXT = get_context("spawn")  # a fresh start: the code as it is installed now, and no lock of our threads
NOT_FOR_THE_CHILD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that came to nothing; what was published before still stands."""

    cause: str
    trace: str = ""  # of a fault of ours


Outcome = Report | Failed


class Run:
    """A publish at work.

    From a thread of its own, `done` gets the outcome, exactly once. Where the run has feeds to announce,
    `announced` gets what the hub said, later: a slow hub does not hold up the next run.
    """

    def __init__(
        self,
        config: Config,
        now: datetime,
        orders: Orders,
        done: Callable[[Outcome], None],
        announced: Callable[[Report], None],
    ) -> None:
        self._receiver, sender = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_publish, args=(sender, config, now, orders), name="publish")
        # A child inherits what is blocked: the daemon decides when it ends, not the terminal.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, NOT_FOR_THE_CHILD)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        sender.close()
        self._done = done
        self._announced = announced
        Thread(target=self._wait, name="run", daemon=True).start()

    def kill(self) -> None:
        """End it at once: every file is then an old or a new one, whole."""
        self._process.kill()

    def _wait(self) -> None:
        with self._receiver:
            outcome = self._received()
            if outcome is None:
                self._process.join()
            self._done(outcome or Failed(_end(self._process.exitcode)))
            told = self._received()
            if isinstance(told, Report):
                self._announced(told)
        self._process.join()

    def _received(self) -> Outcome | None:
        try:
            outcome: Outcome = self._receiver.recv()
        except (EOFError, OSError):
            return None
        return outcome


def _publish(sender: Connection, config: Config, now: datetime, orders: Orders) -> None:
    with sender, suppress(BrokenPipeError):  # the daemon is gone; what was published is published
        try:
            report = publish(config, now, replace(orders, announce=False))
        except FeedsError as error:
            sender.send(Failed(str(error)))
        except Exception as error:  # noqa: BLE001 - told in full, by who can tell it
            sender.send(Failed(f"{type(error).__name__}: {error}", traceback.format_exc()))
        else:
            sender.send(report)
            if report.feed_files_written:
                sender.send(announced(report, config))


def _end(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"the publishing process was ended by {signal.Signals(-exitcode).name}"
    return f"the publishing process ended with status {exitcode} and no report"
