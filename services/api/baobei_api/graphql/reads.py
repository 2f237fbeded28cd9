"""What queries read: each function answers None for what there is not and for what may not be seen alike."""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from uuid import UUID

from baobei.operations import access_scopes
from baobei.store import approvals, orders, registration_lists, registrations
from baobei.store.approval_models import Approval, ApprovalStatus
from baobei.store.order_models import StoredOrder
from baobei.store.paging import Page
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_lists import RegistrationFilter
from baobei.store.registration_models import StoredRegistration
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
        found, has_next = await registration_lists.page(
            connection,
            actor.alliance,
            scope=access_scopes.registration_scope(actor.staff),
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
            connection, actor.alliance, scope=access_scopes.order_scope(actor.staff), page=page
        )
        if page.after is not None and not found:
            await _require(orders.by_ids(connection, actor.alliance, [page.after]))
    return found, has_next


async def approval_list(
    context: Context, *, status: ApprovalStatus | None, first: int, after: UUID | None
) -> tuple[Approval, ...]:
    """Return a page of the requests that the viewer may list, newest first; `after` is the last of the page before."""
    actor = context.actor
    async with context.connection() as connection:
        return await approvals.page(
            connection,
            actor.alliance.id,
            scope=access_scopes.approval_scope(actor.staff),
            status=status,
            first=first,
            after=after,
        )


async def policy(context: Context, at: datetime | None) -> PublishedPolicy:
    """Return the version of the policy in force at an instant."""
    return await context.loaders.policy_in_force_by_instant.load(at or await context.now())


async def _require(read: Awaitable[Mapping[UUID, object]]) -> None:
    """Tell the end of a list from a cursor that was never one of it."""
    if not await read:
        raise unknown_cursor()
