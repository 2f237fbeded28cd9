"""Deadlines and months, counted in the alliance's time zone (policy.md section 2)."""

import enum
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# The far end of time: a deadline that the calendar cannot hold never comes.
NEVER = datetime.max.replace(tzinfo=UTC)
MIDNIGHT = time(0)


class Counting(enum.StrEnum):
    """How "within N days of X" is counted."""

    CALENDAR_DAYS = "CALENDAR_DAYS"
    ELAPSED = "ELAPSED"


def deadline(start: datetime, days: int, *, counting: Counting, time_zone: ZoneInfo) -> datetime:
    """Return the first instant that is no longer within `days` days of `start`.

    CALENDAR_DAYS does not count the day of `start` and runs to the end of the last day: the result is
    the local midnight that begins the day after it. ELAPSED is `start` + days x 24 h. Aware, UTC,
    exclusive; `NEVER` when the calendar cannot hold it.

    Source: policy.md section 2; PRC Civil Code art. 201-203.
    """
    try:
        if counting is Counting.ELAPSED:
            return start + timedelta(days=days)
        return start_of_day(local_date(start, time_zone) + timedelta(days=days + 1), time_zone)
    except OverflowError:
        return NEVER


def last_start(until: datetime, days: int, *, counting: Counting, time_zone: ZoneInfo) -> datetime:
    """Return the last instant, to the microsecond, whose deadline of `days` days is at or before `until`.

    Raises OverflowError where the calendar does not reach back that far.
    """
    if counting is Counting.ELAPSED:
        return until - timedelta(days=days)
    return start_of_day(local_date(until, time_zone) - timedelta(days=days), time_zone) - timedelta(
        microseconds=1
    )


def counted_from(start: datetime, *, counting: Counting, time_zone: ZoneInfo) -> date | datetime:
    """Return all that `deadline` reads of `start`: where it is the same, so is every deadline."""
    return start if counting is Counting.ELAPSED else local_date(start, time_zone)


def local_date(instant: datetime, time_zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in the alliance's time zone.

    At either end of the calendar, where the local day cannot be written, the day in UTC.
    """
    try:
        return instant.astimezone(time_zone).date()
    except OverflowError:
        return instant.date()


def month_of(instant: datetime, time_zone: ZoneInfo) -> date:
    """Return the first day of the instant's calendar month in the alliance's time zone."""
    return local_date(instant, time_zone).replace(day=1)


def last_instant_of_month(month: date, time_zone: ZoneInfo) -> datetime:
    """Return the last instant, in UTC, of the calendar month that begins on this day."""
    next_month = (month + timedelta(days=31)).replace(day=1)
    return start_of_day(next_month, time_zone) - timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def start_of_day(day: date, time_zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC.

    Of two midnights (clocks turned back over it) the first; where midnight is skipped (clocks turned
    forward over it) the instant of the change.
    """
    return local_instant(day, MIDNIGHT, time_zone)


def local_instant(day: date, at: time, time_zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks of the zone show a time of that day.

    Where they show it twice the first; where they skip it, as long after the change as the time is.
    """
    return datetime.combine(day, at, time_zone).astimezone(UTC)
