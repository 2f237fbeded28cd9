"""What an admitted registration is worth at an instant (policy.md section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from baobei.policy.calendar import deadline
from baobei.policy.document import Policy
from baobei.policy.records import End, RecordedEnd, Registration
from baobei.policy.terms import ClauseNumber, Clauses, StandingStatus

_CLAUSE_OF_END: Final = {
    RecordedEnd.CONVERTED: Clauses.FIRST_COME,
    RecordedEnd.LOST: None,
    RecordedEnd.WITHDRAWN: Clauses.FIRST_COME,
    RecordedEnd.SUPERSEDED: Clauses.FOLLOW_UP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The worth of a registration at `as_of`; deadlines are exclusive instants in UTC.

    `live` is False from the instant the registration ended; `expires_at` is None where the expiry rule
    does not bind it (or is satisfied); `ended_at` is None while it is live.
    """

    status: StandingStatus
    as_of: datetime
    live: bool
    clause: ClauseNumber | None
    follow_up_due_at: datetime
    lapses_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None

    @property
    def protected(self) -> bool:
        """Whether the claim holds against a colleague."""
        return self.status is StandingStatus.PROTECTED

    @property
    def protected_until(self) -> datetime:
        """Return the instant the protection would end as things stand: the earlier of lapse and expiry."""
        return self.lapses_at if self.expires_at is None else min(self.lapses_at, self.expires_at)

    @property
    def follow_up_overdue(self) -> bool:
        """Whether a live registration has gone without contact past its follow-up date (3.3.2)."""
        return self.live and self.as_of >= self.follow_up_due_at


def lapses_at(registration: Registration) -> datetime:
    """Return the first instant at which the untouched claim no longer holds against a colleague.

    Source: 3.3.2; counting by policy.md section 2.
    """
    return _within(registration, registration.last_touch_at, _days(registration, "lapse_days"))


def follow_up_due_at(registration: Registration) -> datetime:
    """Return the first instant at which the next follow-up is overdue.

    Source: 3.3.2; overdue is a reminder and a figure, no loss by itself.
    """
    return _within(registration, registration.last_touch_at, _days(registration, "follow_up_days"))


def expires_at(registration: Registration) -> datetime | None:
    """Return the first instant at which a registration that was never measured ends, or None.

    None where the rule does not bind the channel, or a measurement or a deposit has satisfied it.
    Extensions count from the old deadline.

    Source: 3.3.3.
    """
    if not expiry_applies(registration):
        return None
    days = _days(registration, "expiry_days") + registration.extended_days
    return _within(registration, registration.made.at, days)


def expiry_applies(registration: Registration) -> bool:
    """Whether the expiry rule binds the registration's channel and is not satisfied yet (3.3.3)."""
    return (
        registration.channel in registration.policy.expires_channels
        and registration.measured_at is None
        and not registration.deposit_taken
    )


def standing(registration: Registration, at: datetime) -> Standing:
    """Return what the registration is worth at `at`.

    The registration holds the events up to `at` and none after it. A thing is late at its deadline,
    not only after it; where an expiry and a lapse for good fall on one instant the expiry counts.

    Source: policy.md section 5.
    """
    lapse, expiry = lapses_at(registration), expires_at(registration)
    status, clause, ended_at = _status(registration, at, lapse=lapse, expiry=expiry)
    return Standing(
        status=status,
        as_of=at,
        live=ended_at is None,
        clause=clause,
        follow_up_due_at=follow_up_due_at(registration),
        lapses_at=lapse,
        expires_at=expiry,
        ended_at=ended_at,
    )


def _status(
    registration: Registration, at: datetime, *, lapse: datetime, expiry: datetime | None
) -> tuple[StandingStatus, ClauseNumber | None, datetime | None]:
    if registration.end is not None:
        # Only what is live can be ended by an act, so no end of the calendar came before this one; and a
        # converted registration stays out of the calendar's reach when its order is cancelled.
        return _recorded(registration.end)
    computed = end_by_calendar(registration.policy, lapse=lapse, expiry=expiry)
    if computed is not None and at >= computed[2]:
        return computed
    if at >= lapse:
        return StandingStatus.LAPSED, Clauses.FOLLOW_UP, None
    return StandingStatus.PROTECTED, Clauses.FIRST_COME, None


def end_by_calendar(
    policy: Policy, *, lapse: datetime, expiry: datetime | None
) -> tuple[StandingStatus, ClauseNumber, datetime] | None:
    """Return the end that the calendar brings, whichever comes first; at one instant the expiry.

    None where neither deadline ends a registration.
    """
    lapse_for_good = None if policy.lapse_curable else lapse
    if expiry is not None and (lapse_for_good is None or expiry <= lapse_for_good):
        return StandingStatus.EXPIRED, Clauses.EXPIRY, expiry
    if lapse_for_good is not None:
        return StandingStatus.LAPSED, Clauses.FOLLOW_UP, lapse_for_good
    return None


def _recorded(end: End) -> tuple[StandingStatus, ClauseNumber | None, datetime]:
    return StandingStatus(end.kind.value), _CLAUSE_OF_END[end.kind], end.at


def _days(registration: Registration, parameter: str) -> int:
    """Return the days of a parameter, by the class given at registration."""
    return registration.policy.days_of(parameter, registration.customer_class)


def _within(registration: Registration, start: datetime, days: int) -> datetime:
    policy = registration.policy
    return deadline(start, days, counting=policy.counting, time_zone=policy.time_zone)
