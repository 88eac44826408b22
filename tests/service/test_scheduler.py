"""The clock of the daemon: ticks as cron has them, in the zone that was asked for."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from feeds.schedule import Every, Schedule, parse
from feeds.service.scheduler import Scheduler, trigger

ZURICH = ZoneInfo("Europe/Zurich")


def ticks(schedule: Schedule, after: datetime, count: int, zone: str = "UTC") -> list[datetime]:
    clock = trigger(schedule, zone)
    found: list[datetime] = []
    now = after.astimezone(UTC)
    while len(found) < count:
        tick = clock.get_next_fire_time(found[-1] if found else None, now)
        found.append(tick)
        now = tick.astimezone(UTC) + timedelta(seconds=1)
    return found


def field(least: int, most: int) -> st.SearchStrategy[str]:
    numbers = st.integers(least, most)
    spans = st.integers(least, most - 1).flatmap(
        lambda first: st.integers(first + 1, most).map(lambda last: f"{first}-{last}")
    )
    part = st.one_of(
        numbers.map(str), spans, st.tuples(spans, st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    )
    return st.one_of(
        st.just("*"),
        st.integers(1, most).map(lambda step: f"*/{step}"),
        st.lists(part, min_size=1, max_size=3).map(",".join),
    )


@given(
    minute=field(0, 59),
    hour=field(0, 23),
    day=st.one_of(
        st.tuples(st.just("*"), field(1, 12), field(0, 7)),
        st.tuples(field(1, 28), field(1, 12), st.just("*")),
    ),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - a zone follows
)
def test_ticks_are_those_of_cron(minute: str, hour: str, day: tuple[str, str, str], after: datetime) -> None:
    text = f"{minute} {hour} {day[0]} {day[1]} {day[2]}"
    after = after.replace(tzinfo=UTC, microsecond=0)
    try:
        schedule = parse(text)
    except ValueError:  # a stepped range of days beside one of weekdays
        assert "*/" in text
        return
    theirs = CronSim(text, after - timedelta(seconds=1))
    assert ticks(schedule, after, 5) == [next(theirs) for _ in range(5)]


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("0 7 * * *", "Europe/Zurich", "2026-01-01T00:00Z", ["2026-01-01T06:00Z", "2026-01-02T06:00Z"]),
        ("0 7 * * *", "Europe/Zurich", "2026-07-01T06:00Z", ["2026-07-02T05:00Z"]),
        ("0 7 * * mon", "UTC", "2026-11-22T00:00Z", ["2026-11-23T07:00Z", "2026-11-30T07:00Z"]),
        ("0 7 * * 0", "UTC", "2026-11-22T00:00Z", ["2026-11-22T07:00Z"]),
        # The hour that a night in spring does not have, and the one that a night in autumn has twice.
        ("0 3 * * *", "Europe/Zurich", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T01:00Z"]),
        ("0 4 * * *", "Europe/Zurich", "2026-10-24T12:00Z", ["2026-10-25T03:00Z", "2026-10-26T03:00Z"]),
    ],
)
def test_ticks_follow_the_zone(text: str, zone: str, after: str, expected: list[str]) -> None:
    found = ticks(parse(text), datetime.fromisoformat(after), len(expected), zone)
    assert [tick.astimezone(UTC) for tick in found] == [datetime.fromisoformat(one) for one in expected]


@pytest.mark.parametrize("night", ["2026-03-28T12:00Z", "2026-10-24T12:00Z"])
def test_no_day_goes_without_its_tick_in_a_night_of_change(night: str) -> None:
    """In autumn it may come twice, which a publish does not mind."""
    found = ticks(parse("30 2 * * *"), datetime.fromisoformat(night), 4, "Europe/Zurich")
    days = [tick.astimezone(ZURICH).date() for tick in found]
    assert all(later - earlier <= timedelta(days=1) for earlier, later in pairwise(days))
    assert len(set(days)) >= 3


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def scheduler(heard: list[str]) -> Iterator[Scheduler]:
    one = Scheduler(heard.append)
    yield one
    one.stop()


def wait_for(heard: list[str], count: int) -> list[str]:
    end = time.monotonic() + 10
    while len(heard) < count and time.monotonic() < end:
        time.sleep(0.01)
    return heard


def test_each_schedule_ticks_by_its_name_and_a_new_one_takes_over(
    scheduler: Scheduler, heard: list[str]
) -> None:
    scheduler.follow({"": parse("every 1s"), "Weekly": parse("@weekly")}, "UTC")
    assert set(wait_for(heard, 2)) == {""}
    scheduler.follow({"Breaking": parse("every 1s")}, "UTC")
    heard.clear()
    assert set(wait_for(heard, 2)) == {"Breaking"}


def test_a_schedule_that_stays_keeps_its_rhythm(scheduler: Scheduler) -> None:
    scheduler.follow({"": parse("every 1h")}, "UTC")
    first = scheduler.next_time()
    time.sleep(1.1)
    scheduler.follow({"": parse("every 1h"), "AI": parse("every 2h")}, "UTC")
    assert scheduler.next_time() == first
    scheduler.clock_was_set()
    later = scheduler.next_time()
    assert first is not None
    assert later is not None
    assert later > first


def test_a_moment_to_wake_at_can_be_past_moved_and_taken_back(scheduler: Scheduler, heard: list[str]) -> None:
    now = datetime.now(UTC)
    scheduler.wake_at(now - timedelta(days=2), "")
    assert wait_for(heard, 1) == [""]
    scheduler.wake_at(now + timedelta(days=2), "")
    scheduler.wake_at(now + timedelta(days=3), "")
    assert scheduler.next_time() == now + timedelta(days=3)
    scheduler.wake_at(None, "")
    scheduler.wake_at(None, "")
    assert scheduler.next_time() is None


def test_an_interval_begins_at_a_whole_second() -> None:
    first, second = ticks(Every(timedelta(minutes=15)), datetime.now(UTC), 2)
    assert first.microsecond == 0
    assert second - first == timedelta(minutes=15)
