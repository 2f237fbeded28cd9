"""The only place where wall time is read and where random ids are made.

The policy core takes instants as values. Operations take a :class:`Clock`, so that a service started for
travel decides everything as of an instant that a person chose.
"""

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

SELECT_TRAVELLED_INSTANT = """
SELECT instant
  FROM dev_clock
"""

END_TRAVEL = "DELETE FROM dev_clock"

IS_TRAVELLING = "SELECT EXISTS (SELECT FROM dev_clock)"

# A conflict means that another process stopped the clock first: its instant is the one that counts.
STOP_AT_FIRST_USE = """
INSERT INTO dev_clock (instant, chosen)
VALUES ($1, false)
ON CONFLICT (only_row) DO NOTHING
"""

# No row comes back when the clock would have gone back.
TRAVEL_TO = """
INSERT INTO dev_clock (instant, chosen)
VALUES ($1, true)
ON CONFLICT (only_row) DO UPDATE
   SET instant = excluded.instant, chosen = true
 WHERE dev_clock.instant <= excluded.instant
    OR NOT dev_clock.chosen
RETURNING instant
"""


class ClockGoesBack(Exception):
    """The travelled clock was asked for an instant before the one at which it stands."""

    def __init__(self, *, stands_at: datetime, asked_for: datetime) -> None:
        self.stands_at = stands_at
        self.asked_for = asked_for
        super().__init__(
            f"the clock stands at {stands_at.isoformat()} and cannot go back to {asked_for.isoformat()}"
        )


class Clock(Protocol):
    """The business clock, read inside the transaction that decides."""

    async def now(self, connection: "Connection") -> datetime:
        """Return the instant at which to decide: aware, in UTC."""
        ...


class SystemClock:
    """The clock of a service in use: wall time."""

    async def now(self, connection: "Connection") -> datetime:  # noqa: ARG002 - wall time needs no connection
        """Return wall time, in UTC, without touching the connection."""
        return wall_now()


class TravelClock:
    """A clock that stands still until somebody sets it, shared by all processes on one database.

    Its instant is a row of PostgreSQL: it survives restarts, and a transaction sees one value. Only business
    time travels; tokens, time-outs and rate limits go by :func:`wall_now` and :func:`monotonic`.
    """

    async def now(self, connection: "Connection") -> datetime:
        """Return the instant at which the clock stands; the first use stops it at wall time."""
        instant: datetime | None = await connection.fetchval(SELECT_TRAVELLED_INSTANT)
        if instant is not None:
            return instant
        await connection.execute(STOP_AT_FIRST_USE, wall_now())
        stopped: datetime = await connection.fetchval(SELECT_TRAVELLED_INSTANT)
        return stopped

    async def set(self, connection: "Connection", to: datetime) -> datetime:
        """Let the clock stand at ``to`` from now on, and return that instant in UTC.

        The first setting may choose any instant, as a story may begin in the past; every later one is at or
        after the one before it.

        Raises :class:`ClockGoesBack` when ``to`` is earlier, and :class:`ValueError` when it has no offset.
        """
        if to.tzinfo is None:
            raise ValueError("an instant needs an offset from UTC")
        instant: datetime | None = await connection.fetchval(TRAVEL_TO, to)
        if instant is None:
            stands_at: datetime = await connection.fetchval(SELECT_TRAVELLED_INSTANT)
            raise ClockGoesBack(stands_at=stands_at, asked_for=to)
        return instant

    async def end(self, connection: "Connection") -> None:
        """Let wall time count again on this database."""
        await connection.execute(END_TRAVEL)


class VouchedClock:
    """The clock of a history that a person vouches for: it shows the instant of the event being recorded."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    async def now(self, connection: "Connection") -> datetime:  # noqa: ARG002 - the history says what time it is
        """Return the instant that was set last."""
        return self.at


async def travels(connection: "Connection") -> bool:
    """Return whether the clock of this database has been stopped for travel."""
    found: bool = await connection.fetchval(IS_TRAVELLING)
    return found


def wall_now() -> datetime:
    """Return wall time: aware, in UTC, with microseconds as PostgreSQL stores them."""
    return datetime.now(UTC)  # noqa: TID251 - the one reading of wall time


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean something."""
    return time.monotonic()


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: random, and rising with wall time, so that indexes stay dense."""
    return uuid7()
