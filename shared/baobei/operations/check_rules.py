"""How often one may ask about customers, and what asking without registering looks like."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

PROBING_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRules:
    """`per_minute` checks a person; `probing_checks` within a day with registrations below a share are probing.

    `dry_run_rows` customers a day a person's dry runs compare with those of others, what they asked otherwise included.
    The share is `registrations_percent` of the checks; 0 suspects nobody.
    """

    per_minute: int = 30
    probing_checks: int = 60
    registrations_percent: int = 10
    dry_run_rows: int = 50

    @property
    def looked_at(self) -> int:
        """Return how many of the latest checks have to be read."""
        return max(self.per_minute, self.probing_checks)

    def is_probing(self, *, registrations: int) -> bool:
        """Whether so few registrations beside `probing_checks` checks are suspicious."""
        return registrations * 100 < self.probing_checks * self.registrations_percent
