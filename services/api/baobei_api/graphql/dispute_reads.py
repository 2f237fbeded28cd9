"""What queries read of disputes: None for what there is not and for what may not be seen alike."""

from dataclasses import dataclass
from uuid import UUID

from baobei.operations import access, access_scopes
from baobei.operations.dispute_stakes import keys_looked_at
from baobei.policy.disputes import DisputeStatus, Stake
from baobei.store import case_events as stored_events
from baobei.store import disputes
from baobei.store.dispute_models import CaseEvent, Dispute, Precedent, Statement
from baobei.store.dispute_statements import StatementPage
from baobei.store.organisation_models import Staff
from baobei.store.paging import Page
from baobei_api.graphql.checks import unknown_cursor
from baobei_api.graphql.context import Context
from baobei_api.graphql.loaders import OrderCase


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEventPage:
    """A page of case events, whose records it names, and whether more follows."""

    events: tuple[CaseEvent, ...]
    people: dict[UUID, Staff]
    has_next: bool


async def dispute(context: Context, id: UUID) -> Dispute | None:
    """Return a dispute that the viewer may see."""
    alliance_id = context.actor.alliance.id
    async with context.connection() as connection:
        found = (await disputes.by_ids(connection, alliance_id, [id])).get(id)
    if found is None:
        return None
    opened_by = await context.loaders.staff_by_id.load(found.opened_by_id)
    _, parties = await _parties(context, found)
    may = access.may_see_dispute(context.actor.staff, opened_by=opened_by, parties=parties)
    return found if may else None


async def dispute_page(
    context: Context, *, status: DisputeStatus | None, order_id: UUID | None, page: Page
) -> tuple[tuple[Dispute, ...], bool]:
    """Return a page of the disputes that the viewer may list, and whether more follow."""
    actor = context.actor
    async with context.connection() as connection:
        found, has_next = await disputes.page(
            connection,
            actor.alliance.id,
            scope=access_scopes.dispute_scope(actor.staff),
            status=status,
            order_id=order_id,
            page=page,
        )
        last = () if page.after is None or found else (page.after,)
        if last and not await disputes.by_ids(connection, actor.alliance.id, last):
            raise unknown_cursor()
    return found, has_next


async def case_of(context: Context, dispute: Dispute) -> OrderCase | None:
    """Return the order of a dispute with its decisions; None for whoever does not see the order."""
    stored = await context.loaders.order_by_id.load(dispute.order_id)
    case = await context.loaders.case_by_order.load(stored)
    return case if context.convert.may_see_order(case) else None


async def decided_case(context: Context, dispute: Dispute) -> OrderCase | None:
    """Return the decisions on the order of a dispute, for whoever reads them in it; None for the others."""
    stored = await context.loaders.order_by_id.load(dispute.order_id)
    case = await context.loaders.case_by_order.load(stored)
    return case if await _reads_decision(context, dispute, case) else None


async def statements(context: Context, page: StatementPage) -> tuple[tuple[Statement, Staff], ...]:
    """Return a page of what was said in a dispute, with who said it."""
    found = await context.loaders.statements_by_page.load(page)
    makers = await context.loaders.staff_by_id.load_many([each.made_by_id for each in found])
    return tuple(zip(found, makers, strict=True))


async def _parties(context: Context, dispute: Dispute) -> tuple[dict[UUID, Stake], list[Staff]]:
    """Return by what each party has a stake, and the parties."""
    stakes = await context.loaders.stakes_by_dispute.load(dispute.id)
    return stakes, await context.loaders.staff_by_id.load_many(sorted(stakes))


async def _reads_decision(context: Context, dispute: Dispute, case: OrderCase) -> bool:
    viewer = context.actor.staff
    if access.reads_attribution(viewer, placed_by=case.placed_by, parties=case.parties):
        return True
    stakes, parties = await _parties(context, dispute)
    return access.reads_disputed_decision(viewer, stakes=stakes, parties=parties)


async def case_events(context: Context, dispute: Dispute, page: Page) -> CaseEventPage:
    """Return a page of the case events of a dispute that the viewer sees, as much of it as they may see."""
    order = await context.loaders.order_by_id.load(dispute.order_id)
    case = await context.loaders.case_by_order.load(order)
    reads = await _reads_decision(context, dispute, case)
    async with context.connection() as connection:
        found, has_next = await stored_events.page(
            connection,
            context.actor.alliance.id,
            order.id,
            keys_looked_at(order),
            scope=access_scopes.case_event_scope(context.actor.staff, reads_decision=reads),
            after=None if page.after is None else page.after.int,
            first=page.first,
        )
    named = {id for event in found for id in (event.side_id, event.owner_id) if id is not None}
    people = {staff.id: staff for staff in await context.loaders.staff_by_id.load_many(sorted(named))}
    return CaseEventPage(events=found, people=people, has_next=has_next)


async def precedents(
    context: Context, dispute_id: UUID | None, *, first: int
) -> tuple[Precedent, ...] | None:
    """Return rulings to compare a dispute with; None when there is no such dispute."""
    alliance = context.actor.alliance
    async with context.connection() as connection:
        found = {} if dispute_id is None else await disputes.by_ids(connection, alliance.id, [dispute_id])
        if dispute_id is None or dispute_id not in found:
            return None
        order_id = found[dispute_id].order_id
        return await stored_events.precedents(connection, alliance.id, order_id, first=first)
