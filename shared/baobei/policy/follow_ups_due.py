"""Which claims are to be followed up by an instant (3.3.2), told from their last touch alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from baobei.policy.calendar import last_start
from baobei.policy.document import Policy

_NO_TOUCH = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTouches:
    """Claims of a class, last touched at or before `touched_until`, are due; class None: those without days of their own."""

    customer_class: str | None
    days: int
    touched_until: datetime


def due_touches(policy: Policy, until: datetime) -> Iterator[DueTouches]:
    """Yield, for everybody and for each class with days of its own, which claims are due at or before `until`.

    Says what `standing.follow_up_due_at` says, the other way round.

    Source: 3.3.2.
    """
    for customer_class, days in policy.each_days_of("follow_up_days"):
        try:
            touched = last_start(until, days, counting=policy.counting, time_zone=policy.time_zone)
        except OverflowError:
            touched = _NO_TOUCH
        yield DueTouches(customer_class=customer_class, days=days, touched_until=touched)
