"""Section 2: how days are counted, in any zone and over any change of clocks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from baobei.policy.calendar import NEVER, Counting, deadline, local_date, month_of, start_of_day
from builders import SHANGHAI, at


def days_after(start: str, days: int, zone: str = "Asia/Shanghai") -> str:
    end = deadline(at(start, zone), days, counting=Counting.CALENDAR_DAYS, time_zone=ZoneInfo(zone))
    return end.isoformat()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (3, "2026-11-05T00:00:00+08:00"),
        (10, "2026-11-12T00:00:00+08:00"),
        (15, "2026-11-17T00:00:00+08:00"),
    ],
)
def test_the_deadlines_of_the_law_s_example(days: int, expected: str) -> None:
    end = deadline(at("2026-11-01 10:00"), days, counting=Counting.CALENDAR_DAYS, time_zone=SHANGHAI)
    assert end == datetime.fromisoformat(expected)


@pytest.mark.parametrize("clock", ["00:00", "00:00:01", "12:00", "23:59:59"])
def test_the_hour_of_the_day_makes_no_difference(clock: str) -> None:
    assert days_after(f"2026-11-01 {clock}", 3) == "2026-11-04T16:00:00+00:00"


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-01-31 09:00", 3, "2026-02-03T16:00:00+00:00"),
        ("2026-02-25 09:00", 3, "2026-02-28T16:00:00+00:00"),
        ("2028-02-25 09:00", 3, "2028-02-28T16:00:00+00:00"),
        ("2028-02-26 09:00", 3, "2028-02-29T16:00:00+00:00"),
        ("2028-02-28 09:00", 1, "2028-02-29T16:00:00+00:00"),
        ("2026-12-29 09:00", 3, "2027-01-01T16:00:00+00:00"),
    ],
)
def test_days_run_over_month_ends_leap_days_and_new_year(start: str, days: int, expected: str) -> None:
    assert days_after(start, days) == expected


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        pytest.param(
            "America/New_York", "2026-10-29 10:00", "2026-11-02T05:00:00+00:00", id="clocks go back inside"
        ),
        pytest.param(
            "America/New_York", "2026-03-05 10:00", "2026-03-09T04:00:00+00:00", id="clocks go forward inside"
        ),
        pytest.param("Europe/Berlin", "2026-03-26 10:00", "2026-03-29T22:00:00+00:00", id="Berlin, spring"),
        pytest.param("Europe/Berlin", "2026-10-22 10:00", "2026-10-25T23:00:00+00:00", id="Berlin, autumn"),
        pytest.param(
            "America/Santiago", "2026-09-02 10:00", "2026-09-06T04:00:00+00:00", id="Santiago skips midnight"
        ),
        pytest.param(
            "Asia/Beirut", "2026-03-25 10:00", "2026-03-28T22:00:00+00:00", id="Beirut skips midnight"
        ),
        pytest.param(
            "Africa/Cairo", "2026-04-20 10:00", "2026-04-23T22:00:00+00:00", id="Cairo skips midnight"
        ),
        pytest.param(
            "America/Havana", "2026-10-28 10:00", "2026-11-01T04:00:00+00:00", id="Havana has two midnights"
        ),
        pytest.param("Asia/Kolkata", "2026-11-01 10:00", "2026-11-04T18:30:00+00:00", id="half an hour"),
        pytest.param("Pacific/Kiritimati", "2026-11-01 10:00", "2026-11-04T10:00:00+00:00", id="14 h ahead"),
        pytest.param("Pacific/Pago_Pago", "2026-11-01 10:00", "2026-11-05T11:00:00+00:00", id="11 h behind"),
    ],
)
def test_three_days_end_at_the_local_midnight_whatever_the_clocks_do(
    zone: str, start: str, expected: str
) -> None:
    assert days_after(start, 3, zone) == expected


def test_the_day_of_the_start_is_the_local_one() -> None:
    end = deadline(
        datetime(2026, 10, 31, 17, 0, tzinfo=UTC), 3, counting=Counting.CALENDAR_DAYS, time_zone=SHANGHAI
    )
    assert end.isoformat() == "2026-11-04T16:00:00+00:00"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_elapsed_days_are_24_hours_each_over_a_change_of_clocks(zone: str) -> None:
    start = datetime(2026, 10, 30, 14, 0, 5, tzinfo=UTC)
    end = deadline(start, 3, counting=Counting.ELAPSED, time_zone=ZoneInfo(zone))
    assert end.isoformat() == "2026-11-02T14:00:05+00:00"


@pytest.mark.parametrize("counting", list(Counting))
def test_a_deadline_beyond_the_calendar_never_comes(counting: Counting) -> None:
    assert deadline(at("9999-12-30 10:00"), 36_500, counting=counting, time_zone=SHANGHAI) == NEVER


def test_the_last_instant_of_the_calendar_has_a_day() -> None:
    assert local_date(datetime(9999, 12, 31, 23, 0, tzinfo=UTC), SHANGHAI) == date(9999, 12, 31)


def test_the_first_instant_of_the_calendar_has_a_day() -> None:
    assert local_date(datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")) == date(1, 1, 1)


@pytest.mark.parametrize(
    ("instant", "zone", "month"),
    [
        ("2026-10-31T15:59:59+00:00", "Asia/Shanghai", date(2026, 10, 1)),
        ("2026-10-31T16:00:00+00:00", "Asia/Shanghai", date(2026, 11, 1)),
        ("2026-11-01T03:59:59+00:00", "America/New_York", date(2026, 10, 1)),
        ("2026-11-01T04:00:00+00:00", "America/New_York", date(2026, 11, 1)),
    ],
)
def test_a_month_begins_at_the_local_midnight(instant: str, zone: str, month: date) -> None:
    assert month_of(datetime.fromisoformat(instant), ZoneInfo(zone)) == month


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_change() -> None:
    assert (
        start_of_day(date(2026, 9, 6), ZoneInfo("America/Santiago")).isoformat()
        == "2026-09-06T04:00:00+00:00"
    )
