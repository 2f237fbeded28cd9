"""Tasks that wait for a person, in the order in which they are best done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from baobei.policy.plan import GIVES_UP, Task
from baobei.policy.terms import FollowUpKind
from baobei.store.connection import Connection, Row
from baobei.store.policy_models import PublishedPolicy
from baobei.store.tasks import GIVES_WAY

# Of what the owner $2 has live at $3, as the stored deadlines tell: what has opened by then and has not given way,
# whether that is written down or not. Once comes before every week ($6, $7: steps of every week, version by version);
# within each, what is due after the beginning $5 of the day, the soonest first, then the rest, the newest first. $8 to
# $10: the task after which to go on, NULL for the beginning.
SELECT_OPEN = (
    """
WITH weekly AS (
    SELECT DISTINCT w.policy_version_id, w.step, true AS every_week
      FROM unnest($6::uuid[], $7::text[]) AS w (policy_version_id, step)
), placed AS (
    SELECT t.registration_id, t.step, t.period, coalesce(w.every_week, false) AS every_week, t.due_at <= $5 AS late,
           greatest(t.due_at - $5, $5 - t.due_at) AS distance
      FROM follow_up_task t
      JOIN registration r ON r.alliance_id = t.alliance_id AND r.registration_id = t.registration_id
      LEFT JOIN weekly w ON w.policy_version_id = r.policy_version_id AND w.step = t.step
     WHERE t.alliance_id = $1
       AND t.registration_id = $8
       AND t.step = $9
       AND t.period = $10
), waiting AS (
    SELECT t.registration_id, t.step, t.period, t.kinds, t.opens_at, t.due_at,
           coalesce(w.every_week, false) AS every_week, t.due_at <= $5 AS late,
           greatest(t.due_at - $5, $5 - t.due_at) AS distance
      FROM registration r
      JOIN follow_up_task t ON t.alliance_id = r.alliance_id AND t.registration_id = r.registration_id
      LEFT JOIN weekly w ON w.policy_version_id = r.policy_version_id AND w.step = t.step
     WHERE r.alliance_id = $1
       AND r.owner_id = $2
       AND r.end_kind IS NULL
       AND (r.expires_at IS NULL OR r.expires_at > $3)
       AND (r.lapse_curable OR r.lapses_at > $3)
       AND t.closed_at IS NULL
       AND t.opens_at <= $3
       AND NOT ("""
    + GIVES_WAY
    + """)
)
SELECT registration_id, step, period, kinds, opens_at, due_at, count(*) OVER () AS tasks
  FROM waiting
 WHERE $8::uuid IS NULL
    OR (every_week, late, distance, registration_id, step, period) > (
       SELECT every_week, late, distance, registration_id, step, period FROM placed)
 ORDER BY every_week, late, distance, registration_id, step, period
 LIMIT $11
"""
)

SELECT_TASK = """
SELECT registration_id
  FROM follow_up_task
 WHERE alliance_id = $1
   AND registration_id = $2
   AND step = $3
   AND period = $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task that waits, and the registration that it is for."""

    registration_id: UUID
    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlace:
    """Which task a page goes on after."""

    registration_id: UUID
    step: str
    period: date


async def waiting(
    connection: Connection,
    alliance_id: int,
    versions: Sequence[PublishedPolicy],
    *,
    owner_id: UUID,
    at: datetime,
    today: datetime,
    first: int,
    after: TaskPlace | None = None,
) -> tuple[tuple[OpenTask, ...], int]:
    """Return the tasks of an owner's live registrations that have opened and wait, and how many there are in all.

    What is to be done once comes before what comes every week. Within each what is due after the beginning of `today`
    comes first, the soonest first; then what is overdue from before, the newest first. `versions` are those of the
    alliance; after a place the count is of those that follow it.
    """
    weekly = [
        (version.id, step.step)
        for version in versions
        for step in version.policy.follow_up_plan
        if step.every_week
    ]
    rows = await connection.fetch(
        SELECT_OPEN,
        alliance_id,
        owner_id,
        at,
        at - GIVES_UP,
        today,
        [version_id for version_id, _ in weekly],
        [step for _, step in weekly],
        None if after is None else after.registration_id,
        None if after is None else after.step,
        None if after is None else after.period,
        first,
    )
    return tuple(_open_task(row) for row in rows), rows[0]["tasks"] if rows else 0


async def is_known(connection: Connection, alliance_id: int, place: TaskPlace) -> bool:
    """Whether there is, or was, such a task."""
    found = await connection.fetchval(
        SELECT_TASK, alliance_id, place.registration_id, place.step, place.period
    )
    return found is not None


def _open_task(row: Row) -> OpenTask:
    task = Task(
        step=row["step"],
        period=row["period"],
        by=frozenset(FollowUpKind(kind) for kind in row["kinds"]),
        opens_at=row["opens_at"],
        due_at=row["due_at"],
    )
    return OpenTask(registration_id=row["registration_id"], task=task)
