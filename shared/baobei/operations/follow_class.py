"""Tasks follow the class of a customer: those of steps for other classes go, those of steps for this one come."""

from datetime import datetime

from baobei.operations.actor import Actor
from baobei.policy.plan import plan, steps_of
from baobei.store import class_tasks, tasks
from baobei.store.connection import Connection
from baobei.store.registration_models import StoredRegistration


async def follow_class(
    connection: Connection, actor: Actor, stored: StoredRegistration, now: str | None, *, at: datetime
) -> None:
    """Let the open tasks of a registration, held, be those of the class that its customer is of from `at` on.

    A step that is for this class alone brings its task where its time is not over yet, from when on it would have been
    open. Nothing without a plan, or where both classes are owed the same.

    Source: policy.md section 11 (D.1).
    """
    policy, before = stored.facts.policy, stored.profile.customer_class
    had, has = steps_of(policy, before), steps_of(policy, now)
    if stored.visited_at is None or had == has:
        return
    planned = plan(
        stored.facts,
        visited_at=stored.visited_at,
        contacts=await tasks.contacts_of(connection, actor.alliance.id, stored.id),
        customer_class=now,
        since=stored.visited_at,
        at=at,
    )
    come = [task for task in planned.tasks if task.step in has - had and task.due_at > at]
    await class_tasks.change(connection, actor.alliance.id, stored.id, gone=had - has, come=come, at=at)
