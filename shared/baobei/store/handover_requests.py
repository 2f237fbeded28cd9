"""Requests that wait and pass on in a handover: those that concern no registration of the person's, but would give one.

What waits on a registration goes with it and is no row here.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.handover_models import HandedRequest, HandoverOutcome, RequestInHand

# Whose registration it would be, or who asks for a price by phone or address, or took that over. With the unit in
# which whoever made the attempt, or asked, works now.
SELECT_IN_HAND = """
SELECT p.approval_id, m.unit_id
  FROM approval p
  LEFT JOIN attempt a ON a.alliance_id = p.alliance_id AND a.attempt_id = p.attempt_id
  JOIN staff m ON m.alliance_id = p.alliance_id AND m.staff_id = coalesce(a.registrant_id, p.requested_by_id)
 WHERE p.alliance_id = $1
   AND coalesce(p.receiver_id, p.requested_by_id) = $2
   AND p.status = 'PENDING'
   AND p.kind IN ('CROSS_REGION', 'SPECIAL_PRICE')
   AND p.registration_id IS NULL
 ORDER BY p.sequence
 LIMIT $3
"""

# $6 the instant for those who get no receiver: what becomes of them is known at once.
INSERT_REQUESTS = """
INSERT INTO handover_request (alliance_id, handover_id, position, approval_id, to_staff_id, outcome, settled_at)
SELECT $1, $2, position, approval_id, to_staff_id, outcome, CASE WHEN outcome IS NOT NULL THEN $6::timestamptz END
  FROM unnest($3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY AS n (approval_id, to_staff_id, outcome, position)
"""

SELECT_OPEN = """
SELECT position, approval_id, to_staff_id, outcome
  FROM handover_request
 WHERE alliance_id = $1
   AND handover_id = $2
   AND outcome IS NULL
 ORDER BY position
 LIMIT $3
"""

# After position $3, at most $4; of a handover that has ended also what its turn never came for.
SELECT_PAGE = """
SELECT q.position, q.approval_id, q.to_staff_id,
       coalesce(q.outcome, CASE WHEN h.ended_at IS NOT NULL THEN 'NOT_REACHED' END) AS outcome
  FROM handover_request q
  JOIN handover h ON h.alliance_id = q.alliance_id AND h.handover_id = q.handover_id
 WHERE q.alliance_id = $1
   AND q.handover_id = $2
   AND q.position > $3
 ORDER BY q.position
 LIMIT $4
"""

SETTLE = """
UPDATE handover_request i
   SET outcome = n.outcome, settled_at = $5
  FROM unnest($3::integer[], $4::text[]) AS n (position, outcome)
 WHERE i.alliance_id = $1
   AND i.handover_id = $2
   AND i.position = n.position
"""

MAKE_THEIRS = """
UPDATE approval p
   SET receiver_id = n.to_staff_id
  FROM unnest($2::uuid[], $3::uuid[]) AS n (approval_id, to_staff_id)
 WHERE p.alliance_id = $1
   AND p.approval_id = n.approval_id
   AND p.status = 'PENDING'
"""


async def in_hand(
    connection: Connection, alliance_id: int, staff_id: UUID, *, at_most: int
) -> tuple[RequestInHand, ...]:
    """Return the requests of a person's that wait and concern no registration, the oldest first."""
    rows = await connection.fetch(SELECT_IN_HAND, alliance_id, staff_id, at_most)
    return tuple(RequestInHand(approval_id=row["approval_id"], unit_id=row["unit_id"]) for row in rows)


async def insert(
    connection: Connection,
    alliance_id: int,
    handover_id: UUID,
    requests: Sequence[HandedRequest],
    *,
    at: datetime,
) -> None:
    """Store which requests pass to whom, in this order."""
    await connection.execute(
        INSERT_REQUESTS,
        alliance_id,
        handover_id,
        [each.approval_id for each in requests],
        [each.to_staff_id for each in requests],
        [None if each.outcome is None else each.outcome.value for each in requests],
        at,
    )


async def waiting(
    connection: Connection, alliance_id: int, handover_id: UUID, *, at_most: int
) -> tuple[HandedRequest, ...]:
    """Return the next requests whose turn it is."""
    rows = await connection.fetch(SELECT_OPEN, alliance_id, handover_id, at_most)
    return tuple(_request(row) for row in rows)


async def page(
    connection: Connection, alliance_id: int, handover_id: UUID, *, after: int, at_most: int
) -> tuple[HandedRequest, ...]:
    """Return the requests of a handover in order, after a position (exclusive)."""
    rows = await connection.fetch(SELECT_PAGE, alliance_id, handover_id, after, at_most)
    return tuple(_request(row) for row in rows)


async def settle(
    connection: Connection,
    alliance_id: int,
    handover_id: UUID,
    outcomes: Sequence[tuple[HandedRequest, HandoverOutcome]],
    *,
    at: datetime,
) -> None:
    """Make the receivers those whose requests they are, where they passed on, and write down what became of each."""
    moved = [each for each, outcome in outcomes if outcome is HandoverOutcome.MOVED]
    await connection.execute(
        MAKE_THEIRS, alliance_id, [each.approval_id for each in moved], [each.to_staff_id for each in moved]
    )
    await connection.execute(
        SETTLE,
        alliance_id,
        handover_id,
        [each.position for each, _ in outcomes],
        [outcome.value for _, outcome in outcomes],
        at,
    )


def _request(row: Row) -> HandedRequest:
    return HandedRequest(
        position=row["position"],
        approval_id=row["approval_id"],
        to_staff_id=row["to_staff_id"],
        outcome=None if row["outcome"] is None else HandoverOutcome(row["outcome"]),
    )
