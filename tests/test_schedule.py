"""Schedules: intervals, and the five fields of crontab(5) as cron itself reads them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.schedule import NICKNAMES, Cron, Every, parse

FULL = {
    "minutes": frozenset(range(60)),
    "hours": frozenset(range(24)),
    "days": frozenset(range(1, 32)),
    "months": frozenset(range(1, 13)),
    "weekdays": frozenset(range(7)),
}


def cron(**fields: set[int]) -> Cron:
    return Cron(**FULL | {name: frozenset(numbers) for name, numbers in fields.items()})


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("every 15m", timedelta(minutes=15)),
        ("Every  2 Hours", timedelta(hours=2)),
        (" every 1 day ", timedelta(days=1)),
        ("every 30s", timedelta(seconds=30)),
        ("every 2 weeks", timedelta(weeks=2)),
    ],
)
def test_intervals(text: str, period: timedelta) -> None:
    assert parse(text) == Every(period)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("* * * * *", cron()),
        ("*/20 0 * * *", cron(minutes={0, 20, 40}, hours={0})),
        ("5,35 9-17/4 * * *", cron(minutes={5, 35}, hours={9, 13, 17})),
        ("0 0 1,15 jan-mar *", cron(minutes={0}, hours={0}, days={1, 15}, months={1, 2, 3})),
        # Weekdays as in crontab, not as APScheduler counts them: 0 and 7 are Sunday.
        ("0 7 * * 1-5", cron(minutes={0}, hours={7}, weekdays={1, 2, 3, 4, 5})),
        ("0 7 * * MON-FRI", cron(minutes={0}, hours={7}, weekdays={1, 2, 3, 4, 5})),
        ("0 7 * * 0", cron(minutes={0}, hours={7}, weekdays={0})),
        ("0 7 * * 7", cron(minutes={0}, hours={7}, weekdays={0})),
        ("0 7 * * 5-7", cron(minutes={0}, hours={7}, weekdays={5, 6, 0})),
        ("0 7 * * */2", cron(minutes={0}, hours={7}, weekdays={0, 2, 4, 6})),
        ("0 7 * * 3/2", cron(minutes={0}, hours={7}, weekdays={3, 5, 0})),
    ],
)
def test_fields_of_crontab(text: str, schedule: Cron) -> None:
    assert parse(text) == schedule


@pytest.mark.parametrize("nickname", [*NICKNAMES, "@Daily"])
def test_nicknames_stand_for_their_fields(nickname: str) -> None:
    assert parse(nickname) == parse(NICKNAMES[nickname.lower()])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected an interval such as 'every 15m', five fields as in crontab, or one of @yearly"),
        ("daily", "expected an interval such as"),
        ("@reboot", "expected an interval such as"),
        ("every 0m", "expected an interval of more than nothing and at most a year"),
        ("every 53 weeks", "at most a year"),
        ("every 3 months", "expected an interval such as"),
        ("* * * *", "expected an interval such as"),
        ("* * * * * *", "expected an interval such as"),
        ("60 * * * *", "expected a minute of 0-59 as in crontab, found '60'"),
        ("* 24 * * *", "expected an hour of 0-23"),
        ("* * 0 * *", "expected a day of the month of 1-31"),
        ("* * * 13 *", "expected a month of 1-12"),
        ("* * * * 8", "expected a weekday of 0-7"),
        ("*/0 * * * *", "expected a minute of 0-59 as in crontab, found '\\*/0'"),
        ("9-5 * * * *", "found '9-5'"),
        ("1, * * * *", "found ''"),
        ("-1 * * * *", "found '-1'"),
        ("0 0 * * sunday", "found 'sunday'"),
        ("0 0 ² * *", "found '²'"),
        ("0 0 30,31 feb *", "expected a day that one of the months has"),
        ("0 0 1 * mon", "expected a day of the month or a weekday, not both"),
    ],
)
def test_what_is_no_schedule_says_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse(text)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("every 15m", timedelta(minutes=15)),
        ("*/15 * * * *", timedelta(minutes=15)),
        ("0,50 * * * *", timedelta(minutes=10)),
        ("30 6,18 * * *", timedelta(hours=12)),
        ("0 23,1 * * *", timedelta(hours=2)),
        ("@daily", timedelta(days=1)),
        ("@weekly", timedelta(days=7)),
        ("0 7 * * mon,thu", timedelta(days=3)),
        ("0 7 * * sat,mon", timedelta(days=2)),
        ("0 7 1,15 * *", timedelta(days=14)),
        ("0 7 1,31 * *", timedelta(days=1)),
        ("@monthly", timedelta(days=28)),
        ("0,30 7 * * mon", timedelta(minutes=30)),
    ],
)
def test_the_period_is_the_least_time_between_two_ticks(text: str, period: timedelta) -> None:
    assert parse(text).period == period


@given(st.text(alphabet="*/,-0123456789 @adeilmnoruvwy", max_size=20))
def test_any_text_is_a_schedule_or_says_why_not(text: str) -> None:
    try:
        schedule = parse(text)
    except ValueError as error:
        schedule, said = None, str(error)
    assert said.startswith("expected ") if schedule is None else timedelta() < schedule.period
