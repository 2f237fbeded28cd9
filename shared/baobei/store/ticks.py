"""Ticks: which periods of which jobs are open, who holds them, and how they ended.

Leases go by the database's wall time, one clock for all workers; periods by the business clock.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baobei.store.connection import Connection, Row

SELECT_NEWEST = """
SELECT alliance_id, job, max(period) AS period
  FROM job_tick
 WHERE job = ANY($1::text[])
   AND period <= $2
 GROUP BY alliance_id, job
"""

# All periods of one look at once: a planner that dies leaves no gap behind the newest.
INSERT_TICKS = """
INSERT INTO job_tick (alliance_id, job, period)
SELECT *
  FROM unnest($1::integer[], $2::text[], $3::timestamptz[])
    ON CONFLICT ON CONSTRAINT job_tick_period_key DO NOTHING
"""

# A travelled clock that merely stopped at its first use may be set back: what lies after it has not been yet.
FORGET_FUTURE = """
DELETE FROM job_tick
 WHERE period > (SELECT instant FROM dev_clock)
   AND job NOT LIKE 'hint:%'
"""

# $2 seconds of lease. A lease that ran out belongs to a worker that is gone, or that sleeps.
CLAIM = """
WITH next AS (
    SELECT tick_id
      FROM job_tick
     WHERE job = ANY($1::text[])
       AND done_at IS NULL
       AND parked_at IS NULL
       AND (lease_until IS NULL OR lease_until <= now())
       AND (retry_at IS NULL OR retry_at <= now())
     ORDER BY period, tick_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE job_tick t
   SET claimed_at = now(),
       fence = t.fence + 1,
       attempts = t.attempts + 1,
       lease_until = now() + make_interval(secs => $2),
       retry_at = NULL
  FROM next
 WHERE t.tick_id = next.tick_id
RETURNING t.tick_id, t.alliance_id, t.job, t.period, t.fence, t.attempts
"""

# A job may have finished its tick itself, with what it wrote: then there is nothing left to prolong.
RENEW = """
UPDATE job_tick
   SET lease_until = CASE WHEN done_at IS NULL THEN now() + make_interval(secs => $3) END
 WHERE tick_id = $1
   AND fence = $2
   AND (lease_until IS NOT NULL OR done_at IS NOT NULL)
RETURNING true
"""

HOLD = """
SELECT true
  FROM job_tick
 WHERE tick_id = $1
   AND fence = $2
   AND lease_until IS NOT NULL
   FOR UPDATE
"""

# Twice is once: the first end stands.
FINISH = """
UPDATE job_tick
   SET done_at = coalesce(done_at, now()),
       lease_until = NULL,
       outcome = CASE WHEN done_at IS NULL THEN $3::jsonb ELSE outcome END
 WHERE tick_id = $1
   AND fence = $2
   AND (lease_until IS NOT NULL OR done_at IS NOT NULL)
RETURNING true
"""

PUT_OFF = """
UPDATE job_tick
   SET retry_at = now() + make_interval(secs => $4),
       lease_until = NULL,
       outcome = $3::jsonb
 WHERE tick_id = $1
   AND fence = $2
   AND lease_until IS NOT NULL
RETURNING true
"""

PARK = """
UPDATE job_tick
   SET parked_at = now(),
       lease_until = NULL,
       outcome = $3::jsonb
 WHERE tick_id = $1
   AND fence = $2
   AND lease_until IS NOT NULL
RETURNING true
"""

# It never ran to an end of its own: the attempt does not count.
GIVE_BACK = """
UPDATE job_tick
   SET lease_until = NULL,
       attempts = attempts - 1
 WHERE tick_id = $1
   AND fence = $2
   AND lease_until IS NOT NULL
RETURNING true
"""

# Hints have no period of the calendar: theirs is the instant at which they were given.
INSERT_PARKED = """
INSERT INTO job_tick (job, period, parked_at, outcome)
VALUES ($1, $2, now(), $3::jsonb)
ON CONFLICT ON CONSTRAINT job_tick_period_key DO NOTHING
"""

SOME_ARE_HELD = """
SELECT EXISTS (
    SELECT
      FROM job_tick
     WHERE job = ANY($1::text[])
       AND done_at IS NULL
       AND parked_at IS NULL
       AND lease_until IS NOT NULL)
"""

# The newest period of a job is what the next one is counted from: it stays, however old.
PURGE = """
WITH old AS (
    SELECT t.tick_id
      FROM job_tick t
     WHERE t.done_at < now() - make_interval(days => $1)
       AND EXISTS (SELECT
                     FROM job_tick n
                    WHERE n.alliance_id IS NOT DISTINCT FROM t.alliance_id
                      AND n.job = t.job
                      AND n.period > t.period)
     LIMIT $2
), gone AS (
    DELETE FROM job_tick t
     USING old
     WHERE t.tick_id = old.tick_id
    RETURNING 1
)
SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A period of a job, claimed: `fence` says which claim this is, `attempts` counts it.

    `alliance_id` None: a job of the whole service. `period` is the first instant of the period.
    """

    id: int
    alliance_id: int | None
    job: str
    period: datetime
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of a job that is to have a tick."""

    alliance_id: int | None
    job: str
    starts_at: datetime


async def newest_periods(
    connection: Connection, jobs: Collection[str], *, at: datetime
) -> dict[tuple[int | None, str], datetime]:
    """Return the newest period up to an instant that each job has a tick for, by alliance and job."""
    rows = await connection.fetch(SELECT_NEWEST, list(jobs), at)
    return {(row["alliance_id"], row["job"]): row["period"] for row in rows}


async def insert(connection: Connection, periods: Sequence[Period]) -> None:
    """Give periods their ticks; those that have one keep it."""
    await connection.execute(
        INSERT_TICKS,
        [period.alliance_id for period in periods],
        [period.job for period in periods],
        [period.starts_at for period in periods],
    )


async def forget_future(connection: Connection) -> None:
    """Forget ticks after the instant at which a travelled clock stands; nothing where time is not travelled."""
    await connection.execute(FORGET_FUTURE)


async def claim(connection: Connection, jobs: Collection[str], *, lease_s: float) -> Tick | None:
    """Take the earliest open tick that nobody holds; None when there is none."""
    row = await connection.fetchrow(CLAIM, list(jobs), lease_s)
    return None if row is None else _tick(row)


async def renew(connection: Connection, tick: Tick, *, lease_s: float) -> bool:
    """Prolong the lease; False when somebody else has taken the tick."""
    return bool(await connection.fetchval(RENEW, tick.id, tick.fence, lease_s))


async def hold(connection: Connection, tick: Tick) -> bool:
    """Hold the tick until the transaction ends; False when somebody else has taken it."""
    return bool(await connection.fetchval(HOLD, tick.id, tick.fence))


async def finish(connection: Connection, tick: Tick, outcome: Mapping[str, Any]) -> bool:
    """Mark the period as done; False when somebody else has taken the tick."""
    return bool(await connection.fetchval(FINISH, tick.id, tick.fence, json.dumps(outcome)))


async def put_off(
    connection: Connection, tick: Tick, outcome: Mapping[str, Any], *, retry_in_s: float
) -> bool:
    """Let the tick be tried again later; False when somebody else has taken it."""
    return bool(await connection.fetchval(PUT_OFF, tick.id, tick.fence, json.dumps(outcome), retry_in_s))


async def park(connection: Connection, tick: Tick, outcome: Mapping[str, Any]) -> bool:
    """Give the tick up until a person has looked; False when somebody else has taken it."""
    return bool(await connection.fetchval(PARK, tick.id, tick.fence, json.dumps(outcome)))


async def give_back(connection: Connection, tick: Tick) -> bool:
    """Let go of a tick that was not run to its end; False when somebody else has taken it."""
    return bool(await connection.fetchval(GIVE_BACK, tick.id, tick.fence))


async def insert_parked(
    connection: Connection, *, job: str, period: datetime, outcome: Mapping[str, Any]
) -> None:
    """Keep for a person to see what nobody here knows how to run; twice is once."""
    await connection.execute(INSERT_PARKED, job, period, json.dumps(outcome))


async def some_are_held(connection: Connection, jobs: Collection[str]) -> bool:
    """Return whether a tick of these jobs is being run by anybody."""
    return bool(await connection.fetchval(SOME_ARE_HELD, list(jobs)))


async def purge(connection: Connection, *, older_than_days: int, limit: int) -> int:
    """Delete ticks done long ago, at most so many; return how many."""
    gone: int = await connection.fetchval(PURGE, older_than_days, limit)
    return gone


def _tick(row: Row) -> Tick:
    return Tick(
        id=row["tick_id"],
        alliance_id=row["alliance_id"],
        job=row["job"],
        period=row["period"],
        fence=row["fence"],
        attempts=row["attempts"],
    )
