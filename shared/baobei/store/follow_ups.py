"""Recorded contacts with customers; append-only."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from baobei.policy.terms import FollowUpKind
from baobei.store.connection import Connection, Row
from baobei.store.paging import Page
from baobei.store.registration_models import FollowUp
from baobei.store.texts import parts, read_required

# It does the tasks of its kind that have opened, and the plan is looked at again.
INSERT_FOLLOW_UP = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $5, $9)
), done AS (
    UPDATE follow_up_task
       SET closed_at = $6, outcome = 'DONE'
     WHERE alliance_id = $1
       AND registration_id = $3
       AND closed_at IS NULL
       AND opens_at <= $6
       AND $4 = ANY (kinds)
), planned AS (
    UPDATE registration
       SET visited_at = CASE WHEN $4 = 'STORE_VISIT' THEN $6 ELSE visited_at END,
           plan_at = least(plan_at, $6)
     WHERE alliance_id = $1
       AND registration_id = $3
       AND (visited_at IS NOT NULL OR $4 = 'STORE_VISIT')
)
INSERT INTO follow_up (alliance_id, follow_up_id, registration_id, sequence, kind, note_id, recorded_at,
                       occurred_at, recorded_by_id)
VALUES ($1, $2, $3, nextval('recording_sequence'), $4, $5, $6, $7, $8)
"""

SELECT_BY_IDS = """
SELECT f.registration_id, f.follow_up_id, f.kind, f.note, f.note_id, t.sealed AS note_sealed, f.recorded_at,
       f.occurred_at, f.recorded_by_id
  FROM follow_up f
  LEFT JOIN sealed_text t ON t.alliance_id = f.alliance_id AND t.text_id = f.note_id
 WHERE f.alliance_id = $1
   AND f.follow_up_id = ANY($2::uuid[])
"""

# $3 the last id of the page before, $4 rows for each registration.
SELECT_PAGES = """
SELECT asked.registration_id, f.follow_up_id, f.kind, f.note, f.note_id, t.sealed AS note_sealed, f.recorded_at,
       f.occurred_at, f.recorded_by_id
  FROM unnest($2::uuid[]) AS asked (registration_id)
 CROSS JOIN LATERAL (
       SELECT follow_up_id, kind, note, note_id, recorded_at, occurred_at, recorded_by_id, sequence
         FROM follow_up
        WHERE alliance_id = $1
          AND registration_id = asked.registration_id
          AND ($3::uuid IS NULL OR sequence > (
                  SELECT sequence FROM follow_up WHERE alliance_id = $1 AND follow_up_id = $3))
        ORDER BY sequence
        LIMIT $4) AS f
  LEFT JOIN sealed_text t ON t.alliance_id = $1 AND t.text_id = f.note_id
 ORDER BY asked.registration_id, f.sequence
"""


async def insert(connection: Connection, alliance_id: int, follow_up: FollowUp) -> None:
    """Append a contact."""
    note_id, sealed = parts(follow_up.note)
    await connection.execute(
        INSERT_FOLLOW_UP,
        alliance_id,
        follow_up.id,
        follow_up.registration_id,
        follow_up.kind.value,
        note_id,
        follow_up.recorded_at,
        follow_up.occurred_at,
        follow_up.recorded_by_id,
        sealed,
    )


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, FollowUp]:
    """Return contacts by id."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["follow_up_id"]: _follow_up(row) for row in rows}


async def pages(
    connection: Connection, alliance_id: int, registration_ids: Collection[UUID], page: Page
) -> dict[UUID, tuple[tuple[FollowUp, ...], bool]]:
    """Return a page of each registration's contacts, oldest first, and whether more follow."""
    rows = await connection.fetch(
        SELECT_PAGES, alliance_id, list(registration_ids), page.after, page.first + 1
    )
    found: dict[UUID, list[FollowUp]] = defaultdict(list)
    for row in rows:
        found[row["registration_id"]].append(_follow_up(row))
    return {id: (tuple(found[id][: page.first]), len(found[id]) > page.first) for id in registration_ids}


def _follow_up(row: Row) -> FollowUp:
    return FollowUp(
        id=row["follow_up_id"],
        registration_id=row["registration_id"],
        kind=FollowUpKind(row["kind"]),
        note=read_required(row, "note"),
        recorded_at=row["recorded_at"],
        occurred_at=row["occurred_at"],
        recorded_by_id=row["recorded_by_id"],
    )
