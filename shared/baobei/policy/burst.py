"""Reviews of many registrations at one instant: what the calendar cannot tell apart is reviewed once.

Most deadlines fall at the same local midnight, and most of what is due then was made and touched on the same
few days.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from baobei.policy.calendar import counted_from
from baobei.policy.document import Policy
from baobei.policy.notices import Review, review, schedule
from baobei.policy.records import Registration
from baobei.policy.terms import Channel


class Course(NamedTuple):
    """What the deadlines of a registration depend on: where it is the same, so are they.

    Of `made` and `touched` that which counts: a local day, or the instant itself.
    """

    policy: Policy
    channel: Channel
    made: date | datetime
    touched: date | datetime
    measured: bool
    deposit_taken: bool
    extended_days: int
    customer_class: str | None = None


def course_of(
    policy: Policy,
    channel: Channel,
    *,
    made_at: datetime,
    touched_at: datetime,
    measured: bool,
    deposit_taken: bool,
    extended_days: int,
    customer_class: str | None = None,
) -> Course:
    """Return the course of a registration that no act has ended."""
    counting, zone = policy.counting, policy.time_zone
    made = counted_from(made_at, counting=counting, time_zone=zone)
    touched = made if touched_at == made_at else counted_from(touched_at, counting=counting, time_zone=zone)
    return Course(policy, channel, made, touched, measured, deposit_taken, extended_days, customer_class)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a course: the instants of its schedule, and the numbers of its reviews."""

    instants: list[datetime]
    numbers: dict[tuple[int, datetime], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The reviews of one instant, each made of the first registration that it fits; told apart by number."""

    at: datetime
    reviews: list[Review] = field(default_factory=list)
    _seen: dict[Course, _Seen] = field(default_factory=dict)

    def number_of(
        self, course: Course, facts: Callable[[], Registration], *, touched_at: datetime, since: datetime
    ) -> int:
        """Return which of `reviews` is that of a registration; `facts` is asked for when none is yet.

        Registrations of one course have one schedule; how much of it the last touch has overtaken is theirs.
        """
        seen = self._seen.get(course)
        if seen is None:
            seen = self._seen[course] = _Seen([notice.at for notice in schedule(facts())])
        key = (bisect_right(seen.instants, touched_at), since)
        number = seen.numbers.get(key)
        if number is None:
            number = seen.numbers[key] = len(self.reviews)
            self.reviews.append(review(facts(), since=since, at=self.at))
        return number
