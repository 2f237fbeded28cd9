"""How long a customer's personal data is kept."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from baobei.policy.customer_file import CustomerFile
from baobei.policy.standing import standing
from baobei.policy.terms import StandingStatus

_LEAP_DAY, _DAY_BEFORE = (2, 29), 28


def kept_since(at: datetime, *, years: int, time_zone: ZoneInfo) -> datetime:
    """Return the local midnight so many years before the day of an instant; what ended before it may go.

    29 February is 28 February in a year that has none. Aware; in the time zone.

    Source: P.2.
    """
    today = at.astimezone(time_zone).date()
    day = _DAY_BEFORE if (today.month, today.day) == _LEAP_DAY else today.day
    return datetime.combine(today.replace(year=today.year - years, day=day), time(), tzinfo=time_zone)


def may_be_erased(file: CustomerFile, *, since: datetime, at: datetime) -> bool:
    """Whether all that is recorded of a customer ended before an instant.

    A registration has ended for this purpose when it has lapsed, too: a store's would else be kept for ever. An
    order has ended when it is closed or cancelled.

    Source: P.2.
    """
    for registration in file.registrations:
        worth = standing(registration, at)
        lapsed = worth.lapses_at if worth.status is StandingStatus.LAPSED else None
        ended = worth.ended_at or lapsed
        if ended is None or max(ended, registration.last_touch_at) >= since:
            return False
    ends = [order.cancelled_at or order.closed_at for order in file.orders]
    return all(end is not None and end < since for end in ends)
