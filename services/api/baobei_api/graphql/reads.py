"""What queries read: each function answers None for what there is not and for what may not be seen alike."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from baobei.operations import access
from baobei.operations.attempt_answers import staff_quota
from baobei.policy.calendar import month_of, start_of_day
from baobei.policy.quota import quota_of
from baobei.policy.terms import Channel, StaffId
from baobei.store import approvals, orders, organisation, policies, quotas, registrations
from baobei.store.connection import Connection
from baobei.store.models import (
    Alliance,
    Approval,
    ApprovalStatus,
    Page,
    PublishedPolicy,
    Staff,
    StaffQuota,
    StoredOrder,
    StoredRegistration,
)
from baobei.store.registrations import RegistrationFilter
from baobei_api.graphql.checks import unknown_cursor
from baobei_api.graphql.context import Context


async def registration(context: Context, id: UUID) -> StoredRegistration | None:
    """Return a registration that the viewer may see."""
    actor = context.actor
    async with context.connection() as connection:
        stored = (await registrations.by_ids(connection, actor.alliance, [id])).get(id)
    if stored is None:
        return None
    owner = await context.loaders.staff_by_id.load(stored.owner_id)
    return stored if context.convert.may_see_registration(owner) else None


async def registration_page(
    context: Context, narrowed: RegistrationFilter, page: Page
) -> tuple[tuple[StoredRegistration, ...], bool]:
    """Return a page of the registrations that the viewer may list, and whether more follow."""
    actor, now = context.actor, await context.now()
    async with context.connection() as connection:
        found, has_next = await registrations.page(
            connection,
            actor.alliance,
            scope=access.registration_scope(actor.staff),
            filter=narrowed,
            page=page,
            at=now,
        )
        if page.after is not None and not found:
            await _require(registrations.by_ids(connection, actor.alliance, [page.after]))
    return found, has_next


async def order(context: Context, *, id: UUID | None, external_ref: str | None) -> StoredOrder | None:
    """Return an order that the viewer may see, by either of its names; both must agree when both are given."""
    alliance = context.actor.alliance
    async with context.connection() as connection:
        if external_ref is not None:
            stored = await orders.by_external_ref(connection, alliance, external_ref)
        else:
            stored = None if id is None else (await orders.by_ids(connection, alliance, [id])).get(id)
    if stored is None or (id is not None and stored.id != id):
        return None
    case = await context.loaders.case_by_order.load(stored)
    return stored if context.convert.may_see_order(case) else None


async def order_page(context: Context, page: Page) -> tuple[tuple[StoredOrder, ...], bool]:
    """Return a page of the orders that the viewer may list, and whether more follow."""
    actor = context.actor
    async with context.connection() as connection:
        found, has_next = await orders.page(
            connection, actor.alliance, scope=access.order_scope(actor.staff), page=page
        )
        if page.after is not None and not found:
            await _require(orders.by_ids(connection, actor.alliance, [page.after]))
    return found, has_next


async def approval_list(
    context: Context, *, status: ApprovalStatus | None, first: int
) -> tuple[Approval, ...]:
    """Return the newest requests that the viewer may list, newest first."""
    actor = context.actor
    async with context.connection() as connection:
        return await approvals.page(
            connection,
            actor.alliance.id,
            scope=access.approval_scope(actor.staff),
            status=status,
            first=first,
        )


async def quota(context: Context, *, staff_code: str | None, month: date | None) -> StaffQuota | None:
    """Return a person's quota in a month, the viewer's own of this month when nothing else is asked."""
    actor, now = context.actor, await context.now()
    async with context.connection() as connection:
        person = actor.staff
        if staff_code is not None:
            found = await organisation.staff_by_code(connection, actor.alliance.id, staff_code)
            if found is None or not access.may_see_quota(actor.staff, person=found):
                return None
            person = found
        asked = month or month_of(now, actor.alliance.time_zone)
        return await _quota_in(connection, actor.alliance, person, month=asked, now=now)


async def policy(context: Context, at: datetime | None) -> PublishedPolicy:
    """Return the version of the policy in force at an instant."""
    return await context.loaders.policy_in_force_by_instant.load(at or await context.now())


async def _require(read: Awaitable[Mapping[UUID, object]]) -> None:
    """Tell the end of a list from a cursor that was never one of it."""
    if not await read:
        raise unknown_cursor()


async def _quota_in(
    connection: Connection, alliance: Alliance, person: Staff, *, month: date, now: datetime
) -> StaffQuota:
    """Return a quota under the version in force now, or for a month that is over at its last instant."""
    next_month = (month + timedelta(days=31)).replace(day=1)
    last_instant = start_of_day(next_month, alliance.time_zone) - timedelta(microseconds=1)
    published = await policies.in_force(connection, alliance, min(now, last_instant))
    tallies = await quotas.tallies(connection, alliance.id, [(person.id, month)])
    channel = person.unit_kind.channel
    found = quota_of(
        staff=StaffId(str(person.id)),
        month=month,
        tallies=tallies.get((person.id, month), {}),
        channel=channel or Channel.STORE,
        policy=published.policy,
    )
    return replace(staff_quota(found), limit=None if channel is None else found.limit)
