"""When somebody is to be told of a live registration, and when the calendar changes what it is worth.

Reminders come before a deadline and only while it lies ahead; facts are the deadlines themselves. Both follow
from the registration alone: whoever looks first writes them down, and looking changes no decision.
"""

import enum
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from baobei.policy.calendar import Counting, local_date, local_instant, start_of_day
from baobei.policy.document import Policy
from baobei.policy.records import Registration
from baobei.policy.standing import Standing, end_by_calendar, standing
from baobei.policy.terms import ClauseNumber, Clauses

_ONE_DAY: Final = timedelta(days=1)
_SHORTEST: Final = timedelta(microseconds=1)


class NoticeKind(enum.StrEnum):
    """What is told; of those that fall on one instant, in this order."""

    FOLLOW_UP_DUE = "FOLLOW_UP_DUE"
    FOLLOW_UP_OVERDUE = "FOLLOW_UP_OVERDUE"
    LAPSING_SOON = "LAPSING_SOON"
    EXPIRING_SOON = "EXPIRING_SOON"
    LAPSED = "LAPSED"
    EXPIRED = "EXPIRED"

    @property
    def reminds(self) -> bool:
        """Whether it is of use only before its deadline."""
        return self in _REMINDERS

    @property
    def clause(self) -> ClauseNumber:
        """Return the clause that the deadline rests on."""
        return Clauses.EXPIRY if self in _OF_EXPIRY else Clauses.FOLLOW_UP


_REMINDERS: Final = frozenset({NoticeKind.FOLLOW_UP_DUE, NoticeKind.LAPSING_SOON, NoticeKind.EXPIRING_SOON})
_OF_EXPIRY: Final = frozenset({NoticeKind.EXPIRING_SOON, NoticeKind.EXPIRED})
_ORDER: Final = {kind: place for place, kind in enumerate(NoticeKind)}


class Notice(NamedTuple):
    """One thing to tell of a registration: due from `at` (inclusive, UTC) on, about a deadline.

    `days_left` counts the last day in time as one, and is 0 for the deadline itself. `last` marks the last
    reminder before an expiry, which the owner's manager gets too.
    """

    kind: NoticeKind
    at: datetime
    deadline: datetime
    days_left: int = 0
    last: bool = False


class Review(NamedTuple):
    """What a registration comes to at an instant: its worth, what is to be told, and when there is more to tell.

    `next_at` is None when nothing is left as things stand.
    """

    worth: Standing
    told: tuple[Notice, ...]
    next_at: datetime | None


def notices(registration: Registration) -> tuple[Notice, ...]:
    """Return what is to be told of the registration if nothing more is recorded on it, in order.

    Empty once it has ended by an act. What fell at or before the last touch belongs to the registration as it
    was before; what would fall at or after the end that the calendar brings is left out, save that end.

    Source: 3.3.2, 3.3.3; policy.md section 5.
    """
    return _notices(registration, standing(registration, registration.last_touch_at))


def review(registration: Registration, *, since: datetime | None, at: datetime) -> Review:
    """Return what has become due and has not been told: from `since` to `at`, both inclusive; None: all told.

    A reminder whose deadline has passed meanwhile is of no use any more and left out; a fact never is.
    """
    worth = standing(registration, at)
    told, next_at = [], None
    for notice in _notices(registration, worth):
        if notice.at > at:
            next_at = notice.at
            break
        if since is not None and since <= notice.at and (notice.deadline > at or not notice.kind.reminds):
            told.append(notice)
    return Review(worth, tuple(told), next_at)


def schedule(registration: Registration) -> tuple[Notice, ...]:
    """Return the notices of the registration's deadlines in order, those too that its last touch has overtaken.

    It must not have been ended by an act: of such a one nothing is told.
    """
    return _schedule_of(registration, standing(registration, registration.last_touch_at))


def told_before(registration: Registration, since: datetime | None) -> frozenset[Notice]:
    """Return the notices before `since`, which have been told or left out; None: all of them."""
    return frozenset(notice for notice in notices(registration) if since is None or notice.at < since)


def next_notice_at(
    registration: Registration, *, after: datetime, told: frozenset[Notice] = frozenset()
) -> datetime | None:
    """Return when there is something to tell next, None when there never is as things stand.

    `told` are notices that are not to be told again; a clock that runs ahead may have told one after `after`.
    """
    for notice in notices(registration):
        if notice.at > after and notice not in told:
            return notice.at
    return None


def _notices(registration: Registration, worth: Standing) -> tuple[Notice, ...]:
    if registration.end is not None:
        return ()
    found, touched = _schedule_of(registration, worth), registration.last_touch_at
    return found if found[0].at > touched else tuple(notice for notice in found if notice.at > touched)


def _schedule_of(registration: Registration, worth: Standing) -> tuple[Notice, ...]:
    return _schedule(registration.policy, worth.follow_up_due_at, worth.lapses_at, worth.expires_at)


@lru_cache(maxsize=4096)
def _schedule(
    policy: Policy, follow_up: datetime, lapse: datetime, expiry: datetime | None
) -> tuple[Notice, ...]:
    """Return the notices of these deadlines, in order, up to the end that the calendar brings."""
    zone = policy.time_zone
    found = [
        Notice(NoticeKind.FOLLOW_UP_DUE, _morning_before(follow_up, policy, zone), follow_up, 1),
        Notice(NoticeKind.FOLLOW_UP_OVERDUE, follow_up, follow_up),
        Notice(NoticeKind.LAPSED, lapse, lapse),
    ]
    found += [
        Notice(NoticeKind.LAPSING_SOON, _days_before(lapse, days, policy), lapse, days)
        for days in policy.lapse_reminder_days
    ]
    if expiry is not None:
        found.append(Notice(NoticeKind.EXPIRED, expiry, expiry))
        last = min(policy.expiry_reminder_days, default=0)
        found += [
            Notice(NoticeKind.EXPIRING_SOON, _days_before(expiry, days, policy), expiry, days, days == last)
            for days in policy.expiry_reminder_days
        ]
    end = end_by_calendar(policy, lapse=lapse, expiry=expiry)
    if end is not None:
        status, _, ends_at = end
        found = [n for n in found if n.at < ends_at or n.kind.value == status.value]
    return tuple(sorted(found, key=lambda notice: (notice.at, _ORDER[notice.kind], -notice.days_left)))


def _morning_before(deadline: datetime, policy: Policy, zone: ZoneInfo) -> datetime:
    """Return `reminder_time` of the last day that is in time, or of the day before where that is too late."""
    last_day = local_date(deadline - _SHORTEST, zone)
    morning = local_instant(last_day, policy.reminder_time, zone)
    return morning if morning < deadline else local_instant(last_day - _ONE_DAY, policy.reminder_time, zone)


def _days_before(deadline: datetime, days: int, policy: Policy) -> datetime:
    """Return the instant that lies so many days, counted as the policy counts, before a deadline."""
    before = timedelta(days=days)
    if policy.counting is Counting.ELAPSED:
        return deadline - before
    return start_of_day(local_date(deadline, policy.time_zone) - before, policy.time_zone)
