"""How much is waiting, for those who watch the service: counts and instants, bounded in what they cost."""

from dataclasses import dataclass
from datetime import datetime

from baobei.store.connection import Connection

# $1 the business clock, $2 where counting stops.
SELECT_DUE = """
SELECT count(*) AS waiting, min(d.due_at) AS oldest
  FROM (SELECT r.due_at
          FROM registration r
         WHERE r.due_at <= $1
         ORDER BY r.due_at
         LIMIT $2) d
"""

SOME_ARE_DUE = """
SELECT EXISTS (SELECT FROM registration WHERE due_at <= $1)
"""

SELECT_TICKS = """
SELECT count(*) FILTER (WHERE parked_at IS NULL) AS open,
       count(*) FILTER (WHERE parked_at IS NULL AND lease_until > now()) AS held,
       count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
  FROM job_tick
 WHERE done_at IS NULL
"""

SELECT_OUTBOX = """
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(e.written_at)), 0)::float8 AS oldest_s
  FROM (SELECT written_at
          FROM outbox_event
         WHERE relayed_at IS NULL
         ORDER BY outbox_id
         LIMIT $1) e
"""

# Of each alliance the oldest event that stands behind its last seal.
SELECT_UNSEALED = """
SELECT coalesce(extract(epoch FROM now() - min(u.written_at)), 0)::float8 AS oldest_s
  FROM alliance a
 CROSS JOIN LATERAL (
       SELECT e.written_at
         FROM audit_event e
        WHERE e.alliance_id = a.alliance_id
          AND e.sequence > coalesce((SELECT s.given_out
                                       FROM audit_seal s
                                      WHERE s.alliance_id = a.alliance_id
                                      ORDER BY s.seal_number DESC
                                      LIMIT 1), 0)
        ORDER BY e.sequence
        LIMIT 1) u
"""

SELECT_DELIVERIES = """
SELECT d.state, count(*) AS waiting
  FROM (SELECT state
          FROM webhook_delivery
         WHERE state IN ('PENDING', 'RETRYING')
         LIMIT $1) d
 GROUP BY d.state
"""

COUNT_UP_TO = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits now; counts stop at 100 000.

    `oldest_due_at` None: no deadline is due. `outbox_oldest_s` is wall time since the oldest event was written,
    `unsealed_oldest_s` since the oldest act of the audit that no seal is on yet.
    """

    at: datetime
    due: int
    oldest_due_at: datetime | None
    ticks_open: int
    ticks_held: int
    ticks_parked: int
    outbox: int
    outbox_oldest_s: float
    unsealed_oldest_s: float
    deliveries: dict[str, int]

    @property
    def oldest_due_s(self) -> float:
        """How long the oldest deadline has been due, in seconds of the business clock."""
        return 0.0 if self.oldest_due_at is None else (self.at - self.oldest_due_at).total_seconds()


async def backlog(connection: Connection, *, at: datetime) -> Backlog:
    """Return what waits, as of an instant of the business clock."""
    due = (await connection.fetch(SELECT_DUE, at, COUNT_UP_TO))[0]
    ticks = (await connection.fetch(SELECT_TICKS))[0]
    outbox = (await connection.fetch(SELECT_OUTBOX, COUNT_UP_TO))[0]
    unsealed_oldest_s: float = await connection.fetchval(SELECT_UNSEALED)
    deliveries = await connection.fetch(SELECT_DELIVERIES, COUNT_UP_TO)
    return Backlog(
        at=at,
        due=due["waiting"],
        oldest_due_at=due["oldest"],
        ticks_open=ticks["open"],
        ticks_held=ticks["held"],
        ticks_parked=ticks["parked"],
        outbox=outbox["waiting"],
        outbox_oldest_s=outbox["oldest_s"],
        unsealed_oldest_s=unsealed_oldest_s,
        deliveries={row["state"]: row["waiting"] for row in deliveries},
    )


async def some_are_due(connection: Connection, *, at: datetime) -> bool:
    """Return whether a deadline up to an instant has not been written down."""
    return bool(await connection.fetchval(SOME_ARE_DUE, at))
