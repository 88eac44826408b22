"""The clock of the daemon: tells which schedules are due. The only importer of APScheduler."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feeds.schedule import WEEKDAYS, Cron, Schedule

WAKE = "wake"
# A late tick is done once, however late and however many were missed.
NEVER_SKIPPED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Scheduler:
    """Calls `tick(name)` from a thread of its own whenever the schedule of that name is due."""

    def __init__(self, tick: Callable[[str], None]) -> None:
        self._tick = tick
        self._followed: dict[str, tuple[Schedule, str]] = {}
        self._jobs = BackgroundScheduler(timezone=UTC, job_defaults=NEVER_SKIPPED, daemon=True)
        self._jobs.start()

    def follow(self, schedules: Mapping[str, Schedule], timezone: str) -> None:
        """Tick by these schedules from now on; one that stays as it was keeps its rhythm."""
        wanted = {name: (schedule, timezone) for name, schedule in schedules.items()}
        for name in self._followed.keys() - wanted.keys():
            self._jobs.remove_job(_job(name))
        for name, (schedule, zone) in wanted.items():
            if self._followed.get(name) != (schedule, zone):
                how = trigger(schedule, zone)
                self._jobs.add_job(self._tick, how, [name], id=_job(name), replace_existing=True)
        self._followed = wanted

    def wake_at(self, moment: datetime | None, name: str) -> None:
        """Tick once at a moment, or at once if it has passed; None takes an earlier wish back."""
        if moment is not None:
            self._jobs.add_job(self._tick, DateTrigger(moment), [name], id=WAKE, replace_existing=True)
        elif self._jobs.get_job(WAKE):
            self._jobs.remove_job(WAKE)

    def clock_was_set(self) -> None:
        """Count anew from the clock as it is now: next times were of the clock as it was."""
        for name, (schedule, zone) in self._followed.items():
            self._jobs.reschedule_job(_job(name), trigger=trigger(schedule, zone))
        self._jobs.wakeup()

    def next_time(self) -> datetime | None:
        """When the next tick is due."""
        times = (job.next_run_time for job in self._jobs.get_jobs())
        return min((time.astimezone(UTC) for time in times), default=None)

    def stop(self) -> None:
        """No tick comes after this."""
        self._jobs.shutdown(wait=False)


def _job(name: str) -> str:
    return f"schedule {name}"


def trigger(schedule: Schedule, timezone: str) -> BaseTrigger:
    """The schedule as APScheduler has it, in an IANA time zone; an interval begins now."""
    if not isinstance(schedule, Cron):
        # From a whole second on, so that `now` of a run is the moment of its tick.
        start = datetime.now(UTC).replace(microsecond=0) + schedule.period
        return IntervalTrigger(seconds=int(schedule.period / timedelta(seconds=1)), start_date=start)
    return CronTrigger(
        minute=_listed(schedule.minutes),
        hour=_listed(schedule.hours),
        day=_listed(schedule.days),
        month=_listed(schedule.months),
        # By name: APScheduler counts weekdays from Monday.
        day_of_week=",".join(WEEKDAYS[day] for day in sorted(schedule.weekdays)),
        timezone=ZoneInfo(timezone),
    )


def _listed(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))
