"""What is read of a leaver; who may has been asked when the leaver was found."""

from uuid import UUID

from baobei.store import leavers
from baobei.store.approval_models import Approval
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


async def to_decide_by(context: Context, staff_id: UUID, *, at_most: int) -> tuple[Approval, ...]:
    """Return the requests that wait and are not a person's own case, the oldest first."""
    async with context.connection() as connection:
        return await leavers.requests_to_decide(
            connection, context.actor.alliance.id, staff_id, at_most=at_most
        )
