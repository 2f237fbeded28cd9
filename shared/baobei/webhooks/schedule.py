"""When an attempt is made again: the one place that says so. By wall time, whatever the business clock says."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_RANDOM: Final = secrets.SystemRandom()
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long to wait after each failed attempt; after the last one the letter is dead.

    `jitter` spreads what failed together: a wait is so much longer or shorter, as a share of itself.
    """

    waits: tuple[timedelta, ...]
    jitter: float = 0.1

    @property
    def attempts(self) -> int:
        """Return how many attempts are made in all."""
        return len(self.waits) + 1

    def wait_after(self, attempt: int) -> timedelta | None:
        """Return how long to wait after a failed attempt (the first is 1); None when there is none left."""
        if attempt > len(self.waits):
            return None
        return self.waits[attempt - 1] * _RANDOM.uniform(1 - self.jitter, 1 + self.jitter)


# Ten attempts over 75 hours, as Standard Webhooks proposes: a receiver that is down over a weekend misses nothing.
RETRIES: Final = Schedule(
    waits=(
        5 * _SECOND,
        5 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
        10 * _HOUR,
        14 * _HOUR,
        20 * _HOUR,
        24 * _HOUR,
    )
)
