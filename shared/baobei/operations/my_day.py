"""What a person opens in the morning: what is to be done, what is about to be lost, and what has happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.attempt_answers import staff_quota
from baobei.operations.deciders import inbox_of
from baobei.operations.transaction import lent
from baobei.policy.calendar import local_date, month_of, start_of_day
from baobei.policy.plan import Task
from baobei.policy.quota import quota_of
from baobei.policy.standing import standing
from baobei.policy.terms import StaffId, StandingStatus
from baobei.store import approvals, my_days, policies, quotas, registrations, tasks
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.my_days import OrderNews
from baobei.store.paging import Page
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import StoredRegistration
from baobei.store.tasks import OpenTask

MOST: Final = 100
AT_RISK_DAYS: Final = 3
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOfDay:
    """A task that waits, with the registration that it is for."""

    registration: StoredRegistration
    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAtRisk:
    """A live registration and the deadline that comes first: LAPSED or EXPIRED says what it brings."""

    registration: StoredRegistration
    kind: StandingStatus
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MyDay:
    """A person's day as of an instant; each list is the most urgent, or the newest, of at most `MOST`."""

    as_of: datetime
    tasks: tuple[TaskOfDay, ...]
    at_risk: tuple[ClaimAtRisk, ...]
    quota: StaffQuota | None
    news: tuple[OrderNews, ...]
    requests: tuple[Approval, ...]


async def my_day(office: Office, actor: Actor) -> MyDay:
    """Return the actor's own day: tasks that have opened, claims that are lost within `AT_RISK_DAYS`, this month's quota,
    decisions on their orders since yesterday's local midnight, and the requests that they may decide.

    Standing is computed as of now; what a late worker has not written down is seen all the same, save tasks.
    """
    async with lent(office, actor) as connection:
        at = await office.clock.now(connection)
        today = start_of_day(local_date(at, actor.alliance.time_zone), actor.alliance.time_zone)
        alliance, me = actor.alliance, actor.staff.id
        waiting = await tasks.open_tasks(
            connection, alliance.id, owner_id=me, at=at, today=today, at_most=MOST
        )
        risky = await my_days.claims_at_risk(
            connection, alliance, me, at=at, until=today + (AT_RISK_DAYS + 1) * _DAY, at_most=MOST
        )
        return MyDay(
            as_of=at,
            tasks=await _tasks(connection, actor, waiting, at=at),
            at_risk=tuple(claim for stored in risky if (claim := _at_risk(stored, at=at)) is not None),
            quota=await _quota(connection, actor, at=at),
            news=await my_days.order_news(connection, alliance.id, me, since=today - _DAY, at_most=MOST),
            requests=await _requests(connection, actor, at=at),
        )


async def _tasks(
    connection: Connection, actor: Actor, waiting: tuple[OpenTask, ...], *, at: datetime
) -> tuple[TaskOfDay, ...]:
    """Return the tasks of what is live: those of what the calendar has ended are void, whoever says so first."""
    ids: set[UUID] = {each.registration_id for each in waiting}
    found = await registrations.by_ids(connection, actor.alliance, ids) if ids else {}
    live = {id for id, stored in found.items() if standing(stored.facts, at).live}
    return tuple(
        TaskOfDay(registration=found[each.registration_id], task=each.task)
        for each in waiting
        if each.registration_id in live
    )


def _at_risk(stored: StoredRegistration, *, at: datetime) -> ClaimAtRisk | None:
    worth = standing(stored.facts, at)
    if not worth.live:
        return None
    expires = worth.expires_at
    if expires is not None and (not worth.protected or expires <= worth.lapses_at):
        return ClaimAtRisk(registration=stored, kind=StandingStatus.EXPIRED, at=expires)
    return (
        ClaimAtRisk(registration=stored, kind=StandingStatus.LAPSED, at=worth.lapses_at)
        if worth.protected
        else None
    )


async def _quota(connection: Connection, actor: Actor, *, at: datetime) -> StaffQuota | None:
    channel = actor.staff.unit_kind.channel
    if channel is None:
        return None
    month, person = month_of(at, actor.alliance.time_zone), actor.staff
    version = await policies.in_force(connection, actor.alliance, at)
    tallies = await quotas.tallies(connection, actor.alliance.id, [(person.id, month)])
    quota = quota_of(
        staff=StaffId(str(person.id)),
        month=month,
        tallies=tallies.get((person.id, month), {}),
        channel=channel,
        policy=version.policy,
    )
    return staff_quota(quota)


async def _requests(connection: Connection, actor: Actor, *, at: datetime) -> tuple[Approval, ...]:
    if not access.decides_requests(actor.staff):
        return ()
    inbox = await inbox_of(connection, actor.alliance, actor.staff, at=at)
    waiting, _ = await approvals.inbox(connection, actor.alliance.id, inbox, Page(first=MOST))
    return waiting
