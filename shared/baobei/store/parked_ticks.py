"""Ticks that were given up and wait for a person."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baobei.store.connection import Connection, Row

SELECT_PARKED = """
SELECT t.tick_id, t.alliance_id, a.code AS alliance_code, t.job, t.period, t.attempts, t.parked_at, t.outcome
  FROM job_tick t
  LEFT JOIN alliance a ON a.alliance_id = t.alliance_id
 WHERE t.parked_at IS NOT NULL
 ORDER BY t.parked_at, t.tick_id
 LIMIT $1
"""

COUNT_PARKED = """
SELECT count(*)
  FROM job_tick
 WHERE parked_at IS NOT NULL
"""

LOCK_PARKED = """
SELECT t.tick_id, t.alliance_id, a.code AS alliance_code, t.job, t.period, t.attempts, t.parked_at, t.outcome
  FROM job_tick t
  LEFT JOIN alliance a ON a.alliance_id = t.alliance_id
 WHERE t.tick_id = $1
   AND t.parked_at IS NOT NULL
   FOR UPDATE OF t
"""

UNPARK = """
UPDATE job_tick
   SET parked_at = NULL,
       retry_at = NULL,
       attempts = 0
 WHERE tick_id = $1
"""

DISMISS = """
UPDATE job_tick
   SET parked_at = NULL,
       done_at = now()
 WHERE tick_id = $1
"""

# Planned by a version that had more jobs. A newer one may run beside this one for a while, so they are given a
# day: $1 the jobs that are known, $2 what is said of the others.
PARK_UNKNOWN = """
UPDATE job_tick
   SET parked_at = now(),
       lease_until = NULL,
       outcome = $2::jsonb
 WHERE job <> ALL($1::text[])
   AND done_at IS NULL
   AND parked_at IS NULL
   AND planned_at < now() - interval '1 day'
   AND (lease_until IS NULL OR lease_until <= now())
RETURNING tick_id, job
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedTick:
    """A tick that waits for a person: what it said last, and since when; `alliance_code` None: of the service."""

    id: int
    alliance_id: int | None
    alliance_code: str | None
    job: str
    period: datetime
    attempts: int
    parked_at: datetime
    outcome: dict[str, Any]


async def parked(connection: Connection, *, at_most: int) -> tuple[ParkedTick, ...]:
    """Return the ticks that were given up, the oldest first."""
    return tuple(_parked(row) for row in await connection.fetch(SELECT_PARKED, at_most))


async def count_parked(connection: Connection) -> int:
    """Return how many ticks were given up."""
    count: int = await connection.fetchval(COUNT_PARKED)
    return count


async def lock_parked(connection: Connection, tick_id: int) -> ParkedTick | None:
    """Return a tick that was given up, held until the transaction ends; None when it is not."""
    row = await connection.fetchrow(LOCK_PARKED, tick_id)
    return None if row is None else _parked(row)


async def unpark(connection: Connection, tick_id: int) -> None:
    """Let a tick that is held be taken again, as if it had never been tried."""
    await connection.execute(UNPARK, tick_id)


async def dismiss(connection: Connection, tick_id: int) -> None:
    """Count a tick that is held as done."""
    await connection.execute(DISMISS, tick_id)


async def park_unknown(
    connection: Connection, known: Collection[str], outcome: Mapping[str, Any]
) -> tuple[tuple[int, str], ...]:
    """Give up ticks of jobs that nobody has known for a day; return their ids and jobs."""
    rows = await connection.fetch(PARK_UNKNOWN, list(known), json.dumps(outcome))
    return tuple((row["tick_id"], row["job"]) for row in rows)


def _parked(row: Row) -> ParkedTick:
    return ParkedTick(
        id=row["tick_id"],
        alliance_id=row["alliance_id"],
        alliance_code=row["alliance_code"],
        job=row["job"],
        period=row["period"],
        attempts=row["attempts"],
        parked_at=row["parked_at"],
        outcome={} if row["outcome"] is None else json.loads(row["outcome"]),
    )
