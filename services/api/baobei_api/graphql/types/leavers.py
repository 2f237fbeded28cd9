"""What is to be handed over when a person leaves, and what letting them go comes to."""

from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei.store.organisation_models import Staff as Person
from baobei_api.graphql import checks, inputs, leaver_reads
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.approvals import Approval
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.results import Refused


@strawberry.type(description="离职交接: a person, and what somebody else has to take over when they leave.")
class Leaver:
    """A leaver, or who would be one."""

    staff: Staff = strawberry.field(description="Who leaves.")
    registration_count: int = strawberry.field(description="Live registrations that are theirs.")
    request_count: int = strawberry.field(
        description="Requests that are theirs and that wait: on their registrations, for what would be theirs, and others"
        " that they made."
    )
    decision_count: int = strawberry.field(
        description="Requests that wait and that nobody else could decide; 0 when somebody else could."
    )
    staff_id: strawberry.Private[UUID]
    person: strawberry.Private[Person]

    @resolved("The live registrations, the oldest first.")
    async def registrations(self, info: Info, first: inputs.First = 20) -> list[Registration]:
        """Return live registrations."""
        size = checks.page_size(first, "first", default=20)
        found = await leaver_reads.registrations_of(info.context, self.staff_id, at_most=size)
        return [info.context.convert.registration(each) for each in found]

    @resolved("The requests that are theirs and that wait, the oldest first.")
    async def requests(self, info: Info, first: inputs.First = 20) -> list[Approval]:
        """Return requests that wait."""
        size = checks.page_size(first, "first", default=20)
        found = await leaver_reads.requests_of(info.context, self.staff_id, at_most=size)
        return [info.context.convert.approval(each) for each in found]

    @resolved("The requests that nobody else could decide, the oldest first.")
    async def decisions(self, info: Info, first: inputs.First = 20) -> list[Approval]:
        """Return what waits for their decision."""
        size = checks.page_size(first, "first", default=20)
        if not self.decision_count:
            return []
        found = await leaver_reads.only_theirs_to_decide(info.context, self.person, at_most=size)
        return [info.context.convert.approval(each) for each in found]


@strawberry.type(
    description="A person who does not work for the alliance any more, and what they leave behind."
)
class StaffDeactivated:
    """A person who left."""

    leaver: Leaver = strawberry.field(description="Who left, with what is to be handed over.")


@strawberry.type(description="A person who works for the alliance again.")
class StaffReactivated:
    """A person who came back."""

    staff: Staff = strawberry.field(description="Who came back, in the unit and roles that they had.")


DeactivateStaffResult: TypeAlias = Annotated[
    Union[StaffDeactivated, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("DeactivateStaffResult", description="What letting a person go comes to."),
]
ReactivateStaffResult: TypeAlias = Annotated[
    Union[StaffReactivated, Refused],  # noqa: UP007
    strawberry.union("ReactivateStaffResult", description="What letting a person in again comes to."),
]
