"""Handovers: what is a person's, who is to get it, and how far that has come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from baobei.policy.handovers import DistributionMethod
from baobei.store.connection import Connection, Row, change_one
from baobei.store.handover_models import (
    Handover,
    HandoverItem,
    HandoverOutcome,
    HandoverState,
    InHand,
    Share,
)
from baobei.store.texts import parts, read_required

# A handover whose request was decided otherwise never began: what became of it the request says.
COLUMNS = """
       h.alliance_id, h.handover_id, h.from_staff_id, h.plan AS method, h.receiver_ids, NULL AS reason, h.reason_id,
       t.sealed AS reason_sealed, h.asked_by_id, h.asked_at, h.approval_id, h.started_by_id, h.started_at,
       h.total, h.moved, h.skipped, h.more,
       CASE WHEN h.state <> 'ASKED' THEN h.state
            WHEN p.status = 'REJECTED' THEN 'REJECTED'
            WHEN p.status = 'CANCELLED' THEN 'WITHDRAWN'
            WHEN p.status = 'TOO_LATE' THEN 'TOO_LATE'
            ELSE h.state END AS state,
       CASE WHEN h.state = 'ASKED' THEN p.decided_at ELSE h.ended_at END AS ended_at,
       (SELECT count(*) FROM handover_request q
         WHERE q.alliance_id = h.alliance_id AND q.handover_id = h.handover_id) AS requests_total,
       (SELECT count(*) FROM handover_request q
         WHERE q.alliance_id = h.alliance_id AND q.handover_id = h.handover_id AND q.outcome = 'MOVED') AS requests_moved
  FROM handover h
  LEFT JOIN approval p ON p.alliance_id = h.alliance_id AND p.approval_id = h.approval_id
  LEFT JOIN sealed_text t ON t.alliance_id = h.alliance_id AND t.text_id = h.reason_id
"""

# $3 the instant at which they are live: what baobei.policy.standing says, from the stored copy; it is judged again
# when it is a registration's turn.
SELECT_IN_HAND = """
SELECT r.registration_id, m.unit_id
  FROM registration r
  JOIN staff m ON m.alliance_id = r.alliance_id AND m.staff_id = r.registrant_id
 WHERE r.alliance_id = $1
   AND r.owner_id = $2
   AND r.end_kind IS NULL
   AND (r.expires_at IS NULL OR r.expires_at > $3)
   AND (r.lapse_curable OR r.lapses_at > $3)
 ORDER BY r.sequence
 LIMIT $4
"""

# Requests on registrations of an owner go with them, whoever asked.
COUNT_REQUESTS = """
SELECT count(*)
  FROM approval p
  JOIN registration r ON r.alliance_id = p.alliance_id AND r.registration_id = p.registration_id
 WHERE p.alliance_id = $1
   AND p.registration_id = ANY($2::uuid[])
   AND p.status = 'PENDING'
"""

IS_UNDER_WAY = """
SELECT EXISTS (
    SELECT
      FROM handover
     WHERE alliance_id = $1
       AND from_staff_id = $2
       AND state IN ('WAITING', 'RUNNING'))
"""

INSERT_HANDOVER = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $6, $7)
    ON CONFLICT ON CONSTRAINT sealed_text_pkey DO NOTHING
)
INSERT INTO handover (alliance_id, handover_id, from_staff_id, plan, receiver_ids, reason_id, asked_by_id, asked_at,
                      approval_id, state, started_by_id, started_at, total, skipped, more)
VALUES ($1, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""

START = """
UPDATE handover
   SET state = 'WAITING', started_by_id = $3, started_at = $4, total = $5, skipped = $6, more = $7
 WHERE alliance_id = $1
   AND handover_id = $2
   AND state = 'ASKED'
"""

# $6 the instant for those who get no receiver: what becomes of them is known at once.
INSERT_ITEMS = """
INSERT INTO handover_item (alliance_id, handover_id, position, registration_id, to_staff_id, outcome, settled_at)
SELECT $1, $2, position, registration_id, to_staff_id, outcome, CASE WHEN outcome IS NOT NULL THEN $6::timestamptz END
  FROM unnest($3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY
       AS n (registration_id, to_staff_id, outcome, position)
"""

SELECT_BY_ID = (
    "SELECT"
    + COLUMNS
    + """
 WHERE h.alliance_id = $1
   AND h.handover_id = $2
"""
)

SELECT_BY_APPROVALS = (
    "SELECT"
    + COLUMNS
    + """
 WHERE h.alliance_id = $1
   AND h.approval_id = ANY($2::uuid[])
"""
)

SELECT_SHARES = """
SELECT to_staff_id, count(*) AS total, count(*) FILTER (WHERE outcome = 'MOVED') AS moved
  FROM handover_item
 WHERE alliance_id = $1
   AND handover_id = $2
 GROUP BY to_staff_id
 ORDER BY min(position)
"""

# What was left as it was, after position $3, at most $4; of a handover that has ended also what its turn never came for.
SELECT_SKIPPED = """
SELECT i.position, i.registration_id, i.to_staff_id, coalesce(i.outcome, 'NOT_REACHED') AS outcome
  FROM handover_item i
  JOIN handover h ON h.alliance_id = i.alliance_id AND h.handover_id = i.handover_id
 WHERE i.alliance_id = $1
   AND i.handover_id = $2
   AND i.position > $3
   AND (i.outcome <> 'MOVED' OR (i.outcome IS NULL AND h.ended_at IS NOT NULL))
 ORDER BY i.position
 LIMIT $4
"""


async def in_hand(
    connection: Connection, alliance_id: int, owner_id: UUID, *, at: datetime, at_most: int
) -> tuple[InHand, ...]:
    """Return what is an owner's and live at an instant, the oldest first."""
    rows = await connection.fetch(SELECT_IN_HAND, alliance_id, owner_id, at, at_most)
    return tuple(
        InHand(registration_id=row["registration_id"], registrant_unit_id=row["unit_id"]) for row in rows
    )


async def count_requests(connection: Connection, alliance_id: int, registration_ids: Sequence[UUID]) -> int:
    """Return how many requests on these registrations wait for a decision."""
    counted: int = await connection.fetchval(COUNT_REQUESTS, alliance_id, list(registration_ids))
    return counted


async def is_under_way(connection: Connection, alliance_id: int, from_staff_id: UUID) -> bool:
    """Return whether something of a person's is being handed over."""
    return bool(await connection.fetchval(IS_UNDER_WAY, alliance_id, from_staff_id))


async def insert(connection: Connection, handover: Handover) -> None:
    """Store a handover, asked for or begun; a second one under way violates `handover_under_way_key`."""
    reason_id, sealed = parts(handover.reason)
    await connection.execute(
        INSERT_HANDOVER,
        handover.alliance_id,
        handover.id,
        handover.from_staff_id,
        handover.method.value,
        list(handover.receiver_ids),
        reason_id,
        sealed,
        handover.asked_by_id,
        handover.asked_at,
        handover.approval_id,
        handover.state.value,
        handover.started_by_id,
        handover.started_at,
        handover.total,
        handover.skipped,
        handover.more,
    )


async def start(connection: Connection, begun: Handover) -> None:
    """Store that a handover which was asked for begins."""
    await change_one(
        connection,
        START,
        begun.alliance_id,
        begun.id,
        begun.started_by_id,
        begun.started_at,
        begun.total,
        begun.skipped,
        begun.more,
    )


async def insert_items(
    connection: Connection, alliance_id: int, id: UUID, items: Sequence[HandoverItem], *, at: datetime
) -> None:
    """Store what is handed over to whom, in this order."""
    await connection.execute(
        INSERT_ITEMS,
        alliance_id,
        id,
        [item.registration_id for item in items],
        [item.to_staff_id for item in items],
        [None if item.outcome is None else item.outcome.value for item in items],
        at,
    )


async def by_id(connection: Connection, alliance_id: int, id: UUID) -> Handover | None:
    """Return a handover, None when there is none of that id."""
    row = await connection.fetchrow(SELECT_BY_ID, alliance_id, id)
    return None if row is None else _handover(row)


async def by_approval(connection: Connection, alliance_id: int, approval_id: UUID) -> Handover | None:
    """Return the handover that a request asks for, None when it asks for something else."""
    return (await by_approvals(connection, alliance_id, [approval_id])).get(approval_id)


async def by_approvals(
    connection: Connection, alliance_id: int, approval_ids: Collection[UUID]
) -> dict[UUID, Handover]:
    """Return the handovers that requests ask for; a request for something else is absent."""
    rows = await connection.fetch(SELECT_BY_APPROVALS, alliance_id, list(approval_ids))
    return {row["approval_id"]: _handover(row) for row in rows}


async def shares(connection: Connection, alliance_id: int, id: UUID) -> tuple[Share, ...]:
    """Return what each receiver gets, and how much nobody does."""
    rows = await connection.fetch(SELECT_SHARES, alliance_id, id)
    return tuple(
        Share(to_staff_id=row["to_staff_id"], total=row["total"], moved=row["moved"]) for row in rows
    )


async def skipped(
    connection: Connection, alliance_id: int, id: UUID, *, after: int, at_most: int
) -> tuple[HandoverItem, ...]:
    """Return what was left as it was, in order, after a position (exclusive)."""
    return items_of(await connection.fetch(SELECT_SKIPPED, alliance_id, id, after, at_most))


def items_of(rows: Sequence[Row]) -> tuple[HandoverItem, ...]:
    """Return the registrations of rows."""
    return tuple(
        HandoverItem(
            position=row["position"],
            registration_id=row["registration_id"],
            to_staff_id=row["to_staff_id"],
            outcome=None if row["outcome"] is None else HandoverOutcome(row["outcome"]),
        )
        for row in rows
    )


def _handover(row: Row) -> Handover:
    return Handover(
        id=row["handover_id"],
        alliance_id=row["alliance_id"],
        from_staff_id=row["from_staff_id"],
        method=DistributionMethod(row["method"]),
        receiver_ids=tuple(row["receiver_ids"]),
        reason=read_required(row, "reason"),
        asked_by_id=row["asked_by_id"],
        asked_at=row["asked_at"],
        approval_id=row["approval_id"],
        state=HandoverState(row["state"]),
        started_by_id=row["started_by_id"],
        started_at=row["started_at"],
        total=row["total"],
        moved=row["moved"],
        skipped=row["skipped"],
        more=row["more"],
        ended_at=row["ended_at"],
        requests_total=row["requests_total"],
        requests_moved=row["requests_moved"],
    )
