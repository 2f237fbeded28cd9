"""Tasks that go and come as a customer is said to be of another class."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from baobei.policy.plan import Task
from baobei.store.connection import Connection

# $3: steps whose open tasks go, void, or missed where they were overdue at $4; $5 to $10: tasks that come, anew where
# they had gone before. The plan is looked at again at once, for what opens later.
CHANGE_CLASS_TASKS = """
WITH gone AS (
    UPDATE follow_up_task
       SET closed_at = $4, outcome = CASE WHEN due_at <= $4 THEN 'MISSED' ELSE 'VOID' END
     WHERE alliance_id = $1
       AND registration_id = $2
       AND step = ANY ($3::text[])
       AND closed_at IS NULL
), come AS (
    INSERT INTO follow_up_task AS t (alliance_id, registration_id, step, period, kinds, opens_at, due_at, closed_at, outcome)
    SELECT $1, $2, n.step, n.period, string_to_array(n.kinds, ','), n.opens_at, n.due_at, n.done_at,
           CASE WHEN n.done_at IS NOT NULL THEN 'DONE' END
      FROM unnest($5::text[], $6::date[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
           AS n (step, period, kinds, opens_at, due_at, done_at)
    ON CONFLICT ON CONSTRAINT follow_up_task_pkey DO UPDATE
       SET closed_at = EXCLUDED.closed_at, outcome = EXCLUDED.outcome
     WHERE t.outcome = 'VOID'
)
UPDATE registration
   SET plan_at = least(plan_at, $4)
 WHERE alliance_id = $1
   AND registration_id = $2
"""


async def change(
    connection: Connection,
    alliance_id: int,
    registration_id: UUID,
    *,
    gone: Collection[str],
    come: Sequence[Task],
    at: datetime,
) -> None:
    """Close the open tasks of the steps `gone`, and store the tasks that `come`; the registration is held."""
    await connection.execute(
        CHANGE_CLASS_TASKS,
        alliance_id,
        registration_id,
        sorted(gone),
        at,
        [task.step for task in come],
        [task.period for task in come],
        [",".join(sorted(task.by)) for task in come],
        [task.opens_at for task in come],
        [task.due_at for task in come],
        [task.done_at for task in come],
    )
