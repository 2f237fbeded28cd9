"""The records of a unit's day, from which its daily report is drawn, and in which unit people worked."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.daily_reports import entry_of
from baobei.store.organisation_models import Unit
from baobei.store.report_models import ReportEntry

# $2 the unit; the day is $3 (inclusive) to $4 (exclusive), and nothing recorded after $5 counts. A record is on the day
# of the unit in which its person worked when it was recorded, which the acts on the person say: before the first act
# the unit that it names, without any the present one. A measuring visit is an act, and has no id but one made of its
# place.
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
), move AS (
    SELECT e.subject_id AS staff_id, (e.detail ->> 'unit')::uuid AS unit_id, e.occurred_at,
           row_number() OVER w AS place, lead(e.occurred_at) OVER w AS ends,
           first_value((e.detail ->> 'unit')::uuid) OVER (PARTITION BY e.subject_id ORDER BY e.sequence) AS before_id
      FROM audit_event e
     WHERE e.alliance_id = $1
       AND e.kind = 'staff.changed'
       AND e.subject_id IN (SELECT staff_id FROM member)
    WINDOW w AS (PARTITION BY e.subject_id ORDER BY e.occurred_at, e.sequence)
), stay AS (
    SELECT staff_id, greatest(occurred_at, $3) AS begins, least(ends, $4) AS ends
      FROM move
     WHERE unit_id = $2
    UNION ALL
    SELECT staff_id, $3, least(occurred_at, $4)
      FROM move
     WHERE place = 1
       AND before_id = $2
    UNION ALL
    SELECT staff_id, $3, $4
      FROM member m
     WHERE NOT EXISTS (SELECT FROM move WHERE move.staff_id = m.staff_id)
), recorded AS (
    SELECT r.sequence, 'REGISTRATION' AS kind, r.registration_id AS record_id, r.registration_id,
           r.registered_at AS recorded_at, r.registrant_id AS recorded_by_id, a.note, a.note_id,
           NULL::bigint AS act_sequence
      FROM stay w
      JOIN registration r ON r.alliance_id = $1 AND r.registrant_id = w.staff_id
      LEFT JOIN LATERAL (
           SELECT note, note_id
             FROM attempt
            WHERE alliance_id = $1
              AND contact_id = r.contact_id
            ORDER BY sequence
            LIMIT 1) a ON true
     WHERE r.registered_at >= w.begins
       AND r.registered_at < w.ends
       AND r.registered_at <= $5
    UNION ALL
    SELECT f.sequence, f.kind, f.follow_up_id, f.registration_id, f.recorded_at, f.recorded_by_id, f.note, f.note_id,
           NULL
      FROM stay w
      JOIN follow_up f ON f.alliance_id = $1 AND f.recorded_by_id = w.staff_id
     WHERE f.recorded_at >= w.begins
       AND f.recorded_at < w.ends
       AND f.recorded_at <= $5
    UNION ALL
    SELECT e.sequence, 'MEASUREMENT', md5('measuring visit/' || e.sequence)::uuid, e.subject_id, e.occurred_at,
           e.actor_id, e.reason, e.reason_id, e.sequence
      FROM stay w
      JOIN audit_event e ON e.alliance_id = $1 AND e.actor_id = w.staff_id AND e.kind = 'registration.measured'
     WHERE e.occurred_at >= w.begins
       AND e.occurred_at < w.ends
       AND e.occurred_at <= $5
)
SELECT c.kind, c.record_id, c.registration_id, c.recorded_at, c.recorded_by_id, s.name AS recorded_by_name,
       c.note, c.note_id, t.sealed AS note_sealed, c.act_sequence
  FROM recorded c
  JOIN staff s ON s.alliance_id = $1 AND s.staff_id = c.recorded_by_id
  LEFT JOIN sealed_text t ON t.alliance_id = $1 AND t.text_id = c.note_id
 ORDER BY c.sequence
"""

# In which unit each person worked at an instant, as above.
SELECT_UNITS = """
SELECT s.staff_id,
       coalesce((SELECT (e.detail ->> 'unit')::uuid
                   FROM audit_event e
                  WHERE e.alliance_id = $1
                    AND e.subject_id = s.staff_id
                    AND e.kind = 'staff.changed'
                    AND e.occurred_at <= $3
                  ORDER BY e.occurred_at DESC, e.sequence DESC
                  LIMIT 1),
                (SELECT (e.detail ->> 'unit')::uuid
                   FROM audit_event e
                  WHERE e.alliance_id = $1
                    AND e.subject_id = s.staff_id
                    AND e.kind = 'staff.changed'
                  ORDER BY e.sequence
                  LIMIT 1),
                s.unit_id) AS unit_id
  FROM staff s
 WHERE s.alliance_id = $1
   AND s.staff_id = ANY($2::uuid[])
"""


async def recorded(
    connection: Connection, alliance_id: int, unit: Unit, *, begins: datetime, ends: datetime, until: datetime
) -> tuple[ReportEntry, ...]:
    """Return what a unit's people recorded from `begins` to `ends` (exclusive), up to `until`, in that order."""
    rows = await connection.fetch(SELECT_RECORDED, alliance_id, unit.id, begins, ends, until)
    return tuple(entry_of(row, row["registration_id"]) for row in rows)


async def units_at(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], at: datetime
) -> dict[UUID, UUID]:
    """Return in which unit people worked at an instant, by id."""
    rows = await connection.fetch(SELECT_UNITS, alliance_id, list(staff_ids), at)
    return {row["staff_id"]: row["unit_id"] for row in rows}
