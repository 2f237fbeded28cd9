"""A handover in short, as whoever decides the request for it reads it."""

from uuid import UUID

import strawberry

from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import DistributionMethod, HandoverState
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Staff


@strawberry.type(description="交接概要: from whom to whom, and how much. The rest is in `handover`.")
class HandoverSummary:
    """A handover in short."""

    id: strawberry.ID = strawberry.field(description="The id of the handover.")
    state: HandoverState = strawberry.field(description="Where it is.")
    method: DistributionMethod = strawberry.field(description="How it is shared out.")
    registration_count: int = strawberry.field(
        description="Live registrations that are the person's now; of one that was begun, those that it is about."
    )
    request_count: int = strawberry.field(
        description="Requests that are the person's now and wait; of one that was begun, those that pass on by themselves.",
        deprecation_reason="It counts something else once the handover begins: read pendingRequestCount until then, and"
        " passingRequestCount from then on.",
    )
    pending_request_count: int | None = strawberry.field(
        description="Requests that are the person's now and wait, whatever they are about; null once this is decided."
    )
    passing_request_count: int | None = strawberry.field(
        description="Requests that concern no registration and pass on by themselves, as it was begun; null until it is."
    )
    from_staff_id: strawberry.Private[UUID]
    receiver_ids: strawberry.Private[tuple[UUID, ...]]

    @resolved("Whose registrations they are.")
    async def from_staff(self, info: Info) -> Staff:
        """Return whose they are."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.from_staff_id))

    @resolved("Who takes over, in the order in which they take turns, at most 100.")
    async def receivers(self, info: Info) -> list[Staff]:
        """Return the receivers."""
        found = await info.context.loaders.staff_by_id.load_many(self.receiver_ids)
        return [info.context.convert.staff(each) for each in found]
