"""Tasks of the follow-up plan: made once each, closed once each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.plan import GIVES_UP, Contact, Task
from baobei.policy.terms import FollowUpKind
from baobei.store import registrations
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration

# Of the alliance that the connection works for; whoever else plans holds other rows.
LOCK_TO_PLAN = """
SELECT registration_id, plan_at
  FROM registration
 WHERE alliance_id = $1
   AND plan_at <= $2
 ORDER BY plan_at, registration_id
 LIMIT $3
   FOR UPDATE SKIP LOCKED
"""

# Since the visit: where a follow-up is the visit, what was recorded before it within its instant is not.
SELECT_CONTACTS = """
SELECT f.registration_id, f.kind, f.recorded_at
  FROM follow_up f
  JOIN registration r ON r.alliance_id = f.alliance_id AND r.registration_id = f.registration_id
 WHERE f.alliance_id = $1
   AND f.registration_id = ANY($2::uuid[])
   AND f.recorded_at >= r.visited_at
   AND NOT EXISTS (SELECT
                     FROM follow_up v
                    WHERE v.alliance_id = $1
                      AND v.registration_id = f.registration_id
                      AND v.kind = 'STORE_VISIT'
                      AND v.recorded_at = r.visited_at
                      AND v.sequence > f.sequence)
 ORDER BY f.registration_id, f.sequence
"""

# $2 to $7: the tasks; $8: registrations with, in $9, when there is something to plan next (NULL: never), and, in $10,
# whether they have ended, which voids what is open; $11 the instant.
WRITE_PLAN = """
WITH made AS (
    INSERT INTO follow_up_task (alliance_id, registration_id, step, period, kinds, opens_at, due_at, closed_at, outcome)
    SELECT $1, t.registration_id, t.step, t.period, string_to_array(t.kinds, ','), t.opens_at, t.due_at, t.done_at,
           CASE WHEN t.done_at IS NOT NULL THEN 'DONE' END
      FROM unnest($2::uuid[], $3::text[], $4::date[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                  $12::timestamptz[]) AS t (registration_id, step, period, kinds, opens_at, due_at, done_at)
    ON CONFLICT ON CONSTRAINT follow_up_task_pkey DO NOTHING
    RETURNING 1
), voided AS (
    UPDATE follow_up_task t
       SET closed_at = $11, outcome = 'VOID'
      FROM unnest($8::uuid[], $10::boolean[]) AS p (registration_id, ended)
     WHERE t.alliance_id = $1
       AND t.registration_id = p.registration_id
       AND p.ended
       AND t.closed_at IS NULL
    RETURNING 1
), planned AS (
    UPDATE registration r
       SET plan_at = p.next_at
      FROM unnest($8::uuid[], $9::timestamptz[]) AS p (registration_id, next_at)
     WHERE r.alliance_id = $1
       AND r.registration_id = p.registration_id
)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM voided) AS voided
"""

# An overdue task gives way: to a later one that has opened by $3 and whose every kind of contact does it as well, or
# once it was due by $4.
GIVES_WAY = """
       t.due_at <= $3
   AND (t.due_at <= $4
        OR EXISTS (SELECT
                     FROM follow_up_task n
                    WHERE n.alliance_id = $1
                      AND n.registration_id = t.registration_id
                      AND n.opens_at > t.opens_at
                      AND n.opens_at <= $3
                      AND n.kinds <@ t.kinds))
"""

# Of the registrations $2.
CLOSE_MISSED = (
    """
UPDATE follow_up_task t
   SET closed_at = $3, outcome = 'MISSED'
 WHERE t.alliance_id = $1
   AND t.registration_id = ANY($2::uuid[])
   AND t.closed_at IS NULL
   AND """
    + GIVES_WAY
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlan:
    """A registration to plan for, held; all that opened before `since` has been made."""

    stored: StoredRegistration
    since: datetime
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What comes of planning for a registration."""

    registration_id: UUID
    tasks: tuple[Task, ...]
    next_at: datetime | None
    ended: bool


async def lock_to_plan(
    connection: Connection, alliance: Alliance, *, at: datetime, limit: int
) -> tuple[ToPlan, ...]:
    """Return the registrations of which something is to be planned at `at`, held; skips what others hold."""
    rows = await connection.fetch(LOCK_TO_PLAN, alliance.id, at, limit)
    since = {row["registration_id"]: row["plan_at"] for row in rows}
    if not since:
        return ()
    held = await registrations.by_ids(connection, alliance, since)
    contacts = await _contacts(connection, alliance.id, since)
    return tuple(
        ToPlan(stored=held[id], since=plan_at, contacts=tuple(contacts.get(id, ())))
        for id, plan_at in since.items()
    )


async def write(
    connection: Connection, alliance_id: int, plans: Sequence[Plan], *, at: datetime
) -> tuple[int, int]:
    """Store what was planned, and what has given way by `at` as missed; return how many were made and how many voided."""
    tasks = [(plan.registration_id, task) for plan in plans for task in plan.tasks]
    row = await connection.fetchrow(
        WRITE_PLAN,
        alliance_id,
        [id for id, _ in tasks],
        [task.step for _, task in tasks],
        [task.period for _, task in tasks],
        [",".join(sorted(task.by)) for _, task in tasks],
        [task.opens_at for _, task in tasks],
        [task.due_at for _, task in tasks],
        [plan.registration_id for plan in plans],
        [plan.next_at for plan in plans],
        [plan.ended for plan in plans],
        at,
        [task.done_at for _, task in tasks],
    )
    if row is None:
        raise RuntimeError("a count returned no row")
    await connection.execute(
        CLOSE_MISSED, alliance_id, [plan.registration_id for plan in plans], at, at - GIVES_UP
    )
    return row["made"], row["voided"]


async def contacts_of(connection: Connection, alliance_id: int, registration_id: UUID) -> tuple[Contact, ...]:
    """Return the contacts of a registration since its last store visit, in the order in which they were recorded."""
    return tuple((await _contacts(connection, alliance_id, [registration_id])).get(registration_id, ()))


async def _contacts(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> Mapping[UUID, list[Contact]]:
    found: dict[UUID, list[Contact]] = defaultdict(list)
    for row in await connection.fetch(SELECT_CONTACTS, alliance_id, list(ids)):
        found[row["registration_id"]].append(Contact(kind=FollowUpKind(row["kind"]), at=row["recorded_at"]))
    return found
