"""What is read of a leaver; who may has been asked when the leaver was found."""

from uuid import UUID

from baobei.operations.deciders import inbox_of_last_head
from baobei.store import approvals, leavers
from baobei.store.approval_models import Approval
from baobei.store.organisation_models import Staff
from baobei.store.paging import Page
from baobei.store.registration_models import StoredRegistration
from baobei_api.graphql.context import Context


async def registrations_of(
    context: Context, staff_id: UUID, *, at_most: int
) -> tuple[StoredRegistration, ...]:
    """Return a person's live registrations, the oldest first."""
    now, alliance = await context.now(), context.actor.alliance
    async with context.connection() as connection:
        return await leavers.live_registrations(connection, alliance, staff_id, at=now, at_most=at_most)


async def requests_of(context: Context, staff_id: UUID, *, at_most: int) -> tuple[Approval, ...]:
    """Return the requests that are a person's and that wait, the oldest first."""
    async with context.connection() as connection:
        return await leavers.pending_requests(
            connection, context.actor.alliance.id, staff_id, at_most=at_most
        )


async def only_theirs_to_decide(context: Context, head: Staff, *, at_most: int) -> tuple[Approval, ...]:
    """Return the requests that nobody but the only department head could decide, the oldest first."""
    now, alliance = await context.now(), context.actor.alliance
    async with context.connection() as connection:
        inbox = await inbox_of_last_head(connection, alliance, head, at=now)
        waiting, _ = await approvals.inbox(connection, alliance.id, inbox, Page(first=at_most))
        return waiting
