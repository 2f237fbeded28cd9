"""The tasks of the follow-up plan that wait for a person, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.transaction import lent
from baobei.policy.calendar import local_date, start_of_day
from baobei.policy.plan import Task
from baobei.store import open_tasks, policies, registrations
from baobei.store.open_tasks import OpenTask, TaskPlace
from baobei.store.registration_models import StoredRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOfDay:
    """A task that waits, with the registration that it is for."""

    registration: StoredRegistration
    task: Task

    @property
    def place(self) -> TaskPlace:
        """Return its place in the list."""
        return TaskPlace(registration_id=self.registration.id, step=self.task.step, period=self.task.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTasks:
    """A page of at most `first` tasks: from the beginning, or after a task of a list that was ordered for `day`."""

    first: int
    after: TaskPlace | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksRead:
    """A page of tasks as of an instant, the local day that the list is ordered for, and whether more follow."""

    as_of: datetime
    day: date
    tasks: tuple[TaskOfDay, ...]
    has_next: bool


async def my_tasks(office: Office, actor: Actor, request: ReadTasks) -> TasksRead | None:
    """Return a page of the actor's own tasks in the order of `myDay`; None when there is no such place.

    A list that was begun before midnight keeps its order after it.
    """
    alliance = actor.alliance
    async with lent(office, actor) as connection:
        at = await office.clock.now(connection)
        day = request.day or local_date(at, alliance.time_zone)
        try:
            today = start_of_day(day, alliance.time_zone)
        except OverflowError:
            return None
        found, left = await open_tasks.waiting(
            connection,
            alliance.id,
            await policies.all_versions(connection, alliance),
            owner_id=actor.staff.id,
            at=at,
            today=today,
            first=request.first,
            after=request.after,
        )
        if (
            request.after is not None
            and not found
            and not await open_tasks.is_known(connection, alliance.id, request.after)
        ):
            return None
        stored = await registrations.by_ids(connection, alliance, {each.registration_id for each in found})
    return TasksRead(as_of=at, day=day, tasks=with_registrations(found, stored), has_next=left > len(found))


def with_registrations(
    found: Sequence[OpenTask], stored: Mapping[UUID, StoredRegistration]
) -> tuple[TaskOfDay, ...]:
    """Return tasks with what they are for."""
    return tuple(TaskOfDay(registration=stored[each.registration_id], task=each.task) for each in found)
