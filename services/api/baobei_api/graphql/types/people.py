"""Units, staff, customers and quotas."""

from datetime import date
from uuid import UUID

import strawberry

from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Role
from baobei_api.graphql.fields import resolved


@strawberry.type(description="A store, a field department or the headquarters.")
class Unit:
    """A unit."""

    id: strawberry.ID = strawberry.field(description="The id of the unit.")
    code: str = strawberry.field(description="What people call the unit by, unique in the alliance.")
    name: str = strawberry.field(description="The name of the unit.")
    kind: str = strawberry.field(description="HEADQUARTERS, STORE or FIELD_DEPARTMENT.")
    region: str = strawberry.field(description="The region that the unit serves.")


@strawberry.type(description="A staff member of the alliance.")
class Staff:
    """A staff member."""

    id: strawberry.ID = strawberry.field(description="The id of the staff member.")
    code: str = strawberry.field(description="What people and tokens call them by, unique in the alliance.")
    name: str = strawberry.field(description="The name of the staff member.")
    roles: list[Role] = strawberry.field(description="Their roles, in alphabetical order.")
    active: bool = strawberry.field(description="Whether they work for the alliance now.")
    unit_id: strawberry.Private[UUID]

    @resolved("The unit that they belong to now.")
    async def unit(self, info: Info) -> Unit:
        """Return the unit."""
        return info.context.convert.unit(await info.context.loaders.unit_by_id.load(self.unit_id))


@strawberry.type(
    description="What the viewer may see of a customer: phone and address are masked unless the viewer may see them."
)
class Customer:
    """A customer as the viewer may see them."""

    name: str = strawberry.field(description="The name as it was written.")
    phone: str = strawberry.field(
        description="The phone as it was written, or masked as 138****8000; may be empty."
    )
    address: str = strawberry.field(
        description="The address as it was written, or down to the road; may be empty."
    )
    masked: bool = strawberry.field(description="Whether phone and address are masked.")
    erased: bool = strawberry.field(
        description="Whether the customer's data was erased: the name then says so, phone and address are empty."
    )


@strawberry.type(description="How many registrations a person may still make in a month.")
class Quota:
    """A quota."""

    month: date = strawberry.field(description="The first day of the calendar month.")
    limit: int | None = strawberry.field(
        description="Registrations a month; null where the channel has no limit."
    )
    used: int = strawberry.field(description="Registrations of the month that count against the limit.")
    remaining: int | None = strawberry.field(
        description="Registrations left in the month; null without a limit."
    )
    staff_id: strawberry.Private[UUID]

    @resolved("Whose quota it is.")
    async def staff(self, info: Info) -> Staff:
        """Return the person."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.staff_id))
