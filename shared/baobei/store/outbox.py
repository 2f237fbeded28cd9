"""Events on their way out: each is turned once into a delivery for every webhook that wants it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.store.connection import Connection

# One process at a time turns events into deliveries, in the order of writing: of two at once, the second could
# take the later event of a subject and be first. An arbitrary number that no identity key is likely to have.
TRY_LOCK_OUTBOX = "SELECT pg_try_advisory_xact_lock(7305808869231650901)"

# Whoever writes a second event of a subject has waited for the first one's transaction: in the order of their
# numbers, what is visible of a subject has no gap. Webhooks are held, so that none is switched off in between
# and left with what nobody sends. What waits behind an earlier event of its subject is not due before that one
# is: it would only be looked at, and never sent.
RELAY_EVENTS = """
WITH written AS (
    SELECT alliance_id, outbox_id, event_id, event_type, subject_id, nextval('relay_sequence') AS place
      FROM (SELECT alliance_id, outbox_id, event_id, event_type, subject_id
              FROM outbox_event
             WHERE relayed_at IS NULL
             ORDER BY outbox_id
             LIMIT $2) oldest
), wanting AS (
    SELECT alliance_id, webhook_id, event_types, since_outbox_id
      FROM webhook_subscription
     WHERE disabled_at IS NULL
       AND alliance_id IN (SELECT alliance_id FROM written)
       FOR SHARE
), made AS (
    INSERT INTO webhook_delivery (alliance_id, webhook_id, outbox_id, event_id, event_type, subject_id,
                                  next_attempt_at, created_at)
    SELECT w.alliance_id, s.webhook_id, w.outbox_id, w.event_id, w.event_type, w.subject_id,
           greatest($1, (SELECT max(e.next_attempt_at)
                           FROM webhook_delivery e
                          WHERE e.alliance_id = w.alliance_id
                            AND e.webhook_id = s.webhook_id
                            AND e.subject_id = w.subject_id
                            AND e.state IN ('PENDING', 'RETRYING'))), $1
      FROM written w
      JOIN wanting s ON s.alliance_id = w.alliance_id
                    AND s.since_outbox_id < w.outbox_id
                    AND (s.event_types IS NULL OR w.event_type = ANY (s.event_types))
     ORDER BY w.outbox_id
    RETURNING 1
), relayed AS (
    UPDATE outbox_event o
       SET relayed_at = $1,
           place = w.place
      FROM written w
     WHERE o.alliance_id = w.alliance_id
       AND o.outbox_id = w.outbox_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM relayed) AS events, (SELECT count(*) FROM made) AS deliveries
"""

SELECT_LAST_ID = """
SELECT coalesce(max(outbox_id), 0)
  FROM outbox_event
 WHERE alliance_id = $1
"""

# An event for one webhook alone: nobody else is to get it.
INSERT_RELAYED = """
INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload, relayed_at)
VALUES ($1, $2, $3, $4, '{}', $5)
RETURNING outbox_id, event_id
"""

# When the oldest event was written that has not been relayed.
SELECT_OLDEST_UNRELAYED = """
SELECT written_at
  FROM outbox_event
 WHERE relayed_at IS NULL
 ORDER BY outbox_id
 LIMIT 1
"""

# The oldest by number: what is left of them is in the order of writing. An event that is still on its way to
# somebody stays.
PURGE_EVENTS = """
WITH oldest AS (
    SELECT o.alliance_id, o.outbox_id, o.written_at, o.relayed_at
      FROM alliance a
     CROSS JOIN LATERAL (
           SELECT e.alliance_id, e.outbox_id, e.written_at, e.relayed_at
             FROM outbox_event e
            WHERE e.alliance_id = a.alliance_id
            ORDER BY e.outbox_id
            LIMIT $2) o
), old AS (
    SELECT o.alliance_id, o.outbox_id
      FROM oldest o
     WHERE o.relayed_at < $1
       AND NOT EXISTS (SELECT FROM webhook_delivery d
                        WHERE d.alliance_id = o.alliance_id
                          AND d.outbox_id = o.outbox_id
                          AND d.state IN ('PENDING', 'RETRYING'))
)
DELETE FROM outbox_event e
 USING old
 WHERE e.alliance_id = old.alliance_id
   AND e.outbox_id = old.outbox_id
"""


async def try_lock(connection: Connection) -> bool:
    """Become the one who relays events until the transaction ends; False when somebody else is."""
    locked: bool = await connection.fetchval(TRY_LOCK_OUTBOX)
    return locked


async def relay(connection: Connection, *, now: datetime, limit: int) -> tuple[int, int]:
    """Make the deliveries of the oldest events that have none yet; return how many events and deliveries."""
    row = await connection.fetchrow(RELAY_EVENTS, now, limit)
    return (0, 0) if row is None else (row["events"], row["deliveries"])


async def last_id(connection: Connection, alliance_id: int) -> int:
    """Return the number of the alliance's newest event, 0 before the first."""
    found: int = await connection.fetchval(SELECT_LAST_ID, alliance_id)
    return found


async def insert_relayed(
    connection: Connection,
    alliance_id: int,
    *,
    event_type: str,
    subject_id: UUID,
    occurred_at: datetime,
    now: datetime,
) -> tuple[int, UUID]:
    """Write an event that nobody gets by subscription; return its number and its id."""
    row: Any = await connection.fetchrow(
        INSERT_RELAYED, alliance_id, event_type, subject_id, occurred_at, now
    )
    return row["outbox_id"], row["event_id"]


async def oldest_unrelayed(connection: Connection) -> datetime | None:
    """Return when the oldest event was written that has not been relayed, None when all have been."""
    written_at: datetime | None = await connection.fetchval(SELECT_OLDEST_UNRELAYED)
    return written_at


async def purge(connection: Connection, *, relayed_before: datetime, limit: int) -> int:
    """Take away old events that are on their way to nobody, so many an alliance; return how many."""
    status: str = await connection.execute(PURGE_EVENTS, relayed_before, limit)
    return int(status.rpartition(" ")[2])
