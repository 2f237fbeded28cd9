"""Requests that wait, and how often their approvers were told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from baobei.store.approval_models import ApprovalKind
from baobei.store.connection import Connection

# What waits since before $2 and was not told of on day $3, told of fewer than $4 times; held by nobody else.
LOCK_WAITING = """
SELECT p.approval_id, p.kind, p.requested_at, p.reminders
  FROM approval p
 WHERE p.alliance_id = $1
   AND p.status = 'PENDING'
   AND p.requested_at < $2
   AND p.reminded_on IS DISTINCT FROM $3
   AND p.reminders < $4
 ORDER BY p.sequence
 LIMIT $5
   FOR UPDATE SKIP LOCKED
"""

NOTE_REMINDERS = """
UPDATE approval
   SET reminded_on = $3, reminders = reminders + 1
 WHERE alliance_id = $1
   AND approval_id = ANY($2::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request that has waited long; `reminders` is how often its approver was told so far."""

    id: UUID
    kind: ApprovalKind
    requested_at: datetime
    reminders: int


async def lock_waiting(
    connection: Connection, alliance_id: int, *, before: datetime, today: date, at_most: int, limit: int
) -> tuple[Waiting, ...]:
    """Return requests asked before an instant whose approvers were not told today, held, oldest first."""
    rows = await connection.fetch(LOCK_WAITING, alliance_id, before, today, at_most, limit)
    return tuple(
        Waiting(
            id=row["approval_id"],
            kind=ApprovalKind(row["kind"]),
            requested_at=row["requested_at"],
            reminders=row["reminders"],
        )
        for row in rows
    )


async def note_reminders(
    connection: Connection, alliance_id: int, ids: Collection[UUID], *, today: date
) -> None:
    """Store that approvers were told today."""
    await connection.execute(NOTE_REMINDERS, alliance_id, list(ids), today)
