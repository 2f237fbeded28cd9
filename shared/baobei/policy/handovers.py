"""Who gets what when a person's registrations are handed over (policy.md section 8, E)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle
from typing import assert_never

from baobei.policy.terms import StaffId


class DistributionMethod(StrEnum):
    """How registrations are shared out among the receivers (分配方式)."""

    ONE_COLLEAGUE = "ONE_COLLEAGUE"
    ROUND_ROBIN = "ROUND_ROBIN"
    BY_STORE = "BY_STORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A colleague who takes over, and the unit that they work in."""

    staff: StaffId
    unit: str


def share_out(
    method: DistributionMethod, units: Sequence[str], receivers: Sequence[Receiver]
) -> tuple[StaffId | None, ...]:
    """Return who gets each registration, given the unit of whoever made it; None where nobody does.

    Receivers take turns in the order given: under BY_STORE those of the registration's own unit, under the
    other methods all of them. The same order of registrations and receivers gives the same answer.
    """
    match method:
        case DistributionMethod.ONE_COLLEAGUE | DistributionMethod.ROUND_ROBIN:
            turns = cycle(receiver.staff for receiver in receivers)
            return tuple(next(turns, None) for _ in units)
        case DistributionMethod.BY_STORE:
            of_unit: dict[str, list[StaffId]] = defaultdict(list)
            for receiver in receivers:
                of_unit[receiver.unit].append(receiver.staff)
            turns_of = {unit: cycle(staff) for unit, staff in of_unit.items()}
            return tuple(next(turns_of[unit]) if unit in turns_of else None for unit in units)
        case _:
            assert_never(method)
