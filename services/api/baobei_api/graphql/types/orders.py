"""Orders, and who is credited with them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from baobei.policy.terms import StandingStatus
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.order_models import OrderStatus, StoredOrder
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Customer, Staff
from baobei_api.graphql.types.policy import Clause, PolicyVersion
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.shared import InLanguage, PageInfo, Sentence, said


@strawberry.type(description="A staff member's share of an order.")
class Credit:
    """A credit."""

    staff: Staff = strawberry.field(description="Who is credited.")
    share_bp: int = strawberry.field(description="The share in basis points; 10000 is the whole.")
    amount: Decimal | None = strawberry.field(
        description="The share of the order's amount in yuan; null where the order has no amount."
    )


@strawberry.type(
    description="A registration that a decision looked at, as it stood when the order was placed."
)
class Candidate:
    """A candidate."""

    owner: Staff = strawberry.field(description="Who owned the registration when the order was placed.")
    standing: StandingStatus = strawberry.field(description="What it was worth when the order was placed.")
    clause: Clause | None = strawberry.field(
        description="Why it holds or is void; null where no clause decides."
    )
    registration_id: strawberry.Private[UUID]
    sentence: strawberry.Private[Sentence]

    @resolved("The registration; its customer is masked unless the viewer may see them.")
    async def registration(self, info: Info) -> Registration:
        """Return the registration."""
        stored = await info.context.loaders.registration_by_id.load(self.registration_id)
        return info.context.convert.registration(stored)

    @resolved("Why it holds the order or does not, in one sentence.")
    def finding(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        return said(self.sentence(), language)


@strawberry.type(description="The department head's ruling on an order.")
class Ruling:
    """A ruling."""

    ruled_by: Staff = strawberry.field(description="Who ruled.")
    ruled_at: datetime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="Why, at most 1000 characters.")


@strawberry.type(
    description="Who is credited with an order, and why. Appended, never changed: a ruling makes a new one."
)
class Attribution:
    """An attribution as the viewer may see it."""

    id: strawberry.ID = strawberry.field(description="The id of the attribution.")
    verdict: AttributionVerdict = strawberry.field(description="Who is credited.")
    credits: list[Credit] = strawberry.field(
        description="The shares, which sum to 10000 or are none; empty for whoever has no part in the order."
    )
    clause: Clause | None = strawberry.field(
        description="The clause that it rests on; null where nothing was registered."
    )
    needs_review: bool = strawberry.field(
        description="Whether two or more owners are among its live candidates."
    )
    candidates: list[Candidate] = strawberry.field(
        description="What was looked at, earliest first; empty for whoever has no part in the order."
    )
    decided_at: datetime = strawberry.field(description="When it was decided.")
    digest: str = strawberry.field(
        description=(
            "SHA-256 over the decision's inputs, policy and outcome: deciding the same again gives the same digest."
        )
    )
    ruling: Ruling | None = strawberry.field(description="The ruling that made it, if one did.")
    registration_id: strawberry.Private[UUID | None]
    policy_version_id: strawberry.Private[UUID]
    sentence: strawberry.Private[Sentence]

    @resolved("The registration that holds, if one does.")
    async def registration(self, info: Info) -> Registration | None:
        """Return the registration that holds."""
        if self.registration_id is None:
            return None
        stored = await info.context.loaders.registration_by_id.load(self.registration_id)
        return info.context.convert.registration(stored)

    @resolved("Who is credited and why, and why each other candidate is not.")
    def explanation(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentences."""
        return said(self.sentence(), language)

    @resolved("The version in force when the order was placed; the order keeps it.")
    async def policy_version(self, info: Info) -> PolicyVersion:
        """Return the version."""
        published = await info.context.loaders.policy_version_by_id.load(self.policy_version_id)
        return info.context.convert.policy_version(published)


@strawberry.type(description="An order: deposit taken (下定), closed (成交) or cancelled (退单).")
class Order:
    """An order as the viewer may see it."""

    id: strawberry.ID = strawberry.field(description="The id of the order.")
    external_ref: str = strawberry.field(
        description="The caller's own number for the order; unique within the alliance."
    )
    status: OrderStatus = strawberry.field(description="Where it is.")
    amount: Decimal | None = strawberry.field(description="The amount in yuan; null where none was given.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null before.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled; null before.")
    list_amount: Decimal | None = strawberry.field(
        description="The amount by the list, in yuan; null where none was given."
    )
    price_violation: bool = strawberry.field(
        description="Whether it was placed below the list without an approved special price (B.5.3)."
    )
    special_price_approval_id: strawberry.ID | None = strawberry.field(
        description="The special price that it was placed under, if any."
    )
    stored: strawberry.Private[StoredOrder]

    @resolved("The customer, masked unless the viewer may see them in full.")
    async def customer(self, info: Info) -> Customer:
        """Return the customer."""
        loaders, taken_by_id = info.context.loaders, self.stored.taken_by_id
        taker = None if taken_by_id is None else await loaders.staff_by_id.load(taken_by_id)
        contact = await loaders.contact_by_id.load(self.stored.contact_id)
        return info.context.convert.customer_of_order(contact, taker=taker)

    @resolved("Who took it; null when nobody was named.")
    async def taken_by(self, info: Info) -> Staff | None:
        """Return who took it."""
        if self.stored.taken_by_id is None:
            return None
        return info.context.convert.staff(
            await info.context.loaders.staff_by_id.load(self.stored.taken_by_id)
        )

    @resolved("The one in force.")
    async def attribution(self, info: Info) -> Attribution:
        """Return the last decision, ruling or reversal."""
        case = await info.context.loaders.case_by_order.load(self.stored)
        return info.context.convert.attribution(case, case.attributions[-1])

    @resolved("All, oldest first.")
    async def attributions(self, info: Info) -> list[Attribution]:
        """Return every decision, ruling and reversal."""
        case = await info.context.loaders.case_by_order.load(self.stored)
        return [info.context.convert.attribution(case, attribution) for attribution in case.attributions]


@strawberry.type(description="An order in its list.")
class OrderEdge:
    """An edge."""

    node: Order = strawberry.field(description="The order.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of orders, newest first.")
class OrderConnection:
    """A page."""

    edges: list[OrderEdge] = strawberry.field(description="At most `first` orders.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
