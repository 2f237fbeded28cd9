"""Looking at a customer in full."""

from datetime import datetime
from typing import Annotated, TypeAlias, Union

import strawberry

from baobei_api.graphql.types.results import Refused


@strawberry.type(description="A customer in full, shown once; that it was is written down.")
class ContactRevealed:
    """A revealed customer."""

    name: str = strawberry.field(description="The name as it was written.")
    phone: str = strawberry.field(description="The phone as it was written.")
    address: str = strawberry.field(description="The address as it was written.")
    revealed_at: datetime = strawberry.field(description="When it was written down.")


RevealContactResult: TypeAlias = Annotated[
    Union[ContactRevealed, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("RevealContactResult", description="What asking for a customer in full comes to."),
]
