"""The daemon: one inbox, one loop, one run at a time.

Whatever happens (a schedule is due, an article changed, a run ended, a signal came) is an event that some
thread puts into the inbox; the loop takes events out, and starts a run when something is due and none is at
work. What becomes due during a run makes one more run.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

import structlog

from feeds.config import SITE, Config
from feeds.errors import FeedsError
from feeds.publishing.publish import Orders
from feeds.publishing.report import Report
from feeds.service.health import Health
from feeds.service.notify import notify, reloading, watchdog_seconds
from feeds.service.run import Failed, Outcome, Published, Run, Unchanged
from feeds.service.scheduler import Scheduler
from feeds.service.signals import hearing
from feeds.service.watch import Watch

BEAT_SECONDS = 1.0  # the loop shows that it is alive, and looks at the clock
SETTLE_SECONDS = 0.05  # what becomes due together is one run
DRAIN_SECONDS = 5.0  # a stop waits so long for the run at work
CLOCK_SET_SECONDS = 30.0  # more than clocks are ever slewed by in one beat
STOPS = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger("daemon")


@dataclass(frozen=True, slots=True)
class Due:
    """The schedule of this name has come round."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The run at work ended."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Signalled:
    """Somebody sent a signal."""

    number: int


@dataclass(frozen=True, slots=True)
class Announced:
    """The hub was told of what a run wrote, or could not be."""

    report: Report


Event = Due | Ended | Announced | Signalled


@dataclass(frozen=True, slots=True)
class _Work:
    """The run at work."""

    run: Run
    config: Config
    due: frozenset[str]  # schedules that it is for
    before: Mapping[str, object] | None
    began: float

    @property
    def is_for_all(self) -> bool:
        return self.due >= set(self.config.schedules)


class Daemon:
    """Publishes when it is due; `load` reads the config anew, and `apply`, where it is set, hears of that."""

    def __init__(self, config: Config, load: Callable[[], Config], health: Health) -> None:
        self.apply: Callable[[Config], None] | None = None
        self._load = load
        self._config = config
        self._health = health
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._due = set(self._config.schedules)  # the first run publishes all
        self._why = {"start"}
        self._work: _Work | None = None
        self._owed: frozenset[str] = frozenset()  # what a failed run was for
        self._left: Mapping[str, object] | None = None  # by the last run, if it left nothing waiting
        self._told: set[str] = set()
        self._stop_by: float | None = None
        self._drift = _drift()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a second one ends the run at work at once."""
        with hearing((*STOPS, signal.SIGHUP), lambda number: self._inbox.put(Signalled(number))):
            self._scheduler = Scheduler(lambda name: self._inbox.put(Due(name, "schedule")))
            self._watch: Watch | None = None
            self._follow(self._config)
            beat = min(BEAT_SECONDS, (watchdog_seconds() or BEAT_SECONDS) / 2)
            notify("READY=1")
            try:
                while self._goes_on():
                    for event in self._events(beat):
                        self._handle(event)
                    self._start_what_is_due()
                    self._look_at_the_clock()
                    notify("WATCHDOG=1")
            finally:
                self._end()
        log.info("stopped")

    def _goes_on(self) -> bool:
        if self._stop_by is not None and self._work is not None and time.monotonic() > self._stop_by:
            log.warning("the run at work takes too long and is ended; what it wrote is whole")
            self._work.run.kill()
            self._stop_by += DRAIN_SECONDS
        return self._stop_by is None or self._work is not None

    def _events(self, beat: float) -> Iterator[Event]:
        """The next event, and those that come with it; none if nothing happens within a beat."""
        wait = beat
        while True:
            try:
                yield self._inbox.get(timeout=wait)
            except Empty:
                return
            wait = SETTLE_SECONDS

    def _handle(self, event: Event) -> None:
        match event:
            case Due(name, why):
                self._due.add(name)
                self._why.add(why)
            case Ended(outcome) if self._work is not None:
                self._ended(self._work, outcome)
            case Announced(report):
                self._announced(report)
            case Signalled(signal.SIGHUP):
                self._reload()
            case Signalled(number):
                self._stop(number)

    def _start_what_is_due(self) -> None:
        if self._work is not None or self._stop_by is not None or not self._due:
            return
        config, now = self._config, datetime.now(UTC).replace(microsecond=0)
        due = frozenset(self._owed | self._due)
        everything = due >= set(config.schedules)
        log.debug("run begins", why=", ".join(sorted(self._why)), due="all" if everything else sorted(due))
        run = Run(
            (config, now, Orders(wait=True, due=None if everything else due)),
            self._left,
            done=lambda outcome: self._inbox.put(Ended(outcome)),
            announced=lambda report: self._inbox.put(Announced(report)),
        )
        self._work = _Work(run, config, due, self._left, time.monotonic())
        self._owed, self._due, self._why, self._left = frozenset(), set(), set(), None
        self._health.started(now)

    def _ended(self, work: _Work, outcome: Outcome) -> None:
        self._work = None
        seconds, now = time.monotonic() - work.began, datetime.now(UTC)
        match outcome:
            case Failed(cause, trace):
                self._owed = work.due
                self._health.failed(cause, seconds, now)
                log.error("run failed", cause=cause, trace=trace or None, seconds=round(seconds, 2))
            case Published(report):
                # Compared with what was left, the next run must have the same config and all due.
                self._left = report.left if work.is_for_all and work.config is self._config else None
                self._health.succeeded(report, seconds, now)
                self._tell(report, seconds)
                self._scheduler.wake_at(report.next_change, SITE)
            case Unchanged():
                self._left = work.before if work.config is self._config else None
                self._health.succeeded(None, seconds, now)
                log.debug("nothing changed", seconds=round(seconds, 2))
        notify(f"STATUS={self._status(self._scheduler.next_time())}")

    def _tell(self, report: Report, seconds: float) -> None:
        """What a person should know of a run; what is wrong since an earlier one was told then."""
        wrong = {str(rejected): "rejected" for rejected in report.rejected}
        wrong |= dict.fromkeys((*report.once, *report.warnings), "warning")
        wrong |= {str(held): "held back" for held in report.held_back}
        for line in sorted(wrong.keys() - self._told):
            log.warning(wrong[line], what=line)
        self._told = set(wrong)
        (log.info if report.written or report.removed else log.debug)(
            "published",
            entries=report.entries,
            feeds=len(report.feeds),
            written=len(report.written),
            removed=len(report.removed),
            rejected=len(report.rejected),
            seconds=round(seconds, 2),
        )

    def _announced(self, report: Report) -> None:
        self._health.announced(report)
        for ping in report.pings:
            if not ping.ok:
                log.warning("hub not told", feed=ping.url, cause=ping.outcome, tries=ping.tries)
        told = sum(ping.ok for ping in report.pings)
        if told:
            log.info("hub told", feeds=told)

    def _status(self, following: datetime | None) -> str:
        health = self._health
        entries = health.last.entries if health.last else 0
        stands = f"{entries} {'entry' if entries == 1 else 'entries'}"
        state = f"Failing: {' '.join(health.failing.split())}" if health.failing else stands
        return f"{state}. Next run at {following:%Y-%m-%d %H:%M:%S} UTC" if following else state

    def _reload(self) -> None:
        reloading()
        try:
            config = self._load()
        except FeedsError as error:
            log.error("config not reloaded; the old one stays", cause=str(error))  # noqa: TRY400 - theirs
        else:
            self._follow(config)
            if self.apply is not None:
                self.apply(config)
            self._config = config
            self._left = None
            self._due, self._why = set(config.schedules), {"reload"}
            log.info("config reloaded")
        notify("READY=1")

    def _follow(self, config: Config) -> None:
        """Publish by this config's schedules, and watch its sources, from now on."""
        self._scheduler.follow(config.schedules, config.timezone)
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if config.watch:
            self._watch = Watch(
                config.sources,
                (config.output, config.state),
                poll=config.watch == "poll",
                changed=lambda: self._inbox.put(Due(SITE, "change")),
            )

    def _stop(self, number: int) -> None:
        if self._stop_by is None:
            notify("STOPPING=1")
            log.info("stopping", signal=signal.Signals(number).name, run_at_work=self._work is not None)
            self._stop_by = time.monotonic() + DRAIN_SECONDS
        elif self._work is not None:
            self._work.run.kill()

    def _end(self) -> None:
        self._scheduler.stop()
        if self._watch is not None:
            self._watch.stop()
        if self._work is not None:
            self._work.run.kill()

    def _look_at_the_clock(self) -> None:
        """A clock that was set, or a machine that slept, changes what is due."""
        drift = _drift()
        if abs(drift - self._drift) > CLOCK_SET_SECONDS:
            log.warning("the clock was set", by_seconds=round(drift - self._drift))
            self._drift = drift
            self._scheduler.clock_was_set()
            self._inbox.put(Due(SITE, "clock"))


def _drift() -> float:
    """How far the wall clock is from a clock that nobody sets."""
    return time.time() - time.monotonic()
