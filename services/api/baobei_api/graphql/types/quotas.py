"""The ledger of a quota."""

from datetime import datetime

import strawberry

from baobei_api.graphql.enums import SlotReason
from baobei_api.graphql.types.people import Quota
from baobei_api.graphql.types.shared import PageInfo


@strawberry.type(description="A slot of a month, taken or given back.")
class QuotaEntry:
    """A line of the ledger."""

    at: datetime = strawberry.field(description="When it happened.")
    registration_number: str = strawberry.field(description="The number of the registration that it was for.")
    reason: SlotReason = strawberry.field(description="What took the slot or gave it back.")
    change: int = strawberry.field(description="1 for a slot taken, -1 for one given back.")
    used: int = strawberry.field(description="Slots of the month in use after it.")
    remaining: int | None = strawberry.field(description="Slots left after it; null without a limit.")


@strawberry.type(description="A line of the ledger in its list.")
class QuotaEntryEdge:
    """An edge."""

    node: QuotaEntry = strawberry.field(description="The line.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of the ledger of a person's month, earliest first.")
class QuotaLedger:
    """A page."""

    quota: Quota = strawberry.field(description="The quota as it stands now: the balance of the last line.")
    edges: list[QuotaEntryEdge] = strawberry.field(description="At most `first` lines.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
