"""When feeds are published by themselves: `every 15m`, or five fields as in crontab(5).

A field becomes the set of numbers that it names, with weekdays counted from Sunday = 0, so that nothing of
crontab's notation is left for others to read differently.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

EVERY = re.compile(
    r"every\s+(\d{1,6})\s*"
    r"(?:(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)",
    re.IGNORECASE,
)
LONGEST = timedelta(days=366)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
RANGE = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,3}))?", re.ASCII)
SHORTEST_MONTH = 28
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Every:
    """An interval, counted from the start of the daemon."""

    period: timedelta


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes, hours and days that five fields of crontab(5) name; of weekdays, Sunday is 0."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def period(self) -> timedelta:
        """The shortest time from one tick to the next, as a day of 24 hours has it."""
        ticks = sorted(60 * hour + minute for hour in self.hours for minute in self.minutes)
        within = [later - earlier for earlier, later in itertools.pairwise(ticks)]
        overnight = ticks[0] - ticks[-1] + self._nights() * 24 * 60
        return timedelta(minutes=min([*within, overnight]))

    def _nights(self) -> int:
        """Days from one day that has ticks to the next, at least."""
        if len(self.weekdays) < len(WEEKDAYS):
            return _least_gap(self.weekdays, len(WEEKDAYS))
        last = max(self.days)
        return _least_gap(self.days, max(last, SHORTEST_MONTH))


Schedule = Every | Cron


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def numbers(self, text: str) -> frozenset[int]:
        return frozenset(number for part in text.split(",") for number in self._range(part))

    def _range(self, text: str) -> Iterable[int]:
        match = RANGE.fullmatch(text)
        if match is None:
            raise self._wrong(text)
        step = int(match["step"] or 1)
        first = self.least if match["first"] is None else self._number(match["first"])
        if match["last"] is not None:
            last = self._number(match["last"])
        else:
            last = self.most if match["first"] is None or match["step"] else first
        if not step or first > last:
            raise self._wrong(text)
        return range(first, last + 1, step)

    def _number(self, text: str) -> int:
        if text.lower() in self.names:
            return self.least + self.names.index(text.lower())
        if not text.isdecimal() or not self.least <= int(text) <= self.most:
            raise self._wrong(text)
        return int(text)

    def _wrong(self, text: str) -> ValueError:
        return ValueError(f"expected {self.name} of {self.least}-{self.most} as in crontab, found {text!r}")


FIELDS = (
    _Field("a minute", 0, 59),
    _Field("an hour", 0, 23),
    _Field("a day of the month", 1, 31),
    _Field("a month", 1, 12, MONTHS),
    _Field("a weekday", 0, 7, WEEKDAYS),
)


def parse(text: str) -> Schedule:
    """The schedule that a config names; raises ValueError that says what was expected."""
    text = " ".join(text.split())
    match = EVERY.fullmatch(text)
    if match is not None:
        period = timedelta(**{UNITS[match[match.lastindex or 0].lower()]: int(match[1])})
        if not timedelta() < period <= LONGEST:
            raise ValueError("expected an interval of more than nothing and at most a year")
        return Every(period)
    fields = NICKNAMES.get(text.lower(), text).split(" ")
    if len(fields) != len(FIELDS) or (text.startswith("@") and text.lower() not in NICKNAMES):
        raise ValueError(
            "expected an interval such as 'every 15m', five fields as in crontab, or one of "
            + ", ".join(NICKNAMES)
        )
    return _cron(fields)


def _cron(texts: list[str]) -> Cron:
    minutes, hours, days, months, named = (
        field.numbers(text) for field, text in zip(FIELDS, texts, strict=True)
    )
    weekdays = frozenset(day % len(WEEKDAYS) for day in named)
    if len(days) < LONGEST_MONTHS[0] and len(weekdays) < len(WEEKDAYS):
        # crontab(5) runs when either holds, others when both do: nobody can be sure what was meant.
        raise ValueError(
            "expected a day of the month or a weekday, not both: cron daemons differ in its meaning"
        )
    if all(day > LONGEST_MONTHS[month - 1] for day in days for month in months):
        raise ValueError("expected a day that one of the months has")
    return Cron(minutes, hours, days, months, weekdays)


def _least_gap(numbers: frozenset[int], cycle: int) -> int:
    ordered = sorted(numbers)
    following = [*ordered[1:], ordered[0] + cycle]
    return min(later - earlier for earlier, later in zip(ordered, following, strict=True))
