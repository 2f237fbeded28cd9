"""When what is touched in a month is to be followed up: the deadlines of a month, day by day.

What counts of a touch is its local day (or, under `ELAPSED`, its instant), so a month has as many deadlines as days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from baobei.policy.calendar import Counting, deadline, start_of_day
from baobei.policy.document import Policy

_HOURS_A_DAY: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Touches from `begins_at` (inclusive) to `ends_at` (exclusive), and when a follow-up after them is overdue.

    One of the two is set: `due_at`, the exclusive instant for all of them, or `hours` after each. `customer_class` is the
    class that has such days of its own, None for all that have none.
    """

    begins_at: datetime
    ends_at: datetime
    due_at: datetime | None
    hours: int | None
    customer_class: str | None = None


def days_of_month(month: date, time_zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the first instants of the days of a calendar month, in order, and that of the next month."""
    begins, ends = month.toordinal(), _next_month(month).toordinal()
    return tuple(start_of_day(date.fromordinal(day), time_zone) for day in range(begins, ends + 1))


def follow_up_windows(month: date, policy: Policy) -> Iterator[Window]:
    """Yield what is touched in a month by when it is to be followed up, in order, the whole month, class by class.

    Source: 3.3.2; policy.md section 5, `followUpDueAt`.
    """
    for customer_class, days in policy.each_days_of("follow_up_days"):
        yield from _of_class(month, policy, customer_class, days)


def _of_class(month: date, policy: Policy, customer_class: str | None, days: int) -> Iterator[Window]:
    zone, elapsed = policy.time_zone, policy.counting is Counting.ELAPSED
    starts = days_of_month(month, zone)
    for begins_at, ends_at in pairwise((starts[0], starts[-1]) if elapsed else starts):
        yield Window(
            begins_at=begins_at,
            ends_at=ends_at,
            due_at=None if elapsed else deadline(begins_at, days, counting=policy.counting, time_zone=zone),
            hours=days * _HOURS_A_DAY if elapsed else None,
            customer_class=customer_class,
        )


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
