"""What is left of a person's quota."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffQuota:
    """A person's quota in a calendar month; `limit` is None where the channel has none."""

    staff_id: UUID
    month: date
    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        """How many are left; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)
