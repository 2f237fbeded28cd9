"""What a person opens in the morning: what is to be done, what is about to be lost, and what has happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.attempt_answers import staff_quota
from baobei.operations.deciders import inbox_of
from baobei.operations.my_tasks import TaskOfDay, with_registrations
from baobei.operations.transaction import lent
from baobei.policy.calendar import local_date, month_of, start_of_day
from baobei.policy.quota import quota_of
from baobei.policy.standing import Standing, standing
from baobei.policy.terms import StaffId, StandingStatus
from baobei.store import approvals, my_days, open_tasks, policies, quotas, registrations
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.my_days import OrderNews
from baobei.store.paging import Page
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import StoredRegistration

MOST: Final = 100
AT_RISK_DAYS: Final = 3
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAtRisk:
    """A live registration and the deadline that comes first: LAPSED or EXPIRED says what it brings."""

    registration: StoredRegistration
    kind: StandingStatus
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDue:
    """A live registration that is to be followed up, and what it is worth; lapsed, a follow-up cures it."""

    registration: StoredRegistration
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class MyDay:
    """A person's day as of an instant; each list is the most urgent, or the newest, of at most `MOST`.

    The counts are of all that there are.
    """

    as_of: datetime
    tasks: tuple[TaskOfDay, ...]
    tasks_count: int
    follow_ups_due: tuple[FollowUpDue, ...]
    follow_ups_due_count: int
    at_risk: tuple[ClaimAtRisk, ...]
    at_risk_count: int
    quota: StaffQuota | None
    news: tuple[OrderNews, ...]
    requests: tuple[Approval, ...]


async def my_day(office: Office, actor: Actor) -> MyDay:
    """Return the actor's own day.

    Tasks that have opened, claims to be followed up by the end of the day, claims that are lost by the end of the
    `AT_RISK_DAYS`th day from today, this month's quota, decisions on their orders since yesterday's local midnight, and
    the requests that they may decide. Days are the alliance's, whatever their hours.

    Standing is computed as of now; what a late worker has not written down is seen all the same, save tasks.

    Source: 3.3.2, 3.3.3, 3.4.2; policy.md section 11 (D.1).
    """
    async with lent(office, actor) as connection:
        at = await office.clock.now(connection)
        alliance, me, zone = actor.alliance, actor.staff.id, actor.alliance.time_zone
        day = local_date(at, zone)
        today, tomorrow = start_of_day(day, zone), start_of_day(day + _DAY, zone)
        yesterday = start_of_day(day - _DAY, zone)
        risky_until = start_of_day(day + (AT_RISK_DAYS + 1) * _DAY, zone)
        versions = await policies.all_versions(connection, alliance)
        waiting, tasks = await open_tasks.waiting(
            connection, alliance.id, versions, owner_id=me, at=at, today=today, first=MOST
        )
        due = await my_days.due_ids(
            connection, alliance.id, me, versions, at=at, until=tomorrow, at_most=MOST
        )
        risky = await my_days.at_risk_ids(connection, alliance.id, me, at=at, until=risky_until, at_most=MOST)
        ids = {*due.ids, *risky.ids, *(each.registration_id for each in waiting)}
        stored = await registrations.by_ids(connection, alliance, ids)
        at_risk = tuple(claim for id in risky.ids if (claim := _at_risk(stored[id], at=at)) is not None)
        return MyDay(
            as_of=at,
            tasks=with_registrations(waiting, stored),
            tasks_count=tasks,
            follow_ups_due=tuple(_due(stored[id], at=at) for id in due.ids),
            follow_ups_due_count=due.count,
            at_risk=at_risk,
            # What the stored deadlines found and is lost by now is not counted either.
            at_risk_count=risky.count - (len(risky.ids) - len(at_risk)),
            quota=await _quota(connection, actor, at=at),
            news=await my_days.order_news(connection, alliance.id, me, since=yesterday, at_most=MOST),
            requests=await _requests(connection, actor, at=at),
        )


def _due(stored: StoredRegistration, *, at: datetime) -> FollowUpDue:
    return FollowUpDue(registration=stored, standing=standing(stored.facts, at))


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
