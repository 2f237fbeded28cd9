"""The input types as clients write them; `requests` turns them into what operations take."""

from typing import Annotated, TypeAlias

import strawberry

from baobei.policy.terms import Channel, FollowUpKind, StandingStatus
from baobei.store.registration_models import Segment
from baobei_api.graphql.scalars import DecimalText, InstantText

KEY_DESCRIPTION = (
    "The same key from the same caller with the same input answers as the first time and does nothing more,"
    " for at least 24 hours; at most 200 characters."
)
_CLASS = "The class of the customer, one of those that the policy lists, as A."
_SEGMENT = "What kind of customer it is."
_NEED = "What the customer needs, in your own words, at most 2000 characters."
_SOURCE = "Where the customer comes from, one of the sources that the policy lists."


@strawberry.input(
    description="An attempt to register a customer; name, phone and detailed address are all needed."
)
class RegisterCustomerInput:
    """An attempt to register."""

    name: str = strawberry.field(description="The customer's name, at most 100 characters.")
    phone: str = strawberry.field(description="The customer's phone in any spelling, at most 64 characters.")
    address: str = strawberry.field(
        description="The home being furnished, in detail, at most 300 characters."
    )
    new_need: bool | None = strawberry.field(
        default=False, description="Whether the customer has a new need after an earlier deal."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="At most 2000 characters.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)
    for_staff_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A manager registers for a member of their unit, whose registration it then is.",
    )
    cross_region_reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why it should stand outside the registrant's region, where that needs an approval; at most 1000"
        " characters.",
    )
    customer_class: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_CLASS} Days that the class has of its own hold for the life of the registration.",
    )
    segment: Segment | None = strawberry.field(default=strawberry.UNSET, description=_SEGMENT)
    need: str | None = strawberry.field(default=strawberry.UNSET, description=_NEED)
    source: str | None = strawberry.field(default=strawberry.UNSET, description=_SOURCE)


@strawberry.input(
    description="What kind of customer it is. At least one thing is said; what is left out stays as it was."
)
class ClassifyRegistrationInput:
    """A classification."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    customer_class: str | None = strawberry.field(default=strawberry.UNSET, description=_CLASS)
    segment: Segment | None = strawberry.field(default=strawberry.UNSET, description=_SEGMENT)
    need: str | None = strawberry.field(default=strawberry.UNSET, description=_NEED)
    source: str | None = strawberry.field(default=strawberry.UNSET, description=_SOURCE)


@strawberry.input(description="A contact with the customer of a registration.")
class RecordFollowUpInput:
    """A follow-up."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    kind: FollowUpKind = strawberry.field(description="How the customer was contacted.")
    note: str = strawberry.field(description="What there is to say, not blank, at most 2000 characters.")
    occurred_at: InstantText | None = strawberry.field(
        default=strawberry.UNSET,
        description="When it took place, not in the future (IN_THE_FUTURE); information only, the server's time counts.",
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)


@strawberry.input(description="An order, placed now; at least one of phone and detailed address is needed.")
class PlaceOrderInput:
    """An order."""

    external_ref: str = strawberry.field(
        description="The caller's own number for the order, unique within the alliance, at most 100 characters."
    )
    name: str = strawberry.field(description="The customer's name, at most 100 characters.")
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The customer's phone, at most 64 characters."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="The home being furnished, at most 300 characters."
    )
    taken_by_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The code of the staff member who took it; nobody when left out.",
    )
    amount: DecimalText | None = strawberry.field(
        default=strawberry.UNSET, description='The amount in yuan, "0.00" to "9999999999.99".'
    )
    list_amount: DecimalText | None = strawberry.field(
        default=strawberry.UNSET,
        description="The amount by the list, in yuan; below it without an approved special price is a violation.",
    )
    special_price_approval_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The approved special price; when left out, one of the same customer is found.",
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)


@strawberry.input(description="A share of an order.")
class CreditInput:
    """A share."""

    staff_code: str = strawberry.field(description="Who is to be credited.")
    share_bp: int = strawberry.field(description="The share in basis points; all shares sum to 10000.")


@strawberry.input(description="A request to move the expiry of a registration.")
class RequestExtensionInput:
    """A request for an extension."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    days: int = strawberry.field(description="By how many days, from the old deadline.")
    reason: str = strawberry.field(description="Why, not blank, at most 1000 characters.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)


@strawberry.input(description="What a list of registrations is narrowed to; all that is given must hold.")
class RegistrationFilter:
    """A filter."""

    owner_code: str | None = strawberry.field(default=strawberry.UNSET, description="Whose they are now.")
    unit_code: str | None = strawberry.field(default=strawberry.UNSET, description="The unit of their owner.")
    status: list[StandingStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Any of these standings, now."
    )
    channel: Channel | None = strawberry.field(default=strawberry.UNSET, description="The channel.")
    registered_from: InstantText | None = strawberry.field(
        default=strawberry.UNSET, description="Registered at or after this instant."
    )
    registered_to: InstantText | None = strawberry.field(
        default=strawberry.UNSET, description="Registered before this instant."
    )
    customer_class: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Any of these classes, now; at most 20."
    )
    segment: Segment | None = strawberry.field(default=strawberry.UNSET, description=_SEGMENT)
    source: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where the customer comes from."
    )


First: TypeAlias = Annotated[int | None, strawberry.argument(description="How many at most, 1 to 100.")]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before.")
]
At: TypeAlias = Annotated[
    InstantText | None, strawberry.argument(description="The instant asked about; now when left out.")
]
Reason: TypeAlias = Annotated[
    str, strawberry.argument(description="Why, not blank, at most 1000 characters.")
]
RegistrationRef: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The registration.")]
OrderRef: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The order.")]
StaffCode: TypeAlias = Annotated[
    str, strawberry.argument(description="What people call the staff member by.")
]
