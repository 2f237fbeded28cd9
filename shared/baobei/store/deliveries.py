"""Deliveries as people see them: listed, looked into, sent again, and taken away when they are old."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.paging import Page
from baobei.store.webhook_models import Delivery, DeliveryState, LoggedAttempt
from baobei.webhooks.letters import Failure

CANCEL_OF_WEBHOOK = """
UPDATE webhook_delivery
   SET state = 'CANCELLED',
       next_attempt_at = NULL,
       lease_until = NULL,
       settled_at = $3
 WHERE alliance_id = $1
   AND webhook_id = $2
   AND state IN ('PENDING', 'RETRYING')
"""

INSERT_DELIVERY = """
INSERT INTO webhook_delivery (alliance_id, webhook_id, outbox_id, event_id, event_type, subject_id,
                              next_attempt_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
RETURNING delivery_id, webhook_id, event_id, event_type, subject_id, state, attempts, next_attempt_at,
          created_at, settled_at
"""

SELECT_BY_ID = """
SELECT delivery_id, webhook_id, event_id, event_type, subject_id, state, attempts, next_attempt_at, created_at,
       settled_at
  FROM webhook_delivery
 WHERE alliance_id = $1
   AND delivery_id = $2
"""

# $4: the last delivery of the page before.
SELECT_PAGE = """
SELECT delivery_id, webhook_id, event_id, event_type, subject_id, state, attempts, next_attempt_at, created_at,
       settled_at
  FROM webhook_delivery
 WHERE alliance_id = $1
   AND webhook_id = $2
   AND ($3::text IS NULL OR state = $3)
   AND ($4::uuid IS NULL OR outbox_id < (SELECT outbox_id
                                           FROM webhook_delivery
                                          WHERE alliance_id = $1
                                            AND webhook_id = $2
                                            AND delivery_id = $4))
 ORDER BY outbox_id DESC
 LIMIT $5
"""

# What is on its way keeps its attempts and is due now; what has come to an end begins again.
RESEND = """
UPDATE webhook_delivery
   SET state = CASE WHEN settled_at IS NULL THEN state ELSE 'PENDING' END,
       attempts = CASE WHEN settled_at IS NULL THEN attempts ELSE 0 END,
       next_attempt_at = $3,
       settled_at = NULL
 WHERE alliance_id = $1
   AND delivery_id = $2
RETURNING delivery_id, webhook_id, event_id, event_type, subject_id, state, attempts, next_attempt_at,
          created_at, settled_at
"""

HAS_EVENT = """
SELECT EXISTS (SELECT
                 FROM webhook_delivery d
                 JOIN outbox_event o ON o.alliance_id = d.alliance_id AND o.outbox_id = d.outbox_id
                WHERE d.alliance_id = $1
                  AND d.delivery_id = $2)
"""

# The oldest first; those whose event is gone stay dead.
RESEND_DEAD = """
UPDATE webhook_delivery d
   SET state = 'PENDING',
       attempts = 0,
       next_attempt_at = $3,
       settled_at = NULL
  FROM (SELECT dead.delivery_id
          FROM webhook_delivery dead
          JOIN outbox_event o ON o.alliance_id = dead.alliance_id AND o.outbox_id = dead.outbox_id
         WHERE dead.alliance_id = $1
           AND dead.webhook_id = $2
           AND dead.state = 'DEAD'
         ORDER BY dead.outbox_id
         LIMIT $4
           FOR UPDATE OF dead) oldest
 WHERE d.alliance_id = $1
   AND d.delivery_id = oldest.delivery_id
"""

# $3: how many of each.
SELECT_ATTEMPTS = """
SELECT asked.delivery_id, a.number, a.attempted_at, a.duration_ms, a.status_code, a.failure, a.excerpt
  FROM unnest($2::uuid[]) AS asked (delivery_id)
 CROSS JOIN LATERAL (
       SELECT fence, number, attempted_at, duration_ms, status_code, failure, excerpt
         FROM webhook_attempt
        WHERE alliance_id = $1
          AND delivery_id = asked.delivery_id
        ORDER BY fence DESC
        LIMIT $3) a
 ORDER BY asked.delivery_id, a.fence DESC
"""

PURGE_DELIVERIES = """
WITH old AS (
    SELECT alliance_id, delivery_id
      FROM webhook_delivery
     WHERE settled_at < $1
     ORDER BY settled_at
     LIMIT $2
), log AS (
    DELETE FROM webhook_attempt a
     USING old
     WHERE a.alliance_id = old.alliance_id
       AND a.delivery_id = old.delivery_id
)
DELETE FROM webhook_delivery d
 USING old
 WHERE d.alliance_id = old.alliance_id
   AND d.delivery_id = old.delivery_id
"""


async def cancel_of_webhook(
    connection: Connection, alliance_id: int, webhook_id: UUID, *, at: datetime
) -> None:
    """Cancel what is on its way to a webhook."""
    await connection.execute(CANCEL_OF_WEBHOOK, alliance_id, webhook_id, at)


async def insert(
    connection: Connection,
    alliance_id: int,
    webhook_id: UUID,
    *,
    outbox_id: int,
    event_id: UUID,
    event_type: str,
    subject_id: UUID,
    now: datetime,
) -> Delivery:
    """Send one event to one webhook."""
    row = await connection.fetchrow(
        INSERT_DELIVERY, alliance_id, webhook_id, outbox_id, event_id, event_type, subject_id, now
    )
    if row is None:
        raise RuntimeError("an insert returned no row")
    return _delivery(row)


async def by_id(connection: Connection, alliance_id: int, id: UUID) -> Delivery | None:
    """Return a delivery, None when there is none of that id."""
    row = await connection.fetchrow(SELECT_BY_ID, alliance_id, id)
    return None if row is None else _delivery(row)


async def page(
    connection: Connection, alliance_id: int, webhook_id: UUID, *, state: DeliveryState | None, page: Page
) -> tuple[tuple[Delivery, ...], bool]:
    """Return a page of a webhook's deliveries, newest event first, and whether more follow."""
    rows = await connection.fetch(
        SELECT_PAGE,
        alliance_id,
        webhook_id,
        None if state is None else state.value,
        page.after,
        page.first + 1,
    )
    return tuple(_delivery(row) for row in rows[: page.first]), len(rows) > page.first


async def has_event(connection: Connection, alliance_id: int, id: UUID) -> bool:
    """Whether the event of a delivery is still there to be sent."""
    found: bool = await connection.fetchval(HAS_EVENT, alliance_id, id)
    return found


async def resend(connection: Connection, alliance_id: int, id: UUID, *, now: datetime) -> Delivery | None:
    """Let a delivery be due now, whatever became of it before."""
    row = await connection.fetchrow(RESEND, alliance_id, id, now)
    return None if row is None else _delivery(row)


async def resend_dead(
    connection: Connection, alliance_id: int, webhook_id: UUID, *, now: datetime, at_most: int
) -> int:
    """Let a webhook's oldest dead letters be due now; return how many."""
    status: str = await connection.execute(RESEND_DEAD, alliance_id, webhook_id, now, at_most)
    return int(status.rpartition(" ")[2])


async def attempts(
    connection: Connection, alliance_id: int, ids: Collection[UUID], *, at_most: int
) -> dict[UUID, tuple[LoggedAttempt, ...]]:
    """Return the newest attempts of deliveries, newest first; one that was never tried has none."""
    found: dict[UUID, list[LoggedAttempt]] = defaultdict(list)
    for row in await connection.fetch(SELECT_ATTEMPTS, alliance_id, list(ids), at_most):
        found[row["delivery_id"]].append(_attempt(row))
    return {id: tuple(found[id]) for id in ids}


async def purge(connection: Connection, *, settled_before: datetime, limit: int) -> int:
    """Take away deliveries that ended long ago, with their log; return how many."""
    status: str = await connection.execute(PURGE_DELIVERIES, settled_before, limit)
    return int(status.rpartition(" ")[2])


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["delivery_id"],
        webhook_id=row["webhook_id"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        subject_id=row["subject_id"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def _attempt(row: Row) -> LoggedAttempt:
    failure = row["failure"]
    return LoggedAttempt(
        number=row["number"],
        attempted_at=row["attempted_at"],
        duration_ms=row["duration_ms"],
        status_code=row["status_code"],
        failure=None if failure is None else Failure(failure),
        excerpt=row["excerpt"],
    )
