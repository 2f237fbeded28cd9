"""The day of a unit as it is reported: until when it is owed, and where a report stands (policy.md section 9)."""

import enum
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from baobei.policy.calendar import MIDNIGHT, local_date, local_instant, start_of_day
from baobei.policy.document import Policy
from baobei.policy.standing import Standing
from baobei.policy.terms import Channel, ClauseNumber, Clauses


class ReportState(enum.StrEnum):
    """Where the report of a unit's day stands at an instant."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    LATE = "LATE"
    MISSING = "MISSING"


def closes_at(day: date, policy: Policy) -> datetime:
    """Return the first instant at which a day's report is late, in UTC.

    The version in force when the day begins is the one to ask. A closing time of 00:00 is the midnight that ends the day.

    Source: 3.1.1, 3.1.2; policy.md section 9.
    """
    if policy.closing_time == MIDNIGHT:
        return start_of_day(day + timedelta(days=1), policy.time_zone)
    return local_instant(day, policy.closing_time, policy.time_zone)


def report_state(*, closes_at: datetime, submitted_at: datetime | None, at: datetime) -> ReportState:
    """Return where a report stands at an instant; at the closing time itself it is late."""
    if submitted_at is None:
        return ReportState.DRAFT if at < closes_at else ReportState.MISSING
    return ReportState.SUBMITTED if submitted_at < closes_at else ReportState.LATE


def report_clause(channel: Channel, policy: Policy) -> ClauseNumber | None:
    """Return the clause by which a store or a field department reports, None where a version does not have it."""
    number = Clauses.STORE_REPORT if channel is Channel.STORE else Clauses.FIELD_REPORT
    return number if number in policy.clauses else None


def days_left(worth: Standing, time_zone: ZoneInfo) -> int | None:
    """Return how many days a protection runs on after the day of `as_of`; 0: it ends with that day.

    None for what does not protect. Days are those of the alliance's time zone.
    """
    if not worth.protected:
        return None
    last = local_date(worth.protected_until - timedelta(microseconds=1), time_zone)
    return (last - local_date(worth.as_of, time_zone)).days
