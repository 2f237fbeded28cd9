"""How many field registrations a person may still make this month (3.4.2; policy.md section 6)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from baobei.policy.document import DealPoint, Policy
from baobei.policy.terms import Channel, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one person made in one calendar month in one channel.

    `converted` of the `made` are credited with an order that is not cancelled; of those orders
    `closed` are closed. A cancelled order takes its registration out of both.
    """

    made: int = 0
    converted: int = 0
    closed: int = 0

    def plus(self, *, made: int = 0, converted: int = 0, closed: int = 0) -> "Tally":
        """Return the tally after a change."""
        return Tally(
            made=self.made + made,
            converted=self.converted + converted,
            closed=self.closed + closed,
        )


NOTHING_MADE: Final = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A person's quota in a month; `limit` is None where the person's channel has none.

    `month` is the first day of the calendar month in the alliance's time zone.
    """

    staff: StaffId
    month: date
    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        """How many registrations are left; None without a limit, never negative."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def used_up(self) -> bool:
        """Whether one more registration would pass the limit."""
        return self.limit is not None and self.used >= self.limit

    def plus(self, used: int) -> "Quota":
        """Return the quota when so many more slots are used."""
        return replace(self, used=self.used + used)


class QuotaChange(enum.StrEnum):
    """What a person has to know of a change of their month."""

    USED_UP = "USED_UP"
    REPLENISHED = "REPLENISHED"


def change_of(before: Quota, after: Quota) -> QuotaChange | None:
    """Return whether a change used the last slot of a month or freed one of a month that was used up.

    None for a change that leaves the month as open, or as used up, as it was.
    """
    if before.used_up == after.used_up:
        return None
    return QuotaChange.USED_UP if after.used_up else QuotaChange.REPLENISHED


def quota_of(
    *, staff: StaffId, month: date, tallies: Mapping[Channel, Tally], channel: Channel, policy: Policy
) -> Quota:
    """Return the quota of a person who registers in `channel`, under the policy of the attempt.

    Used is what the person made in quota channels, whoever owns it now, less what was converted by an
    order whose deal point has been reached.

    Source: 3.4.1, 3.4.2; policy.md section 6.
    """
    used = sum(_used(tally, policy) for made_in, tally in tallies.items() if made_in in policy.quota_channels)
    bound = channel in policy.quota_channels
    return Quota(staff=staff, month=month, limit=policy.monthly_quota if bound else None, used=used)


def _used(tally: Tally, policy: Policy) -> int:
    dealt = tally.converted if policy.deal_point is DealPoint.DEPOSIT else tally.closed
    return tally.made - dealt
