"""The figures of a month and the targets they are held against."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei.operations.read_figures import FigureGroup
from baobei.policy.disputes import DisputeStatus
from baobei.store.attempt_models import AttemptOutcome
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Staff, Unit
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import PageInfo

strawberry.enum(
    FigureGroup, description="What each row of figures is of: a person, a unit, the whole alliance."
)


async def _staff(info: Info, id: UUID | None) -> Staff | None:
    if id is None:
        return None
    return info.context.convert.staff(await info.context.loaders.staff_by_id.load(id))


async def _unit(info: Info, id: UUID | None) -> Unit | None:
    if id is None:
        return None
    return info.context.convert.unit(await info.context.loaders.unit_by_id.load(id))


@strawberry.type(description="How many attempts to register came to an outcome.")
class OutcomeCount:
    """Attempts of one outcome."""

    outcome: AttemptOutcome = strawberry.field(description="What became of them.")
    attempts: int = strawberry.field(description="How many, at least one.")


@strawberry.type(description="How many disputes stand where.")
class DisputeCount:
    """Disputes of one status."""

    status: DisputeStatus = strawberry.field(description="Where they stand; all but OPEN are how they ended.")
    disputes: int = strawberry.field(description="How many, at least one.")


@strawberry.type(
    description=(
        "What a month comes to for a person, a unit or the alliance. For a unit counts what its people did while they"
        " worked in it, wherever they are now."
    )
)
class Figures:
    """A row of figures."""

    staff_id: strawberry.Private[UUID | None]
    unit_id: strawberry.Private[UUID | None]
    attempts: int = strawberry.field(
        description="Attempts to register of the month, whatever became of them."
    )
    attempts_by_outcome: list[OutcomeCount] = strawberry.field(
        description="The same by outcome, in alphabetical order; what there was none of is left out."
    )
    registered: int = strawberry.field(description="Registrations made in the month, whoever owns them now.")
    lapsed: int = strawberry.field(
        description="Of those registered, how many have lapsed at least once, cured since or not."
    )
    lapse_rate_bp: int | None = strawberry.field(
        description="The same in basis points of those registered; null of none."
    )
    expired: int = strawberry.field(description="Of those registered, how many have expired.")
    expiry_rate_bp: int | None = strawberry.field(
        description="The same in basis points of those registered; null of none."
    )
    converted: int = strawberry.field(
        description="Of those registered, how many an order is credited to that is not cancelled."
    )
    conversion_bp: int | None = strawberry.field(
        description="The same in basis points of those registered; null of none."
    )
    follow_ups_met: int = strawberry.field(
        description=(
            "Follow-ups (or measurements) in time, on a later day than what started the clock in the month: at most one"
            " a registration and day; for whoever owned the registration then."
        )
    )
    follow_ups_missed: int = strawberry.field(
        description="How often the registration was still live at the deadline, without a follow-up."
    )
    follow_up_compliance_bp: int | None = strawberry.field(
        description="Those in time in basis points of both; null of none."
    )
    credited_orders: int = strawberry.field(
        description=(
            "Orders that decisions of the month credit, less those that they take back: it may be negative."
            " A month that is over does not change."
        )
    )
    credited_amount: Decimal = strawberry.field(
        description="The same in yuan, of orders that have an amount; it may be negative."
    )
    disputes: int = strawberry.field(description="Disputes that they opened in the month.")
    disputes_by_status: list[DisputeCount] = strawberry.field(
        description="The same by where each stands now, in alphabetical order; what there is none of is left out."
    )
    target_amount: Decimal | None = strawberry.field(
        description=(
            "The amount aimed at in yuan; of the alliance its own, else that of its units together, if every unit that"
            " registers has one; null without."
        )
    )
    target_orders: int | None = strawberry.field(
        description="The number of orders aimed at, as the amount is; null without."
    )
    amount_reached_bp: int | None = strawberry.field(
        description="The amount credited in basis points of that aimed at; null without one above zero."
    )
    orders_reached_bp: int | None = strawberry.field(
        description="The orders credited in basis points of those aimed at; null without any."
    )

    @resolved("Whose they are; null for a unit and for the alliance.")
    async def staff(self, info: Info) -> Staff | None:
        """Return the person."""
        return await _staff(info, self.staff_id)

    @resolved("Of which unit they are; null for a person and for the alliance.")
    async def unit(self, info: Info) -> Unit | None:
        """Return the unit."""
        return await _unit(info, self.unit_id)


@strawberry.type(description="A row of figures in its list.")
class FiguresEdge:
    """An edge."""

    node: Figures = strawberry.field(description="The figures.")
    cursor: str = strawberry.field(description="Their place in the list, opaque.")


@strawberry.type(description="A page of the figures of a month, in order of codes.")
class FiguresConnection:
    """A page."""

    month: date = strawberry.field(description="The first day of the month.")
    counted_at: datetime = strawberry.field(
        description="As of when they were counted: what registrations have come to may change until the next time."
    )
    edges: list[FiguresEdge] = strawberry.field(description="At most `first` rows.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(
    description="What a person, a unit or the alliance is to reach in a month, in the version that counts."
)
class Target:
    """A target."""

    id: strawberry.ID = strawberry.field(description="The id of this version.")
    month: date = strawberry.field(description="The first day of the month.")
    amount: Decimal | None = strawberry.field(description="The amount aimed at in yuan; null where none is.")
    orders: int | None = strawberry.field(description="The number of orders aimed at; null where none is.")
    set_at: datetime = strawberry.field(description="When this version was set.")
    staff_id: strawberry.Private[UUID | None]
    unit_id: strawberry.Private[UUID | None]
    set_by_id: strawberry.Private[UUID]

    @resolved("Whose it is; null for a unit's and the alliance's.")
    async def staff(self, info: Info) -> Staff | None:
        """Return the person."""
        return await _staff(info, self.staff_id)

    @resolved("Of which unit it is; null for a person's and the alliance's.")
    async def unit(self, info: Info) -> Unit | None:
        """Return the unit."""
        return await _unit(info, self.unit_id)

    @resolved("Who set this version.")
    async def set_by(self, info: Info) -> Staff:
        """Return who set it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.set_by_id))


@strawberry.type(description="A target that was set, or stands as it was asked for.")
class TargetRecorded:
    """A target set."""

    target: Target = strawberry.field(description="The target.")


SetTargetResult: TypeAlias = Annotated[
    Union[TargetRecorded, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("SetTargetResult", description="What setting a target comes to."),
]
