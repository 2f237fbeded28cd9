"""Whose month has been opened: each person's once, with its event."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.organisation_models import UnitKind

# $2 the first day of the month, $3 kinds of unit, $4 at most so many people.
SELECT_UNOPENED = """
SELECT s.staff_id
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.active
   AND u.kind = ANY($3::text[])
   AND NOT EXISTS (SELECT FROM quota_opening q
                    WHERE q.alliance_id = $1 AND q.staff_id = s.staff_id AND q.month = $2)
 ORDER BY s.staff_id
 LIMIT $4
"""

# Whoever is first makes the row, and with it the act and the event.
OPEN = """
WITH opened AS (
    INSERT INTO quota_opening (alliance_id, staff_id, month)
    SELECT $1, staff_id, $3
      FROM unnest($2::uuid[]) AS asked (staff_id)
     ORDER BY staff_id
    ON CONFLICT ON CONSTRAINT quota_opening_pkey DO NOTHING
    RETURNING staff_id
), told AS (
    INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
    SELECT $1, 'quota.month_opened', staff_id, $4, jsonb_build_object('month', $3::date, 'limit', $5::integer)
      FROM opened
), written AS (
    INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)
    SELECT $1, $4, 'quota.month_opened', 'quota', staff_id,
           jsonb_build_object('month', $3::date, 'limit', $5::integer)
      FROM opened
)
SELECT count(*) FROM opened
"""


async def unopened(
    connection: Connection, alliance_id: int, month: date, *, unit_kinds: Collection[UnitKind], limit: int
) -> tuple[UUID, ...]:
    """Return people who work in units of these kinds and whose month has not been opened."""
    kinds = [kind.value for kind in unit_kinds]
    rows = await connection.fetch(SELECT_UNOPENED, alliance_id, month, kinds, limit)
    return tuple(row["staff_id"] for row in rows)


async def open_month(
    connection: Connection,
    alliance_id: int,
    staff_ids: Collection[UUID],
    *,
    month: date,
    limit: int,
    at: datetime,
) -> int:
    """Open a month for people, each once, and return for how many it was new."""
    opened: int = await connection.fetchval(OPEN, alliance_id, list(staff_ids), month, at, limit)
    return opened
