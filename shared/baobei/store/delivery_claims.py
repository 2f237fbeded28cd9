"""Claims on deliveries: a lease that ends and a fence that rises; only the newest claim writes a result."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from baobei.store.connection import Connection, Row
from baobei.store.webhook_models import Claimed, DeliveryState
from baobei.webhooks.letters import Answer

# $1: now, $2: the end of the lease, $3: how many in all, $4: how many one webhook has on their way at most,
# $5: how many of all may go to webhooks in trouble, each of which has one on its way at most.
# The webhook is held while its deliveries are counted and claimed, so that the limit holds however many relay;
# whoever finds it held passes it over. A later event of a subject waits while an earlier one is on its way.
CLAIM_DUE = """
WITH lane AS (
    SELECT w.alliance_id, w.webhook_id, w.url, w.secret_sealed, w.previous_secret_sealed,
           w.previous_secret_until, w.troubled_since IS NOT NULL AS troubled, head.due_since
      FROM webhook_subscription w
     CROSS JOIN LATERAL (
           SELECT min(d.next_attempt_at) AS due_since
             FROM webhook_delivery d
            WHERE d.alliance_id = w.alliance_id
              AND d.webhook_id = w.webhook_id
              AND d.state IN ('PENDING', 'RETRYING')
              AND d.next_attempt_at <= $1
              AND (d.lease_until IS NULL OR d.lease_until <= $1)) head
     WHERE w.disabled_at IS NULL
       AND head.due_since IS NOT NULL
     ORDER BY head.due_since, w.webhook_id
       FOR NO KEY UPDATE OF w SKIP LOCKED
), room AS (
    SELECT lane.*,
           CASE WHEN lane.troubled THEN 1 ELSE $4 END - (
                 SELECT count(*)
                   FROM webhook_delivery d
                  WHERE d.alliance_id = lane.alliance_id
                    AND d.webhook_id = lane.webhook_id
                    AND d.state IN ('PENDING', 'RETRYING')
                    AND d.lease_until > $1) AS places
      FROM lane
), turn AS (
    SELECT room.*,
           row_number() OVER (PARTITION BY room.troubled ORDER BY room.due_since, room.webhook_id) AS number
      FROM room
     WHERE room.places > 0
), due AS (
    SELECT r.alliance_id, r.webhook_id, r.url, r.secret_sealed, r.previous_secret_sealed,
           r.previous_secret_until, r.troubled, d.delivery_id
      FROM turn r
     CROSS JOIN LATERAL (
           SELECT d.delivery_id
             FROM webhook_delivery d
            WHERE d.alliance_id = r.alliance_id
              AND d.webhook_id = r.webhook_id
              AND d.state IN ('PENDING', 'RETRYING')
              AND d.next_attempt_at <= $1
              AND (d.lease_until IS NULL OR d.lease_until <= $1)
              AND NOT EXISTS (
                    SELECT FROM webhook_delivery e
                     WHERE e.alliance_id = d.alliance_id
                       AND e.webhook_id = d.webhook_id
                       AND e.subject_id = d.subject_id
                       AND e.outbox_id < d.outbox_id
                       AND e.state IN ('PENDING', 'RETRYING'))
            ORDER BY d.next_attempt_at, d.outbox_id
            LIMIT r.places
              FOR UPDATE SKIP LOCKED) d
     WHERE NOT r.troubled OR r.number <= $5
     ORDER BY r.due_since
     LIMIT $3
), claimed AS (
    UPDATE webhook_delivery d
       SET lease_until = $2,
           fence = d.fence + 1,
           attempts = d.attempts + 1
      FROM due
     WHERE d.alliance_id = due.alliance_id
       AND d.delivery_id = due.delivery_id
    RETURNING d.alliance_id, d.delivery_id, d.fence, d.attempts, d.outbox_id, d.event_id, d.event_type,
              d.subject_id
)
SELECT c.alliance_id, c.delivery_id, due.webhook_id, c.fence, c.attempts, due.url, due.secret_sealed,
       due.previous_secret_sealed, due.previous_secret_until, due.troubled, c.event_id, c.event_type, c.subject_id,
       o.occurred_at, o.payload
  FROM claimed c
  JOIN due ON due.alliance_id = c.alliance_id AND due.delivery_id = c.delivery_id
  LEFT JOIN outbox_event o ON o.alliance_id = c.alliance_id AND o.outbox_id = c.outbox_id
 ORDER BY c.outbox_id
"""

# No row comes back, and none is logged, when the claim is not the newest any more. What waits behind it is due
# when it is, and at once when it has come to an end.
SETTLE = """
WITH settled AS (
    UPDATE webhook_delivery
       SET state = $4,
           next_attempt_at = $5,
           settled_at = $6,
           lease_until = NULL
     WHERE alliance_id = $1
       AND delivery_id = $2
       AND fence = $3
       AND lease_until IS NOT NULL
    RETURNING alliance_id, delivery_id, fence, attempts, webhook_id, subject_id, outbox_id
), behind AS (
    UPDATE webhook_delivery w
       SET next_attempt_at = coalesce($5, $6)
      FROM settled s
     WHERE w.alliance_id = s.alliance_id
       AND w.webhook_id = s.webhook_id
       AND w.subject_id = s.subject_id
       AND w.outbox_id > s.outbox_id
       AND w.state = 'PENDING'
       AND (w.next_attempt_at < $5 OR w.next_attempt_at > $6)
)
INSERT INTO webhook_attempt (alliance_id, delivery_id, fence, number, attempted_at, duration_ms, status_code,
                             failure, excerpt)
SELECT alliance_id, delivery_id, fence, attempts, $7, $8, $9, $10, $11
  FROM settled
"""

# Nothing is known of what became of these claims: they count as no attempt.
GIVE_BACK = """
UPDATE webhook_delivery d
   SET lease_until = NULL,
       attempts = d.attempts - 1
  FROM unnest($1::integer[], $2::uuid[], $3::bigint[]) AS held (alliance_id, delivery_id, fence)
 WHERE d.alliance_id = held.alliance_id
   AND d.delivery_id = held.delivery_id
   AND d.fence = held.fence
   AND d.lease_until IS NOT NULL
"""

# Whether anything is due that nobody holds, and since when the oldest of what is due has waited.
SELECT_DUE = """
SELECT min(d.next_attempt_at) AS due_since,
       coalesce(bool_or(d.lease_until IS NULL OR d.lease_until <= $1), false) AS free
  FROM webhook_subscription w
  JOIN webhook_delivery d ON d.alliance_id = w.alliance_id AND d.webhook_id = w.webhook_id
 WHERE w.disabled_at IS NULL
   AND d.state IN ('PENDING', 'RETRYING')
   AND d.next_attempt_at <= $1
   AND NOT EXISTS (
         SELECT FROM webhook_delivery e
          WHERE e.alliance_id = d.alliance_id
            AND e.webhook_id = d.webhook_id
            AND e.subject_id = d.subject_id
            AND e.outbox_id < d.outbox_id
            AND e.state IN ('PENDING', 'RETRYING'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a claimed delivery: `next_attempt_at` is set for RETRYING alone."""

    state: DeliveryState
    next_attempt_at: datetime | None
    settled_at: datetime | None
    attempted_at: datetime
    answer: Answer


async def claim(
    connection: Connection,
    *,
    now: datetime,
    lease_until: datetime,
    at_most: int,
    of_one_webhook: int,
    of_troubled: int,
) -> tuple[Claimed, ...]:
    """Claim deliveries that are due and that nobody holds, for as long as the lease; in order of writing.

    Of a webhook in trouble one is on its way at a time, and at most so many of such webhooks are claimed.
    """
    rows = await connection.fetch(CLAIM_DUE, now, lease_until, at_most, of_one_webhook, of_troubled)
    return tuple(_claimed(row) for row in rows)


async def settle(connection: Connection, claimed: Claimed, settlement: Settlement) -> bool:
    """Write how an attempt ended, with its log; False when the claim was not the newest any more."""
    answer = settlement.answer
    status: str = await connection.execute(
        SETTLE,
        claimed.alliance_id,
        claimed.delivery_id,
        claimed.fence,
        settlement.state.value,
        settlement.next_attempt_at,
        settlement.settled_at,
        settlement.attempted_at,
        answer.duration_ms,
        answer.status_code,
        None if answer.failure is None else answer.failure.value,
        answer.excerpt,
    )
    return status == "INSERT 0 1"


async def give_back(connection: Connection, claims: Sequence[Claimed]) -> None:
    """Give back claims that were not settled; others may have them at once."""
    await connection.execute(
        GIVE_BACK,
        [claimed.alliance_id for claimed in claims],
        [claimed.delivery_id for claimed in claims],
        [claimed.fence for claimed in claims],
    )


async def due(connection: Connection, *, now: datetime) -> tuple[datetime | None, bool]:
    """Return since when the oldest due delivery has waited, and whether any is free to be claimed."""
    row = await connection.fetchrow(SELECT_DUE, now)
    return (None, False) if row is None else (row["due_since"], row["free"])


def _claimed(row: Row) -> Claimed:
    payload = row["payload"]
    return Claimed(
        alliance_id=row["alliance_id"],
        delivery_id=row["delivery_id"],
        webhook_id=row["webhook_id"],
        fence=row["fence"],
        attempt=row["attempts"],
        url=row["url"],
        secret_sealed=row["secret_sealed"],
        previous_secret_sealed=row["previous_secret_sealed"],
        previous_secret_until=row["previous_secret_until"],
        troubled=row["troubled"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        subject_id=row["subject_id"],
        occurred_at=row["occurred_at"],
        payload=None if payload is None else json.loads(payload),
    )
