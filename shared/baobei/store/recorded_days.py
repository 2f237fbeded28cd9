"""The records of a unit's day, from which its daily report is drawn."""

from datetime import datetime

from baobei.store.connection import Connection
from baobei.store.daily_reports import entry_of
from baobei.store.organisation_models import Unit
from baobei.store.report_models import ReportEntry

# $2 the unit; the day is $3 (inclusive) to $4 (exclusive), and nothing recorded after $5 counts. A record is on the day
# of the unit in which its person worked when it was recorded, which the acts on
# the person say: before the first act the unit that it names, without any the present one.
SELECT_RECORDED = """
WITH member AS (
    SELECT staff_id
      FROM staff
     WHERE alliance_id = $1
       AND unit_id = $2
    UNION
    SELECT subject_id
      FROM audit_event
     WHERE alliance_id = $1
       AND kind = 'staff.changed'
       AND detail ->> 'unit' = $2::uuid::text
), recorded AS (
    SELECT r.sequence, 'REGISTRATION' AS kind, r.registration_id AS record_id, r.registration_id,
           r.registered_at AS recorded_at, r.registrant_id AS recorded_by_id, a.note, a.note_id
      FROM member m
      JOIN registration r ON r.alliance_id = $1 AND r.registrant_id = m.staff_id
      LEFT JOIN LATERAL (
           SELECT note, note_id
             FROM attempt
            WHERE alliance_id = $1
              AND contact_id = r.contact_id
            ORDER BY sequence
            LIMIT 1) a ON true
     WHERE r.registered_at >= $3
       AND r.registered_at < $4
       AND r.registered_at <= $5
    UNION ALL
    SELECT f.sequence, f.kind, f.follow_up_id, f.registration_id, f.recorded_at, f.recorded_by_id, f.note, f.note_id
      FROM member m
      JOIN follow_up f ON f.alliance_id = $1 AND f.recorded_by_id = m.staff_id
     WHERE f.recorded_at >= $3
       AND f.recorded_at < $4
       AND f.recorded_at <= $5
)
SELECT c.kind, c.record_id, c.registration_id, c.recorded_at, c.recorded_by_id, s.name AS recorded_by_name,
       c.note, c.note_id, t.sealed AS note_sealed
  FROM recorded c
  JOIN staff s ON s.alliance_id = $1 AND s.staff_id = c.recorded_by_id
  LEFT JOIN sealed_text t ON t.alliance_id = $1 AND t.text_id = c.note_id
 WHERE $2 = coalesce((SELECT (e.detail ->> 'unit')::uuid
                        FROM audit_event e
                       WHERE e.alliance_id = $1
                         AND e.subject_id = c.recorded_by_id
                         AND e.kind = 'staff.changed'
                         AND e.occurred_at <= c.recorded_at
                       ORDER BY e.occurred_at DESC, e.sequence DESC
                       LIMIT 1),
                     (SELECT (e.detail ->> 'unit')::uuid
                        FROM audit_event e
                       WHERE e.alliance_id = $1
                         AND e.subject_id = c.recorded_by_id
                         AND e.kind = 'staff.changed'
                       ORDER BY e.sequence
                       LIMIT 1),
                     s.unit_id)
 ORDER BY c.sequence
"""


async def recorded(
    connection: Connection, alliance_id: int, unit: Unit, *, begins: datetime, ends: datetime, until: datetime
) -> tuple[ReportEntry, ...]:
    """Return what a unit's people recorded from `begins` to `ends` (exclusive), up to `until`, in that order."""
    rows = await connection.fetch(SELECT_RECORDED, alliance_id, unit.id, begins, ends, until)
    return tuple(entry_of(row, row["registration_id"]) for row in rows)
