"""Requests that need an approver: asked once, decided once."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from baobei.store.connection import Connection, Row, change_one
from baobei.store.models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.texts import parts, read, read_required

COLUMNS = """
SELECT p.approval_id, p.kind, p.status, p.registration_id, p.reason, p.reason_id, w.sealed AS reason_sealed,
       p.requested_by_id, p.requested_at, p.decided_by_id, p.decided_at, p.decision_note, p.decision_note_id,
       n.sealed AS decision_note_sealed, p.days
  FROM approval p
  LEFT JOIN sealed_text w ON w.alliance_id = p.alliance_id AND w.text_id = p.reason_id
  LEFT JOIN sealed_text n ON n.alliance_id = p.alliance_id AND n.text_id = p.decision_note_id
"""

SELECT_BY_IDS = (
    COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND p.approval_id = ANY($2::uuid[])
"""
)

LOCK_BY_IDS = (
    SELECT_BY_IDS
    + """
   FOR UPDATE OF p
"""
)

LOCK_BY_REGISTRATIONS = (
    COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND p.registration_id = ANY($2::uuid[])
 ORDER BY p.sequence
   FOR UPDATE OF p
"""
)

# $2 a unit, $3 a person: who may see (None: everybody's); $4 a status; $5 rows.
SELECT_PAGE = (
    COLUMNS
    + """
  LEFT JOIN registration r ON r.alliance_id = $1 AND r.registration_id = p.registration_id
  LEFT JOIN staff o ON o.alliance_id = $1 AND o.staff_id = r.owner_id
  JOIN staff q ON q.alliance_id = $1 AND q.staff_id = p.requested_by_id
 WHERE p.alliance_id = $1
   AND (($2::uuid IS NULL AND $3::uuid IS NULL)
        OR o.unit_id = $2 OR q.unit_id = $2 OR o.staff_id = $3 OR q.staff_id = $3)
   AND ($4::text IS NULL OR p.status = $4)
 ORDER BY p.sequence DESC
 LIMIT $5
"""
)

INSERT_APPROVAL = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $6, $9)
)
INSERT INTO approval (alliance_id, approval_id, sequence, kind, status, registration_id, days, reason_id,
                      requested_by_id, requested_at)
VALUES ($1, $2, nextval('recording_sequence'), $3, 'PENDING', $4, $5, $6, $7, $8)
"""

DECIDE_APPROVAL = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $6, $7 WHERE $6::uuid IS NOT NULL
)
UPDATE approval
   SET status = $3, decided_by_id = $4, decided_at = $5, decision_note_id = $6,
       registration_id = coalesce(registration_id, $8)
 WHERE alliance_id = $1
   AND approval_id = $2
   AND status = 'PENDING'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalScope:
    """Whose requests may be listed: everybody's, those of a unit's staff, or those of one person."""

    unit_id: UUID | None = None
    staff_id: UUID | None = None


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Approval]:
    """Return requests by id."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["approval_id"]: _approval(row) for row in rows}


async def lock_by_id(connection: Connection, alliance_id: int, id: UUID) -> Approval | None:
    """Return a request as it stands now, held until the transaction ends."""
    row = await connection.fetchrow(LOCK_BY_IDS, alliance_id, [id])
    return None if row is None else _approval(row)


async def lock_by_registrations(
    connection: Connection, alliance_id: int, registration_ids: Collection[UUID]
) -> tuple[Approval, ...]:
    """Return the requests on registrations, earliest first, held until the transaction ends."""
    rows = await connection.fetch(LOCK_BY_REGISTRATIONS, alliance_id, list(registration_ids))
    return tuple(_approval(row) for row in rows)


async def page(
    connection: Connection,
    alliance_id: int,
    *,
    scope: ApprovalScope,
    status: ApprovalStatus | None,
    first: int,
) -> tuple[Approval, ...]:
    """Return the newest requests, newest first."""
    rows = await connection.fetch(
        SELECT_PAGE,
        alliance_id,
        scope.unit_id,
        scope.staff_id,
        None if status is None else status.value,
        first,
    )
    return tuple(_approval(row) for row in rows)


async def insert(connection: Connection, alliance_id: int, approval: Approval) -> None:
    """Store a request that waits for its approver."""
    reason_id, sealed = parts(approval.reason)
    await connection.execute(
        INSERT_APPROVAL,
        alliance_id,
        approval.id,
        approval.kind.value,
        approval.registration_id,
        approval.days,
        reason_id,
        approval.requested_by_id,
        approval.requested_at,
        sealed,
    )


async def decide(connection: Connection, alliance_id: int, approval: Approval) -> None:
    """Store how a request was decided, and the registration that granting it made, if any."""
    await change_one(
        connection,
        DECIDE_APPROVAL,
        alliance_id,
        approval.id,
        approval.status.value,
        approval.decided_by_id,
        approval.decided_at,
        *parts(approval.decision_note),
        approval.registration_id,
    )


def _approval(row: Row) -> Approval:
    return Approval(
        id=row["approval_id"],
        kind=ApprovalKind(row["kind"]),
        status=ApprovalStatus(row["status"]),
        registration_id=row["registration_id"],
        reason=read_required(row, "reason"),
        requested_by_id=row["requested_by_id"],
        requested_at=row["requested_at"],
        decided_by_id=row["decided_by_id"],
        decided_at=row["decided_at"],
        decision_note=read(row, "decision_note"),
        days=row["days"],
    )
